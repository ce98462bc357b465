#include "scenarios/import/yaml.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <optional>
#include <sstream>
#include <utility>

#include "scenarios/limits.h"
#include "scenarios/quantity.h"

namespace wavetank::scenarios {

namespace {

/// Builds values of what the parser tells. Complains as the parser does, by an exception of its
/// own, which parse_yaml catches.
class Builder final : public YAML::EventHandler {
 public:
  explicit Builder(const std::string& file) : file_(std::make_shared<const std::string>(file)) {}

  /// The document that has been told; nothing if it was empty.
  std::optional<Value> take() { return std::exchange(done_, std::nullopt); }

  void OnDocumentStart(const YAML::Mark& /*mark*/) override {
    anchors_.clear();
    open_.clear();
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    count(mark, {1, 0});
    put(mark, anchor, made(mark, nullptr), {1, 0});
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) {
      complain(mark, "an alias stands within what it names");
    }
    count(mark, found->second.extent);
    put(mark, YAML::NullAnchor, found->second.value, found->second.extent);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& text) override {
    const Extent extent{1, text.size()};
    count(mark, extent);
    put(mark, anchor, tag == "?" ? plain(mark, text) : made(mark, text), extent);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& /*tag*/, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    open(mark, anchor, List{});
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& /*tag*/, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    open(mark, anchor, Members{});
  }
  void OnMapEnd() override { close(); }

 private:
  /// How much a value holds, aliases written out.
  struct Extent {
    std::size_t values = 0;
    std::size_t text_bytes = 0;

    Extent& operator+=(const Extent& more) {
      values += more.values;
      text_bytes += more.text_bytes;
      return *this;
    }
  };
  struct Anchored {
    Value value;
    Extent extent;
  };
  /// A list or a map that is not at its end.
  struct Open {
    Value value;
    YAML::Mark mark;
    YAML::anchor_t anchor;
    std::optional<std::pair<std::string, Origin>> key;  ///< of the value to come
    Extent extent;
  };

  [[noreturn]] static void complain(const YAML::Mark& mark, const std::string& why) {
    throw YAML::ParserException(mark, why);
  }
  [[nodiscard]] Origin origin(const YAML::Mark& mark) const {
    return {file_, mark.line + 1, mark.column + 1};
  }
  [[nodiscard]] Value made(const YAML::Mark& mark, Value::Data data) const {
    Value value(std::move(data));
    value.origin = origin(mark);
    return value;
  }
  void count(const YAML::Mark& mark, const Extent& more) {
    so_far_ += more;
    if (so_far_.values > kMaxYamlValues) {
      complain(mark, fmt::format("more than {} values, aliases included (limit YAML values)",
                                 kMaxYamlValues));
    }
    if (so_far_.text_bytes > kMaxFileBytes) {
      complain(mark, fmt::format("more than {} of text, aliases included (limit file bytes)",
                                 bytes_text(kMaxFileBytes)));
    }
  }

  /// A scalar without quotes.
  [[nodiscard]] Value plain(const YAML::Mark& mark, const std::string& text) const {
    if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL") {
      return made(mark, nullptr);
    }
    if (text == "true" || text == "True" || text == "TRUE") {
      return made(mark, true);
    }
    if (text == "false" || text == "False" || text == "FALSE") {
      return made(mark, false);
    }
    const std::string_view digits = std::string_view(text).substr(text.front() == '+' ? 1 : 0);
    const char* const end = digits.data() + digits.size();
    std::int64_t whole = 0;
    if (const auto read = std::from_chars(digits.data(), end, whole);
        read.ec == std::errc() && read.ptr == end) {
      return made(mark, whole);
    }
    if (text == ".nan" || text == ".NaN" || text == ".NAN" || digits == ".inf" ||
        digits == "-.inf" || digits == ".Inf" || digits == "-.Inf") {
      complain(mark, fmt::format("{} is no number to work with", text));
    }
    if (digits.find_first_not_of("0123456789+-.eE") == std::string_view::npos) {
      double number = 0;
      const auto read = std::from_chars(digits.data(), end, number);
      if (read.ec == std::errc::result_out_of_range) {
        complain(mark, fmt::format("{} is beyond all numbers", text));
      }
      if (read.ec == std::errc() && read.ptr == end) {
        return made(mark, number);
      }
    }
    return made(mark, text);
  }

  void open(const YAML::Mark& mark, YAML::anchor_t anchor, Value::Data data) {
    count(mark, {1, 0});
    if (open_.size() >= kMaxNesting) {
      complain(mark, fmt::format("nested deeper than {} levels (limit nesting)", kMaxNesting));
    }
    if (!open_.empty() && open_.back().value.get<Members>() != nullptr && !open_.back().key) {
      complain(mark, "a key is a list or a map: only texts can be keys");
    }
    open_.push_back({made(mark, std::move(data)), mark, anchor, std::nullopt, {1, 0}});
  }
  void close() {
    Open it = std::move(open_.back());
    open_.pop_back();
    put(it.mark, it.anchor, std::move(it.value), it.extent);
  }

  /// A value is whole: it goes to where it belongs.
  void put(const YAML::Mark& mark, YAML::anchor_t anchor, Value value, const Extent& extent) {
    if (anchor != YAML::NullAnchor) {
      anchors_.insert_or_assign(anchor, Anchored{value, extent});
    }
    if (open_.empty()) {
      done_ = std::move(value);
      return;
    }
    Open& parent = open_.back();
    parent.extent += extent;
    if (auto* list = parent.value.get<List>()) {
      list->push_back(std::move(value));
    } else if (!parent.key) {
      take_key(mark, parent, value);
    } else {
      Members& members = *parent.value.get<Members>();
      members.push_back({parent.key->first, parent.key->second, std::move(value)});
      parent.key.reset();
    }
  }
  static void take_key(const YAML::Mark& mark, Open& map, const Value& value) {
    if (value.get<List>() != nullptr || value.get<Members>() != nullptr) {
      complain(mark, "a key is a list or a map: only texts can be keys");
    }
    const auto* text = value.get<std::string>();
    std::string key = text != nullptr ? *text : short_text(value);
    if (key == "<<") {
      complain(mark, "merge keys (<<) are not known here: write out what they merge");
    }
    if (map.value.member(key) != nullptr) {
      complain(mark, fmt::format("the key {} is there twice", key));
    }
    map.key.emplace(std::move(key), value.origin);
  }

  std::shared_ptr<const std::string> file_;
  std::map<YAML::anchor_t, Anchored> anchors_;
  std::vector<Open> open_;
  std::optional<Value> done_;
  Extent so_far_;
};

}  // namespace

tl::expected<std::vector<Value>, Diagnostic> parse_yaml(std::string_view text,
                                                        const std::string& file) {
  const auto wrong = [&](int line, int column, std::string why) {
    return tl::make_unexpected(
        Diagnostic{Level::error, file, line, column, "", std::move(why), "", ""});
  };
  if (text.size() > kMaxFileBytes) {
    return wrong(0, 0,
                 fmt::format("it is larger than {} (limit file bytes)", bytes_text(kMaxFileBytes)));
  }
  std::vector<Value> documents;
  try {
    std::istringstream in{std::string(text)};
    YAML::Parser parser(in);
    Builder builder(file);
    while (parser.HandleNextDocument(builder)) {
      if (std::optional<Value> document = builder.take(); document && !document->is_null()) {
        documents.push_back(std::move(*document));
      }
    }
  } catch (const YAML::Exception& error) {
    return wrong(std::max(error.mark.line, 0) + 1, std::max(error.mark.column, 0) + 1,
                 "not YAML: " + error.msg);
  }
  return documents;
}

}  // namespace wavetank::scenarios

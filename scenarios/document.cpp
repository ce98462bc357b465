#include "scenarios/document.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>

#include "scenarios/limits.h"

namespace wavetank::scenarios {

namespace {

/// Where every token of the text starts, commas and colons left out: one for each event of the
/// parser, in the same order.
class TokenPositions {
 public:
  TokenPositions(std::string_view text, std::shared_ptr<const std::string> file)
      : text_(text), file_(std::move(file)) {
    if (text_.starts_with("\xef\xbb\xbf")) {
      at_ = 3;
    }
  }

  /// The start of the next token, which is passed over.
  Origin next() {
    skip_blanks();
    const Origin here{file_, line_, column_};
    if (at_ < text_.size()) {
      skip_token();
    }
    return here;
  }

  /// Line and column of a byte.
  static std::pair<int, int> locate(std::string_view text, std::size_t byte) {
    TokenPositions scan(text, nullptr);
    while (scan.at_ < byte && scan.at_ < text.size()) {
      scan.step();
    }
    return {scan.line_, scan.column_};
  }

 private:
  void step() {
    const char c = text_[at_++];
    if (c == '\n') {
      ++line_;
      column_ = 1;
    } else if ((static_cast<unsigned char>(c) & 0xC0U) != 0x80U || column_ == 1) {
      ++column_;  // continuation bytes of UTF-8 are no characters of their own
    }
  }
  void step_while(auto keep_on) {
    while (at_ < text_.size() && keep_on(text_[at_])) {
      step();
    }
  }
  void skip_blanks() {
    while (at_ < text_.size()) {
      const auto rest = text_.substr(at_);
      if (rest.starts_with("//")) {
        step_while([](char c) { return c != '\n'; });
      } else if (rest.starts_with("/*")) {
        const auto end = std::min(text_.find("*/", at_ + 2), text_.size() - 2) + 2;
        while (at_ < end) {
          step();
        }
      } else if (std::string_view(" \t\r\n,:").find(rest.front()) != std::string_view::npos) {
        step();
      } else {
        return;
      }
    }
  }
  void skip_token() {
    const char first = text_[at_];
    step();
    if (first == '"') {
      while (at_ < text_.size() && text_[at_] != '"') {
        if (text_[at_] == '\\') {
          step();
        }
        step();
      }
      if (at_ < text_.size()) {
        step();
      }
    } else if (std::string_view("{}[]").find(first) == std::string_view::npos) {
      step_while([](char c) {
        return std::string_view(" \t\r\n,:{}[]/\"").find(c) == std::string_view::npos;
      });
    }
  }

  std::string_view text_;
  std::shared_ptr<const std::string> file_;
  std::size_t at_ = 0;
  int line_ = 1;
  int column_ = 1;
};

/// Builds the document from the parser's events.
class Builder : public nlohmann::json_sax<nlohmann::json> {
 public:
  Builder(std::string_view text, std::shared_ptr<const std::string> file)
      : text_(text), file_(file), positions_(text, std::move(file)) {}

  bool null() override { return put(Value(Value::Data(nullptr))); }
  bool boolean(bool v) override { return put(Value(Value::Data(v))); }
  bool number_integer(number_integer_t v) override {
    return put(Value(Value::Data(static_cast<std::int64_t>(v))));
  }
  bool number_unsigned(number_unsigned_t v) override {
    const bool fits = v <= static_cast<number_unsigned_t>(INT64_MAX);
    return put(fits ? Value(Value::Data(static_cast<std::int64_t>(v)))
                    : Value(Value::Data(static_cast<double>(v))));
  }
  bool number_float(number_float_t v, const string_t& /*text*/) override {
    return put(Value(Value::Data(v)));
  }
  bool string(string_t& v) override { return put(Value(Value::Data(std::move(v)))); }
  bool binary(binary_t& /*v*/) override { return false; }
  bool start_object(std::size_t /*size*/) override { return open(Value(Value::Data(Members{}))); }
  bool start_array(std::size_t /*size*/) override { return open(Value(Value::Data(List{}))); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool key(string_t& key) override {
    keys_.back() = Member{std::move(key), positions_.next(), {}};
    return true;
  }
  bool parse_error(std::size_t byte, const std::string& /*token*/,
                   const nlohmann::detail::exception& error) override {
    // "[...] parse error at line 3, column 5: syntax error while parsing ..."
    std::string_view what = error.what();
    if (const auto from = what.find("syntax error "); from != std::string_view::npos) {
      what.remove_prefix(from + std::string_view("syntax error ").size());
    }
    const auto [line, column] = TokenPositions::locate(text_, byte == 0 ? 0 : byte - 1);
    complain(Origin{file_, line, column}, fmt::format("not well-formed JSON {}", what), "");
    return false;
  }

  Value root;
  std::vector<Diagnostic> diagnostics;

 private:
  void complain(const Origin& where, std::string message, std::string expected) {
    diagnostics.push_back({Level::error, *file_, where.line, where.column, "", std::move(message),
                           std::move(expected), ""});
  }

  bool put(Value value) {
    value.origin = positions_.next();
    attach(std::move(value));
    return true;
  }
  bool open(Value container) {
    container.origin = positions_.next();
    if (open_.size() >= kMaxNesting) {
      complain(container.origin,
               fmt::format("nested more than {} deep (limit nesting)", kMaxNesting), "");
      return false;
    }
    open_.push_back(std::move(container));
    keys_.emplace_back();
    return true;
  }
  bool close() {
    positions_.next();
    Value done = std::move(open_.back());
    open_.pop_back();
    keys_.pop_back();
    attach(std::move(done));
    return true;
  }
  void attach(Value value) {
    if (open_.empty()) {
      root = std::move(value);
    } else if (auto* list = open_.back().get<List>()) {
      list->push_back(std::move(value));
    } else {
      Member& member = keys_.back();
      if (const Value* before = open_.back().member(member.key)) {
        complain(member.key_origin, fmt::format("the key \"{}\" stands here twice", member.key),
                 fmt::format("each key once; the first is in line {}", before->origin.line));
        return;
      }
      member.value = std::move(value);
      open_.back().get<Members>()->push_back(std::move(member));
    }
  }

  std::string_view text_;
  std::shared_ptr<const std::string> file_;
  TokenPositions positions_;
  std::vector<Value> open_;
  std::vector<Member> keys_;  // the key read last in each open container
};

template <class Json>
Json to_json(const Value& value) {
  if (const auto* list = value.get<List>()) {
    Json out = Json::array();
    for (const Value& item : *list) {
      out.push_back(to_json<Json>(item));
    }
    return out;
  }
  if (const auto* members = value.get<Members>()) {
    Json out = Json::object();
    for (const Member& member : *members) {
      out[member.key] = to_json<Json>(member.value);
    }
    return out;
  }
  if (const auto* text = value.get<std::string>()) {
    return *text;
  }
  if (const auto* number = value.get<double>()) {
    return *number;
  }
  if (const auto* integer = value.get<std::int64_t>()) {
    return *integer;
  }
  if (const auto* truth = value.get<bool>()) {
    return *truth;
  }
  return nullptr;
}

constexpr auto kReplace = nlohmann::json::error_handler_t::replace;

std::optional<std::size_t> to_index(std::string_view step) {
  std::size_t index = 0;
  const auto [end, error] = std::from_chars(step.data(), step.data() + step.size(), index);
  const bool whole = error == std::errc{} && end == step.data() + step.size();
  return whole ? std::optional(index) : std::nullopt;
}

/// "a.b[0].c" into a, b, 0, c.
tl::expected<std::vector<std::string>, std::string> path_steps(std::string_view path) {
  if (path.starts_with('/')) {
    return pointer_steps(path);
  }
  std::vector<std::string> steps;
  std::string step;
  const auto finish = [&] {
    if (!step.empty()) {
      steps.push_back(std::move(step));
      step.clear();
    }
  };
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (path[i] == '.' || path[i] == '[') {
      finish();
    } else if (path[i] == ']') {
      if (!to_index(step)) {
        return tl::unexpected(fmt::format("\"[{}]\" is not the number of an element", step));
      }
      finish();
    } else {
      step += path[i];
    }
  }
  finish();
  if (steps.empty()) {
    return tl::unexpected(std::string("the path is empty"));
  }
  return steps;
}

/// The element of a list that a step means: by number, by name, or the only one.
tl::expected<std::size_t, std::string> element_of(const List& list, const std::string& step,
                                                  bool& step_used) {
  step_used = true;
  if (const auto index = to_index(step)) {
    if (*index < list.size()) {
      return *index;
    }
    return tl::unexpected(
        fmt::format("there is no element {}; the list has {}", *index, list.size()));
  }
  for (std::size_t i = 0; i < list.size(); ++i) {
    for (const char* const key : {"name", "group"}) {  // consumer groups are named by their group
      const Value* name = list[i].member(key);
      const auto* text = name ? name->get<std::string>() : nullptr;
      if (text && *text == step) {
        return i;
      }
    }
  }
  if (list.size() == 1) {
    step_used = false;
    return 0;
  }
  return tl::unexpected(fmt::format("no element of the list is named \"{}\"", step));
}

}  // namespace

Value::Value() = default;
Value::Value(Data content) : data(std::move(content)) {}
Value::Value(const char* text) : data(std::string(text)) {}
Value::Value(std::string_view text) : data(std::string(text)) {}
Value::Value(std::string text) : data(std::move(text)) {}
Value::Value(const Value&) = default;
Value::Value(Value&&) noexcept = default;
Value& Value::operator=(const Value&) = default;
Value& Value::operator=(Value&&) noexcept = default;
Value::~Value() = default;

const Value* Value::member(std::string_view key) const {
  return const_cast<Value*>(this)->member(key);
}

Value* Value::member(std::string_view key) {
  auto* members = get<Members>();
  if (!members) {
    return nullptr;
  }
  const auto found = std::ranges::find(*members, key, &Member::key);
  return found == members->end() ? nullptr : &found->value;
}

Value& Value::set(std::string key, Value value) {
  if (Value* old = member(key)) {
    *old = std::move(value);
    return *old;
  }
  auto& members = std::get<Members>(data);
  members.push_back({std::move(key), value.origin, std::move(value)});
  return members.back().value;
}

void Value::erase(std::string_view key) {
  std::erase_if(std::get<Members>(data), [&](const Member& m) { return m.key == key; });
}

tl::expected<Value, std::vector<Diagnostic>> parse_document(std::string_view text,
                                                            const std::string& file) {
  Builder builder(text, std::make_shared<const std::string>(file));
  const bool good = nlohmann::json::sax_parse(text.begin(), text.end(), &builder,
                                              nlohmann::json::input_format_t::json,
                                              /*strict=*/true, /*ignore_comments=*/true);
  if (!good || !builder.diagnostics.empty()) {
    return tl::unexpected(std::move(builder.diagnostics));
  }
  return std::move(builder.root);
}

void merge_patch(Value& base, const Value& patch) {
  const auto* changes = patch.get<Members>();
  if (!changes) {
    base = patch;
    return;
  }
  if (!base.get<Members>()) {
    base.data = Members{};
    base.origin = patch.origin;
  }
  for (const Member& change : *changes) {
    if (change.value.is_null()) {
      base.erase(change.key);
      continue;
    }
    Value* old = base.member(change.key);
    merge_patch(old ? *old : base.set(change.key, Value()), change.value);
    auto& members = *base.get<Members>();
    std::ranges::find(members, change.key, &Member::key)->key_origin = change.key_origin;
  }
}

std::string canonical_text(const Value& value) {
  return to_json<nlohmann::json>(value).dump(-1, ' ', false, kReplace);
}

std::string pretty_text(const Value& value) {
  return to_json<nlohmann::ordered_json>(value).dump(
      2, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

std::string short_text(const Value& value, std::size_t limit) {
  std::string text = to_json<nlohmann::ordered_json>(value).dump(
      -1, ' ', true, nlohmann::ordered_json::error_handler_t::replace);
  if (text.size() > limit) {
    text.resize(limit);
    text += "...";
  }
  return text;
}

std::string_view type_name(const Value& value) {
  static constexpr std::string_view kNames[] = {
      "null", "true or false", "a whole number", "a number", "a string", "a list", "an object"};
  return kNames[value.data.index()];
}

std::string join_pointer(const std::string& pointer, std::string_view step) {
  std::string joined = pointer + '/';
  for (const char c : step) {
    if (c == '~') {
      joined += "~0";
    } else if (c == '/') {
      joined += "~1";
    } else {
      joined += c;
    }
  }
  return joined;
}

std::string join_pointer(const std::string& pointer, std::size_t step) {
  return fmt::format("{}/{}", pointer, step);
}

std::vector<std::string> pointer_steps(std::string_view pointer) {
  std::vector<std::string> steps;
  for (std::size_t i = 0; i < pointer.size(); ++i) {
    if (pointer[i] == '/') {
      steps.emplace_back();
    } else if (pointer[i] == '~' && i + 1 < pointer.size()) {
      steps.back() += pointer[++i] == '1' ? '/' : '~';
    } else if (!steps.empty()) {
      steps.back() += pointer[i];
    }
  }
  return steps;
}

const Value* at_pointer(const Value& root, std::string_view pointer) {
  const Value* at = &root;
  for (const std::string& step : pointer_steps(pointer)) {
    if (const auto* list = at->get<List>()) {
      const auto index = to_index(step);
      at = index && *index < list->size() ? &(*list)[*index] : nullptr;
    } else {
      at = at->member(step);
    }
    if (!at) {
      return nullptr;
    }
  }
  return at;
}

tl::expected<std::string, std::string> resolve_path(const Value& root, std::string_view path) {
  const auto steps = path_steps(path);
  if (!steps) {
    return tl::unexpected(steps.error());
  }
  std::string pointer;
  const Value* at = &root;  // null below what is not there yet
  for (const std::string& step : *steps) {
    bool step_used = false;
    while (!step_used) {
      const auto* list = at ? at->get<List>() : nullptr;
      if (!list) {
        if (at && !at->get<Members>()) {
          return tl::unexpected(
              fmt::format("{} is {}, it has no \"{}\"", pointer, type_name(*at), step));
        }
        pointer = join_pointer(pointer, step);
        at = at ? at->member(step) : nullptr;
        break;
      }
      const auto index = element_of(*list, step, step_used);
      if (!index) {
        return tl::unexpected(fmt::format("{}: {}", pointer, index.error()));
      }
      pointer = join_pointer(pointer, *index);
      at = &(*list)[*index];
    }
  }
  return pointer;
}

void set_at(Value& root, std::string_view pointer, Value value) {
  Value* at = &root;
  const auto steps = pointer_steps(pointer);
  for (const std::string& step : steps) {
    if (auto* list = at->get<List>()) {
      at = &(*list)[*to_index(step)];
      continue;
    }
    if (value.is_null() && &step == &steps.back()) {
      at->erase(step);
      return;
    }
    Value* next = at->member(step);
    if (!next) {
      Value empty{Value::Data(Members{})};
      empty.origin = value.origin;
      next = &at->set(step, std::move(empty));
    }
    at = next;
  }
  *at = std::move(value);
}

}  // namespace wavetank::scenarios

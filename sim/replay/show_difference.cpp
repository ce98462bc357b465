// Two nodes held against each other.

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <variant>
#include <vector>

#include "reports/printable.h"
#include "sim/replay/show.h"
#include "sim/replay/show_parts.h"

namespace wavetank::sim {

namespace {

using port::Description;
using Kind = Description::Kind;

/// A fact of one or both, with the path that leads to it.
struct Line {
  std::string path;  ///< of the part it is in
  std::string name;
  std::string left, right;
  bool equal = false;
};

class Comparison {
 public:
  Comparison(const Replayed& seen, const ShowOptions& options)
      : words_(seen.names, options.style.ascii),
        all_(options.all),
        left_now_(seen.nodes[0].clock.monotonic),
        right_now_(seen.nodes[1].clock.monotonic) {}

  void compare(const std::string& path, const Description* left, const Description* right) {
    if (!all_ && !path.empty() && (left == nullptr || right == nullptr)) {
      lines_.push_back(
          {path, "", left == nullptr ? "" : "is there", right == nullptr ? "" : "is there", false});
      return;
    }
    const std::vector<Pair> pairs = paired(left, right);
    for (const Pair& it : pairs) {
      if (it.kind == Kind::fact) {
        fact(path, it);
      }
    }
    for (const Pair& it : pairs) {
      if (it.kind != Kind::fact && (all_ || !path.empty() || !is_passing(it.key))) {
        compare(path.empty() ? it.key : path + " / " + it.key, it.left, it.right);
      }
    }
  }
  [[nodiscard]] const std::vector<Line>& lines() const { return lines_; }

 private:
  /// Of a node: what is another at every moment anyhow.
  static bool is_passing(const std::string& part) {
    return part == "request queue" || part == "connections" || part == "timers" || part == "disk";
  }
  struct Pair {
    std::string key;
    Kind kind{};
    const Description* left = nullptr;
    const Description* right = nullptr;
  };

  /// Rows of one name are told apart by the first fact that they have, the node or number that they
  /// are of.
  [[nodiscard]] std::string key_of(const Description& part, bool is_row) const {
    if (!is_row || part.parts().empty()) {
      return part.name();
    }
    const Description& first = part.parts().front();
    const bool tells = std::holds_alternative<NodeId>(first.value());
    return tells ? part.name() + " " + words_.value(first.value(), left_now_) : part.name();
  }

  [[nodiscard]] std::vector<Pair> paired(const Description* left, const Description* right) const {
    std::vector<Pair> pairs;
    std::map<std::string, std::size_t> place;
    const auto add = [&](const Description* of, const Description* Pair::*side) {
      if (of == nullptr) {
        return;
      }
      std::map<std::string, int> seen;
      for (const Description& part : of->parts()) {
        std::string key = words_.safe(key_of(part, of->kind() == Kind::list));
        if (const int before = seen[key]++; before > 0) {
          key += fmt::format(" #{}", before + 1);
        }
        const auto [found, is_new] = place.emplace(key, pairs.size());
        if (is_new) {
          pairs.push_back({key, part.kind()});
        }
        pairs[found->second].*side = &part;
      }
    };
    add(left, &Pair::left);
    add(right, &Pair::right);
    return pairs;
  }

  void fact(const std::string& path, const Pair& it) {
    const bool times = it.left != nullptr && it.right != nullptr &&
                       std::holds_alternative<Time>(it.left->value()) &&
                       std::holds_alternative<Time>(it.right->value());
    const bool equal = times || (it.left != nullptr && it.right != nullptr &&
                                 it.left->value() == it.right->value());
    if (equal && !all_) {
      return;
    }
    lines_.push_back({path, it.key, side(it.left, left_now_), side(it.right, right_now_), equal});
  }
  [[nodiscard]] std::string side(const Description* fact, Time now) const {
    if (fact == nullptr) {
      return "";
    }
    return std::holds_alternative<std::monostate>(fact->value()) ? "none"
                                                                 : words_.value(fact->value(), now);
  }

  Words words_;
  bool all_;
  Time left_now_;
  Time right_now_;
  std::vector<Line> lines_;
};

std::string filled(const std::string& text, std::size_t columns) {
  const std::size_t has = reports::column_count(text);
  return text + std::string(columns > has ? columns - has : 0, ' ');
}

}  // namespace

std::string show_difference(const Replayed& seen, const ShowOptions& options) {
  const NodeState& left = seen.nodes[0];
  const NodeState& right = seen.nodes[1];
  Comparison comparison(seen, options);
  comparison.compare("", &left.description, &right.description);
  std::size_t name_columns = 0;
  std::size_t left_columns = reports::column_count(left.name);
  for (const Line& line : comparison.lines()) {
    name_columns = std::max(name_columns, reports::column_count(line.name));
    left_columns = std::max(left_columns, reports::column_count(line.left));
  }
  const Words words(seen.names, options.style.ascii);
  const bool color = options.style.color;
  std::string out = fmt::format("at {}{}\n", date_text(seen.at),
                                seen.at_what.empty() ? "" : ": " + words.safe(seen.at_what));
  out += fmt::format("  {}  {} {}  {} {}\n", filled("", name_columns), toned("-", Tone::bad, color),
                     filled(words.safe(left.name), left_columns), toned("+", Tone::good, color),
                     words.safe(right.name));
  std::string path;
  for (const Line& line : comparison.lines()) {
    if (line.path != path) {
      path = line.path;
      out += toned(path, Tone::heading, color) + "\n";
    }
    const char* minus = line.equal || line.left.empty() ? " " : "-";
    const char* plus = line.equal || line.right.empty() ? " " : "+";
    std::string text = fmt::format("  {}  {} {}  {} {}", filled(line.name, name_columns),
                                   toned(minus, Tone::bad, color), filled(line.left, left_columns),
                                   toned(plus, Tone::good, color), line.right);
    text.erase(text.find_last_not_of(' ') + 1);
    out += text + "\n";
  }
  if (comparison.lines().empty()) {
    out += "nothing differs but times\n";
  }
  return out;
}

}  // namespace wavetank::sim

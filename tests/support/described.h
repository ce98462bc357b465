#pragma once

// What a role says of itself, for tests: by a path of names, as short text.

#include <string>
#include <string_view>
#include <variant>

#include "engine/port/description.h"

namespace wavetank::test {

template <class R>
port::Description described(const R& role) {
  port::Description out;
  role.describe(out);
  return out;
}

/// "partitions/orders-0/followers/#1": "#n" is the n-th part, from 0. Null if there is none.
inline const port::Description* part_at(const port::Description& of, std::string_view path) {
  const port::Description* at = &of;
  while (at != nullptr && !path.empty()) {
    const std::size_t slash = path.find('/');
    const std::string name(path.substr(0, slash));
    path = slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
    if (!name.starts_with('#')) {
      at = at->find(name);
      continue;
    }
    const std::size_t n = std::stoul(name.substr(1));
    at = n < at->parts().size() ? &*std::next(at->parts().begin(), static_cast<std::ptrdiff_t>(n))
                                : nullptr;
  }
  return at;
}

/// The value of the fact at the path: "7", "yes", "node 3", "1 2 3" of nodes, "1.5 s", "-" if there
/// is none; "(not said)" without such a fact.
inline std::string said(const port::Description& of, std::string_view path) {
  struct Visitor {
    std::string operator()(std::monostate /*none*/) const { return "-"; }
    std::string operator()(bool yes) const { return yes ? "yes" : "no"; }
    std::string operator()(std::int64_t n) const { return std::to_string(n); }
    std::string operator()(Duration d) const { return std::to_string(d.ms()) + " ms"; }
    std::string operator()(Time at) const { return std::to_string(at.ms()) + " ms"; }
    std::string operator()(NodeId node) const { return "node " + std::to_string(node.value()); }
    std::string operator()(const std::vector<NodeId>& nodes) const {
      std::string all;
      for (const NodeId node : nodes) {
        all += (all.empty() ? "" : " ") + std::to_string(node.value());
      }
      return all;
    }
    std::string operator()(const std::string& text) const { return text; }
  };
  const port::Description* part = part_at(of, path);
  return part == nullptr ? "(not said)" : std::visit(Visitor{}, part->value());
}
/// Parts of the list at the path; 0 without it.
inline std::size_t rows(const port::Description& of, std::string_view path) {
  const port::Description* part = part_at(of, path);
  return part == nullptr ? 0 : part->parts().size();
}

}  // namespace wavetank::test

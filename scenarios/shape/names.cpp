#include "scenarios/shape/parts.h"

#include <algorithm>

#include "scenarios/figures.h"

namespace wavetank::scenarios::shape {

Type<std::string> catalogue_name(std::string what, const std::vector<std::string_view>& known) {
  auto type = text(fmt::format("the name of a {}", what),
                   fmt::format("\"{}\"", known.empty() ? std::string_view() : known.front()));
  List names;
  for (const std::string_view name : known) {
    names.emplace_back(name);
  }
  type.schema = object({{"enum", array(std::move(names))}});
  type.read = [base = type.read, what, known](const Node& node, std::string& out) {
    if (!base(node, out)) {
      return false;
    }
    if (std::ranges::find(known, out) == known.end()) {
      node.findings.error(node.pointer, unknown_name(what, out, known), one_of(known));
      return false;
    }
    return true;
  };
  return type;
}

std::vector<std::string_view> figure_ids() {
  std::vector<std::string_view> ids;
  for (const Figure& figure : all_figures()) {
    ids.push_back(figure.id);
  }
  return ids;
}

std::vector<std::string_view> paper_ids() {
  std::vector<std::string_view> ids;
  for (const Paper& paper : all_papers()) {
    ids.push_back(paper.id);
  }
  return ids;
}

Type<std::string> own_name(std::string what, std::string example) {
  auto type = text(fmt::format("the name of {}: letters, digits, _ - .", what), std::move(example));
  type.schema.set("pattern", "^[A-Za-z0-9_.-]+$");
  type.schema.set("maxLength", number_value(100));
  type.read = [words = type, base = type.read](const Node& node, std::string& out) {
    if (!base(node, out)) {
      return false;
    }
    const bool good = out.size() <= 100 && out.find_first_not_of(
                                               "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstu"
                                               "vwxyz0123456789_.-") == std::string::npos;
    return good || words.reject(node);
  };
  return type;
}

Type<Selector> selector() {
  Type<Selector> type{"hosts, such as \"broker[*]\", \"broker[1..2]\" or \"broker-2\"",
                      "\"broker[*]\"",
                      {},
                      {},
                      {}};
  type.schema =
      object({{"anyOf",
               array({object({{"type", "string"}}), object({{"type", "array"},
                                                            {"items", object({{"type", "string"}})},
                                                            {"minItems", number_value(1)}})})}});
  type.read = [words = type](const Node& node, Selector& out) {
    out.text.clear();
    if (const auto* one = node.value.get<std::string>()) {
      out.text = *one;
    } else if (const auto* several = node.value.get<List>()) {
      for (const Value& item : *several) {
        const auto* part = item.get<std::string>();
        if (!part) {
          return words.reject(node);
        }
        out.text += (out.text.empty() ? "" : ", ") + *part;
      }
    }
    return !out.text.empty() || words.reject(node);
  };
  return type;
}

}  // namespace wavetank::scenarios::shape

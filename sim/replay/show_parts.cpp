#include "sim/replay/show_parts.h"

#include <fmt/format.h>

#include "reports/format_units.h"
#include "reports/printable.h"

namespace wavetank::sim {

namespace {

/// "in 31 ms", "2 ms ago", "now".
std::string relative(Time at, Time now) {
  if (at == now) {
    return "now";
  }
  return at > now ? "in " + reports::format_duration(at - now)
                  : reports::format_duration(now - at) + " ago";
}

}  // namespace

std::string Words::name(NodeId node) const {
  return node.value() < names_.size() ? safe(names_[node.value()])
                                      : fmt::format("node {}", node.value());
}

std::string Words::safe(std::string_view text) const {
  return reports::printable(text, ascii_);
}

std::string Words::value(const port::Description::Value& value, Time now) const {
  struct Visitor {
    const Words& words;
    Time now;
    std::string operator()(std::monostate /*none*/) const { return "-"; }
    std::string operator()(bool yes) const { return yes ? "yes" : "no"; }
    std::string operator()(std::int64_t n) const { return fmt::format("{}", n); }
    std::string operator()(Duration d) const {
      return d < Duration() ? "-" + reports::format_duration(Duration() - d)
                            : reports::format_duration(d);
    }
    std::string operator()(Time at) const { return relative(at, now); }
    std::string operator()(NodeId node) const { return words.name(node); }
    std::string operator()(const std::vector<NodeId>& nodes) const {
      std::string all;
      for (const NodeId node : nodes) {
        all += (all.empty() ? "" : " ") + words.name(node);
      }
      return all.empty() ? "-" : all;
    }
    std::string operator()(const std::string& text) const {
      return text.empty() ? "-" : words.safe(text);
    }
  };
  return std::visit(Visitor{*this, now}, value);
}

std::string toned(std::string_view text, Tone tone, bool color) {
  if (!color || tone == Tone::plain || text.empty()) {
    return std::string(text);
  }
  static constexpr const char* kCodes[] = {"", "\x1b[1m", "\x1b[2m", "\x1b[32m", "\x1b[31m"};
  return fmt::format("{}{}\x1b[0m", kCodes[static_cast<std::size_t>(tone)], text);
}

std::string date_text(Time at) {
  return fmt::format("{:.6f} s", at.seconds());
}

}  // namespace wavetank::sim

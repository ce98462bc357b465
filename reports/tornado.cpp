#include "reports/tornado.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "reports/format_units.h"
#include "reports/printable.h"

namespace wavetank::reports {

namespace {

constexpr double kStill = 0.005;  ///< of the base: what moves less is summed up
constexpr std::size_t kBarColumns = 15;

std::string side_text(const std::optional<TornadoSide>& side, const Tornado& tornado) {
  if (!side) {
    return "";
  }
  if (!side->observed) {
    return fmt::format("{}: ?", side->value);
  }
  const std::string change =
      tornado.base != 0 ? format_margin((*side->observed - tornado.base) / std::abs(tornado.base))
                        : "";
  return fmt::format("{}: {} {}", side->value, format_value(*side->observed, tornado.unit), change);
}

nlohmann::ordered_json side_json(const std::optional<TornadoSide>& side) {
  if (!side) {
    return nullptr;
  }
  nlohmann::ordered_json json{{"value", side->value}, {"observed", nullptr}, {"why", side->why}};
  if (side->observed) {
    json["observed"] = *side->observed;
  }
  return json;
}

}  // namespace

double effect(const TornadoBar& bar, double base) {
  double most = 0;
  for (const auto* side : {&bar.low, &bar.high}) {
    if (*side && (*side)->observed) {
      most = std::max(most, std::abs(*(*side)->observed - base));
    }
  }
  return most;
}

bool moves(const TornadoBar& bar, double base) {
  const bool known = (!bar.low || bar.low->observed) && (!bar.high || bar.high->observed);
  return !known || effect(bar, base) > kStill * std::abs(base);
}

void sort_by_effect(Tornado& tornado) {
  std::ranges::stable_sort(tornado.bars, std::ranges::greater(),
                           [&](const TornadoBar& bar) { return effect(bar, tornado.base); });
}

std::string tornado_text(const Tornado& tornado, const Style& style) {
  const auto show = [&](std::string_view text) { return printable(text, style.ascii); };
  std::string out =
      fmt::format("what moves {} of {} ({}), seed {}: each setting alone, turned down and up\n\n",
                  show(tornado.metric), show(tornado.title),
                  format_value(tornado.base, tornado.unit), tornado.seed);
  std::size_t columns = 0;
  std::size_t sides = 0;
  double most = 0;
  for (const TornadoBar& bar : tornado.bars) {
    columns = std::max(columns, column_count(show(bar.path)));
    sides = std::max({sides, column_count(show(side_text(bar.low, tornado))),
                      column_count(show(side_text(bar.high, tornado)))});
    most = std::max(most, effect(bar, tornado.base));
  }
  std::vector<std::string> still;
  for (const TornadoBar& bar : tornado.bars) {
    if (!moves(bar, tornado.base)) {
      still.push_back(show(bar.path));
      continue;
    }
    const double share = most > 0 ? effect(bar, tornado.base) / most : 0;
    std::string blocks;
    for (std::size_t i = 0; i < static_cast<std::size_t>(std::ceil(share * kBarColumns)); ++i) {
      blocks += style.ascii ? "#" : "█";
    }
    std::string line =
        fmt::format("{} {} {} {}", padded(bar.path, columns, style.ascii),
                    padded(side_text(bar.low, tornado), sides, style.ascii),
                    padded(side_text(bar.high, tornado), sides, style.ascii), blocks);
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
    for (const auto* side : {&bar.low, &bar.high}) {
      if (*side && !(*side)->observed) {
        out += fmt::format("  ? {}: {}\n", show((*side)->value), show((*side)->why));
      }
    }
  }
  if (!still.empty()) {
    out += fmt::format("\nmove it by less than {:g} %: {}\n", kStill * 100, fmt::join(still, ", "));
  }
  return out;
}

std::string tornado_json(const Tornado& tornado) {
  using Json = nlohmann::ordered_json;
  Json json{{"title", tornado.title}, {"metric", tornado.metric}, {"unit", tornado.unit},
            {"seed", tornado.seed},   {"base", tornado.base},     {"settings", Json::array()}};
  for (const TornadoBar& bar : tornado.bars) {
    json["settings"].push_back({{"path", bar.path},
                                {"value", bar.value},
                                {"effect", effect(bar, tornado.base)},
                                {"low", side_json(bar.low)},
                                {"high", side_json(bar.high)}});
  }
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace wavetank::reports

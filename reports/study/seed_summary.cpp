#include "reports/study/seed_summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "reports/format_units.h"
#include "reports/study/text_table.h"

namespace wavetank::reports {

namespace {

using Json = nlohmann::ordered_json;

/// "e2e.p99 during fault" is a part of the run.
bool is_of_whole_run(const SeedFigure& figure) {
  return figure.name.find(" during ") == std::string::npos;
}

/// A seed without it had none.
bool is_listed_where_it_came(const SeedFigure& figure) {
  return figure.name.starts_with("errors.");
}

Json maybe(const std::optional<double>& value) {
  return value ? Json(*value) : Json(nullptr);
}

}  // namespace

std::vector<SeedFigure> over_seeds(const std::vector<std::vector<Quantity>>& seeds) {
  std::vector<SeedFigure> figures;
  std::vector<std::vector<double>> values;  // of each of them
  for (const std::vector<Quantity>& seed : seeds) {
    for (const Quantity& quantity : seed) {
      const auto found = std::ranges::find(figures, quantity.name, &SeedFigure::name);
      const auto index = static_cast<std::size_t>(found - figures.begin());
      if (found == figures.end()) {
        figures.push_back({quantity.name, quantity.unit, 0, {}, 0, 0});
        values.emplace_back();
      }
      values[index].push_back(quantity.value);
    }
  }
  for (std::size_t i = 0; i < figures.size(); ++i) {
    if (is_listed_where_it_came(figures[i])) {
      values[i].resize(seeds.size());
    }
    const auto [least, greatest] = std::ranges::minmax_element(values[i]);
    figures[i].seeds = values[i].size();
    figures[i].mean = *estimate(values[i]);
    figures[i].least = *least;
    figures[i].greatest = *greatest;
  }
  return figures;
}

std::string seed_figures_text(const std::vector<SeedFigure>& figures, std::uint64_t seeds,
                              bool ascii) {
  TextTable table;
  table.head = {"figure", "mean", "95 % interval", "least", "greatest", ""};
  table.first_number = 1;
  table.last_words = 1;
  for (const SeedFigure& it : figures) {
    if (!is_of_whole_run(it) || (it.least == 0 && it.greatest == 0)) {
      continue;
    }
    const auto shown = [&](double value) { return format_value(value, it.unit); };
    const std::string interval =
        it.mean.high ? "± " + shown(*it.mean.high - it.mean.value) : std::string("-");
    const std::string of =
        it.seeds < seeds ? fmt::format("of {} of {} seeds", it.seeds, seeds) : "";
    table.rows.push_back(
        {it.name, shown(it.mean.value), interval, shown(it.least), shown(it.greatest), of});
  }
  return table.rows.empty() ? "" : aligned(table, ascii);
}

std::string seed_figures_json(const std::vector<SeedFigure>& figures) {
  Json list = Json::array();
  for (const SeedFigure& it : figures) {
    list.push_back({{"name", it.name},
                    {"unit", it.unit},
                    {"seeds", it.seeds},
                    {"mean", it.mean.value},
                    {"low", maybe(it.mean.low)},
                    {"high", maybe(it.mean.high)},
                    {"least", it.least},
                    {"greatest", it.greatest}});
  }
  return list.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace wavetank::reports

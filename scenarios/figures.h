#pragma once

// The quantitative claims of the papers that scenarios must reproduce, or show why they do not
// hold. Data: scenarios/figures/paper-figures.json.

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace wavetank::scenarios {

struct Paper {
  std::string id;
  std::string author;  ///< may be empty: unsigned
  std::string title;
  std::string year;  ///< may be empty: undated
  std::string kind;  ///< "article", "thesis", ...
};

struct Figure {
  std::string id;     ///< "orders/recovery-broker"
  std::string paper;  ///< id of the paper
  std::string where;  ///< its section
  std::string metric;
  std::string op;  ///< <, <=, >=, =, ~ or "report": how a simulated value compares
  std::optional<double> value;
  std::string unit;
};

std::span<const Figure> all_figures();
std::span<const Paper> all_papers();
const Figure* find_figure(std::string_view id);
const Paper* find_paper(std::string_view id);

/// "< 60 s".
std::string claim(const Figure& figure);
/// Whether a simulated value, in the figure's unit, bears the claim out; nothing for "report".
/// "~" allows a factor of two either way.
std::optional<bool> holds(const Figure& figure, double simulated);

}  // namespace wavetank::scenarios

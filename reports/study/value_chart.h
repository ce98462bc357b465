#pragma once

// Drawings of studies: figures over the values of a parameter. Static SVG, by reports/html.

#include <optional>
#include <string>
#include <vector>

#include "reports/html/markup.h"
#include "reports/html/scale.h"
#include "reports/study/estimate.h"
#include "reports/study/text_table.h"

namespace wavetank::reports {

/// As many as can be told apart.
inline constexpr std::size_t kMaxChartSeries = 5;

struct ValueSeries {
  std::string name;
  std::vector<std::optional<Estimate>> values;  ///< by label
};

/// Labels stand beside each other at equal distances, whatever they say: values of a parameter need
/// not be numbers.
struct ValueChart {
  std::string title;
  std::string unit;   ///< of the values (format_value)
  std::string along;  ///< what the labels are values of
  std::vector<std::string> labels;
  std::vector<ValueSeries> series;  ///< at most kMaxChartSeries
  bool logarithmic = false;         ///< where all values are above 0
};

/// The labels below `bottom`, the first at 0, each a whole number on. Those that would stand upon
/// another are left out.
html::Markup value_labels(const std::vector<std::string>& labels, const html::Scale& x,
                          double bottom);

/// Empty if there is no value. Points carry their interval as a bar, and their figures as a title.
html::Markup draw(const ValueChart& chart);

/// A page of its own: the report's style, no script, nothing loaded.
std::string study_page(const std::string& title, const html::Markup& body);

html::Markup html_table(const TextTable& table);

}  // namespace wavetank::reports

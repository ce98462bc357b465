#pragma once

// For the files of show.h: values in words, and lines with colour.

#include <string>
#include <string_view>
#include <vector>

#include "engine/port/description.h"
#include "sim/replay/show.h"

namespace wavetank::sim {

/// How values are put into words: names of nodes, times as seen from a node's clock.
class Words {
 public:
  Words(const std::vector<std::string>& names, bool ascii) : names_(names), ascii_(ascii) {}

  /// `now`: what the clock shows that times are of.
  [[nodiscard]] std::string value(const port::Description::Value& value, Time now) const;
  [[nodiscard]] std::string name(NodeId node) const;
  /// Made safe for a terminal.
  [[nodiscard]] std::string safe(std::string_view text) const;

 private:
  const std::vector<std::string>& names_;
  bool ascii_;
};

enum class Tone { plain, heading, faint, good, bad };
/// `text` in this tone, if there are colours.
std::string toned(std::string_view text, Tone tone, bool color);

/// "6.101234 s".
std::string date_text(Time at);

}  // namespace wavetank::sim

#pragma once

// Scenarios that come with the program, for `wavetank init` and `wavetank list`. They are the files
// of scenarios/, byte for byte.

#include <span>
#include <string>
#include <string_view>

namespace wavetank::scenarios {

struct Template {
  std::string name;  ///< "orders/broker-failure"
  std::string title;
  std::string_view text;
};

std::span<const Template> all_templates();
/// By its name, or by the last part of it ("quickstart") where only one template ends so; else
/// null.
const Template* find_template(std::string_view name);

}  // namespace wavetank::scenarios

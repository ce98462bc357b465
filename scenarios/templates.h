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

/// A scenario can extend one of these by its name: "extends": "template:log/quickstart".
inline constexpr std::string_view kTemplatePrefix = "template:";

std::span<const Template> all_templates();
/// By its name, or by the last part of it ("quickstart") where only one template ends so; else
/// null.
const Template* find_template(std::string_view name);
/// Its text for a file anywhere: what it extends is named as a template.
std::string text_to_start_from(const Template& it);
/// The same with a first key for editors, "$schema".
std::string with_schema(const std::string& text, const std::string& schema);

}  // namespace wavetank::scenarios

#pragma once

// Every rule that a run is judged by, in words. The checker of a rule has its name, says what it
// rests on, and what it cannot see.

#include <span>
#include <string_view>

namespace wavetank::sim {

struct Rule {
  std::string_view name;  ///< "log/lost-write"
  std::string_view says;  ///< what holds if it does, in a sentence without its full stop
  /// It holds though acknowledged records have been destroyed: more has been taken from the system
  /// than it promises to survive.
  bool whatever_is_lost = false;
};

/// By name.
std::span<const Rule> all_rules();
/// Null: there is none of this name.
const Rule* find_rule(std::string_view name);

}  // namespace wavetank::sim

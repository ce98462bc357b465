#pragma once

// What a scenario says is held against itself section by section: a file for each, called in turn
// by scenarios/validate.cpp.

#include <fmt/format.h>

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "scenarios/description.h"
#include "scenarios/findings.h"
#include "scenarios/limits.h"
#include "scenarios/quantity.h"
#include "scenarios/scenario.h"

namespace wavetank::scenarios::validation {

/// What the checks of every section share: the scenario that they complete, where they complain,
/// and the names of hosts and topics.
class Check {
 public:
  Check(Scenario& scenario, Findings& findings, const Limits& limits)
      : s_(scenario), findings_(findings), limits_(limits) {}

 protected:
  void error(const std::string& pointer, std::string message, std::string expected = "",
             std::string example = "");
  /// An error if more is asked for than the limit of that name allows.
  void limit(const std::string& pointer, std::string_view name, double asked, double allowed);
  /// Whether the file itself says something there.
  [[nodiscard]] bool given(const std::string& pointer) const;

  /// Names of a list must differ.
  template <class Items, class Name>
  void check_unique(const Items& items, const std::string& pointer, std::string_view key,
                    std::string_view what, Name name) {
    std::set<std::string> seen;
    for (std::size_t i = 0; i < items.size(); ++i) {
      const std::string& own = name(items[i]);
      if (!own.empty() && !seen.insert(own).second) {
        error(join_pointer(join_pointer(pointer, i), key),
              fmt::format("there are two {} named \"{}\"", what, own), "every name once");
      }
    }
  }

  /// What asks or writes begins and ends within the run, in that order.
  template <class Load>
  void check_times(const Load& load, const std::string& pointer) {
    if (load.start >= s_.duration) {
      error(pointer + "/start",
            fmt::format("it would begin at {}, when the run is over", to_text(load.start)),
            fmt::format("before {}", to_text(s_.duration)));
    }
    if (load.stop && *load.stop <= load.start) {
      error(pointer + "/stop", "it would end before it begins",
            fmt::format("after {}", to_text(load.start)));
    }
    if (load.stop && *load.stop > s_.duration) {
      error(pointer + "/stop", "it would end after the run",
            fmt::format("{} at most", to_text(s_.duration)));
    }
  }

  /// Adds the hosts that one part of a selector means; false if it means none.
  bool select(std::string_view part, std::vector<std::uint32_t>& chosen) const;
  /// The hosts that a selector means, in order, each once; an error for a part that means none.
  void resolve(Selector& selector, const std::string& pointer);
  /// The place of a topic in the log's list.
  void resolve_topic(const std::string& name, std::uint32_t& index, const std::string& pointer);

  Scenario& s_;
  Findings& findings_;
  const Limits& limits_;

 private:
  void complain_about_host(std::string_view part, const std::string& pointer);
};

/// cluster.cpp: the zones and hosts that its groups expand to. First of all: the others look hosts
/// up.
void check_cluster(const Check& check);
/// services.cpp: the services, and who uses coordination and the key-value service.
void check_services(const Check& check);
/// load.cpp: workloads, consumer groups, processors.
void check_load(const Check& check);
/// faults.cpp: whom they strike and when; writes repeated ones out.
void check_faults(const Check& check);
/// verdicts.cpp: objectives, expectations, searches for a knee.
void check_verdicts(const Check& check);

}  // namespace wavetank::scenarios::validation

#pragma once

// Faults of a foreign file on their way into a scenario: which hosts they strike there, when they
// begin and end.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/hardware.h"
#include "scenarios/import/import.h"
#include "scenarios/import/taken.h"

namespace wavetank::scenarios {

/// Some hosts of a scenario, one after the other in a group: "broker", 2 to 3.
struct HostSpan {
  std::string group;
  std::uint32_t first = 0;  ///< from 1; 0: the group is one host without a number
  std::uint32_t last = 0;

  [[nodiscard]] std::uint32_t count() const { return first == 0 ? 1 : last - first + 1; }
  [[nodiscard]] HostSpan first_of(std::uint32_t hosts) const;
  /// As scenarios select them: "broker[2..3]".
  [[nodiscard]] std::string text() const;
};

class FaultPlan {
 public:
  FaultPlan(const Scenario& onto, const ImportOptions& options, ImportNotes& notes)
      : onto_(onto), options_(options), notes_(notes) {}

  /// The hosts that somebody calls one of these names, the first that is known: by --map, or
  /// because the scenario calls them so. "kafka-1" is the second of what "kafka" is, as Kubernetes
  /// counts. Nothing, and an error at `origin`, if none is known.
  std::optional<HostSpan> hosts(const std::vector<std::string>& names, const Origin& origin,
                                const std::string& what);

  /// When what has no date begins, and how long what says nothing lasts.
  [[nodiscard]] Duration begins() const;
  [[nodiscard]] Duration lasts() const;
  [[nodiscard]] Duration restarts_after() const { return options_.restarts_after; }

  /// A fault of what `hosts` was asked for last, from `at` on: to the end of the run at most, which
  /// is said. REQUIRES: `lasts` is positive. Gives its number back.
  std::size_t add(Duration at, std::optional<Duration> lasts, Value fault);
  /// It ends; at least a millisecond after it began.
  void end(std::size_t fault, Duration at);

  /// Everything between these hosts and all others vanishes.
  std::size_t cut(Duration at, std::optional<Duration> lasts, const HostSpan& hosts);
  /// Every message to and from them takes this much longer, and up to `jitter` more.
  std::vector<std::size_t> slow_messages(Duration at, std::optional<Duration> lasts,
                                         const HostSpan& hosts, Duration added, Duration jitter);
  /// Their network cards carry no more than this.
  std::size_t limit_bandwidth(Duration at, std::optional<Duration> lasts, const HostSpan& hosts,
                              double bits_per_s);
  /// The processes die, and are started again by whoever looks after them.
  std::size_t kill(Duration at, std::optional<Duration> lasts, const HostSpan& hosts);

  [[nodiscard]] const Scenario& onto() const { return onto_; }
  /// The hardware of the first of them.
  [[nodiscard]] const models::HardwareType* hardware(const HostSpan& hosts) const;
  [[nodiscard]] ImportNotes& notes() { return notes_; }
  /// The scenario with the faults behind its own.
  [[nodiscard]] Value scenario() const;

 private:
  /// No later than the run ends.
  Duration within_run(Duration at, Duration lasts);
  [[nodiscard]] std::optional<HostSpan> known(const std::string& name) const;
  [[nodiscard]] std::optional<HostSpan> mapped(const std::string& name) const;

  const Scenario& onto_;
  const ImportOptions& options_;
  ImportNotes& notes_;
  List faults_;
  Origin origin_;  ///< of what `hosts` was asked for last
  std::string what_;
  std::vector<Duration> begun_;  ///< by number of the fault
};

/// What a toxic of Toxiproxy does, as a fault from `at` on. Used for Toxiproxy's own files and by
/// Chaos Toolkit's driver for it. Gives the numbers of the faults; none, and a note, if it has no
/// like here.
std::vector<std::size_t> add_toxic(FaultPlan& plan, const std::string& type, Taken& attributes,
                                   const HostSpan& hosts, Duration at,
                                   std::optional<Duration> lasts, const Origin& origin);

// Each adds what its files say to the plan.
void plan_toxiproxy(const ImportSource& source, FaultPlan& plan);
void plan_chaostoolkit(const ImportSource& source, FaultPlan& plan);
void plan_chaosmesh(const ImportSource& source, FaultPlan& plan);

}  // namespace wavetank::scenarios

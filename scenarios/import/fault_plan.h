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

/// Hosts of a scenario, each once, in the order in which somebody named them.
class Hosts {
 public:
  struct Host {
    std::string group;
    std::uint32_t number = 0;  ///< from 1; 0: the group is one host without a number

    [[nodiscard]] std::string text() const;
    friend bool operator==(const Host&, const Host&) = default;
  };

  void add(const Host& host);
  void add(const Hosts& more);
  [[nodiscard]] Hosts first_of(std::size_t hosts) const;
  /// Those of them that are among the others, too.
  [[nodiscard]] Hosts among(const Hosts& others) const;

  [[nodiscard]] auto begin() const { return hosts_.begin(); }
  [[nodiscard]] auto end() const { return hosts_.end(); }
  [[nodiscard]] std::size_t count() const { return hosts_.size(); }
  /// As scenarios select them: "broker[2..3], controller".
  [[nodiscard]] std::string text() const;
  friend bool operator==(const Hosts&, const Hosts&) = default;

 private:
  std::vector<Host> hosts_;
};

/// What a file calls some hosts, and where.
struct Naming {
  std::vector<std::string> ways;  ///< to name the same: the first that is known counts
  Origin origin;
  std::string what;
};

/// What tc and Toxiproxy add to each message: anything from `latency` - `jitter` to `latency` +
/// `jitter`, all alike, but never less than nothing.
struct EvenDelay {
  Duration latency;
  Duration jitter;
  Origin origin;
  std::string what;  ///< who asks

  [[nodiscard]] Duration mean() const;
};

class FaultPlan {
 public:
  FaultPlan(const Scenario& onto, const ImportOptions& options, ImportNotes& notes)
      : onto_(onto), options_(options), notes_(notes) {}

  /// An error for each --map to hosts that the scenario does not have.
  void check_map();

  // A name is known by --map, or because the scenario calls hosts so. "kafka-1" is the second of
  // what "kafka" is, as Kubernetes counts. `origin` and `what` say who asks.

  /// The hosts that somebody calls so, in one way or another. Nothing, and an error, if none is
  /// known. Ways that lead elsewhere are said not to count.
  std::optional<Hosts> hosts(const std::vector<std::string>& ways, const Origin& origin,
                             const std::string& what);
  /// All that are named, by a list: an error where one is not known.
  std::optional<Hosts> every(const std::vector<Naming>& names, const Origin& origin,
                             const std::string& what);
  /// Those that meet all conditions. What is not known of them is said not to be carried over;
  /// an error if all are not, or no host is left.
  std::optional<Hosts> meeting(const std::vector<Naming>& conditions, const Origin& origin,
                               const std::string& what);

  /// When what has no date begins, and how long what says nothing lasts.
  [[nodiscard]] Duration begins() const;
  [[nodiscard]] Duration lasts() const;
  [[nodiscard]] Duration restarts_after() const { return options_.restarts_after; }

  /// What is added from now on comes again and again, as often as the run has room for; nothing: it
  /// comes once.
  void repeat_every(std::optional<Duration> period) { period_ = period; }

  /// A fault of the hosts that were asked for last, from `at` on: to the end of the run at most,
  /// which is said. REQUIRES: `lasts` is positive. Gives its number back.
  std::size_t add(Duration at, std::optional<Duration> lasts, Value fault);
  /// It ends; at least a millisecond after it began.
  void end(std::size_t fault, Duration at);

  /// Everything between these hosts and all others vanishes.
  std::size_t cut(Duration at, std::optional<Duration> lasts, const Hosts& hosts);
  /// Every message to and from them takes longer: a fixed time, and an exponential one if there is
  /// jitter. On average as long as it did there, and it is said what becomes of the jitter.
  std::vector<std::size_t> slow_messages(Duration at, std::optional<Duration> lasts,
                                         const Hosts& hosts, const EvenDelay& delay);
  /// Their network cards carry no more than this; a fault for each kind of card.
  std::vector<std::size_t> limit_bandwidth(Duration at, std::optional<Duration> lasts,
                                           const Hosts& hosts, double bits_per_s);
  /// The processes die, and are started again by whoever looks after them.
  std::size_t kill(Duration at, std::optional<Duration> lasts, const Hosts& hosts);

  [[nodiscard]] const Scenario& onto() const { return onto_; }
  /// Hosts of one type of hardware each; nothing is told of a type that the catalogue lacks.
  struct Alike {
    const models::HardwareType* type = nullptr;
    Hosts hosts;
  };
  [[nodiscard]] std::vector<Alike> alike(const Hosts& hosts) const;
  [[nodiscard]] ImportNotes& notes() { return notes_; }
  /// The scenario with the faults behind its own.
  [[nodiscard]] Value scenario() const;

 private:
  void repeat(Value& fault, Duration at, std::optional<Duration> lasts);
  /// No later than the run ends.
  Duration within_run(Duration at, Duration lasts);
  [[nodiscard]] std::optional<Hosts> known(const std::string& name) const;
  [[nodiscard]] std::optional<Hosts> mapped(const std::string& name) const;
  [[nodiscard]] std::optional<Hosts> called(const std::string& name) const;
  [[nodiscard]] std::optional<Hosts> called(const Naming& naming) const;
  [[nodiscard]] std::string groups() const;
  void nobody_is(const std::vector<std::string>& names, const Origin& origin,
                 const std::string& what);

  const Scenario& onto_;
  const ImportOptions& options_;
  ImportNotes& notes_;
  List faults_;
  Origin origin_;  ///< of the hosts that were asked for last
  std::string what_;
  std::optional<Duration> period_;
  std::vector<Duration> begun_;  ///< by number of the fault
};

/// What a toxic of Toxiproxy does, as a fault from `at` on. Used for Toxiproxy's own files and by
/// Chaos Toolkit's driver for it. Gives the numbers of the faults; none, and a note, if it has no
/// like here.
std::vector<std::size_t> add_toxic(FaultPlan& plan, const std::string& type, Taken& attributes,
                                   const Hosts& hosts, Duration at, std::optional<Duration> lasts,
                                   const Origin& origin);

/// Whether a toxic is of any connection, by its toxicity: what it is otherwise is said.
bool strikes(Taken& toxic);

// Each adds what its files say to the plan.
void plan_toxiproxy(const ImportSource& source, FaultPlan& plan);
void plan_chaostoolkit(const ImportSource& source, FaultPlan& plan);
void plan_chaosmesh(const ImportSource& source, FaultPlan& plan);

}  // namespace wavetank::scenarios

#pragma once

// A run is held against another of the same scenario in a process of its own, elsewhere
// (surroundings.h). If their digests part, both are run again to that point, and the first event
// that differs is named.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/run/child_process.h"
#include "sim/run/run.h"
#include "sim/verify/comparison.h"
#include "sim/verify/witness.h"

namespace wavetank::sim {

struct Verification {
  enum class End {
    same,
    events_differ,
    results_differ,  ///< the same events, and another result.json
    no_other_run,    ///< the other process came to no result: see `why`
    given_up,        ///< somebody wanted it to end
  };
  End end = End::given_up;
  std::uint64_t events = 0;       ///< of this process's run
  std::uint64_t checkpoints = 0;  ///< compared
  std::string why;
  /// Where the digests part: in the run itself, and if another is named, when they were run again.
  std::optional<Stretch> stretch;
  std::optional<EventDifference> event;  ///< nothing: they did not part again
  std::optional<ResultDifference> result;
};

class Verifier {
 public:
  /// Runs of either side that look for the event, if what they depend on changes from run to run.
  static constexpr int kAttempts = 3;

  struct Options {
    /// Prints the testimony of the same scenario (testimony.h); its arguments are followed by
    /// `--elsewhere` and `--events A..B` as need be.
    std::vector<std::string> witness;
    /// The other process runs at the same time; else after this one.
    bool side_by_side = true;
  };
  explicit Verifier(Options options);

  /// Listens to the run of this process. REQUIRES: outlives it.
  void attend(RunHooks& hooks) { witness_.attend(hooks); }
  /// After that run. `give_up` is asked every tenth of a second.
  Verification conclude(const std::string& result_json, const std::function<bool()>& give_up = {});

 private:
  [[nodiscard]] std::unique_ptr<ChildProcess> start(bool elsewhere, Stretch stretch) const;
  /// Nothing if it was given up.
  std::optional<Testimony> hear(ChildProcess& other) const;
  void name_event(Verification& found, Stretch stretch) const;

  Options options_;
  std::function<bool()> give_up_;
  Witness witness_;
  Testimony here_;
  std::unique_ptr<ChildProcess> other_;
};

}  // namespace wavetank::sim

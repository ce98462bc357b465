#pragma once

// What faults have cost: the same scenario and seed with and without them, and the same records in
// both. A record is the same if it has the same producer and number and was meant to be sent at the
// same time, so what is told is no estimate.
//
// Faults also reshuffle chance: once events come in another order, random numbers fall to others,
// and records come a little later or sooner that no fault has touched. How far chance moves records
// is seen in those that came sooner, for faults hasten nobody: a record counts as delayed if it
// came later by more than 99 of 100 of these came sooner, and by more than a millisecond.

#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "engine/base/histogram.h"
#include "engine/base/time.h"
#include "reports/result.h"
#include "reports/terminal_summary.h"

namespace wavetank::reports {

/// What became of one record.
struct RecordFate {
  static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
  std::int64_t intended_ns = 0;
  std::int64_t took_ns = kNever;  ///< from then to its first delivery
  friend bool operator==(const RecordFate&, const RecordFate&) = default;
};
/// By instance of the producers, and number.
using RecordFates = std::vector<std::vector<RecordFate>>;

inline constexpr std::array kShifts{milliseconds(1), milliseconds(10), milliseconds(100),
                                    seconds(1), seconds(10)};

struct Counterfactual {
  std::uint64_t with = 0;           ///< records of the run with the faults
  std::uint64_t without = 0;        ///< of the other
  std::uint64_t paired = 0;         ///< that both have, and both have delivered
  Duration chance;                  ///< how far a record may move for no reason
  Histogram delayed;                ///< by how much, of those that came later by more than that
  Span delayed_sent;                ///< when these were meant to be sent
  std::uint64_t never_with = 0;     ///< delivered only without the faults
  std::uint64_t never_without = 0;  ///< delivered only with them
  std::array<std::uint64_t, kShifts.size()> later{};   ///< by more than each of kShifts
  std::array<std::uint64_t, kShifts.size()> sooner{};  ///< likewise
};

/// Of the records that were meant to be sent from `from` on.
Counterfactual hold_against(const RecordFates& without, const RecordFates& with, Time from);

/// "crash broker-2 delayed 41,812 of 300,000 records, by 3.2 s in the median ..." Names from the
/// scenario are in it as they are.
std::string counterfactual_sentence(const Counterfactual& it, const std::vector<FaultReport>& by);
/// For a terminal: the sentence, the shifts of records, and how the figures of both runs compare.
std::string counterfactual_text(const Counterfactual& it, const RunResult& without,
                                const RunResult& with, const Style& style);
/// As one JSON document.
std::string counterfactual_json(const Counterfactual& it, const RunResult& without,
                                const RunResult& with);

}  // namespace wavetank::reports

#pragma once

// What a run says of itself, so that two can be held against each other: the rolling digest of its
// events now and then, some of them in full, and its result.
//
// As text (what `wavetank witness` prints), a line each:
//
//   wavetank-testimony 1
//   at EVENTS NANOSECONDS DIGEST                                       every kReportInterval
//   event NUMBER NANOSECONDS SEQUENCE PAYLOAD DIGEST SCHEDULED WORDS   of the stretch asked for
//
// and then how it ended: `result BYTES` and the bytes of result.json, `stopped` after the stretch,
// or `trouble WORDS`. What was cut off has none of the three.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/time.h"

namespace wavetank::sim {

struct Checkpoint {
  std::uint64_t events = 0;  ///< fired so far
  Time at;
  std::uint64_t digest = 0;
  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

/// One event in full.
struct EventRecord {
  std::uint64_t number = 0;  ///< from 1
  Time at;
  std::uint64_t sequence = 0;
  std::uint64_t payload = 0;
  std::uint64_t digest = 0;     ///< when it is over
  std::uint64_t scheduled = 0;  ///< events in all, when it is over
  std::string words;            ///< EventTarget::describe
  friend bool operator==(const EventRecord&, const EventRecord&) = default;
};

/// Events by their numbers; both ends belong to it.
struct Stretch {
  std::uint64_t first = 1;
  std::uint64_t last = 0;
  [[nodiscard]] bool is_empty() const { return last < first; }
  friend bool operator==(const Stretch&, const Stretch&) = default;
};

struct Testimony {
  std::vector<Checkpoint> checkpoints;
  std::vector<EventRecord> events;
  std::optional<std::string> result;  ///< the bytes of result.json
  bool stopped = false;               ///< after the stretch, as it was to
  std::string trouble;                ///< why there is neither
};

inline constexpr std::string_view kTestimonyBegins = "wavetank-testimony 1\n";
std::string to_line(const Checkpoint& checkpoint);
std::string to_line(const EventRecord& event);
std::string result_lines(const std::string& result_json);
std::string trouble_line(const std::string& words);
inline constexpr std::string_view kStoppedLine = "stopped\n";

/// What has been said, as far as it goes; `trouble` says so if it was cut off.
Testimony read_testimony(std::string_view text);

}  // namespace wavetank::sim

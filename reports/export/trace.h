#pragma once

// A run as a trace: hosts, what their processes did, the ways of some records and messages, what
// went wrong, and how busy it all was. A run has too much of it for any viewer, so a trace holds
// records drawn evenly from all, and single steps and messages of a short span; what it leaves out
// it says.

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "reports/result.h"

namespace wavetank::reports {

struct Trace {
  // Bounds of what is kept.
  static constexpr std::size_t kRecordsMax = 2'000;
  static constexpr std::size_t kStepsMax = 50'000;
  static constexpr std::size_t kMessagesMax = 50'000;
  static constexpr std::size_t kInstantsMax = 20'000;
  static constexpr std::size_t kSamplesMax = 1'000;  ///< of each counter

  struct Host {
    std::string name;
    std::vector<std::string> lanes;  ///< of its processes: steps of one do not overlap
  };
  struct Step {
    std::uint32_t host = 0;
    std::uint32_t lane = 0;
    Time from;
    Duration lasts;
    std::string name;
  };
  /// A part of a record's way; parts follow one another.
  struct Stage {
    std::string name;
    std::uint32_t host = 0;
    Time from;
    Time to;
  };
  enum class Fate : std::uint8_t { delivered, refused, unsettled };
  struct Record {
    std::uint64_t event_id = 0;
    std::string name;        ///< "0/16040"
    std::string partition;   ///< empty: not known
    std::uint32_t host = 0;  ///< of its producer
    int attempts = 0;
    Fate fate = Fate::unsettled;
    Time from;
    Time to;
    std::optional<Time> acknowledged;
    std::vector<Stage> stages;
  };
  struct Message {
    std::string name;  ///< "produce request"
    std::uint32_t from_host = 0;
    std::uint32_t to_host = 0;
    Time from;
    Time to;
  };
  struct Instant {
    std::uint32_t host = 0;
    std::uint32_t lane = 0;
    Time at;
    std::string name;
  };
  struct Counter {
    std::optional<std::uint32_t> host;  ///< nothing: of the whole run
    std::string name;
    std::vector<std::pair<Time, double>> samples;
  };

  std::string title;
  std::string digest;
  Time ended;
  std::vector<Host> hosts;
  std::vector<Step> steps;  ///< by time
  std::vector<Record> records;
  std::vector<Message> messages;
  std::vector<Instant> instants;
  std::vector<Counter> counters;
  std::vector<FaultReport> faults;
  std::vector<std::string> left_out;  ///< for people, a sentence each
};

/// Trace events as JSON, which Perfetto and chrome://tracing show: a process a host, a thread a
/// lane, records and messages as asynchronous spans, faults as instants over all. Where the steps
/// of a record's way are kept, arrows lead along them.
std::string to_perfetto(const Trace& trace);

/// OTLP as JSON, a line a host: a trace a record, whose spans are its stages, and one of the
/// faults. `epoch_s` dates the start of the run.
std::string to_otlp(const Trace& trace, std::int64_t epoch_s);

}  // namespace wavetank::reports

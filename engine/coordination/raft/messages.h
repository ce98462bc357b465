#pragma once

// What servers of a quorum say to each other: the remote procedures of the paper (figures 2 and
// 13), with pre-vote and with the leader's rounds, by which reads are confirmed. Requests travel on
// Lane::request, answers on Lane::response under the same api key.

#include <cstdint>
#include <vector>

#include "engine/coordination/raft/types.h"
#include "engine/port/message_codec.h"

namespace wavetank::raft {

enum class Api : std::uint8_t { request_vote = 96, append_entries = 97, install_snapshot = 98 };
inline constexpr Api kLastApi = Api::install_snapshot;

/// The leader counts the messages it sends to all; an answer names the one it answers, or a later.
using Round = std::uint64_t;

struct RequestVote {
  static constexpr Api api = Api::request_vote;
  Term term;  ///< of the candidate; for a pre-vote the one it would have
  bool pre = false;
  LogIndex last_index;
  Term last_term;
};
struct Vote {
  static constexpr Api api = Api::request_vote;
  Term term;  ///< of the voter; of a granted pre-vote the one asked about
  bool pre = false;
  bool granted = false;
};

struct AppendEntries {
  static constexpr Api api = Api::append_entries;
  Term term;
  Round round = 0;
  LogIndex previous_index;
  Term previous_term;
  LogIndex committed;
  std::vector<Entry> entries;
};
struct Appended {
  static constexpr Api api = Api::append_entries;
  Term term;
  Round round = 0;
  bool matches = false;
  LogIndex index;  ///< durable up to here and as the leader has it; else the previous_index refused
  LogIndex hint;   ///< of a refusal: nothing above can match
};

struct InstallSnapshot {
  static constexpr Api api = Api::install_snapshot;
  Term term;
  LogIndex last_index;
  Term last_term;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  Bytes chunk;
};
struct SnapshotInstalled {
  static constexpr Api api = Api::install_snapshot;
  Term term;
  LogIndex last_index;
  std::uint64_t next_offset = 0;  ///< of the chunk wanted; the size: all is durable
};

inline void fields(auto& f, port::Is<Entry> auto& m) {
  f(m.term), f(m.command);
}
inline void fields(auto& f, port::Is<RequestVote> auto& m) {
  f(m.term), f(m.pre), f(m.last_index), f(m.last_term);
}
inline void fields(auto& f, port::Is<Vote> auto& m) {
  f(m.term), f(m.pre), f(m.granted);
}
inline void fields(auto& f, port::Is<AppendEntries> auto& m) {
  f(m.term), f(m.round), f(m.previous_index), f(m.previous_term), f(m.committed), f(m.entries);
}
inline void fields(auto& f, port::Is<Appended> auto& m) {
  f(m.term), f(m.round), f(m.matches), f(m.index), f(m.hint);
}
inline void fields(auto& f, port::Is<InstallSnapshot> auto& m) {
  f(m.term), f(m.last_index), f(m.last_term), f(m.offset), f(m.size), f(m.chunk);
}
inline void fields(auto& f, port::Is<SnapshotInstalled> auto& m) {
  f(m.term), f(m.last_index), f(m.next_offset);
}

}  // namespace wavetank::raft

#pragma once

// Settings of a quorum. The defaults are those of Kafka's controllers (KIP-595); the property's
// name stands behind.

#include <cstdint>

#include "engine/base/time.h"

namespace wavetank::raft {

struct Config {
  /// A follower that has heard of no leader for a time drawn between the two stands for election.
  Duration election_timeout_min = seconds(2);  // controller.quorum.fetch.timeout.ms
  Duration election_timeout_max = seconds(3);  // + controller.quorum.election.timeout.ms
  /// The leader is heard of at least this often. REQUIRES: below election_timeout_min.
  Duration heartbeat_interval = milliseconds(500);
  /// Time is counted in ticks of a heartbeat interval, as etcd does: a server's ticks come at a
  /// phase of its own; who has heard nothing for so many of them stands for election (drawn from
  /// the whole numbers in [election_timeout_min, election_timeout_max) by the interval), and votes
  /// for nobody before it has missed election_timeout_min's.
  bool counts_ticks = false;
  /// Ask whether an election could be won before the term is raised for it (KIP-996; Ongaro's
  /// thesis, 2014, section 9.6), so that who was cut off does not depose a working leader.
  bool pre_vote = true;
  /// A leader that has not heard a majority within election_timeout_max steps down, and nobody
  /// votes within election_timeout_min of hearing the leader (thesis, sections 6.2 and 4.2.3).
  bool check_quorum = true;
  /// A snapshot is taken when this many entries were applied since the last one.
  std::uint64_t snapshot_entries = 10'000;
  /// Entries kept behind a snapshot for followers that are a little late.
  std::uint64_t retained_entries = 1'000;
  /// Messages with entries under way to one follower (thesis, section 10.2.1): with 1, what comes
  /// meanwhile goes together in the next.
  std::uint32_t appends_in_flight = 4;
  /// Most bytes of commands in one message; one command may exceed it.
  std::uint64_t append_max_bytes = 1ULL << 20;
};

}  // namespace wavetank::raft

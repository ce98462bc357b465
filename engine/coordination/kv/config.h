#pragma once

// Settings of the key-value service. Defaults are etcd's, of which the flag's name stands behind,
// but for three: etcd hands requests on (forwards), counts ticks (quorum.counts_ticks), and asks
// for no pre-votes before 3.5 (quorum.pre_vote).

#include <cstdint>

#include "engine/base/time.h"
#include "engine/coordination/raft/config.h"

namespace wavetank::kv {

/// etcd draws a timeout between the election timeout and its double.
inline raft::Config etcd_quorum() {
  raft::Config config;
  config.election_timeout_min = seconds(1);  // --election-timeout
  config.election_timeout_max = seconds(2);
  config.heartbeat_interval = milliseconds(100);  // --heartbeat-interval
  config.snapshot_entries = 100'000;              // --snapshot-count
  config.retained_entries = 5'000;                // snapshot-catchup-entries
  config.appends_in_flight = 512;                 // maxInflightMsgs
  return config;
}

struct ServerConfig {
  raft::Config quorum = etcd_quorum();
  /// A follower hands changes and linearizable reads on to the leader it knows, and the answers
  /// back, as etcd's do; without, it tells the client whom to ask (raft.DisableProposalForwarding).
  bool forwards = false;
};

struct ClientConfig {
  /// A server that has not answered for this long is given up for another.
  Duration attempt_timeout = seconds(1);
  /// A request that has not been answered for this long is given up: its outcome is unknown.
  Duration timeout = seconds(10);
  Duration retry_backoff = milliseconds(50);  ///< after every server was tried once
};

}  // namespace wavetank::kv

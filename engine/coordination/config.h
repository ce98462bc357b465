#pragma once

// Every setting of the coordination service, its default (ZooKeeper's, where it has the setting;
// the property's name stands behind it) and its unit. Scenarios fill these; the engine only reads
// them.

#include <algorithm>
#include <cstdint>
#include <vector>

#include "engine/base/ids.h"
#include "engine/base/time.h"

namespace wavetank::coordination {

struct ServerConfig {
  Duration tick_time = seconds(2);  // tickTime
  std::uint32_t init_limit = 10;    // initLimit: ticks a follower may take to connect and catch up
  std::uint32_t sync_limit = 5;     // syncLimit: ticks of silence between leader and follower
  /// Requests of clients that a server has in process; beyond, it reads no more from its clients.
  std::uint32_t global_outstanding_limit = 1000;  // zookeeper.globalOutstandingLimit
  std::uint32_t snap_count = 100'000;    // snapCount: transactions between two snapshots, about
  std::uint32_t snap_retain = 3;         // autopurge.snapRetainCount
  std::uint32_t commit_log_count = 500;  // zookeeper.commitLogCount: kept to catch followers up
  Duration min_session_timeout = seconds(4);   // minSessionTimeout
  Duration max_session_timeout = seconds(40);  // maxSessionTimeout
  bool leader_serves = true;                   // leaderServes: clients may connect to the leader
  /// A quorum agrees on a vote: for how long nothing more must be heard until it stands. Not waited
  /// for where all servers agree (finalizeWait of fast leader election: 100 ms in the releases of
  /// 2008, 200 ms since).
  Duration finalize_wait = milliseconds(200);
  /// A follower whose chosen leader does not answer yet asks again after this
  /// (zookeeper.leaderConnectDelayDuringRetryMs).
  Duration connect_retry = milliseconds(100);
  Duration notification_interval = milliseconds(200);  // first repetition of an unheard vote
  Duration max_notification_interval = seconds(60);    // maxNotificationInterval: doubles up to it
};

struct ClientConfig {
  Duration session_timeout = seconds(10);  ///< asked for; the server gives one within its bounds
  /// Requests sent and not answered; beyond, they wait in the client.
  std::uint32_t max_outstanding = 1000;
  Duration reconnect_backoff = milliseconds(100);  ///< after all servers were tried once
  /// Each further time they were tried in vain, it is so many times as long as it was the last,
  double reconnect_growth = 1;
  Duration reconnect_backoff_max = seconds(60);
  double reconnect_jitter = 0;  ///< and longer or shorter by a share of up to this, drawn anew
};

/// Who takes part in an ensemble: fixed for a run.
struct Ensemble {
  std::vector<NodeId> voters;
  std::vector<NodeId> observers;

  [[nodiscard]] bool votes(NodeId server) const {
    return std::ranges::find(voters, server) != voters.end();
  }
  /// More than half of the voters.
  [[nodiscard]] std::size_t quorum() const { return voters.size() / 2 + 1; }
};

}  // namespace wavetank::coordination

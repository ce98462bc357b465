#include "sim/replay/api_names.h"

#include <fmt/format.h>

#include <array>
#include <string_view>

#include "engine/coordination/kv/messages.h"
#include "engine/coordination/protocol/api.h"
#include "engine/coordination/raft/messages.h"
#include "engine/log/protocol/envelope.h"

namespace wavetank::sim {

namespace {

using std::string_view;

/// By key, as log::ApiKey names them.
constexpr auto kOfLog = std::to_array<string_view>({"register_broker",
                                                    "broker_heartbeat",
                                                    "alter_partition",
                                                    "metadata_push",
                                                    "metadata",
                                                    "init_producer_id",
                                                    "produce",
                                                    "fetch",
                                                    "find_coordinator",
                                                    "offset_commit",
                                                    "offset_fetch",
                                                    "find_transaction_coordinator",
                                                    "add_partitions_to_txn",
                                                    "end_txn",
                                                    "write_txn_markers",
                                                    "join_group",
                                                    "sync_group",
                                                    "heartbeat",
                                                    "leave_group",
                                                    "list_offsets",
                                                    "add_offsets_to_txn",
                                                    "txn_offset_commit",
                                                    "update_cluster",
                                                    "alter_partition_reassignments"});
static_assert(kOfLog.size() == static_cast<std::size_t>(log::kLastApiKey) + 1);

constexpr auto kOfCoordination = std::to_array<string_view>(
    {"notification",  "follower_info", "ack_epoch",   "ack_new_leader", "ack",
     "ping_reply",    "forward",       "revalidate",  "leader_info",    "sync_begin",
     "snapshot_part", "proposal",      "new_leader",  "up_to_date",     "commit",
     "inform",        "ping",          "revalidated", "synced",         "connect",
     "request",       "connected",     "response",    "watch_event",    "disconnected"});
constexpr auto kFirstOfCoordination = static_cast<std::size_t>(coordination::Api::notification);
static_assert(kOfCoordination.size() ==
              static_cast<std::size_t>(coordination::Api::disconnected) - kFirstOfCoordination + 1);

constexpr auto kOfQuorum =
    std::to_array<string_view>({"request_vote", "append_entries", "install_snapshot"});
constexpr auto kFirstOfQuorum = static_cast<std::size_t>(raft::Api::request_vote);
static_assert(kOfQuorum.size() == static_cast<std::size_t>(raft::kLastApi) - kFirstOfQuorum + 1);

constexpr auto kOfKv = std::to_array<string_view>({"execute", "read", "answer"});
constexpr auto kFirstOfKv = static_cast<std::size_t>(kv::Api::execute);
static_assert(kOfKv.size() == static_cast<std::size_t>(kv::Api::answer) - kFirstOfKv + 1);

}  // namespace

std::string api_name(std::uint8_t key) {
  const auto in = [key](const auto& names, std::size_t first) {
    return key >= first && key - first < names.size() ? names[key - first] : string_view();
  };
  for (const string_view name : {in(kOfLog, 0), in(kOfCoordination, kFirstOfCoordination),
                                 in(kOfQuorum, kFirstOfQuorum), in(kOfKv, kFirstOfKv)}) {
    if (!name.empty()) {
      return std::string(name);
    }
  }
  return fmt::format("api {}", key);
}

}  // namespace wavetank::sim

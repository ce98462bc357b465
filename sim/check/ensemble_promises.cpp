#include "sim/check/ensemble_promises.h"

#include <fmt/format.h>

#include <algorithm>

namespace wavetank::sim {

using coordination::Api;
using coordination::Epoch;
using coordination::Zxid;

void EnsemblePromises::told(NodeId from, NodeId to, port::Lane /*lane*/,
                            const port::Message& message) {
  const Result<port::RawEnvelope> envelope = port::peek(message);
  if (!envelope) {
    return;
  }
  switch (static_cast<Api>(envelope->api)) {
    case Api::leader_info:
      if (const auto info = port::decode<coordination::LeaderInfo>(message)) {
        offered_[{to, info->connection}] = info->epoch;
      }
      break;
    case Api::ack_epoch:
      if (const auto ack = port::decode<coordination::AckEpoch>(message)) {
        Epoch& accepted = promises_[from].accepted;
        accepted = std::max(accepted, offered_[{from, ack->connection}]);
      }
      break;
    case Api::ack:
      if (const auto ack = port::decode<coordination::Ack>(message)) {
        told_acknowledgement(from, ack->zxid);
      }
      break;
    case Api::commit:
      if (const auto commit = port::decode<coordination::Commit>(message)) {
        told_commit(from, commit->zxid);
      }
      break;
    case Api::sync_begin:
      if (const auto sync = port::decode<coordination::SyncBegin>(message);
          sync && sync->mode != coordination::SyncMode::diff) {
        Zxid& holds = promises_[to].holds;
        holds = std::min(holds, sync->to);
      }
      break;
    default:
      break;
  }
}

void EnsemblePromises::told_acknowledgement(NodeId server, Zxid zxid) {
  Zxid& holds = promises_[server].holds;
  holds = std::max(holds, zxid);
}

/// The leader has counted itself unless there was no need to.
void EnsemblePromises::told_commit(NodeId leader, Zxid zxid) {
  const auto others =
      static_cast<std::size_t>(std::ranges::count_if(ensemble_.voters, [&](NodeId voter) {
        const auto it = promises_.find(voter);
        return voter != leader && it != promises_.end() && it->second.holds >= zxid;
      }));
  if (others < ensemble_.quorum()) {
    told_acknowledgement(leader, zxid);
  }
}

void EnsemblePromises::recovered(NodeId server, Zxid last, Epoch accepted) {
  judgement_.look();
  const auto found = promises_.find(server);
  if (found == promises_.end()) {
    return;
  }
  const Promise& promise = found->second;
  if (last < promise.holds) {
    judgement_.breach(fmt::format(
        "server {} came back with a history that ends at {:x}, and had acknowledged {:x}",
        server.value(), last.value(), promise.holds.value()));
  } else if (accepted < promise.accepted) {
    judgement_.breach(fmt::format("server {} came back in epoch {}, and had promised epoch {}",
                                  server.value(), accepted.value(), promise.accepted.value()));
  }
}

}  // namespace wavetank::sim

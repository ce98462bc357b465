#include "sim/replay/recorders.h"

#include <fmt/format.h>

#include "engine/coordination/numbers.h"
#include "engine/log/protocol/envelope.h"
#include "engine/log/storage/control_batch.h"
#include "sim/replay/api_names.h"

namespace wavetank::sim {

// --- notes
// ------------------------------------------------------------------------------------------------

NodeId Notes::acting() const {
  return cluster_.in_step() ? cluster_.step().node : log::kNoNode;
}

void Notes::here(Change change, const std::string& subject, const std::string& what) {
  if (acting() != log::kNoNode) {
    at(acting(), change, subject, what);
  }
}

void Notes::decided(NodeId about, Change change, const std::string& subject,
                    const std::string& what) {
  const NodeId by = acting();
  if (by == log::kNoNode || by == about) {
    at(about, change, subject, what);
    return;
  }
  at(by, change, subject, what);
  at(about, change, subject, fmt::format("{} (by {})", what, name(by)));
}

std::string Notes::name(NodeId node) const {
  return node == log::kNoNode ? "nobody" : cluster_.node(node).spec().name;
}

std::string Notes::names(std::span<const NodeId> nodes) const {
  std::string all;
  for (const NodeId node : nodes) {
    all += (all.empty() ? "" : " ") + name(node);
  }
  return all;
}

// --- processes
// ------------------------------------------------------------------------------------------------

void ProcessRecorder::process_begins(NodeId node) {
  notes_.at(node, Change::process_began, "",
            fmt::format("process begins, life {}", cluster_.node(node).life()));
}

void ProcessRecorder::process_ends(NodeId node, Unsynced unsynced,
                                   const std::vector<FileLoss>& losses) {
  std::string what = unsynced == Unsynced::kept ? "process ends, files kept" : "power fails";
  if (unsynced == Unsynced::torn) {
    what += " amid writing";
  }
  std::uint64_t lost = 0;
  for (const FileLoss& loss : losses) {
    lost += loss.lost_bytes;
  }
  if (!losses.empty()) {
    what += fmt::format("; {} unsynced bytes of {} files lost", lost, losses.size());
  }
  notes_.at(node, Change::process_ended, "", what);
  if (history_ != nullptr) {
    history_->process_ended(node, what);
  }
}

// --- the log
// ------------------------------------------------------------------------------------------------

void LogRecorder::appended(NodeId broker, log::PartitionId p, log::Offset base, log::Offset last,
                           log::LeaderEpoch epoch, bool as_leader) {
  next_.appended(broker, p, base, last, epoch, as_leader);
  if (history_ != nullptr) {
    history_->appended(broker, p, base, last, epoch, as_leader);
  }
  told_();
}

void LogRecorder::high_watermark_advanced(NodeId leader, log::PartitionId p, log::Offset to) {
  next_.high_watermark_advanced(leader, p, to);
  if (history_ != nullptr) {
    history_->high_watermark_advanced(leader, p, to);
  }
  told_();
}

void LogRecorder::truncated(NodeId broker, log::PartitionId p, log::Offset old_end,
                            log::Offset new_end) {
  next_.truncated(broker, p, old_end, new_end);
  notes_.at(broker, Change::truncated, name(p),
            fmt::format("from {} to {}", old_end.value(), new_end.value()));
  if (history_ != nullptr) {
    history_->truncated(broker, p, old_end, new_end);
  }
  told_();
}

void LogRecorder::log_start_advanced(NodeId broker, log::PartitionId p, log::Offset start) {
  next_.log_start_advanced(broker, p, start);
  notes_.at(broker, Change::retained, name(p), fmt::format("begins at {}", start.value()));
  if (history_ != nullptr) {
    history_->log_start_advanced(broker, p, start);
  }
}

void LogRecorder::log_cleaned(NodeId broker, log::PartitionId p, log::Offset up_to,
                              std::uint64_t before, std::uint64_t after) {
  next_.log_cleaned(broker, p, up_to, before, after);
  notes_.at(broker, Change::retained, name(p),
            fmt::format("is clean up to {}, {} of {} bytes stay", up_to.value(), after, before));
  if (history_ != nullptr) {
    history_->log_cleaned(broker, p, up_to);
  }
}

void LogRecorder::became_leader(NodeId broker, log::PartitionId p, log::LeaderEpoch epoch,
                                log::Offset end) {
  next_.became_leader(broker, p, epoch, end);
  notes_.at(broker, Change::leads, name(p),
            fmt::format("epoch {}, log ends at {}", epoch.value(), end.value()));
  if (history_ != nullptr) {
    history_->became_leader(broker, p, epoch, end);
  }
  told_();
}

void LogRecorder::became_follower(NodeId broker, log::PartitionId p, NodeId leader,
                                  log::LeaderEpoch epoch) {
  next_.became_follower(broker, p, leader, epoch);
  notes_.at(broker, Change::follows, name(p),
            fmt::format("epoch {}, leader {}", epoch.value(), notes_.name(leader)));
}

void LogRecorder::log_recovered(NodeId broker, log::PartitionId p, log::Offset end,
                                std::uint64_t bytes) {
  next_.log_recovered(broker, p, end, bytes);
  notes_.at(broker, Change::recovered, name(p), fmt::format("log ends at {}", end.value()));
  if (history_ != nullptr) {
    history_->log_recovered(broker, p, end);
  }
}

void LogRecorder::replica_removed(NodeId broker, log::PartitionId p) {
  next_.replica_removed(broker, p);
  notes_.at(broker, Change::moved, name(p), "the replica is gone");
  if (history_ != nullptr) {
    history_->replica_removed(broker, p);
  }
}

void LogRecorder::replica_learned(NodeId broker, log::PartitionId p, std::uint64_t bytes) {
  next_.replica_learned(broker, p, bytes);
}

void LogRecorder::request_refused(NodeId by, log::PartitionId p, log::ErrorCode error) {
  next_.request_refused(by, p, error);
  notes_.at(by, Change::refused, p.value() < topology_.partition_count() ? name(p) : "no partition",
            std::string(log::name(error)));
}

void LogRecorder::whole_request_refused(NodeId by, log::ErrorCode error) {
  next_.whole_request_refused(by, error);
  notes_.at(by, Change::refused, "a request", std::string(log::name(error)));
}

void LogRecorder::client_throttled(NodeId broker, std::string_view client, Duration throttle) {
  next_.client_throttled(broker, client, throttle);
  notes_.at(broker, Change::refused, "client " + std::string(client), "is throttled");
}

void LogRecorder::controller_stands(NodeId controller) {
  next_.controller_stands(controller);
  notes_.at(controller, Change::stands, "", "for controller");
}

void LogRecorder::controller_recovered(NodeId controller, std::uint64_t term, NodeId voted_for,
                                       std::uint64_t last) {
  next_.controller_recovered(controller, term, voted_for, last);
  notes_.at(controller, Change::recovered, "",
            fmt::format("term {}, voted for {}, metadata log ends at {}", term,
                        notes_.name(voted_for), last));
}

void LogRecorder::controller_activated(NodeId controller) {
  next_.controller_activated(controller);
  notes_.at(controller, Change::leads, "", "is the active controller");
}

void LogRecorder::broker_registered(NodeId broker, log::BrokerEpoch epoch) {
  next_.broker_registered(broker, epoch);
  notes_.decided(broker, Change::registered, notes_.name(broker),
                 fmt::format("broker epoch {}", epoch.value()));
}

void LogRecorder::broker_fenced(NodeId broker) {
  next_.broker_fenced(broker);
  notes_.decided(broker, Change::fenced, notes_.name(broker), "given up");
}

void LogRecorder::leader_elected(log::PartitionId p, NodeId leader, log::LeaderEpoch epoch) {
  next_.leader_elected(p, leader, epoch);
  notes_.decided(leader, Change::elected, name(p),
                 fmt::format("led by {}, epoch {}", notes_.name(leader), epoch.value()));
  told_();
}

void LogRecorder::unclean_election(log::PartitionId p, NodeId leader) {
  next_.unclean_election(p, leader);
  notes_.decided(leader, Change::elected, name(p),
                 fmt::format("led by {} though it was not in sync", notes_.name(leader)));
}

void LogRecorder::partition_offline(log::PartitionId p) {
  next_.partition_offline(p);
  notes_.here(Change::offline, name(p), "nobody in sync is alive");
}

void LogRecorder::in_sync_set_changed(log::PartitionId p, log::LeaderEpoch epoch,
                                      std::span<const NodeId> in_sync) {
  next_.in_sync_set_changed(p, epoch, in_sync);
  const std::string what = "in sync: " + notes_.names(in_sync);
  notes_.here(Change::in_sync, name(p), what);
  for (const NodeId node : in_sync) {
    if (node != notes_.acting()) {
      notes_.at(node, Change::in_sync, name(p), what);
    }
  }
  told_();
}

void LogRecorder::reassignment_ended(log::PartitionId p, bool completed) {
  next_.reassignment_ended(p, completed);
  notes_.here(Change::moved, name(p), completed ? "has moved" : "does not move any more");
}

void LogRecorder::rebalance_started(NodeId coordinator, std::string_view group) {
  next_.rebalance_started(coordinator, group);
  notes_.at(coordinator, Change::group, std::string(group), "rebalances");
}

void LogRecorder::group_assigned(NodeId coordinator, std::string_view group,
                                 log::Generation generation) {
  next_.group_assigned(coordinator, group, generation);
  notes_.at(coordinator, Change::group, std::string(group),
            fmt::format("is assigned, generation {}", generation.value()));
}

void LogRecorder::group_member_expired(std::string_view group, std::string_view member) {
  next_.group_member_expired(group, member);
  notes_.here(Change::group, std::string(group),
              fmt::format("the session of {} has ended", member));
}

void LogRecorder::offset_committed(std::string_view group, NodeId by, log::PartitionId p,
                                   log::Offset offset) {
  next_.offset_committed(group, by, p, offset);
  if (history_ != nullptr) {
    history_->offset_committed(group, p, offset);
  }
  told_();
}

void LogRecorder::group_request_refused(std::string_view group, NodeId asker, log::ApiKey request,
                                        log::ErrorCode error) {
  next_.group_request_refused(group, asker, request, error);
  notes_.decided(asker, Change::refused, std::string(group),
                 fmt::format("{} to {} of {}", log::name(error),
                             api_name(static_cast<std::uint8_t>(request)), notes_.name(asker)));
}

void LogRecorder::transaction_request_refused(NodeId asker, log::ErrorCode error) {
  next_.transaction_request_refused(asker, error);
  notes_.decided(asker, Change::refused, "",
                 fmt::format("{} to a transaction of {}", log::name(error), notes_.name(asker)));
}

void LogRecorder::transaction_decided(NodeId coordinator, std::string_view id,
                                      log::Outcome outcome) {
  next_.transaction_decided(coordinator, id, outcome);
  notes_.at(coordinator, Change::transaction, std::string(id),
            outcome == log::Outcome::commit ? "commits" : "is aborted");
}

// --- the ensemble
// ------------------------------------------------------------------------------------------------

void CoordinationRecorder::standing_changed(NodeId server, coordination::Standing standing) {
  next_.standing_changed(server, standing);
  using coordination::Standing;
  switch (standing) {
    case Standing::recovering:
      return notes_.at(server, Change::recovered, "", "reads its files");
    case Standing::looking:
      return notes_.at(server, Change::stands, "", "looks for a leader");
    case Standing::following:
      return notes_.at(server, Change::follows, "", "follows");
    case Standing::observing:
      return notes_.at(server, Change::follows, "", "observes");
    case Standing::leading:
      return notes_.at(server, Change::leads, "", "leads, as far as votes go");
    case Standing::failed:
      return notes_.at(server, Change::process_ended, "", "its log is corrupt: takes no part");
  }
}

void CoordinationRecorder::elected(NodeId leader) {
  next_.elected(leader);
}

void CoordinationRecorder::established(NodeId leader, coordination::Epoch epoch,
                                       coordination::Zxid history) {
  next_.established(leader, epoch, history);
  notes_.at(
      leader, Change::leads, "",
      fmt::format("epoch {} is established upon {}", epoch.value(), coordination::text(history)));
}

void CoordinationRecorder::gave_up(NodeId leader, coordination::Epoch epoch) {
  next_.gave_up(leader, epoch);
  notes_.at(leader, Change::follows, "", fmt::format("gives up leading epoch {}", epoch.value()));
}

void CoordinationRecorder::reloaded(NodeId server, coordination::Zxid last,
                                    coordination::Epoch accepted) {
  next_.reloaded(server, last, accepted);
  notes_.at(server, Change::recovered, "",
            fmt::format("its tree ends at {}, accepted epoch {}", coordination::text(last),
                        accepted.value()));
}

void CoordinationRecorder::session_opened(coordination::SessionId session) {
  next_.session_opened(session);
  notes_.here(Change::session, coordination::text(session), "begins");
}

void CoordinationRecorder::session_closed(coordination::SessionId session, bool expired) {
  next_.session_closed(session, expired);
  notes_.here(Change::session, coordination::text(session), expired ? "has expired" : "is closed");
}

// --- the quorum of a key-value service
// ------------------------------------------------------------------------------------------------

void QuorumRecorder::recovered(NodeId server, raft::Term term, std::optional<NodeId> voted_for,
                               raft::LogIndex last) {
  next_.recovered(server, term, voted_for, last);
  notes_.at(server, Change::recovered, "",
            fmt::format("term {}, voted for {}, log ends at {}", term.value(),
                        notes_.name(voted_for.value_or(log::kNoNode)), last.value()));
}

void QuorumRecorder::stands_for_election(NodeId server, raft::Term term) {
  next_.stands_for_election(server, term);
  notes_.at(server, Change::stands, "", fmt::format("term {}", term.value()));
}

void QuorumRecorder::elected(NodeId leader, raft::Term term) {
  next_.elected(leader, term);
  notes_.at(leader, Change::leads, "", fmt::format("term {}", term.value()));
}

void QuorumRecorder::stepped_down(NodeId leader, raft::Term term) {
  next_.stepped_down(leader, term);
  notes_.at(leader, Change::follows, "", fmt::format("gives up term {}", term.value()));
}

void QuorumRecorder::restored(NodeId server, raft::LogIndex last, raft::Term term) {
  next_.restored(server, last, term);
  notes_.at(server, Change::recovered, "",
            fmt::format("a snapshot up to index {}, term {}", last.value(), term.value()));
}

}  // namespace wavetank::sim

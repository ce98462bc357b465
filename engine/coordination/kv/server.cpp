#include "engine/coordination/kv/server.h"

#include <algorithm>
#include <utility>

#include "engine/coordination/kv/limits.h"

namespace wavetank::kv {

namespace {

constexpr port::TimerId kQuorumAlarm{1};

}  // namespace

Server::Server(NodeId self, const ServerConfig& config, std::vector<NodeId> servers,
               raft::Probe& probe)
    : self_(self),
      forwards_(config.forwards),
      servers_(servers),
      quorum_({self, std::move(servers)}, config.quorum, kQuorumAlarm, *this, probe) {}

// --- events --------------------------------------------------------------------------------------

void Server::start(port::Now now, port::Ports& ports) {
  const port::Step step{now, ports};
  if (forwards_) {
    last_handed_on_ = port::first_correlation(ports);
  }
  quorum_.start(step);
  settle(step);
}

void Server::on_message(port::Now now, NodeId from, port::Lane lane, const port::Message& message,
                        port::Ports& ports) {
  const port::Step step{now, ports};
  if (!quorum_.on_message(step, from, lane, message)) {
    lane == port::Lane::request ? serve(step, from, message) : hand_back(step, message);
  }
  settle(step);
}

void Server::on_timer(port::Now now, port::TimerId timer, port::Ports& ports) {
  const port::Step step{now, ports};
  quorum_.on_timer(step, timer);
  settle(step);
}

void Server::on_storage(port::Now now, port::StorageToken token, port::Ports& ports) {
  const port::Step step{now, ports};
  quorum_.on_storage(step, token);
  settle(step);
}

void Server::on_reset(port::Now now, NodeId peer, port::Ports& ports) {
  const port::Step step{now, ports};
  quorum_.on_reset(step, peer);
  for (auto it = handed_on_.begin(); it != handed_on_.end();) {
    if (it->second.leader == peer) {
      answer(step, it->second.asker, {ErrorCode::not_leader, kNoServer, kNoSession, {}});
      it = handed_on_.erase(it);
    } else {
      ++it;
    }
  }
  settle(step);
}

// --- requests ------------------------------------------------------------------------------------

void Server::serve(const port::Step& step, NodeId from, const port::Message& message) {
  const Result<port::RawEnvelope> envelope = port::peek(message);
  if (!envelope || quorum_.damaged()) {
    return;
  }
  step.charge_received(message);
  if (!is_server(from)) {
    step.meter().charge(port::Work::call);
  }
  const Asker asker{from, envelope->correlation};
  if (auto execute = port::decode<ExecuteRequest>(message)) {
    on_execute(step, asker, std::move(*execute));
  } else if (auto read = port::decode<ReadRequest>(message)) {
    on_read(step, asker, std::move(*read));
  } else {
    refuse(step, asker, ErrorCode::bad_request);
  }
}

void Server::on_execute(const port::Step& step, Asker asker, ExecuteRequest&& request) {
  step.meter().charge(port::Work::record_decoded);
  if (!decode_command(request.command)) {
    refuse(step, asker, ErrorCode::bad_request);
    return;
  }
  if (!quorum_.active()) {
    hand_on(step, asker, request);
    return;
  }
  asked_in_ = quorum_.term();
  const std::optional<raft::LogIndex> index = quorum_.propose(step, std::move(request.command));
  if (!index) {
    refuse(step, asker, ErrorCode::too_many_requests);
    return;
  }
  proposed_.push_back({*index, asker});
}

void Server::on_read(const port::Step& step, Asker asker, ReadRequest&& request) {
  if (request.keys.size() > limits::kOperations) {
    refuse(step, asker, ErrorCode::bad_request);
  } else if (request.consistency == Consistency::serializable) {
    answer_read(step, asker, request.keys);
  } else if (!quorum_.active()) {
    hand_on(step, asker, request);
  } else if (reads_.size() >= raft::limits::kWaitingReads) {
    refuse(step, asker, ErrorCode::too_many_requests);
  } else {
    asked_in_ = quorum_.term();
    reads_.push_back({quorum_.read_index(step), asker, std::move(request.keys)});
  }
}

/// Of a server's own requests nothing is handed on: servers that take each other for the leader
/// would do so for ever.
template <class Request>
void Server::hand_on(const port::Step& step, Asker asker, const Request& request) {
  const std::optional<NodeId> leader = quorum_.leader();
  if (!forwards_ || !leader || *leader == self_ || is_server(asker.client)) {
    refuse(step, asker, ErrorCode::not_leader);
    return;
  }
  if (handed_on_.size() >= limits::kHandedOn) {
    handed_on_.erase(handed_on_.begin());
  }
  handed_on_[++last_handed_on_] = {*leader, asker};
  step.send(*leader, port::Lane::request, port::encode(request, last_handed_on_));
}

void Server::hand_back(const port::Step& step, const port::Message& message) {
  const Result<port::RawEnvelope> envelope = port::peek(message);
  const Result<Answer> answered = port::decode<Answer>(message);
  if (!envelope || !answered) {
    return;
  }
  step.charge_received(message);
  const auto found = handed_on_.find(envelope->correlation);
  if (found != handed_on_.end()) {
    answer(step, found->second.asker, *answered);
    handed_on_.erase(found);
  }
}

bool Server::is_server(NodeId node) const {
  return std::ranges::find(servers_, node) != servers_.end();
}

/// Of what waits, the first is the oldest: the log's order is that of asking.
void Server::apply(const port::Step& step, raft::LogIndex index, const Bytes& command) {
  const Result<Command> read = decode_command(command);
  if (!read) {
    return;  // of a later version: every server passes over it alike
  }
  const Transaction& transaction = read->transaction;
  step.meter().charge(port::Work::batch);
  step.meter().charge(port::Work::partition, transaction.compares.size() + transaction.then.size());
  Store::Applied applied = store_.apply(index, *read);
  if (!proposed_.empty() && proposed_.front().index == index && leads_still()) {
    answer(step, proposed_.front().asker,
           {applied.error, kNoServer, applied.session, std::move(applied.outcome)});
    proposed_.pop_front();
  }
}

void Server::settle(const port::Step& step) {
  if (!leads_still()) {
    for (const Proposed& it : std::exchange(proposed_, {})) {
      refuse(step, it.asker, ErrorCode::not_leader);
    }
    for (const WaitingRead& it : std::exchange(reads_, {})) {
      refuse(step, it.asker, ErrorCode::not_leader);
    }
    return;
  }
  while (!reads_.empty() && reads_.front().number <= quorum_.confirmed_reads()) {
    answer_read(step, reads_.front().asker, reads_.front().keys);
    reads_.pop_front();
  }
}

void Server::answer_read(const port::Step& step, Asker asker,
                         const std::vector<std::string>& keys) {
  step.meter().charge(port::Work::partition, keys.size());
  answer(step, asker, {ErrorCode::ok, kNoServer, kNoSession, encode(store_.read(keys))});
}

void Server::refuse(const port::Step& step, Asker asker, ErrorCode error) {
  const NodeId leader = quorum_.leader().value_or(kNoServer);
  answer(step, asker, {error, leader == self_ ? kNoServer : leader, kNoSession, {}});
}

void Server::answer(const port::Step& step, Asker asker, const Answer& answer) const {
  if (!is_server(asker.client)) {
    step.meter().charge(port::Work::call);
  }
  step.send(asker.client, port::Lane::response, port::encode(answer, asker.correlation));
}

}  // namespace wavetank::kv

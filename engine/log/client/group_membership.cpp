#include "engine/log/client/group_membership.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "engine/base/sometimes.h"
#include "engine/log/groups/consumer_protocol.h"

namespace wavetank::log {

namespace {

std::vector<PartitionId> without(const std::vector<PartitionId>& all,
                                 const std::vector<PartitionId>& some) {
  std::vector<PartitionId> rest;
  std::ranges::set_difference(all, some, std::back_inserter(rest));
  return rest;
}

}  // namespace

GroupMembership::GroupMembership(const ConsumerConfig& config, const Topology& topology,
                                 std::vector<std::uint32_t> topics, NetworkClient& network,
                                 GroupMembershipOwner& owner)
    : config_(config),
      topology_(topology),
      topics_(std::move(topics)),
      network_(network),
      owner_(owner) {
  identity_.instance = config.instance;
}

// --- what is due ---------------------------------------------------------------------------------

void GroupMembership::pump(port::Now now, port::Ports& ports) {
  if (leave_to_send_) {
    leave(now, ports);
  }
  if (stage_ == Stage::gone) {
    return;
  }
  if (!asking_ && now.monotonic >= not_before_) {
    ask_what_is_due(now, ports);
  }
  const bool is_member = stage_ == Stage::in || stage_ == Stage::releasing;
  if (is_member && coordinator_ != kNoBroker && !beating_ && now.monotonic >= beat_due_) {
    beat(now, ports);
  }
}

void GroupMembership::ask_what_is_due(port::Now now, port::Ports& ports) {
  if (coordinator_ == kNoBroker) {
    asking_ =
        network_.ask(now, network_.least_loaded(), FindCoordinatorRequest{config_.group}, ports);
  } else if (stage_ == Stage::out) {
    join(now, ports);
  }
}

Time GroupMembership::next_due() const {
  if (stage_ == Stage::gone) {
    return Time::never();
  }
  Time next = Time::never();
  if (!asking_ && (coordinator_ == kNoBroker || stage_ == Stage::out)) {
    next = not_before_;
  }
  const bool is_member = stage_ == Stage::in || stage_ == Stage::releasing;
  return is_member && coordinator_ != kNoBroker && !beating_ ? std::min(next, beat_due_) : next;
}

void GroupMembership::back_off(port::Now now) {
  not_before_ = now.monotonic + config_.retry_backoff;
}

// --- requests ------------------------------------------------------------------------------------

std::string GroupMembership::subscription() const {
  Subscription said;
  said.topics = topics_;
  if (config_.assignor == Assignor::cooperative_sticky) {
    said.owned = owned_;
    said.generation = generation_;
  } else if (config_.assignor == Assignor::sticky) {
    said.owned = last_owned_;
    said.generation = last_generation_;
  }
  return encode_subscription(said);
}

void GroupMembership::join(port::Now now, port::Ports& ports) {
  JoinGroupRequest request;
  request.group = config_.group;
  request.session_timeout = config_.session_timeout;
  request.rebalance_timeout = config_.rebalance_timeout;
  request.identity = identity_;
  request.protocols.push_back({std::string(name(config_.assignor)), subscription()});
  stage_ = Stage::joining;
  beating_.reset();  // what it says is of a generation that is over
  // The answer comes when all have joined, which may take as long as a rebalance may.
  const Duration patience =
      std::max(config_.request_timeout, config_.rebalance_timeout + seconds(5));
  asking_ = network_.ask(now, coordinator_, request, patience, ports);
}

void GroupMembership::sync(port::Now now, const JoinGroupResponse& joined, port::Ports& ports) {
  SyncGroupRequest request;
  request.group = config_.group;
  request.generation = generation_;
  request.identity = identity_;
  if (joined.leader == identity_.member && !joined.skip_assignment) {
    request.assignments = share_out(joined, ports);
  }
  const Duration patience =
      std::max(config_.request_timeout, config_.rebalance_timeout + seconds(5));
  asking_ = network_.ask(now, coordinator_, request, patience, ports);
}

/// A member whose subscription cannot be read gets nothing.
std::vector<SyncGroupRequest::Assigned> GroupMembership::share_out(const JoinGroupResponse& joined,
                                                                   port::Ports& ports) const {
  std::vector<Subscription> members;
  for (const JoinGroupResponse::Member& it : joined.members) {
    members.push_back(decode_subscription(it.metadata).value_or(Subscription{}));
    members.back().identity = it.identity;
  }
  ports.meter().charge(port::Work::partition, topology_.partition_count());
  const auto shares = assign(config_.assignor, topology_, members);
  std::vector<SyncGroupRequest::Assigned> assigned;
  for (std::size_t i = 0; i < members.size(); ++i) {
    assigned.push_back({members[i].identity.member, encode_assignment(shares[i])});
  }
  return assigned;
}

void GroupMembership::beat(port::Now now, port::Ports& ports) {
  beat_due_ = now.monotonic + config_.heartbeat_interval;
  beating_ = network_.ask(now, coordinator_,
                          HeartbeatRequest{config_.group, generation_, identity_}, ports);
}

void GroupMembership::leave(port::Now now, port::Ports& ports) {
  leave_to_send_ = false;
  if (coordinator_ != kNoBroker && !identity_.member.empty() && identity_.instance.empty()) {
    network_.ask(now, coordinator_, LeaveGroupRequest{config_.group, identity_}, ports);
  }
}

void GroupMembership::close(port::Now now) {
  if (stage_ == Stage::gone || closing_) {
    return;
  }
  closing_ = true;
  if (stage_ != Stage::releasing) {
    begin_release(now, owned_);
  }
}

// --- answers -------------------------------------------------------------------------------------

bool GroupMembership::serves(ApiKey api) {
  switch (api) {
    case ApiKey::find_coordinator:
    case ApiKey::join_group:
    case ApiKey::sync_group:
    case ApiKey::heartbeat:
    case ApiKey::leave_group:
      return true;
    default:
      return false;
  }
}

template <class Response, class Handle>
void GroupMembership::with(port::Now now, BrokerIndex from, const port::Message& message,
                           port::Ports& ports, const Handle& handle) {
  const Result<Response> response = decode<Response>(message);
  if (!response) {
    on_error(now, ErrorCode::corrupt_message);
    network_.disconnect(now, from, ports);
    return;
  }
  handle(*response);
}

void GroupMembership::on_response(port::Now now, BrokerIndex from, const PendingRequest& request,
                                  const port::Message& message, port::Ports& ports) {
  if (request.correlation == beating_) {
    beating_.reset();
    with<HeartbeatResponse>(now, from, message, ports,
                            [&](const HeartbeatResponse& it) { on_error(now, it.error); });
    return;
  }
  if (request.correlation != asking_) {
    return;  // of a membership that is over
  }
  asking_.reset();
  if (request.api == ApiKey::find_coordinator) {
    with<FindCoordinatorResponse>(now, from, message, ports,
                                  [&](const FindCoordinatorResponse& it) { on_found(now, it); });
  } else if (request.api == ApiKey::join_group) {
    with<JoinGroupResponse>(now, from, message, ports,
                            [&](const JoinGroupResponse& it) { on_joined(now, it, ports); });
  } else {
    with<SyncGroupResponse>(now, from, message, ports,
                            [&](const SyncGroupResponse& it) { on_synced(now, it); });
  }
}

void GroupMembership::on_request_lost(port::Now now, const PendingRequest& request) {
  const bool ours = request.correlation == asking_ || request.correlation == beating_;
  if (request.correlation == asking_) {
    asking_.reset();
  }
  if (request.correlation == beating_) {
    beating_.reset();
  }
  if (ours) {
    on_error(now, ErrorCode::request_timed_out);
  }
}

void GroupMembership::on_found(port::Now now, const FindCoordinatorResponse& response) {
  coordinator_ =
      response.error == ErrorCode::none ? network_.broker_of(response.coordinator) : kNoBroker;
  if (coordinator_ == kNoBroker) {
    back_off(now);
  }
}

void GroupMembership::on_joined(port::Now now, const JoinGroupResponse& response,
                                port::Ports& ports) {
  if (response.error == ErrorCode::member_id_required) {
    identity_.member = response.member;
    stage_ = Stage::out;
    return;
  }
  if (response.error != ErrorCode::none) {
    on_error(now, response.error);
    return;
  }
  identity_.member = response.member;
  generation_ = response.generation;
  sync(now, response, ports);
}

void GroupMembership::on_synced(port::Now now, const SyncGroupResponse& response) {
  const auto assigned = decode_assignment(response.assignment);
  if (response.error != ErrorCode::none || !assigned) {
    on_error(now, response.error != ErrorCode::none ? response.error : ErrorCode::corrupt_message);
    return;
  }
  take(now, *assigned);
}

void GroupMembership::take(port::Now now, std::vector<PartitionId> assigned) {
  std::erase_if(assigned, [&](PartitionId p) { return p.value() >= topology_.partition_count(); });
  std::ranges::sort(assigned);
  stage_ = Stage::in;
  beat_due_ = now.monotonic + config_.heartbeat_interval;
  last_owned_ = assigned;
  last_generation_ = generation_;
  const std::vector<PartitionId> revoked = without(owned_, assigned);
  const std::vector<PartitionId> added = without(assigned, owned_);
  owned_ = std::move(assigned);
  owner_.on_assigned(owned_, added);
  if (!revoked.empty()) {
    begin_release(now, revoked);
  }
}

// --- giving up -----------------------------------------------------------------------------------

void GroupMembership::begin_rebalance(port::Now now) {
  if (stage_ != Stage::in) {
    return;
  }
  if (config_.assignor == Assignor::cooperative_sticky) {
    stage_ = Stage::out;
  } else {
    begin_release(now, owned_);
  }
}

void GroupMembership::begin_release(port::Now now, std::vector<PartitionId> partitions) {
  stage_ = Stage::releasing;
  asking_.reset();
  releasing_ = std::move(partitions);
  if (releasing_.empty()) {
    released(now);
  } else {
    owner_.release(releasing_);
  }
}

void GroupMembership::released(port::Now now) {
  if (stage_ != Stage::releasing) {
    return;
  }
  owned_ = without(owned_, releasing_);
  releasing_.clear();
  stage_ = Stage::out;
  if (closing_ && !owned_.empty()) {
    begin_release(now, owned_);
  } else if (closing_) {
    stage_ = Stage::gone;
    leave_to_send_ = true;
  }
}

void GroupMembership::lose_all() {
  std::vector<PartitionId> lost;
  std::ranges::set_union(owned_, releasing_, std::back_inserter(lost));
  owned_.clear();
  releasing_.clear();
  if (!lost.empty()) {
    owner_.on_lost(lost);
  }
  generation_ = kNoGeneration;
  asking_.reset();
  beating_.reset();
  stage_ = closing_ ? Stage::gone : Stage::out;
}

void GroupMembership::on_error(port::Now now, ErrorCode error) {
  if (stage_ == Stage::gone) {
    return;
  }
  switch (error) {
    case ErrorCode::none:
      return;
    case ErrorCode::rebalance_in_progress:
      if (stage_ == Stage::joining && !asking_) {
        stage_ = Stage::out;
      }
      begin_rebalance(now);
      return;
    case ErrorCode::unknown_member_id:
      SOMETIMES("consumer/was-thrown-out");
      identity_.member.clear();
      lose_all();
      return;
    case ErrorCode::illegal_generation:
      lose_all();
      return;
    case ErrorCode::fenced_instance_id:
      lose_all();
      stage_ = Stage::gone;
      return;
    case ErrorCode::coordinator_loading:
      break;
    default:
      if (std::exchange(coordinator_, kNoBroker) != kNoBroker) {
        asking_.reset();  // of it nothing more is wanted, as where Kafka's client disconnects
      }
      break;
  }
  back_off(now);
  if (stage_ == Stage::joining && !asking_) {
    stage_ = Stage::out;
  }
}

}  // namespace wavetank::log

#include "engine/log/groups/group.h"

#include <algorithm>
#include <utility>

#include "engine/base/sometimes.h"
#include "engine/log/limits.h"

namespace wavetank::log {

std::string_view name(GroupState state) {
  switch (state) {
    case GroupState::empty:
      return "empty";
    case GroupState::preparing_rebalance:
      return "preparing_rebalance";
    case GroupState::completing_rebalance:
      return "completing_rebalance";
    case GroupState::stable:
      return "stable";
    case GroupState::dead:
      return "dead";
  }
  return "unknown";
}

// --- stored form ---------------------------------------------------------------------------------

void Group::restore(const GroupMetadata& stored, Time now) {
  *this = Group(*config_);
  generation_ = stored.generation;
  protocol_ = stored.protocol;
  leader_ = stored.leader;
  for (const GroupMetadata::Member& it : stored.members) {
    Member member{it.identity,
                  it.session_timeout,
                  it.rebalance_timeout,
                  {{stored.protocol, it.metadata}},
                  it.assignment,
                  {},
                  {},
                  true,
                  {}};
    touch(member, now);
    if (!it.identity.instance.empty()) {
      instances_[it.identity.instance] = it.identity.member;
    }
    members_.emplace(it.identity.member, std::move(member));
  }
  state_ = members_.empty() ? GroupState::empty : GroupState::stable;
}

GroupMetadata Group::metadata() const {
  GroupMetadata stored{generation_, protocol_, leader_, {}};
  for (const auto& [id, it] : members_) {
    stored.members.push_back({it.identity, it.session_timeout, it.rebalance_timeout,
                              metadata_of(it, protocol_), it.assignment});
  }
  return stored;
}

const std::string& Group::metadata_of(const Member& member, std::string_view protocol) {
  static const std::string kNone;
  const auto found = std::ranges::find(member.protocols, protocol, &GroupProtocol::name);
  return found == member.protocols.end() ? kNone : found->metadata;
}

// --- who may -------------------------------------------------------------------------------------

ErrorCode Group::check(const MemberIdentity& identity) const {
  if (!identity.instance.empty()) {
    const auto holder = instances_.find(identity.instance);
    if (holder == instances_.end()) {
      return ErrorCode::unknown_member_id;
    }
    if (holder->second != identity.member) {
      SOMETIMES("group/replaced-static-member-speaks");
      return ErrorCode::fenced_instance_id;
    }
  }
  return members_.contains(identity.member) ? ErrorCode::none : ErrorCode::unknown_member_id;
}

ErrorCode Group::check(const MemberIdentity& identity, Generation generation) const {
  const ErrorCode error = check(identity);
  return error == ErrorCode::none && generation != generation_ ? ErrorCode::illegal_generation
                                                               : error;
}

void Group::touch(Member& member, Time now) {
  member.session_ends = now + member.session_timeout;
}

void Group::update(Member& member, const JoinGroupRequest& request) {
  member.session_timeout = request.session_timeout;
  member.rebalance_timeout = request.rebalance_timeout;
  member.protocols = request.protocols;
}

// --- join ----------------------------------------------------------------------------------------

void Group::answer_join(Asker asker, ErrorCode error, GroupEffects& out) const {
  JoinGroupResponse response;
  response.error = error;
  out.joins.emplace_back(asker, std::move(response));
}

bool Group::shares_a_protocol(const JoinGroupRequest& request) const {
  return std::ranges::any_of(request.protocols, [&](const GroupProtocol& offered) {
    return std::ranges::all_of(members_, [&](const auto& it) {
      return it.first == request.identity.member ||
             std::ranges::find(it.second.protocols, offered.name, &GroupProtocol::name) !=
                 it.second.protocols.end();
    });
  });
}

ErrorCode Group::refusal(const JoinGroupRequest& request) const {
  const bool known =
      members_.contains(request.identity.member) || pending_.contains(request.identity.member) ||
      (!request.identity.instance.empty() && instances_.contains(request.identity.instance));
  const std::size_t most = std::min<std::size_t>(config_->max_size, limits::kMembersPerGroup);
  if (!known && members_.size() + pending_.size() >= most) {
    return ErrorCode::group_max_size_reached;
  }
  const bool offers_few = request.protocols.size() <= limits::kProtocolsPerMember;
  return offers_few && shares_a_protocol(request) ? ErrorCode::none
                                                  : ErrorCode::inconsistent_group_protocol;
}

void Group::join(const JoinGroupRequest& request, Asker asker, std::string fresh_id, Time now,
                 GroupEffects& out) {
  ErrorCode error = refusal(request);
  const std::string& id = request.identity.member;
  const bool is_new = id.empty() || pending_.contains(id);
  if (error == ErrorCode::none && !is_new) {
    error = check(request.identity);
  }
  if (error != ErrorCode::none) {
    answer_join(asker, error, out);
  } else if (id.empty()) {
    join_as_new(request, asker, std::move(fresh_id), now, out);
  } else if (is_new) {
    pending_.erase(id);
    add(request, id, asker, now, out);
  } else {
    join_again(member(id), request, asker, now, out);
  }
}

/// A dynamic member is told its id first and joins with it (KIP-394), so that a join whose answer
/// was lost leaves no member behind that nobody is.
void Group::join_as_new(const JoinGroupRequest& request, Asker asker, std::string fresh_id,
                        Time now, GroupEffects& out) {
  if (request.identity.instance.empty()) {
    JoinGroupResponse response;
    response.error = ErrorCode::member_id_required;
    response.member = fresh_id;
    pending_[std::move(fresh_id)] = now + request.session_timeout;
    out.joins.emplace_back(asker, std::move(response));
  } else if (instances_.contains(request.identity.instance)) {
    replace(request, std::move(fresh_id), asker, now, out);
  } else {
    add(request, std::move(fresh_id), asker, now, out);
  }
}

void Group::add(const JoinGroupRequest& request, std::string id, Asker asker, Time now,
                GroupEffects& out) {
  Member added;
  added.identity = {id, request.identity.instance};
  update(added, request);
  touch(added, now);
  if (!added.identity.instance.empty()) {
    instances_[added.identity.instance] = id;
  }
  if (leader_.empty()) {
    leader_ = id;
  }
  Member& it = members_.insert_or_assign(std::move(id), std::move(added)).first->second;
  somebody_new_ = true;
  if (state_ != GroupState::preparing_rebalance) {
    prepare(now, out);
  }
  it.joining = asker;
  complete_join_if_all_have(now, out);
}

void Group::join_again(Member& it, const JoinGroupRequest& request, Asker asker, Time now,
                       GroupEffects& out) {
  touch(it, now);
  const bool changed = it.protocols != request.protocols;
  const bool leads = it.identity.member == leader_;
  const bool has_missed_the_answer = (state_ == GroupState::completing_rebalance && !changed) ||
                                     (state_ == GroupState::stable && !changed && !leads);
  if (has_missed_the_answer) {
    SOMETIMES("group/member-missed-the-answer");
    out.joins.emplace_back(asker, current(it));
    return;
  }
  update(it, request);
  if (state_ != GroupState::preparing_rebalance) {
    prepare(now, out);
  }
  it.joining = asker;
  complete_join_if_all_have(now, out);
}

/// A static member has come back as another process: it takes its predecessor's place, and if the
/// protocol stays the same, its assignment too.
void Group::replace(const JoinGroupRequest& request, std::string id, Asker asker, Time now,
                    GroupEffects& out) {
  SOMETIMES("group/static-member-is-replaced");
  const std::string old_id = instances_.find(request.identity.instance)->second;
  auto place = members_.extract(old_id);
  Member& it = place.mapped();
  if (it.joining) {
    answer_join(*std::exchange(it.joining, {}), ErrorCode::fenced_instance_id, out);
  }
  if (it.syncing) {
    out.syncs.emplace_back(*std::exchange(it.syncing, {}),
                           SyncGroupResponse{ErrorCode::fenced_instance_id, {}});
  }
  it.identity.member = id;
  update(it, request);
  touch(it, now);
  it.joining = asker;
  instances_[request.identity.instance] = id;
  if (leader_ == old_id) {
    leader_ = id;
  }
  place.key() = std::move(id);
  members_.insert(std::move(place));
  if (state_ == GroupState::stable && vote() == protocol_) {
    out.store = true;  // `stored` answers it
    return;
  }
  if (state_ != GroupState::preparing_rebalance) {
    prepare(now, out);
  }
  complete_join_if_all_have(now, out);
}

JoinGroupResponse Group::current(const Member& it) const {
  JoinGroupResponse response;
  response.generation = generation_;
  response.protocol = protocol_;
  response.leader = leader_;
  response.member = it.identity.member;
  if (it.identity.member == leader_) {
    for (const auto& [id, other] : members_) {
      response.members.push_back({other.identity, metadata_of(other, protocol_)});
    }
  }
  return response;
}

// --- sync, heartbeat, leave, commit --------------------------------------------------------------

void Group::sync(const SyncGroupRequest& request, Asker asker, Time now, GroupEffects& out) {
  ErrorCode error = check(request.identity, request.generation);
  if (error == ErrorCode::none && state_ == GroupState::preparing_rebalance) {
    error = ErrorCode::rebalance_in_progress;
  }
  if (error != ErrorCode::none) {
    out.syncs.emplace_back(asker, SyncGroupResponse{error, {}});
    return;
  }
  Member& it = member(request.identity.member);
  touch(it, now);
  if (state_ == GroupState::stable) {
    out.syncs.emplace_back(asker, SyncGroupResponse{ErrorCode::none, it.assignment});
    return;
  }
  it.syncing = asker;
  it.synced = true;
  if (it.identity.member == leader_ && !assignment_taken_) {
    take_assignments(request);
    out.store = true;
  }
}

void Group::take_assignments(const SyncGroupRequest& request) {
  assignment_taken_ = true;
  for (auto& [id, it] : members_) {
    const auto found =
        std::ranges::find(request.assignments, id, &SyncGroupRequest::Assigned::member);
    it.assignment = found == request.assignments.end() ? std::string() : found->assignment;
  }
}

ErrorCode Group::heartbeat(const HeartbeatRequest& request, Time now) {
  const ErrorCode error = check(request.identity, request.generation);
  if (error != ErrorCode::none) {
    return error;
  }
  touch(member(request.identity.member), now);
  return state_ == GroupState::preparing_rebalance ? ErrorCode::rebalance_in_progress
                                                   : ErrorCode::none;
}

ErrorCode Group::leave(const MemberIdentity& identity, Time now, GroupEffects& out) {
  if (pending_.erase(identity.member) > 0) {
    complete_join_if_all_have(now, out);
    return ErrorCode::none;
  }
  const ErrorCode error = check(identity);
  if (error == ErrorCode::none) {
    remove(identity.member, ErrorCode::unknown_member_id, now, out);
  }
  return error;
}

ErrorCode Group::may_commit(const OffsetCommitRequest& request, Time now) {
  if (request.generation == kNoGeneration && request.identity == MemberIdentity{}) {
    return members_.empty() ? ErrorCode::none : ErrorCode::unknown_member_id;
  }
  const ErrorCode error = check(request.identity, request.generation);
  if (error != ErrorCode::none) {
    SOMETIMES("group/commit-of-an-older-generation");
    return error;
  }
  if (state_ == GroupState::completing_rebalance) {
    return ErrorCode::rebalance_in_progress;
  }
  touch(member(request.identity.member), now);
  return ErrorCode::none;
}

void Group::remove(const std::string& id, ErrorCode told, Time now, GroupEffects& out) {
  const auto place = members_.extract(id);  // `id` may be a part of it
  const Member& gone = place.mapped();
  if (gone.joining) {
    answer_join(*gone.joining, told, out);
  }
  if (gone.syncing) {
    out.syncs.emplace_back(*gone.syncing, SyncGroupResponse{told, {}});
  }
  instances_.erase(gone.identity.instance);
  if (leader_ == gone.identity.member) {
    leader_.clear();
  }
  if (state_ != GroupState::preparing_rebalance) {
    prepare(now, out);
  }
  complete_join_if_all_have(now, out);
}

// --- rebalance -----------------------------------------------------------------------------------

Duration Group::longest_rebalance_timeout() const {
  Duration longest{};
  for (const auto& [id, it] : members_) {
    longest = std::max(longest, it.rebalance_timeout);
  }
  return longest;
}

void Group::prepare(Time now, GroupEffects& out) {
  out.rebalances = true;
  for (auto& [id, it] : members_) {
    it.synced = false;
    if (it.syncing) {
      out.syncs.emplace_back(*std::exchange(it.syncing, {}),
                             SyncGroupResponse{ErrorCode::rebalance_in_progress, {}});
    }
  }
  if (state_ == GroupState::completing_rebalance) {
    SOMETIMES("group/rebalance-interrupts-rebalance");
  }
  initial_ = state_ == GroupState::empty;
  state_ = GroupState::preparing_rebalance;
  assignment_taken_ = false;
  const Duration longest = longest_rebalance_timeout();
  if (initial_) {
    somebody_new_ = false;
    may_wait_ = std::max(longest - config_->initial_rebalance_delay, Duration{});
    wait_ends_ = now + config_->initial_rebalance_delay;
  } else {
    wait_ends_ = now + longest;
  }
}

void Group::complete_join_if_all_have(Time now, GroupEffects& out) {
  const bool all = pending_.empty() && std::ranges::all_of(members_, [](const auto& it) {
                     return it.second.joining.has_value();
                   });
  const bool may = !initial_ || members_.empty() || wait_ends_ <= now;
  if (state_ == GroupState::preparing_rebalance && all && may) {
    complete_join(now, out);
  }
}

void Group::end_join_wait(Time now, GroupEffects& out) {
  if (initial_ && somebody_new_ && may_wait_ > Duration{}) {
    const Duration more = std::min(config_->initial_rebalance_delay, may_wait_);
    may_wait_ = may_wait_ - more;
    somebody_new_ = false;
    wait_ends_ = now + more;
    return;
  }
  complete_join(now, out);
}

/// Dynamic members that have not come are members no more; static ones stay while their sessions
/// last.
void Group::complete_join(Time now, GroupEffects& out) {
  if (std::erase_if(members_, [](const auto& it) {
        return !it.second.joining && it.second.identity.instance.empty();
      }) > 0) {
    SOMETIMES("group/member-is-late-to-join");
  }
  if (!members_.empty() && !choose_leader()) {
    wait_ends_ = now + longest_rebalance_timeout();
    initial_ = false;
    return;
  }
  ++generation_;
  initial_ = false;
  wait_ends_ = Time::never();
  if (members_.empty()) {
    state_ = GroupState::empty;
    protocol_.clear();
    leader_.clear();
    out.store = true;
    return;
  }
  protocol_ = vote();
  state_ = GroupState::completing_rebalance;
  wait_ends_ = now + longest_rebalance_timeout();
  for (auto& [id, it] : members_) {
    it.assignment.clear();
    if (it.joining) {
      touch(it, now);
      out.joins.emplace_back(*std::exchange(it.joining, {}), current(it));
    }
  }
}

/// False if nobody is there who could lead.
bool Group::choose_leader() {
  const auto leads = members_.find(leader_);
  if (leads != members_.end() && leads->second.joining) {
    return true;
  }
  const auto joined =
      std::ranges::find_if(members_, [](const auto& it) { return it.second.joining.has_value(); });
  if (joined == members_.end()) {
    return false;
  }
  leader_ = joined->first;
  return true;
}

bool Group::supported_by_all(std::string_view protocol) const {
  return std::ranges::all_of(members_, [&](const auto& it) {
    return std::ranges::find(it.second.protocols, protocol, &GroupProtocol::name) !=
           it.second.protocols.end();
  });
}

/// Everybody votes for what he prefers among what all know.
std::string Group::vote() const {
  std::map<std::string_view, std::size_t> votes;
  for (const auto& [id, it] : members_) {
    const auto choice = std::ranges::find_if(
        it.protocols, [&](const GroupProtocol& p) { return supported_by_all(p.name); });
    if (choice != it.protocols.end()) {
      ++votes[choice->name];
    }
  }
  const auto best = std::ranges::max_element(votes, {}, [](const auto& it) { return it.second; });
  return best == votes.end() ? std::string() : std::string(best->first);
}

void Group::stored(Generation generation, ErrorCode error, Time now, GroupEffects& out) {
  if (generation != generation_) {
    SOMETIMES("group/assignment-is-overtaken");
    return;  // another rebalance has overtaken it
  }
  if (state_ == GroupState::completing_rebalance && assignment_taken_) {
    finish_sync(error, now, out);
  } else if (state_ == GroupState::stable) {
    for (auto& [id, it] : members_) {
      if (it.joining) {  // static members in the place of their predecessors
        JoinGroupResponse response = current(it);
        response.error = error;
        response.skip_assignment = true;
        out.joins.emplace_back(*std::exchange(it.joining, {}), std::move(response));
      }
    }
  }
}

void Group::finish_sync(ErrorCode error, Time now, GroupEffects& out) {
  for (auto& [id, it] : members_) {
    if (it.syncing) {
      touch(it, now);
      out.syncs.emplace_back(
          *std::exchange(it.syncing, {}),
          SyncGroupResponse{error, error == ErrorCode::none ? it.assignment : std::string()});
    }
  }
  if (error != ErrorCode::none) {
    SOMETIMES("group/assignment-cannot-be-stored");
    prepare(now, out);
    return;
  }
  state_ = GroupState::stable;
  out.assigned = true;
}

/// Those who have not asked for their assignment in time are members no more.
void Group::end_sync_wait(Time now, GroupEffects& out) {
  std::vector<std::string> late;
  for (const auto& [id, it] : members_) {
    if (!it.synced) {
      late.push_back(id);
    }
  }
  wait_ends_ = Time::never();
  for (const std::string& id : late) {
    SOMETIMES("group/member-is-late-for-its-assignment");
    remove(id, ErrorCode::unknown_member_id, now, out);
  }
}

// --- time ----------------------------------------------------------------------------------------

void Group::serve(Time now, GroupEffects& out) {
  std::vector<std::string> expired;
  for (const auto& [id, it] : members_) {
    if (it.session_ends <= now && !it.joining && !it.syncing) {
      expired.push_back(id);
    }
  }
  for (const std::string& id : expired) {
    SOMETIMES("group/member-expires");
    if (members_.contains(id)) {  // a rebalance that completes may have dropped it meanwhile
      remove(id, ErrorCode::unknown_member_id, now, out);
    }
  }
  out.expired.insert(out.expired.end(), expired.begin(), expired.end());
  if (std::erase_if(pending_, [&](const auto& it) { return it.second <= now; }) > 0) {
    complete_join_if_all_have(now, out);
  }
  if (wait_ends_ <= now && state_ == GroupState::preparing_rebalance) {
    end_join_wait(now, out);
  } else if (wait_ends_ <= now) {  // also where the others have their assignments already
    end_sync_wait(now, out);
  }
}

Time Group::next_deadline() const {
  Time next = wait_ends_;
  for (const auto& [id, it] : members_) {
    if (!it.joining && !it.syncing) {
      next = std::min(next, it.session_ends);
    }
  }
  for (const auto& [id, until] : pending_) {
    next = std::min(next, until);
  }
  return next;
}

void Group::close(GroupEffects& out) {
  for (auto& [id, it] : members_) {
    if (it.joining) {
      answer_join(*std::exchange(it.joining, {}), ErrorCode::not_coordinator, out);
    }
    if (it.syncing) {
      out.syncs.emplace_back(*std::exchange(it.syncing, {}),
                             SyncGroupResponse{ErrorCode::not_coordinator, {}});
    }
  }
  state_ = GroupState::dead;
}

}  // namespace wavetank::log

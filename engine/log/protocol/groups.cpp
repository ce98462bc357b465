#include "engine/log/protocol/groups.h"

#include "engine/log/protocol/encoding.h"

namespace wavetank::log {

void fields(auto& f, Is<FindCoordinatorRequest> auto& m) {
  f(m.group);
}
void fields(auto& f, Is<FindCoordinatorResponse> auto& m) {
  f(m.error), f(m.coordinator);
}
void fields(auto& f, Is<MemberIdentity> auto& m) {
  f(m.member), f(m.instance);
}
void fields(auto& f, Is<GroupProtocol> auto& m) {
  f(m.name), f(m.metadata);
}
void fields(auto& f, Is<JoinGroupRequest> auto& m) {
  f(m.group), f(m.session_timeout), f(m.rebalance_timeout), f(m.identity), f(m.protocols);
}
void fields(auto& f, Is<JoinGroupResponse::Member> auto& m) {
  f(m.identity), f(m.metadata);
}
void fields(auto& f, Is<JoinGroupResponse> auto& m) {
  f(m.error), f(m.generation), f(m.protocol), f(m.leader), f(m.member), f(m.skip_assignment);
  f(m.members);
}
void fields(auto& f, Is<SyncGroupRequest::Assigned> auto& m) {
  f(m.member), f(m.assignment);
}
void fields(auto& f, Is<SyncGroupRequest> auto& m) {
  f(m.group), f(m.generation), f(m.identity), f(m.assignments);
}
void fields(auto& f, Is<SyncGroupResponse> auto& m) {
  f(m.error), f(m.assignment);
}
void fields(auto& f, Is<HeartbeatRequest> auto& m) {
  f(m.group), f(m.generation), f(m.identity);
}
void fields(auto& f, Is<HeartbeatResponse> auto& m) {
  f(m.error);
}
void fields(auto& f, Is<LeaveGroupRequest> auto& m) {
  f(m.group), f(m.identity);
}
void fields(auto& f, Is<LeaveGroupResponse> auto& m) {
  f(m.error);
}
void fields(auto& f, Is<CommittedOffset> auto& m) {
  f(m.partition), f(m.offset);
}
void fields(auto& f, Is<OffsetCommitRequest> auto& m) {
  f(m.group), f(m.generation), f(m.identity), f(m.offsets);
}
void fields(auto& f, Is<OffsetCommitResponse> auto& m) {
  f(m.error);
}
void fields(auto& f, Is<TxnOffsetCommitRequest> auto& m) {
  f(m.group), f(m.producer), f(m.epoch), f(m.generation), f(m.identity), f(m.offsets);
}
void fields(auto& f, Is<TxnOffsetCommitResponse> auto& m) {
  f(m.error);
}
void fields(auto& f, Is<OffsetFetchRequest> auto& m) {
  f(m.group), f(m.partitions), f(m.require_stable);
}
void fields(auto& f, Is<OffsetFetchResponse> auto& m) {
  f(m.error), f(m.offsets);
}

WAVETANK_MESSAGE(FindCoordinatorRequest)
WAVETANK_MESSAGE(FindCoordinatorResponse)
WAVETANK_MESSAGE(JoinGroupRequest)
WAVETANK_MESSAGE(JoinGroupResponse)
WAVETANK_MESSAGE(SyncGroupRequest)
WAVETANK_MESSAGE(SyncGroupResponse)
WAVETANK_MESSAGE(HeartbeatRequest)
WAVETANK_MESSAGE(HeartbeatResponse)
WAVETANK_MESSAGE(LeaveGroupRequest)
WAVETANK_MESSAGE(LeaveGroupResponse)
WAVETANK_MESSAGE(OffsetCommitRequest)
WAVETANK_MESSAGE(OffsetCommitResponse)
WAVETANK_MESSAGE(TxnOffsetCommitRequest)
WAVETANK_MESSAGE(TxnOffsetCommitResponse)
WAVETANK_MESSAGE(OffsetFetchRequest)
WAVETANK_MESSAGE(OffsetFetchResponse)

}  // namespace wavetank::log

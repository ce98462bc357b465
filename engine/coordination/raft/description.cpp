// What a server of a quorum says of itself.

#include "engine/port/description.h"
#include "engine/coordination/raft/consensus.h"

namespace wavetank::raft {

namespace {

const char* name(Standing standing) {
  static constexpr const char* kNames[] = {"follower", "pre-candidate", "candidate", "leader"};
  return kNames[static_cast<std::size_t>(standing)];
}

}  // namespace

void Consensus::describe(port::Description& out) const {
  port::Description& it = out.group("quorum");
  it.say("standing", !loaded_ ? "reading its files" : damaged_ ? "damaged" : name(standing_));
  it.say("active", active()).say("term", ballot_.term()).say("voted for", ballot_.voted_for());
  it.say("ballot durable", ballot_.durable()).say("leader", leader_);
  it.say("committed", committed_).say("applied", applied_);
  it.say("first index", log_.first()).say("last index", log_.last()).say("durable", log_.durable());
  it.say("snapshot", snapshot_.current().last_index).say("messages held", held_.size());
  if (standing_ == Standing::leader) {
    it.say("term began at", begun_at_).say("next heartbeat", heartbeat_at_);
    it.say("quorum checked", check_at_);
    it.say("reads asked", asked_reads_).say("reads confirmed", confirmed_reads_);
  } else {
    it.say("leader heard", leader_heard_).say("stands for election", election_at_);
  }
  if (standing_ == Standing::follower) {
    return;
  }
  static constexpr const char* kPaces[] = {"probe", "stream", "snapshot"};
  port::Description& peers = it.list("peers");
  for (const Peer& peer : peers_) {
    port::Description& row = peers.row("peer");
    row.say("server", peer.node).say("heard", peer.heard);
    if (standing_ == Standing::leader) {
      row.say("pace", kPaces[static_cast<std::size_t>(peer.pace)]);
      row.say("match", peer.match).say("next", peer.next).say("in flight", peer.in_flight.size());
    } else {
      row.say("vote", peer.granted);
    }
  }
}

}  // namespace wavetank::raft

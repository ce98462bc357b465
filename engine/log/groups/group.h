#pragma once

// A consumer group as its coordinator sees it: who is a member, in which generation, and how far a
// rebalance has come. Pure data: requests and the time go in, answers come out.
//
// Source: Kafka's group protocol (GroupCoordinator, GroupMetadata); KIP-394 (member ids before the
// join), KIP-345 (static members), KIP-134 (initial rebalance delay), KIP-814 (a static leader
// comes back without a new assignment).
//
//      empty ──join──▶ preparing ──all joined, or time is up──▶ completing ──leader's assignment is
//        ▲               ▲  │ nobody                               │            stored──▶ stable
//        └───────────────┼──┘                                      │                        │
//                        └──── a member joins, leaves, is lost, or asks again ◀─────────────┘
//
// Invariants:
//  1. The generation grows by one with every rebalance, and never otherwise.
//  2. A member holds its assignment of a generation only once that is stored in the offsets topic.
//  3. An instance id has one member; a second one with it fences the first.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/log/config.h"
#include "engine/log/protocol/groups.h"

namespace wavetank::port {
class Description;  // port/description.h
}

namespace wavetank::log {

enum class GroupState : std::uint8_t {
  empty,
  preparing_rebalance,   ///< members are asked to join (again)
  completing_rebalance,  ///< the leader is asked for the assignment
  stable,
  dead,  ///< its coordinator has lost it
};

/// A request that is to be answered.
struct Asker {
  NodeId node = kNoNode;
  CorrelationId correlation = 0;
};

/// What follows from an event of a group.
struct GroupEffects {
  std::vector<std::pair<Asker, JoinGroupResponse>> joins;
  std::vector<std::pair<Asker, SyncGroupResponse>> syncs;
  bool rebalances = false;           ///< members are asked to join again
  bool store = false;                ///< the metadata, and then tell `stored`
  bool assigned = false;             ///< the generation has become stable
  std::vector<std::string> expired;  ///< members whose session ended
};

/// A group as the offsets topic holds it.
struct GroupMetadata {
  struct Member {
    MemberIdentity identity;
    Duration session_timeout;
    Duration rebalance_timeout;
    std::string metadata;  ///< of the chosen protocol
    std::string assignment;
  };
  Generation generation{0};
  std::string protocol;
  std::string leader;
  std::vector<Member> members;
};

class Group {
 public:
  /// An empty group. `config` outlives it.
  explicit Group(const GroupConfig& config) : config_(&config) {}
  /// A group that another coordinator has stored: its members get a session's time to show up.
  void restore(const GroupMetadata& stored, Time now);

  [[nodiscard]] GroupState state() const { return state_; }
  [[nodiscard]] Generation generation() const { return generation_; }
  [[nodiscard]] std::size_t size() const { return members_.size(); }
  /// Whether there is neither a member nor anybody who has been given a member id.
  [[nodiscard]] bool deserted() const { return members_.empty() && pending_.empty(); }
  [[nodiscard]] const std::string& leader() const { return leader_; }
  [[nodiscard]] GroupMetadata metadata() const;

  // --- requests
  // -------------------------------------------------------------------------------------
  /// `fresh_id`: the member id that a new member gets.
  void join(const JoinGroupRequest& request, Asker asker, std::string fresh_id, Time now,
            GroupEffects& out);
  void sync(const SyncGroupRequest& request, Asker asker, Time now, GroupEffects& out);
  ErrorCode heartbeat(const HeartbeatRequest& request, Time now);
  ErrorCode leave(const MemberIdentity& identity, Time now, GroupEffects& out);
  /// Whether these offsets may be committed; a member's commit counts as its heartbeat.
  ErrorCode may_commit(const OffsetCommitRequest& request, Time now);

  // --- what else happens
  // ----------------------------------------------------------------------------
  /// The metadata as of this generation has been written, or could not be.
  void stored(Generation generation, ErrorCode error, Time now, GroupEffects& out);
  /// Ends what is due: sessions, and the waits of a rebalance.
  void serve(Time now, GroupEffects& out);
  [[nodiscard]] Time next_deadline() const;
  /// The coordinator is another one now: all who wait are told so.
  void close(GroupEffects& out);
  /// For who looks: state, generation, members.
  void describe(port::Description& out) const;

 private:
  struct Member {
    MemberIdentity identity;
    Duration session_timeout;
    Duration rebalance_timeout;
    std::vector<GroupProtocol> protocols;
    std::string assignment;
    std::optional<Asker> joining;
    std::optional<Asker> syncing;
    bool synced = false;  ///< has asked for its assignment of this generation
    Time session_ends;
  };

  // requests
  void answer_join(Asker asker, ErrorCode error, GroupEffects& out) const;
  [[nodiscard]] ErrorCode refusal(const JoinGroupRequest& request) const;
  [[nodiscard]] bool shares_a_protocol(const JoinGroupRequest& request) const;
  void join_as_new(const JoinGroupRequest& request, Asker asker, std::string fresh_id, Time now,
                   GroupEffects& out);
  void join_again(Member& member, const JoinGroupRequest& request, Asker asker, Time now,
                  GroupEffects& out);
  void add(const JoinGroupRequest& request, std::string id, Asker asker, Time now,
           GroupEffects& out);
  void replace(const JoinGroupRequest& request, std::string id, Asker asker, Time now,
               GroupEffects& out);
  [[nodiscard]] ErrorCode check(const MemberIdentity& identity) const;
  [[nodiscard]] ErrorCode check(const MemberIdentity& identity, Generation generation) const;
  Member& member(const std::string& id) { return members_.find(id)->second; }
  static void update(Member& member, const JoinGroupRequest& request);
  static void touch(Member& member, Time now);
  void remove(const std::string& id, ErrorCode told, Time now, GroupEffects& out);

  // rebalance
  void prepare(Time now, GroupEffects& out);
  void complete_join_if_all_have(Time now, GroupEffects& out);
  void complete_join(Time now, GroupEffects& out);
  void end_join_wait(Time now, GroupEffects& out);
  void end_sync_wait(Time now, GroupEffects& out);
  void take_assignments(const SyncGroupRequest& request);
  void finish_sync(ErrorCode error, Time now, GroupEffects& out);
  [[nodiscard]] bool choose_leader();
  [[nodiscard]] std::string vote() const;
  [[nodiscard]] bool supported_by_all(std::string_view protocol) const;
  [[nodiscard]] Duration longest_rebalance_timeout() const;
  [[nodiscard]] JoinGroupResponse current(const Member& member) const;
  [[nodiscard]] static const std::string& metadata_of(const Member& member,
                                                      std::string_view protocol);

  const GroupConfig* config_;
  GroupState state_ = GroupState::empty;
  Generation generation_{0};
  std::string protocol_;
  std::string leader_;
  std::map<std::string, Member, std::less<>> members_;         ///< by member id
  std::map<std::string, std::string, std::less<>> instances_;  ///< member id by instance id
  std::map<std::string, Time, std::less<>> pending_;  ///< ids given and not yet used: until when

  bool initial_ = false;            ///< a rebalance that waits for the initial delay alone
  bool somebody_new_ = false;       ///< has joined since that delay began
  Duration may_wait_{};             ///< by how much it can still be extended
  bool assignment_taken_ = false;   ///< the leader's word of this generation is being stored
  Time wait_ends_ = Time::never();  ///< of a rebalance
};

std::string_view name(GroupState state);

}  // namespace wavetank::log

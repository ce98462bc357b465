#include "engine/coordination/broadcast/election.h"

#include <algorithm>
#include <tuple>

#include "engine/base/sometimes.h"

namespace wavetank::coordination {

bool better(const Vote& a, const Vote& b) {
  if (a.leader == kNoServer || b.leader == kNoServer) {  // who has nobody to propose
    return a.leader != kNoServer;
  }
  return std::tuple(a.epoch, a.zxid, a.leader) > std::tuple(b.epoch, b.zxid, b.leader);
}

void Election::begin(const Step& step, Vote own) {
  ++round_;
  own_ = vote_ = own;
  decision_.reset();
  votes_.clear();
  settled_.clear();
  final_at_ = Time::never();
  interval_ = config_.notification_interval;
  tell_all(step);
  consider(step);
}

Standing Election::standing() const {
  if (!decision_) {
    return Standing::looking;
  }
  if (decision_->leader == self_) {
    return Standing::leading;
  }
  return ensemble_.votes(self_) ? Standing::following : Standing::observing;
}

void Election::tell(const Step& step, NodeId to) const {
  step.send(to, port::Lane::request,
            port::encode(Notification{round_, standing(), decision_.value_or(vote_)}, 0));
}

void Election::tell_all(const Step& step) {
  for (const NodeId voter : ensemble_.voters) {
    if (voter != self_) {
      tell(step, voter);
    }
  }
  if (ensemble_.votes(self_)) {
    votes_[self_] = {round_, Standing::looking, vote_};
  }
  tell_again_ = step.now.monotonic + interval_;
  alarm_.want(tell_again_, step.ports);
}

void Election::on_notification(const Step& step, NodeId from, const Notification& heard) {
  const bool looks = heard.standing == Standing::looking;
  if (decision_ || !ensemble_.votes(from)) {
    if (looks) {
      tell(step, from);
    }
    return;
  }
  if (looks) {
    hear_looking(step, from, heard);
    consider(step);
  } else {
    hear_settled(from, heard);
  }
}

void Election::hear_looking(const Step& step, NodeId from, const Notification& heard) {
  if (heard.round < round_) {
    SOMETIMES("zab/vote-comes-a-round-late");
    tell(step, from);
    return;
  }
  if (heard.round > round_) {
    SOMETIMES("zab/election-round-is-overtaken");
    round_ = heard.round;
    votes_.clear();
    vote_ = better(heard.vote, own_) ? heard.vote : own_;
    tell_all(step);
  } else if (better(heard.vote, vote_)) {
    vote_ = heard.vote;
    tell_all(step);
  }
  votes_[from] = heard;
}

/// A server that has a leader already: if a quorum has the same, and that one leads, so do we.
void Election::hear_settled(NodeId from, const Notification& heard) {
  settled_[from] = heard;
  if (agreeing(settled_, heard.vote) < ensemble_.quorum()) {
    return;
  }
  const NodeId leader = heard.vote.leader;
  const auto told = settled_.find(leader);
  const bool leads = told != settled_.end() && told->second.standing == Standing::leading;
  if (leads && leader != self_) {
    SOMETIMES("zab/settled-ensemble-is-joined");
    round_ = heard.round;
    decide(heard.vote);
  }
}

std::size_t Election::agreeing(const std::map<NodeId, Notification>& votes, Vote vote) const {
  return static_cast<std::size_t>(
      std::ranges::count_if(votes, [&](const auto& it) { return it.second.vote == vote; }));
}

void Election::consider(const Step& step) {
  const std::size_t agree = agreeing(votes_, vote_);
  if (vote_.leader == kNoServer || agree < ensemble_.quorum()) {
    final_at_ = Time::never();
    alarm_.want(tell_again_, step.ports);
  } else if (agree == ensemble_.voters.size()) {
    decide(vote_);  // no better vote can come
  } else {
    final_at_ = step.now.monotonic + config_.finalize_wait;
    alarm_.want(final_at_, step.ports);
  }
}

void Election::decide(Vote vote) {
  decision_ = vote;
  final_at_ = tell_again_ = Time::never();
}

bool Election::on_timer(const Step& step, port::TimerId timer) {
  if (!alarm_.rang(timer)) {
    return false;
  }
  if (step.now.monotonic >= final_at_) {
    decide(vote_);
    return true;
  }
  if (final_at_ != Time::never()) {  // who listens for better votes does not repeat its own
    alarm_.want(final_at_, step.ports);
    return true;
  }
  if (step.now.monotonic >= tell_again_) {
    interval_ = std::min(interval_ * 2, config_.max_notification_interval);
    tell_all(step);
  }
  alarm_.want(tell_again_, step.ports);
  return true;
}

}  // namespace wavetank::coordination

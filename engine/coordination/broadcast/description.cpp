// What the broadcast of a server says of itself.

#include "engine/port/description.h"
#include "engine/coordination/broadcast/election.h"
#include "engine/coordination/broadcast/leader.h"
#include "engine/coordination/broadcast/learner.h"
#include "engine/coordination/broadcast/store.h"
#include "engine/coordination/numbers.h"

namespace wavetank::coordination {

void Store::describe(port::Description& out) const {
  out.say("accepted epoch", accepted_).say("current epoch", current_);
  out.say("logged", text(log_.last())).say("durable", text(log_.durable()));
  out.say("applied", text(tree_.last_zxid())).say("not committed", pending_.size());
  out.say("recent entries", recent_.size()).say("busy with files", busy());
  out.say("snapshot being written", snapshot_.has_value());
  out.say("znodes", tree_.size()).say("sessions in the tree", tree_.sessions().size());
}

void Election::describe(port::Description& out) const {
  port::Description& it = out.group("election");
  it.say("round", round_).say("decided", decision_.has_value());
  it.say("votes for", vote_.leader).say("its zxid", text(vote_.zxid)).say("its epoch", vote_.epoch);
  it.say("tells again", tell_again_).say("final", final_at_);
  port::Description& heard = it.list("votes");
  for (const auto& [from, notification] : votes_) {
    heard.row("vote")
        .say("of", from)
        .say("for", notification.vote.leader)
        .say("zxid", text(notification.vote.zxid));
  }
}

void Leader::describe(port::Description& out) const {
  static constexpr const char* kPhases[] = {"discovery", "promise", "history", "broadcast"};
  static constexpr const char* kProgress[] = {"came", "promised", "catching up", "follows"};
  port::Description& it = out.group("leading");
  it.say("phase", kPhases[static_cast<std::size_t>(phase_)]).say("epoch", epoch_);
  it.say("last proposed", text(make_zxid(epoch_, counter_))).say("syncs waiting", syncs_.size());
  port::Description& learners = it.list("learners");
  for (const auto& [node, learner] : learners_) {
    port::Description& row = learners.row("learner");
    row.say("server", node).say("progress", kProgress[static_cast<std::size_t>(learner.progress)]);
    row.say("votes", learner.votes).say("gets proposals", learner.gets_proposals);
    row.say("acknowledged", text(learner.acked)).say("heard", learner.heard);
  }
}

void Learner::describe(port::Description& out) const {
  static constexpr const char* kWaits[] = {"nothing", "its promise", "a cut", "a snapshot"};
  port::Description& it = out.group("following");
  it.say("leader", leader_).say("up to date", up_to_date_).say("promised epoch", promised_);
  it.say("acknowledged", text(acked_)).say("heard", heard_);
  it.say("waits on disk for", kWaits[static_cast<std::size_t>(waits_)]);
  it.say("messages held", held_.size());
}

}  // namespace wavetank::coordination

// What a broker says of its place in the ensemble, and of the controller that it may be.

#include "engine/port/description.h"
#include "engine/coordination/numbers.h"
#include "engine/log/ensemble/ensemble_controller.h"
#include "engine/log/ensemble/ensemble_tie.h"
#include "engine/log/ensemble/session.h"

namespace wavetank::log {

void EnsembleSession::describe(port::Description& out) const {
  client_.describe(out);
}

void EnsembleTie::describe(port::Description& out) const {
  port::Description& it = out.group("registration");
  it.say("state", admitted() ? "admitted" : "registering");
  it.say("broker epoch", epoch_).say("controller", controller_);
  it.say("controller epoch heard", heard_).say("looks for the controller", looking_);
  it.say("joined with session", coordination::text(joined_as_));
  if (leaving_) {
    it.say("asked to end", true).say("released", released_).say("ends by", leave_by_);
  }
  session_.describe(it.group("ensemble session"));
  as_controller_.describe(out);
}

void EnsembleController::describe(port::Description& out) const {
  if (!elected()) {
    return;
  }
  port::Description& it = out.group("controller");
  it.say("active", active_).say("controller epoch", epoch_).say("deposed", deposed_);
  it.say("answers to come", asking_).say("state read", stored_read_);
  it.say("deciding", deciding_.has_value()).say("requests held", held_.size());
  port::Description& told = it.list("told");
  for (const auto& [node, what] : told_) {
    told.row("broker")
        .say("broker", node)
        .say("epoch", what.epoch)
        .say("knows version", what.knows)
        .say("asked again", what.again);
  }
  port::Description& present = it.list("registered in the ensemble");
  for (const auto& [node, what] : present_) {
    present.row("broker").say("broker", node).say("epoch", what.epoch);
  }
  registry_.describe(it);
}

}  // namespace wavetank::log

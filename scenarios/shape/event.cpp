#include "scenarios/shape/parts.h"

namespace wavetank::scenarios::shape {

Type<When> when() {
  const auto event = [](RunEvent meaning, const char* doc) {
    return Choice<RunEvent>{name(meaning), meaning, doc};
  };
  const auto events = choice<RunEvent>({
      event(RunEvent::leader_elected, "A partition gets a leader."),
      event(RunEvent::between_append_and_fsync,
            "A leader has records in its page cache, and nobody else knows of them yet."),
      event(RunEvent::truncated, "A broker cuts the end of a partition's log."),
      event(RunEvent::partition_offline, "A partition has nobody left to lead it."),
      event(RunEvent::controller_elected, "A controller becomes the active one."),
      event(RunEvent::broker_registered, "A broker joins the cluster."),
      event(RunEvent::broker_fenced, "A broker's session has ended."),
      event(RunEvent::rebalance_started, "The members of a group are asked to join again."),
      event(RunEvent::rebalance_finished, "The new assignment of a group is handed out."),
      event(RunEvent::transaction_committing,
            "A commit is decided, and no partition has the marker yet."),
      event(RunEvent::transaction_aborting,
            "An abort is decided, and no partition has the marker yet."),
  });
  return Shape<When>("an event of the run")
      .required("event", &When::event, events, "What happens.")
      .optional("of", &When::of, text("a topic, partition, host, group or id", "\"orders-0\""),
                "Whose event: a topic or partition, a host, a consumer group, a transactional id. "
                "Default: anybody's.")
      .optional("occurrence", &When::occurrence, count<std::uint32_t>(1, 1'000'000'000),
                "The how manieth of these events, counted from \"not_before\" on.")
      .optional("not_before", &When::not_before, moment(),
                "Events before this moment of the run do not count.")
      .optional("after", &When::after, duration(), "From the event to the beginning of the fault.")
      .type();
}

}  // namespace wavetank::scenarios::shape

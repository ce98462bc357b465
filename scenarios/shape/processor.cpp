#include "scenarios/shape/parts.h"

namespace wavetank::scenarios::shape {

Type<Processor> processor() {
  const auto guarantee = choice<bool>(
      {{"exactly-once", true,
        "Positions are committed in the transaction that holds what was written (KIP-447)."},
       {"at-least-once", false,
        "Positions are committed once what was written is stored: a crash repeats the rest."}});
  return Shape<Processor>("an application that reads and writes")
      .required("name", &Processor::name, own_name("an application", "\"enrich\""),
                "Its name, and that of its consumer group.")
      .required("from", &Processor::from, text("the name of a topic", "\"orders\""),
                "The topic it reads.")
      .required("to", &Processor::to, text("the name of a topic", "\"enriched\""),
                "The topic to which it writes one record for each that it has read.")
      .required("on", &Processor::on, selector(), "The hosts its processes run on.")
      .optional("members", &Processor::members, count<std::uint32_t>(1, 4096),
                "Number of processes; they share the partitions.")
      .optional("guarantee", &Processor::exactly_once, guarantee, "What holds over crashes.")
      .optional("commit_every", &Processor::commit_every, positive_duration(),
                "From the first record after a commit to the next commit.")
      .optional("consumer", &Processor::consumer, consumer_settings(),
                "Settings of their consumers; Kafka's names and defaults.")
      .optional("producer", &Processor::producer, producer_settings(),
                "Settings of their producers; Kafka's names and defaults.")
      .type();
}

}  // namespace wavetank::scenarios::shape

#include "scenarios/validate.h"

#include <fmt/format.h>

#include "scenarios/validation/check.h"

namespace wavetank::scenarios {

namespace {

/// What concerns the whole: its times, and how much it asks for.
class WholeCheck : private validation::Check {
 public:
  explicit WholeCheck(const validation::Check& check) : Check(check) {}

  void check_times() {
    if (s_.warmup >= s_.duration) {
      error("/warmup",
            fmt::format("a warm-up of {} leaves nothing of the duration of {}", to_text(s_.warmup),
                        to_text(s_.duration)),
            fmt::format("less than {}", to_text(s_.duration)));
    }
    if (s_.duration > limits_.duration) {
      error("/duration", fmt::format("{} are more than the limit of {} (limit duration)",
                                     to_text(s_.duration), to_text(limits_.duration)));
    }
  }

  void check_amounts() {
    double replicas = s_.log.offsets.partitions * s_.log.offsets.replication;
    for (const auto& topic : s_.log.topics) {
      replicas += static_cast<double>(topic.partitions) * topic.replication;
    }
    double producers = 0;
    for (const Workload& w : s_.workloads) {
      producers += w.producers;
    }
    double consumers = 0;
    for (const ConsumerGroup& g : s_.consumers) {
      consumers += g.members;
    }
    limit("/services/log/topics", "replicas", replicas, limits_.replicas);
    limit("/workload", "producers", producers, limits_.producers);
    limit("/consumers", "consumers", consumers, limits_.consumers);
    if (!findings_.has_errors()) {
      limit("/workload", "records", expected_records(s_), static_cast<double>(limits_.records));
      limit("/workload", "bytes of memory", estimated_memory_bytes(s_),
            static_cast<double>(limits_.memory_bytes));
      limit("/duration", "events", estimated_events(s_), static_cast<double>(limits_.events));
    }
  }
};

}  // namespace

void validate(Scenario& scenario, Findings& findings, const Limits& limits) {
  const validation::Check check(scenario, findings, limits);
  WholeCheck whole(check);
  whole.check_times();
  validation::check_cluster(check);
  validation::check_services(check);
  validation::check_load(check);
  validation::check_faults(check);
  validation::check_verdicts(check);
  whole.check_amounts();
}

}  // namespace wavetank::scenarios

#include "sim/run/log_verdict.h"

#include <algorithm>
#include <string>
#include <utility>

#include "sim/check/aborted_read.h"
#include "sim/check/exactly_one_effect.h"
#include "sim/check/replica_memory.h"
#include "sim/check/stored_intact.h"
#include "sim/check/transaction_atomicity.h"

namespace wavetank::sim {

namespace {

using reports::InvariantReport;
using reports::RunResult;

class LogVerdict {
 public:
  LogVerdict(LogSystem& log, const scenarios::Scenario& scenario, const RunEnd& end,
             RunResult& result)
      : log_(log), scenario_(scenario), end_(end), result_(result), observer_(log.observer()) {}

  Misfortunes judge() {
    const std::vector<StoredPartition> stored = log_.stored();
    for (const StoredPartition& partition : stored) {
      observer_.invariants().in_sync_set().stored(partition);
    }
    AuditReport audited = audit_of(stored);
    result_.ledger = audited.ledger;
    result_.lost = std::move(audited.lost);
    log_.name_keys(result_.lost);
    say(observer_.invariants().reports(!scenario_.consumers.empty()));
    say(audited.invariants);
    judge_processors(stored);
    judge_brokers(stored);
    if (!scenario_.consumers.empty()) {
      say(observer_.groups().reports());
    }
    judge_transactions();
    count_what_happened();
    result_.attribution = observer_.stages().attribution();
    Misfortunes misfortunes{{}, {}, std::move(audited.duplicated)};
    for (const LostFrom& lost : audited.lost_from) {
      Loss& loss =
          misfortunes.lost.emplace_back(Loss{lost.partition, lost.acknowledged, std::nullopt});
      if (lost.offset) {
        loss.taken =
            observer_.leaderships().without(lost.partition, *lost.offset, lost.acknowledged);
      }
      misfortunes.replicas[lost.partition];
    }
    for (const StoredPartition& partition : stored) {
      if (const auto it = misfortunes.replicas.find(partition.id);
          it != misfortunes.replicas.end()) {
        for (const StoredReplica& replica : partition.replicas) {
          it->second.push_back(replica.broker);
        }
      }
    }
    return misfortunes;
  }

 private:
  void say(InvariantReport invariant) { result_.invariants.push_back(std::move(invariant)); }
  void say(const std::vector<InvariantReport>& invariants) {
    result_.invariants.insert(result_.invariants.end(), invariants.begin(), invariants.end());
  }
  void count(std::string name, double value, std::string unit = "") {
    result_.metrics.scalars.push_back({std::move(name), value, std::move(unit)});
  }
  void count(const std::vector<reports::ScalarMetric>& scalars) {
    result_.metrics.scalars.insert(result_.metrics.scalars.end(), scalars.begin(), scalars.end());
  }

  [[nodiscard]] AuditReport audit_of(const std::vector<StoredPartition>& stored) const;
  [[nodiscard]] Promises promises() const;
  /// Whether some group reads a topic that a workload writes to, and not only what others make of
  /// it.
  [[nodiscard]] bool reads_what_is_produced() const;
  void judge_processors(const std::vector<StoredPartition>& stored);
  /// What they have on their disks and in mind.
  void judge_brokers(const std::vector<StoredPartition>& stored);
  void judge_transactions();
  void count_what_happened();

  LogSystem& log_;
  const scenarios::Scenario& scenario_;
  RunEnd end_;
  RunResult& result_;
  Observer& observer_;
};

AuditReport LogVerdict::audit_of(const std::vector<StoredPartition>& stored) const {
  const std::vector<log::Offset> positions = observer_.invariants().positions();
  const Reading reading{positions,
                        observer_.invariants().skips(),
                        observer_.invariants().passed_over(),
                        observer_.last_given(),
                        end_.at,
                        end_.cut_short};
  return audit(stored, observer_.ledger(), log_.keys_of_compacted(), reading, promises());
}

Promises LogVerdict::promises() const {
  Promises promises;
  for (std::uint32_t instance = 0; instance < observer_.ledger().instances(); ++instance) {
    const log::ProducerConfig& producer = log_.workload_of(instance).producer;
    promises.producers.push_back({producer.acks == log::Acks::all, producer.idempotent});
  }
  promises.consumed = reads_what_is_produced();
  return promises;
}

bool LogVerdict::reads_what_is_produced() const {
  return std::ranges::any_of(scenario_.workloads, [&](const scenarios::Workload& workload) {
    return std::ranges::any_of(scenario_.consumers, [&](const scenarios::ConsumerGroup& group) {
      return std::ranges::find(group.topic_indices, workload.topic_index) !=
             group.topic_indices.end();
    });
  });
}

void LogVerdict::judge_processors(const std::vector<StoredPartition>& stored) {
  if (scenario_.processors.empty()) {
    return;
  }
  ExactlyOneEffect effects;
  for (const Processing& processing : log_.processings()) {
    effects.judge(processing, stored);
  }
  say(effects.report());
}

void LogVerdict::judge_brokers(const std::vector<StoredPartition>& stored) {
  StoredIntact intact;
  ReplicaMemory memory;
  for (const StoredPartition& partition : stored) {
    intact.look_at(partition);
    memory.look_at(partition);
  }
  say(intact.report());
  if (scenario_.log.controller.hosts.size() > 1) {
    say(observer_.quorum().report());
  }
  if (memory.looked()) {
    say(memory.report());
  }
}

/// Of what groups are given that read committed transactions only; that all of a transaction is,
/// where every group that is judged does.
void LogVerdict::judge_transactions() {
  const TransactionHistory& history = observer_.transactions();
  if (history.transactions().empty()) {
    return;
  }
  count("transactions_committed", static_cast<double>(history.count(TransactionFate::committed)));
  count("transactions_aborted", static_cast<double>(history.count(TransactionFate::aborted)));
  count("producers_fenced", static_cast<double>(observer_.producers_fenced()));
  bool some = false;
  bool all = true;
  for (std::size_t topic = 0; topic < log_.topology().topics.size(); ++topic) {
    if (const scenarios::ConsumerGroup* group = log_.judged_group(topic)) {
      some |= reads_committed(*group);
      all &= reads_committed(*group);
    }
  }
  if (some) {
    say(judge_aborted_read(history));
    say(observer_.precommitted_read().report());
  }
  if (some && all) {
    const bool read_all =
        observer_.lag_records() == 0 && observer_.invariants().records_passed_over() == 0;
    say(judge_transaction_atomicity(history, read_all));
  }
}

void LogVerdict::count_what_happened() {
  if (!scenario_.consumers.empty()) {
    count(observer_.groups().scalars());
    count("redelivered", static_cast<double>(observer_.ledger().totals().redelivered));
  }
  count("out_of_range", static_cast<double>(observer_.out_of_range()));
  if (const auto takeover = observer_.recovery().slowest_takeover()) {
    count("controller_takeover", takeover->seconds(), "s");
  }
  count("still_behind", static_cast<double>(observer_.recovery().still_behind()));
  count("cleanings", static_cast<double>(observer_.cleanings()));
  count(observer_.moves().scalars());
  count(observer_.logs().scalars());
  count("bulk_transfers", static_cast<double>(log_.bulk_transfers()));
  for (const auto& [error, answers] : observer_.refusals()) {
    count("errors." + std::string(log::name(error)), static_cast<double>(answers), "answers");
  }
  Duration throttled;
  for (const auto& [client, time] : observer_.throttled()) {
    count("throttled." + client, time.seconds(), "s");
    throttled += time;
  }
  count("throttled", throttled.seconds(), "s");
}

}  // namespace

Misfortunes judge_log(LogSystem& log, const scenarios::Scenario& scenario, const RunEnd& end,
                      RunResult& result) {
  return LogVerdict(log, scenario, end, result).judge();
}

}  // namespace wavetank::sim

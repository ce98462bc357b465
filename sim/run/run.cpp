#include "sim/run/run.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/ensure.h"
#include "models/hardware.h"
#include "reports/conclude.h"
#include "reports/program_version.h"
#include "scenarios/schedule.h"
#include "sim/check/rules.h"
#include "sim/run/coordination_system.h"
#include "sim/run/fault_injector.h"
#include "sim/run/knee.h"
#include "sim/run/kv_system.h"
#include "sim/run/log_system.h"
#include "sim/run/log_verdict.h"
#include "sim/run/use_of_hosts.h"
#include "sim/run/world.h"

namespace wavetank::sim {

namespace {

using scenarios::Scenario;
/// What was measured elsewhere, by the figure's id.
using Figures = std::map<std::string, reports::FigureMeasurement>;

reports::FigureMeasurement measurement_of(const KneeResult& found) {
  reports::FigureMeasurement measured;
  if (!found.failure.empty()) {
    measured.why = "its knee is not known: " + found.failure;
    return measured;
  }
  measured.simulated = found.sustained;
  measured.knee = found.broken ? found.sustained : std::nullopt;
  measured.knee_unit = "records/s";
  measured.bound_by = found.bound_by;
  if (!found.sustained) {
    measured.why = "not even the lowest rate of the search was sustained: " + found.bound_by;
  }
  return measured;
}

KneeResult not_searched() {
  KneeResult none;
  none.failure = "it was not searched for";
  return none;
}

/// What two systems of one run saw, second by second.
reports::Evidence joined(reports::Evidence a, reports::Evidence b) {
  if (a.windows.size() < b.windows.size()) {
    std::swap(a, b);
  }
  if (a.ways.records.empty()) {
    a.ways = std::move(b.ways);
  }
  const auto together = [](const PackedHistogram& x, const PackedHistogram& y) {
    Histogram both;
    both.merge(x);
    both.merge(y);
    return PackedHistogram(both);
  };
  for (std::size_t i = 0; i < b.windows.size(); ++i) {
    reports::Window& to = a.windows[i];
    const reports::Window& from = b.windows[i];
    to.e2e = together(to.e2e, from.e2e);
    to.publish = together(to.publish, from.publish);
    to.records_in += from.records_in;
    to.records_out += from.records_out;
    to.records_acknowledged += from.records_acknowledged;
    to.bytes_in += from.bytes_in;
    to.lag_records += from.lag_records;
  }
  return a;
}

class Run {
 public:
  Run(const Scenario& scenario, const RunHooks& hooks) : scenario_(scenario), hooks_(hooks) {}

  Status build();
  void play();
  /// Somebody wants the run to end.
  bool interrupted();
  reports::RunResult conclude(const Figures& figures);

 private:
  [[nodiscard]] Time load_end() const { return Time() + scenario_.duration; }
  [[nodiscard]] Time last_end() const { return load_end() + scenario_.drain; }
  /// Goes on to `until`, or to where the hooks or `settled` end it.
  void advance(Time until, bool until_settled);
  /// Goes on to `end`, and lets the watcher look on the way.
  void go_on_to(Time end);
  [[nodiscard]] bool settled() const;
  void judge_coordination(reports::RunResult& result);
  void judge_kv(reports::RunResult& result);
  static void add_requests(reports::RunResult& result,
                           const std::vector<reports::InvariantReport>& judged,
                           const reports::Ledger& requests, std::uint64_t under_way);
  void describe_faults(reports::RunResult& result, const Misfortunes& misfortunes) const;
  /// What the hosts cost at list price; nothing where a machine was never for rent.
  void describe_cost(reports::RunResult& result) const;

  const Scenario& scenario_;
  const RunHooks& hooks_;
  std::unique_ptr<World> world_;
  std::unique_ptr<LogSystem> log_;                    ///< null if the scenario has none
  std::unique_ptr<CoordinationSystem> coordination_;  ///< likewise
  std::unique_ptr<KvSystem> kv_;                      ///< likewise
  std::unique_ptr<FaultInjector> faults_;
  std::unique_ptr<UseOfHosts> use_;
  reports::Utilisation measured_use_;
  std::vector<reports::ScalarMetric> request_queues_;
  std::optional<reports::Partial> partial_;
};

Status Run::build() {
  Result<std::unique_ptr<World>> world = World::build(scenario_);
  if (!world) {
    return tl::unexpected<Error>(world.error());
  }
  world_ = std::move(*world);
  if (!scenario_.log.brokers.hosts.empty()) {
    Result<std::unique_ptr<LogSystem>> log = LogSystem::build(*world_, scenario_);
    if (!log) {
      return tl::unexpected<Error>(log.error());
    }
    log_ = std::move(*log);
  }
  if (!scenario_.coordination.servers.hosts.empty()) {
    coordination_ = std::make_unique<CoordinationSystem>(*world_, scenario_);
    if (log_) {
      log_->use_ensemble(coordination_->servers());
    }
  }
  if (!scenario_.kv.servers.hosts.empty()) {
    kv_ = std::make_unique<KvSystem>(*world_, scenario_);
  }
  faults_ = std::make_unique<FaultInjector>(
      *world_, FaultInjector::Systems{log_.get(), coordination_.get(), kv_.get()}, scenario_);
  use_ = std::make_unique<UseOfHosts>(*world_);
  if (hooks_.watcher != nullptr) {
    hooks_.watcher->built({*world_, *faults_, log_.get(), coordination_.get(), kv_.get()});
  }
  return {};
}

void Run::play() {
  if (hooks_.begins) {
    hooks_.begins(world_->kernel);
  }
  if (log_) {
    log_->observer().start_sampling(last_end());
  }
  if (coordination_) {
    coordination_->observer().start_sampling(last_end());
  }
  if (kv_) {
    kv_->observer().start_sampling(last_end());
  }
  faults_->start();
  world_->cluster->start_all();
  if (log_) {
    log_->start();
  }
  advance(Time() + scenario_.warmup, false);
  use_->begin();
  if (log_) {
    log_->begin_measuring();
  }
  advance(load_end(), false);
  measured_use_ = use_->finish();
  if (log_) {
    request_queues_ = log_->request_queues();
  }
  advance(last_end(), true);
  if (hooks_.watcher != nullptr) {
    hooks_.watcher->ended();
  }
  if (log_) {
    log_->bury_dead_producers();
  }
}

void Run::advance(Time until, bool until_settled) {
  Kernel& kernel = world_->kernel;
  while (kernel.now() < until && !interrupted() && !(until_settled && settled())) {
    go_on_to(std::min(until, kernel.now() + kReportInterval));
    use_->look();
    if (log_) {
      log_->inspect_replicas();
    }
    if (hooks_.progress) {
      hooks_.progress(kernel.now(), load_end());
    }
  }
}

void Run::go_on_to(Time end) {
  Kernel& kernel = world_->kernel;
  while (hooks_.watcher != nullptr && hooks_.watcher->looks_at() <= end) {
    kernel.run_until(hooks_.watcher->looks_at());
    hooks_.watcher->look();
  }
  kernel.run_until(end);
}

bool Run::interrupted() {
  if (!partial_ && hooks_.interrupted) {
    partial_ = hooks_.interrupted(world_->kernel.now(), load_end());
  }
  if (!partial_ && world_->kernel.events_fired() > hooks_.events_max) {
    partial_ = {
        reports::ExitCode::stopped_by_budget,
        fmt::format("stopped after {} events, at {:.3f} s of {:.0f} s", hooks_.events_max,
                    (world_->kernel.now() - Time()).seconds(), scenario_.duration.seconds())};
  }
  return partial_.has_value();
}

/// Every record has met its fate, and no fault is still under way.
bool Run::settled() const {
  return faults_->over() &&
         (!log_ || (log_->observer().lag_records() == 0 && log_->transactions_are_decided())) &&
         (!coordination_ || coordination_->observer().under_way() == 0) &&
         (!kv_ || kv_->observer().under_way() == 0);
}

Takes takes(const scenarios::FaultAction& fault) {
  if (!scenarios::loses_data(fault)) {
    return Takes::never;
  }
  return std::holds_alternative<scenarios::FailedFsync>(fault) ? Takes::while_it_lasts
                                                               : Takes::when_it_begins;
}

void Run::describe_faults(reports::RunResult& result, const Misfortunes& misfortunes) const {
  std::vector<Suspect> suspects;
  for (std::size_t i = 0; i < scenario_.faults.size(); ++i) {
    const scenarios::Fault& fault = faults_->fault(i);
    if (!faults_->spared(i).empty()) {
      result.spared.push_back({std::string(scenarios::kind(fault.action)),
                               scenarios::target(fault.action), fault.at, faults_->spared(i)});
    }
    if (!faults_->has_begun(i)) {
      continue;  // the run ended before, nobody was there to strike, or it spared who was
    }
    reports::FaultReport report;
    report.kind = scenarios::kind(fault.action);
    report.target = scenarios::target(fault.action);
    report.at = fault.at;
    report.until = fault.until();
    report.note = fault.when ? "when: " + scenarios::to_text(*fault.when) + "; " : "";
    report.note += faults_->note(i);
    if (log_) {
      report.note += log_->observer().moves().note(i);
      log_->observer().recovery().report(i, report);
    } else if (coordination_) {
      coordination_->observer().report(i, report);
    } else {
      kv_->observer().report(i, report);
    }
    result.faults.push_back(std::move(report));
    suspects.push_back({nullptr, faults_->brokers_struck(i), takes(fault.action)});
  }
  for (std::size_t i = 0; i < suspects.size(); ++i) {
    suspects[i].report = &result.faults[i];
  }
  if (!suspects.empty()) {
    blame(suspects, misfortunes);
  }
}

void Run::describe_cost(reports::RunResult& result) const {
  double per_hour = 0;
  for (const scenarios::Host& host : scenario_.cluster.hosts) {
    const double price = (*models::find_hardware(host.type))->price.dollars();
    if (price <= 0) {
      return;
    }
    per_hour += price;
  }
  result.metrics.scalars.push_back({"cost_per_hour", per_hour, "USD"});
  if (result.ledger.delivered > 0) {
    constexpr double kHour_s = 3600;
    const double hours = (world_->kernel.now() - Time()).seconds() / kHour_s;
    result.metrics.scalars.push_back(
        {"cost_per_million", per_hour * hours * 1e6 / static_cast<double>(result.ledger.delivered),
         "USD"});
  }
}

void Run::add_requests(reports::RunResult& result,
                       const std::vector<reports::InvariantReport>& judged,
                       const reports::Ledger& requests, std::uint64_t under_way) {
  result.invariants.insert(result.invariants.end(), judged.begin(), judged.end());
  result.ledger.produced += requests.produced;
  result.ledger.acknowledged += requests.acknowledged;
  result.ledger.delivered += requests.delivered;
  result.ledger.refused += requests.refused;
  result.ledger.in_flight += under_way;
}

void Run::judge_coordination(reports::RunResult& result) {
  CoordinationObserver& observer = coordination_->observer();
  add_requests(result, observer.history().reports(coordination_->trees(), world_->kernel.now()),
               observer.ledger(), observer.under_way());
  result.invariants.push_back(observer.promises().report());
  const std::vector<reports::ScalarMetric> scalars = observer.scalars();
  result.metrics.scalars.insert(result.metrics.scalars.end(), scalars.begin(), scalars.end());
}

void Run::judge_kv(reports::RunResult& result) {
  KvObserver& observer = kv_->observer();
  add_requests(result, observer.history().reports(kv_->store()), observer.ledger(),
               observer.under_way());
  if (scenario_.kv.servers.hosts.size() > 1) {
    result.invariants.push_back(observer.promises().report());
  }
  result.metrics.scalars.push_back(
      {"stale_reads", static_cast<double>(observer.history().stale_reads()), "records"});
}

reports::RunResult Run::conclude(const Figures& figures) {
  reports::RunResult result;
  result.title = scenario_.title;
  result.regime = scenario_.regime == scenarios::Regime::realistic ? reports::Regime::realistic
                                                                   : reports::Regime::adversarial;
  result.meant_to_fail = scenario_.meant_to_fail;
  result.partial = partial_;
  result.warmup = scenario_.warmup;
  result.ended_at = std::min(load_end(), world_->kernel.now());

  Misfortunes misfortunes;
  reports::Evidence evidence;
  if (log_) {
    misfortunes = judge_log(*log_, scenario_, {world_->kernel.now(), partial_.has_value()}, result);
    result.metrics.scalars.insert(result.metrics.scalars.end(), request_queues_.begin(),
                                  request_queues_.end());
    evidence = log_->observer().finish();
    evidence.ways = log_->ways();
  }
  if (coordination_) {
    judge_coordination(result);
    evidence = joined(std::move(evidence), coordination_->observer().finish());
  }
  if (kv_) {
    judge_kv(result);
    evidence = joined(std::move(evidence), kv_->observer().finish());
  }
  if (auto struck = faults_->all_struck()) {
    result.invariants.push_back(std::move(*struck));
  }
  for (const reports::InvariantReport& rule : result.invariants) {
    ENSURE(find_rule(rule.name) != nullptr, "every rule is in the list");
  }
  describe_faults(result, misfortunes);
  describe_cost(result);
  result.metrics.hosts = reports::in_short(measured_use_);
  result.utilisation = std::move(measured_use_);
  for (const scenarios::Step& step : faults_->schedule()) {
    result.schedule.push_back({step.at, step.action, step.target, step.detail});
  }
  result.config_json = scenario_.effective_json;
  result.provenance.scenario_sha256 = scenario_.sha256;
  result.provenance.seed = scenario_.seed;
  result.provenance.digest = fmt::format("{:016x}", world_->kernel.digest());
  result.provenance.program_version = std::string(reports::program_version());
  result.provenance.cost_table = scenario_.cluster.costs.name;
  result.provenance.events = world_->kernel.events_fired();

  reports::Expectations expectations;
  expectations.slos = scenario_.slos;
  expectations.baseline = hooks_.baseline;
  for (const std::string& id : scenario_.figures) {
    const auto measured = figures.find(id);
    expectations.figures.emplace_back(
        id, measured == figures.end() ? reports::FigureMeasurement{} : measured->second);
  }
  reports::conclude(result, evidence, expectations);
  if (hooks_.concluded) {
    hooks_.concluded(result, evidence);
  }
  return result;
}

}  // namespace

Result<reports::RunResult> run(const Scenario& scenario, const RunHooks& hooks, bool knees) {
  std::vector<std::unique_ptr<KneeSearch>> searches;
  for (const scenarios::Knee& knee : scenario.knees) {
    searches.push_back(knees ? std::make_unique<KneeSearch>(scenario, knee) : nullptr);
  }
  Run it(scenario, hooks);
  if (Status built = it.build(); !built) {
    return tl::unexpected<Error>(built.error());
  }
  it.play();
  Figures figures;
  for (std::size_t i = 0; i < searches.size(); ++i) {
    if (searches[i] && hooks.searching) {
      hooks.searching(scenario.knees[i].figure);
    }
    const KneeResult found =
        searches[i] ? searches[i]->finish([&] { return it.interrupted(); }) : not_searched();
    figures[scenario.knees[i].figure] = measurement_of(found);
  }
  it.interrupted();  // the terminal's signal ends searches at once, and is heard here at the latest
  return it.conclude(figures);
}

}  // namespace wavetank::sim

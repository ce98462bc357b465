#include "sim/replay/replay.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "sim/replay/asked.h"
#include "sim/replay/in_flight.h"
#include "sim/replay/listeners.h"
#include "sim/replay/rule_watch.h"
#include "sim/run/child_process.h"
#include "sim/run/coordination_system.h"
#include "sim/run/fault_injector.h"
#include "sim/run/kv_system.h"
#include "sim/run/log_system.h"
#include "sim/run/run.h"
#include "sim/run/world.h"

namespace wavetank::sim {

namespace {

using nlohmann::json;

// ------------------------------------------------------------------------------- the survey

struct FaultDates {
  Time begins = Time::never();
  Time ends = Time::never();  ///< or it does not
  std::string why_not;        ///< it has not begun; else empty
};

/// What a run knows of its own moments, once it is over.
struct Survey {
  std::string failure;  ///< it could not be run
  std::string digest;
  Time ended;
  std::vector<FaultDates> faults;
  Time first = Time::never();  ///< failure
  std::string first_what;
};

class Surveyor final : public RunWatcher {
 public:
  explicit Surveyor(const scenarios::Scenario& scenario) : scenario_(scenario) {}

  void built(const RunParts& parts) override {
    parts_.emplace(parts);
    listeners_ = std::make_unique<Listeners>(parts, nullptr, [this] {
      if (parts_) {
        rules_.look(*parts_);
      }
    });
  }
  [[nodiscard]] Time looks_at() const override { return Time::never(); }
  void look() override {}
  void ended() override {
    rules_.look(*parts_);
    survey_.ended = parts_->world.kernel.now();
    for (std::size_t i = 0; i < scenario_.faults.size(); ++i) {
      const bool begun = parts_->faults.has_begun(i);
      const scenarios::Fault& fault = parts_->faults.fault(i);
      survey_.faults.push_back(
          begun ? FaultDates{fault.at, fault.until().value_or(Time::never()), ""}
                : FaultDates{Time::never(), Time::never(), parts_->faults.why_not(i)});
    }
    parts_.reset();  // the world goes with the run
  }

  Survey survey() {
    RunHooks hooks;
    hooks.watcher = this;
    const Result<reports::RunResult> result = run(scenario_, hooks);
    if (!result) {
      survey_.failure = result.error().message;
      return survey_;
    }
    survey_.digest = result->provenance.digest;
    find_first_failure(*result);
    return survey_;
  }

 private:
  /// Rules that are judged at the end name no moment; of what is lost, the ledger knows the faults,
  /// if faults took it.
  void find_first_failure(const reports::RunResult& result) {
    if (rules_.first()) {
      survey_.first = rules_.first()->at;
      survey_.first_what = rules_.first()->rule + " breaks";
      return;
    }
    const auto broken = std::ranges::find(result.invariants, reports::Verdict::fail,
                                          &reports::InvariantReport::verdict);
    if (broken == result.invariants.end()) {
      return;
    }
    std::uint64_t known = 0;
    const reports::FaultReport* taker = nullptr;
    for (const reports::FaultReport& fault : result.faults) {
      known += fault.lost;
      if (fault.lost > 0 && (taker == nullptr || fault.at < taker->at)) {
        taker = &fault;
      }
    }
    const bool none = taker == nullptr || known < result.ledger.lost;
    survey_.first = none ? survey_.ended : taker->at;
    survey_.first_what = none ? fmt::format("the end: {} is judged there", broken->name)
                              : fmt::format("{} of {} begins, after which {} is broken",
                                            taker->kind, taker->target, broken->name);
  }

  const scenarios::Scenario& scenario_;
  std::optional<RunParts> parts_;  ///< while it runs
  std::unique_ptr<Listeners> listeners_;
  RuleWatch rules_;
  Survey survey_;
};

std::string to_text(const Survey& survey) {
  json faults = json::array();
  for (const FaultDates& fault : survey.faults) {
    faults.push_back({fault.begins.ns(), fault.ends.ns(), fault.why_not});
  }
  return json{{"failure", survey.failure},  {"digest", survey.digest},
              {"ended", survey.ended.ns()}, {"faults", faults},
              {"first", survey.first.ns()}, {"what", survey.first_what}}
      .dump(-1, ' ', false, json::error_handler_t::replace);
}

Result<Survey> survey_of(const scenarios::Scenario& scenario, const ReplayHooks& hooks) {
  ChildProcess child([&] { return to_text(Surveyor(scenario).survey()); });
  const std::optional<std::string> text = child.wait(
      [&] { return hooks.interrupted && hooks.interrupted(Time(), Time()).has_value(); });
  const json said = text ? json::parse(*text, nullptr, false) : json();
  if (!said.is_object()) {
    return fail("the run did not come to an end");
  }
  Survey survey;
  survey.failure = said["failure"];
  survey.digest = said["digest"];
  survey.ended = Time(said["ended"]);
  for (const json& fault : said["faults"]) {
    survey.faults.push_back({Time(fault[0]), Time(fault[1]), fault[2]});
  }
  survey.first = Time(said["first"]);
  survey.first_what = said["what"];
  return survey.failure.empty() ? Result<Survey>(survey) : fail(survey.failure);
}

/// The date of a moment that the run itself gives, and how it was found.
Result<std::pair<Time, std::string>> date_of(const Moment& moment, const Survey& survey) {
  if (moment.kind == Moment::Kind::first_failure) {
    return survey.first == Time::never()
               ? Result<std::pair<Time, std::string>>(
                     fail("no rule is broken in this run: there is no first failure"))
               : std::pair(survey.first, survey.first_what);
  }
  if (moment.fault >= survey.faults.size()) {
    return fail(fmt::format("there is no fault {}: the scenario has {}", moment.fault + 1,
                            survey.faults.size()));
  }
  const FaultDates& fault = survey.faults[moment.fault];
  const bool wants_end = moment.kind == Moment::Kind::fault_ends;
  const Time at = wants_end ? fault.ends : fault.begins;
  if (at == Time::never()) {
    return fail(fmt::format("fault {} {}", moment.fault + 1,
                            fault.begins == Time::never()
                                ? "has not begun in this run: " + fault.why_not
                                : "does not end"));
  }
  return std::pair(at, fmt::format("fault {} {}", moment.fault + 1, wants_end ? "ends" : "begins"));
}

// ------------------------------------------------------------------------------- the look

class Looker final : public RunWatcher {
 public:
  /// `at`: never if nothing is to be shown, or at the end.
  Looker(const ReplayRequest& request, Time at, Replayed& out)
      : request_(request), at_(at), out_(out) {}

  void built(const RunParts& parts) override {
    parts_.emplace(parts);
    find_what_is_asked_for();
    listeners_ = std::make_unique<Listeners>(parts, history_.get(), [] {});
  }
  [[nodiscard]] Time looks_at() const override { return at_; }
  void look() override {
    at_ = Time::never();
    looked_ = true;
    const RunParts& parts = *parts_;
    out_.at = parts.world.kernel.now();
    for (const auto& [number, fault] : listeners_->faults().all()) {
      out_.faults.push_back(fmt::format("fault {}, {}, since {:.6f} s", number + 1, fault.what,
                                        fault.since.seconds()));
    }
    out_.broken = RuleWatch::broken(parts);
    for (const NodeId node : nodes_) {
      out_.nodes.push_back(state_of(node));
    }
  }
  void ended() override {
    out_.ended = parts_->world.kernel.now();
    if (!looked_ && request_.at && request_.at->kind == Moment::Kind::end) {
      look();
    }
    if (history_) {
      out_.stories = history_->stories();
      if (out_.stories.empty()) {
        why_no_story();
      }
    }
  }

  [[nodiscard]] const std::string& failure() const { return failure_; }
  [[nodiscard]] bool looked() const { return looked_; }

 private:
  void find_what_is_asked_for() {
    Cluster& cluster = *parts_->world.cluster;
    for (std::uint32_t i = 0; i < cluster.node_count(); ++i) {
      out_.names.push_back(cluster.node(NodeId(i)).spec().name);
    }
    for (const std::string& name : request_.nodes) {
      const Result<NodeId> found = find_node(cluster, name);
      if (!found) {
        failure_ = found.error().message;
        return;
      }
      nodes_.push_back(*found);
    }
    if (!request_.events) {
      return;
    }
    if (parts_->log == nullptr) {
      failure_ = "this scenario has no log, and so no records to follow";
      return;
    }
    range_ = find_records(*request_.events, parts_->log->topology());
    if (!range_) {
      failure_ = range_.error().message;
      return;
    }
    history_ = std::make_unique<RecordHistory>(cluster, parts_->log->topology(), *range_);
  }

  [[nodiscard]] NodeState state_of(NodeId id) const {
    const Node& node = parts_->world.cluster->node(id);
    NodeState state;
    state.name = node.spec().name;
    state.clock = node.clock();
    node.describe(state.description);
    state.messages = messages_in_flight(*parts_, listeners_->faults(), id);
    const std::vector<Transition> all = listeners_->transitions().last(id, Transitions::kKept);
    const std::size_t shown = std::min(all.size(), request_.transitions);
    state.transitions.assign(all.end() - static_cast<std::ptrdiff_t>(shown), all.end());
    state.earlier_transitions = all.size() - shown + listeners_->transitions().forgotten(id);
    return state;
  }

  void why_no_story() {
    if (!range_->partition) {
      const RecordLedger& ledger = parts_->log->observer().ledger();
      failure_ = fmt::format("no record has {} {}: {} processes of producers have made {} in all",
                             range_->first == range_->last ? "the number" : "a number from",
                             *request_.events, ledger.instances(), ledger.totals().produced);
      return;
    }
    const std::string name = parts_->log->topology().partition_name(*range_->partition);
    const auto end = static_cast<std::uint64_t>(history_->written_to().value());
    failure_ = range_->first >= end
                   ? fmt::format("{} ends at offset {}: nothing was ever written at {}", name, end,
                                 range_->first)
                   : fmt::format("no record of an application stands there in {}", name);
  }

  const ReplayRequest& request_;
  Time at_;
  Replayed& out_;
  std::optional<RunParts> parts_;
  std::vector<NodeId> nodes_;
  Result<RecordRange> range_ = RecordRange{};
  std::unique_ptr<RecordHistory> history_;
  std::unique_ptr<Listeners> listeners_;
  bool looked_ = false;
  std::string failure_;
};

Status check_digest(const ReplayRequest& request, const std::string& digest, Replayed& out) {
  if (!request.digest) {
    return {};
  }
  if (digest != *request.digest) {
    return fail(fmt::format(
        "the run is not the one that was: its digest is {}, that of the result {}; the result was "
        "edited, or made by another build of the program",
        digest, *request.digest));
  }
  out.checked = true;
  out.digest = digest;
  return {};
}

}  // namespace

Result<Replayed> replay(const scenarios::Scenario& scenario, const ReplayRequest& request,
                        const ReplayHooks& hooks) {
  Replayed out;
  Time at = request.at && request.at->kind == Moment::Kind::date ? request.at->date : Time::never();
  if (request.at && request.at->kind != Moment::Kind::date &&
      request.at->kind != Moment::Kind::end) {
    const Result<Survey> survey = survey_of(scenario, hooks);
    if (!survey) {
      return tl::unexpected<Error>(survey.error());
    }
    const auto found = date_of(*request.at, *survey);
    const Status same = check_digest(request, survey->digest, out);
    if (!found || !same) {
      return tl::unexpected<Error>(!same ? same.error() : found.error());
    }
    at = found->first;
    out.at_what = found->second;
  }

  Looker looker(request, at, out);
  const bool to_the_end = request.events || (request.digest && !out.checked);
  std::optional<reports::Partial> stopped;
  RunHooks run_hooks;
  run_hooks.progress = hooks.progress;
  run_hooks.watcher = &looker;
  run_hooks.interrupted = [&](Time now, Time end) -> std::optional<reports::Partial> {
    if (!looker.failure().empty() || (looker.looked() && !to_the_end)) {
      return reports::Partial{reports::ExitCode::interrupted, "seen enough"};
    }
    stopped = hooks.interrupted ? hooks.interrupted(now, end) : std::nullopt;
    return stopped;
  };
  const Result<reports::RunResult> result = run(scenario, run_hooks);
  if (!result) {
    return tl::unexpected<Error>(result.error());
  }
  if (stopped) {
    return fail(stopped->reason);
  }
  if (!looker.failure().empty()) {
    return fail(looker.failure());
  }
  if (!out.checked) {
    out.digest = result->provenance.digest;
  }
  if (to_the_end && !out.checked) {
    if (const Status same = check_digest(request, out.digest, out); !same) {
      return tl::unexpected<Error>(same.error());
    }
  }
  if (request.at && !looker.looked()) {
    return fail(fmt::format("{:.6f} s is beyond the end: the run is over at {:.6f} s", at.seconds(),
                            out.ended.seconds()));
  }
  return out;
}

}  // namespace wavetank::sim

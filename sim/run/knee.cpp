#include "sim/run/knee.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <sstream>
#include <utility>
#include <vector>

#include "reports/result.h"
#include "sim/run/run.h"

namespace wavetank::sim {

namespace {

/// A backlog that takes longer than this to deliver at the offered rate has been growing.
constexpr double kBacklogMax_s = 0.25;
/// Share of the offered load that must have come out while it was measured.
constexpr double kDeliveredMin = 0.98;
/// A resource beyond this share of its time does not sustain the load, whatever a buffer hides.
constexpr double kUseMax = 1.0;
/// A resource busier than this is what binds.
constexpr double kFull = 0.9;

struct Use {
  double share = 0;
  std::string name;
};

Use busiest(const reports::Metrics& metrics) {
  Use most;
  for (const reports::HostUse& host : metrics.hosts) {
    for (const auto& [share, resource] :
         {std::pair(host.cpu, "cpu"), std::pair(host.disk, "disk"),
          std::pair(host.nic_in, "nic in"), std::pair(host.nic_out, "nic out"),
          std::pair(host.process, "busiest process")}) {
      if (share > most.share) {
        most = {share, host.host + " " + resource};
      }
    }
  }
  return most;
}

/// What the slow records waited for, where no resource is full: a window, a batch, a round trip.
std::string greatest_wait(const reports::Attribution& attribution) {
  if (!attribution.p99) {
    return "no resource";
  }
  const reports::LatencySplit& split = *attribution.p99;
  const std::pair<Duration, const char*> waits[] = {
      {split.queue, "queues"},
      {split.service, "service"},
      {split.network, "the network"},
      {split.disk, "disks"},
      {split.batch, "the producers' batches and in-flight windows"},
      {split.retry, "retries"},
      {split.replication, "replication"}};
  return std::ranges::max_element(waits)->second;
}

std::string binding(const reports::RunResult& result, const Use& use) {
  const std::string busiest = fmt::format("{} {:.0f} %", use.name, use.share * 100);
  return use.share >= kFull
             ? busiest
             : fmt::format("{}; busiest: {}", greatest_wait(result.attribution), busiest);
}

/// The backlog when the load ended, before the drain.
double lag_at_load_end(const reports::RunResult& result) {
  double lag = 0;
  for (const reports::SeriesPoint& point : result.series) {
    if (point.at < result.ended_at) {
      lag = static_cast<double>(point.lag_records);
    }
  }
  return lag;
}

Probe judge(double rate, const reports::RunResult& result) {
  const Use use = busiest(result.metrics);
  Probe probe{rate, false, binding(result, use), {}};
  const double out = result.metrics.throughput_out.all;
  probe.sustained = result.ledger.lost == 0 && result.ledger.refused == 0 && !result.partial &&
                    out >= kDeliveredMin * rate &&
                    lag_at_load_end(result) <= kBacklogMax_s * rate && use.share <= kUseMax;
  return probe;
}

// Answers of child processes are a line a field; a rate that does not exist is empty.

std::string to_text(const std::optional<double>& rate) {
  return rate ? fmt::format("{}", *rate) : "";
}

std::optional<double> rate_from(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(std::strtod(text.c_str(), nullptr));
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    lines.push_back(line);
  }
  return lines;
}

Probe probe_in_process(const scenarios::Scenario& scenario, const scenarios::Knee& knee,
                       double rate) {
  ChildProcess child([&] {
    const Result<reports::RunResult> result = run(scenarios::at_rate(scenario, knee, rate), {});
    const Probe found =
        result ? judge(rate, *result) : Probe{rate, false, {}, result.error().message};
    return fmt::format("{}\n{}\n{}\n", found.sustained ? "sustained" : "not", found.bound_by,
                       found.failure);
  });
  const std::vector<std::string> answer = lines_of(child.wait().value_or(""));
  if (answer.size() < 3) {
    return {rate, false, {}, fmt::format("the probe at {:.0f} records/s died", rate)};
  }
  return {rate, answer[0] == "sustained", answer[1], answer[2]};
}

}  // namespace

KneeResult search_knee(const scenarios::Knee& knee, const std::function<Probe(double)>& probe) {
  KneeResult result;
  const auto look = [&](double rate) {
    const Probe found = probe(rate);
    ++result.probes;
    result.failure = found.failure;
    if (!found.failure.empty()) {
      return;
    }
    if (found.sustained) {
      result.sustained = rate;
    } else {
      result.broken = rate;
      result.bound_by = found.bound_by;
    }
  };
  for (double rate = knee.from;
       result.probes < kMaxProbes && !result.broken && result.failure.empty();
       rate = std::min(rate * 2, knee.to)) {
    look(rate);
    if (rate >= knee.to) {
      break;
    }
  }
  while (result.sustained && result.broken && result.probes < kMaxProbes &&
         result.failure.empty()) {
    const double middle = (*result.sustained + *result.broken) / 2;
    if (*result.broken - *result.sustained <= knee.precision * middle) {
      break;
    }
    look(middle);
  }
  return result;
}

KneeSearch::KneeSearch(const scenarios::Scenario& scenario, const scenarios::Knee& knee)
    : searcher_([&] {
        const KneeResult found =
            search_knee(knee, [&](double rate) { return probe_in_process(scenario, knee, rate); });
        return fmt::format("{}\n{}\n{}\n{}\n{}\n", to_text(found.sustained), to_text(found.broken),
                           found.probes, found.bound_by, found.failure);
      }) {}

KneeResult KneeSearch::finish(const std::function<bool()>& give_up) {
  const std::vector<std::string> answer = lines_of(searcher_.wait(give_up).value_or(""));
  if (answer.size() < 5) {
    return {std::nullopt, std::nullopt, {}, "the search was ended", 0};
  }
  return {rate_from(answer[0]), rate_from(answer[1]), answer[3], answer[4],
          std::atoi(answer[2].c_str())};
}

}  // namespace wavetank::sim

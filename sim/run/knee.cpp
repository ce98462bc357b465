#include "sim/run/knee.h"

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>

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

struct Use {
  double share = 0;
  std::string name;
};

Use busiest(const reports::Metrics& metrics) {
  Use most;
  for (const reports::HostUse& host : metrics.hosts) {
    for (const auto& [share, resource] :
         {std::pair(host.cpu, "cpu"), std::pair(host.disk, "disk"),
          std::pair(host.nic_in, "nic in"), std::pair(host.nic_out, "nic out")}) {
      if (share > most.share) {
        most = {share, host.host + " " + resource};
      }
    }
  }
  return most;
}

Probe judge(double rate, const reports::RunResult& result) {
  const Use use = busiest(result.metrics);
  Probe probe{rate, false, fmt::format("{} ({:.0f} %)", use.name, use.share * 100)};
  const double in = result.metrics.throughput_in.all;
  const double out = result.metrics.throughput_out.all;
  probe.sustained = result.ledger.lost == 0 && result.ledger.refused == 0 && !result.partial &&
                    out >= kDeliveredMin * in &&
                    static_cast<double>(result.metrics.lag.final) <= kBacklogMax_s * rate &&
                    use.share <= kUseMax;
  return probe;
}

/// What a probe's process sends home.
struct Wire {
  double sustained;
  std::array<char, 120> bound_by;
};

Probe probe_in_process(const scenarios::Scenario& scenario, const scenarios::Knee& knee,
                       double rate) {
  std::array<int, 2> pipe_ends{};
  Probe probe{rate, false, "the probe could not be run"};
  if (pipe(pipe_ends.data()) != 0) {
    return probe;
  }
  const pid_t child = fork();
  if (child == 0) {
    close(pipe_ends[0]);
    const Result<reports::RunResult> result = run(scenarios::at_rate(scenario, knee, rate), {});
    const Probe found = result ? judge(rate, *result) : Probe{rate, false, result.error().message};
    Wire wire{found.sustained ? 1.0 : 0.0, {}};
    std::strncpy(wire.bound_by.data(), found.bound_by.c_str(), wire.bound_by.size() - 1);
    const bool sent = write(pipe_ends[1], &wire, sizeof wire) == static_cast<ssize_t>(sizeof wire);
    _exit(sent ? 0 : 1);
  }
  close(pipe_ends[1]);
  Wire wire{};
  if (child > 0 && read(pipe_ends[0], &wire, sizeof wire) == static_cast<ssize_t>(sizeof wire)) {
    probe.sustained = wire.sustained > 0;
    probe.bound_by = wire.bound_by.data();
  }
  close(pipe_ends[0]);
  if (child > 0) {
    waitpid(child, nullptr, 0);
  }
  return probe;
}

}  // namespace

KneeResult search_knee(const scenarios::Knee& knee, const std::function<Probe(double)>& probe) {
  KneeResult result;
  const auto look = [&](double rate) {
    const Probe found = probe(rate);
    ++result.probes;
    if (found.sustained) {
      result.sustained = rate;
    } else {
      result.broken = rate;
      result.bound_by = found.bound_by;
    }
  };
  for (double rate = knee.from; result.probes < kMaxProbes && !result.broken;
       rate = std::min(rate * 2, knee.to)) {
    look(rate);
    if (rate >= knee.to) {
      break;
    }
  }
  while (result.sustained && result.broken && result.probes < kMaxProbes) {
    const double middle = (*result.sustained + *result.broken) / 2;
    if (*result.broken - *result.sustained <= knee.precision * middle) {
      break;
    }
    look(middle);
  }
  return result;
}

KneeResult find_knee(const scenarios::Scenario& scenario, const scenarios::Knee& knee,
                     const std::function<void(const Probe&)>& probed) {
  return search_knee(knee, [&](double rate) {
    const Probe probe = probe_in_process(scenario, knee, rate);
    if (probed) {
      probed(probe);
    }
    return probe;
  });
}

}  // namespace wavetank::sim

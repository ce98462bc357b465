// Timers of a process: who looks every so often, and who waits a while for others to join. Who
// waits is kept here; the process, its timer and its clock say when they are seen.

#include <cmath>
#include <memory>

#include "sim/cluster/cluster.h"
#include "sim/theory/law.h"
#include "sim/theory/sea.h"
#include "sim/theory/visitors.h"

namespace wavetank::sim::theory {

namespace {

constexpr double kPeriod_ms = 100;
constexpr Duration kPeriod = milliseconds(100);
constexpr port::TimerId kTimer{1};

/// Takes whatever has come when its timer expires.
class Taker final : public port::Role {
 public:
  using Take = std::function<void()>;
  Taker(bool polls, Take take) : polls_(polls), take_(std::move(take)) {}

  void start(port::Now now, port::Ports& ports) override {
    if (polls_) {
      wait(now, ports);
    }
  }
  void on_timer(port::Now now, port::TimerId, port::Ports& ports) override {
    is_waiting_ = false;
    take_();
    if (polls_) {
      wait(now, ports);
    }
  }
  void on_message(port::Now, NodeId, port::Lane, const port::Message&, port::Ports&) override {}

  void one_came(port::Now now, port::Ports& ports) {
    if (!is_waiting_) {
      wait(now, ports);
    }
  }

 private:
  void wait(port::Now now, port::Ports& ports) {
    is_waiting_ = true;
    ports.set_timer(kTimer, now.monotonic + kPeriod);
  }

  bool polls_;
  Take take_;
  bool is_waiting_ = false;
};

class Process final : private Application {
 public:
  Process(const Trial& trial, bool polls, double per_second)
      : sea_(trial, {kFastCard}, microseconds(100)),
        cluster_(sea_.kernel, *sea_.platform, *sea_.network, free_of_charge(), trial.root_seed()),
        visitors_(sea_.kernel, trial, per_second, 20'000) {
    const MachineId machine = cluster_.add_machine({"machine", HostId(0), 1, 1, {}, 0});
    NodeSpec spec;
    spec.name = "process";
    spec.machine = machine;
    spec.make_role = [this, polls] {
      return std::make_unique<Taker>(polls, [this] { take_all(); });
    };
    node_ = cluster_.add_node(spec);
    // A clock that goes slow.
    cluster_.set_drift(machine, std::lround((1 / trial.slower - 1) * kMillion));
    cluster_.start_all();
  }

  void run() {
    visitors_.run([this](std::uint64_t it) {
      waiting_.push_back(it);
      cluster_.node(node_).call(*this);
    });
  }
  [[nodiscard]] const Visitors& visitors() const { return visitors_; }

 private:
  static constexpr double kMillion = 1e6;
  static const models::CostTable& free_of_charge() {
    static const models::CostTable table{"theory", 1, {}, ""};
    return table;
  }
  void on_step(port::Now now, port::Ports& ports) override {
    cluster_.node(node_).role<Taker>().one_came(now, ports);
  }
  void take_all() {
    for (const std::uint64_t it : waiting_) {
      visitors_.left(it);
    }
    waiting_.clear();
  }

  Sea sea_;
  Cluster cluster_;
  Visitors visitors_;
  NodeId node_;
  std::vector<std::uint64_t> waiting_;
};

Law poll() {
  return {"looks every 100 ms",
          "timer of a process",
          "uniform between two looks",
          {{"mean until seen", "T/2", kPeriod_ms / 2, "ms"},
           {"p99 of it", "0.99 T", 0.99 * kPeriod_ms, "ms"}},
          [](const Trial& trial) -> std::vector<double> {
            Process process(trial, true, 50);
            process.run();
            return {process.visitors().mean_ms(), process.visitors().quantile_ms(0.99)};
          }};
}

/// The first who comes waits the whole time, those who join him what is left of it.
Law linger() {
  constexpr double kPerSecond = 20;
  constexpr double kJoin = kPerSecond * kPeriod_ms / 1000;
  return {"waits 100 ms for others, 2 come",
          "timer of a process",
          "Poisson arrivals are uniform in a window",
          {{"mean wait", "T(1+a/2)/(1+a)", kPeriod_ms * (1 + kJoin / 2) / (1 + kJoin), "ms"}},
          [=](const Trial& trial) -> std::vector<double> {
            Process process(trial, false, kPerSecond);
            process.run();
            return {process.visitors().mean_ms()};
          }};
}

}  // namespace

std::vector<Law> timer_laws() {
  return {poll(), linger()};
}

}  // namespace wavetank::sim::theory

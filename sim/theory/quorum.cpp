// Routes with a law of delay, and a quorum that the law itself forms over them: of n replicas that
// are asked, so many must answer. What is held is that delays are drawn anew for each message, each
// way and each replica: the greatest and least of several say more of that than a mean.
// After Bailis, Venkataraman, Franklin, Hellerstein, Stoica, "Probabilistically Bounded Staleness
// for Practical Partial Quorums", VLDB 2012: a coordinator sends to all, and a read begins a while
// after the write has been acknowledged. Delays are exponential of 5 ms, on top of 1 ms.

#include <fmt/format.h>

#include <cmath>
#include <numeric>

#include "sim/theory/formulas.h"
#include "sim/theory/law.h"
#include "sim/theory/sea.h"
#include "sim/theory/visitors.h"

namespace wavetank::sim::theory {

namespace {

constexpr double kMean_ms = 5;
constexpr double kLatency_ms = 1;
constexpr HostId kCoordinator{0};
constexpr std::uint64_t kBytes = 100;
constexpr double kRoundsPerSecond = 2;  // far longer apart than any delay

struct Quorum {
  std::uint32_t n;
  std::uint32_t r;
  std::uint32_t w;
};

class Rounds {
 public:
  /// `back`: answers are delayed as well.
  Rounds(const Trial& trial, Quorum quorum, bool back, std::uint64_t counted)
      : sea_(trial, std::vector<std::uint64_t>(quorum.n + 1, kFastCard), milliseconds(1)),
        visitors_(sea_.kernel, trial, kRoundsPerSecond, counted, models::Spacing::constant),
        quorum_(quorum),
        choice_(trial.stream("replica")),
        has_it_(quorum.n),
        order_(quorum.n) {
    const Duration mean(static_cast<std::int64_t>(kMean_ms * kNsPerMs * trial.slower));
    for (std::uint32_t i = 0; i < quorum.n; ++i) {
      sea_.network->set_jitter(kCoordinator, replica(i), mean);
      sea_.network->set_jitter(replica(i), kCoordinator, back ? mean : Duration());
    }
    writes_.takes = [this](std::uint64_t i) {
      has_it_[i] = true;
      sea_.network->transmit(replica(i), kCoordinator, kWrites, kBytes, acks_, i);
    };
    acks_.takes = [this](std::uint64_t) { acknowledged(); };
    reads_.takes = [this](std::uint64_t i) { answers_had_it_ |= has_it_[i]; };
  }

  void run() {
    visitors_.run([this](std::uint64_t round) { write(round); });
  }
  [[nodiscard]] double mean_write_ms() const { return visitors_.mean_ms(); }
  /// Of the reads that begin when the write is acknowledged.
  [[nodiscard]] double stale_share() const {
    return static_cast<double>(stale_) / static_cast<double>(rounds_);
  }

 private:
  enum Channel : std::uint32_t { kWrites, kReads };
  static HostId replica(std::uint64_t i) { return HostId(static_cast<std::uint32_t>(i) + 1); }

  void write(std::uint64_t round) {
    if (round > 0) {  // of the last round all has arrived by now
      ++rounds_;
      stale_ += answers_had_it_ ? 0 : 1;
    }
    round_ = round;
    acks_so_far_ = 0;
    answers_had_it_ = false;
    has_it_.assign(quorum_.n, false);
    for (std::uint32_t i = 0; i < quorum_.n; ++i) {
      sea_.network->transmit(kCoordinator, replica(i), kWrites, kBytes, writes_, i);
    }
  }
  void acknowledged() {
    if (++acks_so_far_ == quorum_.w) {
      visitors_.left(round_);
      read();
    }
  }
  /// Asks r of the replicas, any of them.
  void read() {
    std::iota(order_.begin(), order_.end(), 0);
    for (std::uint32_t i = 0; i < quorum_.r; ++i) {
      std::swap(order_[i], order_[i + choice_.below(quorum_.n - i)]);
      sea_.network->transmit(kCoordinator, replica(order_[i]), kReads, kBytes, reads_, order_[i]);
    }
  }

  Sea sea_;
  Visitors visitors_;
  Quorum quorum_;
  Random choice_;
  Inbox writes_;
  Inbox acks_;
  Inbox reads_;
  std::vector<bool> has_it_;
  std::vector<std::uint32_t> order_;
  std::uint64_t round_ = 0;
  std::uint64_t rounds_ = 0;
  std::uint64_t stale_ = 0;
  std::uint32_t acks_so_far_ = 0;
  bool answers_had_it_ = false;
};

Law commit(std::uint32_t n, std::uint32_t w) {
  // The way there and back is of Erlang's law with two phases.
  const auto survives = [](double t) { return (1 + t / kMean_ms) * std::exp(-t / kMean_ms); };
  const double mean = 2 * kLatency_ms + order_statistic_mean(w, n, survives, 60 * kMean_ms);
  return {fmt::format("answers of {} of {}", w, n),
          "route",
          "Bailis et al., 2012 (order statistics)",
          {{"mean commit", "2d+E[Erlang2 (w of n)]", mean, "ms"}},
          [=](const Trial& trial) -> std::vector<double> {
            Rounds rounds(trial, {n, 1, w}, true, 15'000);
            rounds.run();
            return {rounds.mean_write_ms()};
          }};
}

Law staleness(Quorum q) {
  // A replica that had nothing when w had it gets it an exponential time later, and is asked an
  // exponential time after the acknowledgement: the one is later than the other for half of them,
  // and by the way of the acknowledgement and of the question for this share.
  const double misses = std::exp(-2 * kLatency_ms / kMean_ms) / 2;
  const double stale = choose(q.n - q.w, q.r) / choose(q.n, q.r) * std::pow(misses, q.r);
  const double commit = 2 * kLatency_ms + kMean_ms * (harmonic(q.n) - harmonic(q.n - q.w));
  return {fmt::format("N {}, R {}, W {}", q.n, q.r, q.w),
          "route",
          "Bailis et al., 2012 (t-visibility)",
          {{"stale reads", "C(N-W,R)/C(N,R) (e^(-2d mu)/2)^R", stale, ""},
           {"mean commit", "2d+(H_N-H_(N-W))/mu", commit, "ms"}},
          [=](const Trial& trial) -> std::vector<double> {
            Rounds rounds(trial, q, false, 15'000);
            rounds.run();
            return {rounds.stale_share(), rounds.mean_write_ms()};
          }};
}

}  // namespace

std::vector<Law> quorum_laws() {
  return {commit(3, 2), commit(5, 3), staleness({3, 1, 1}), staleness({3, 1, 2}),
          staleness({5, 2, 1})};
}

}  // namespace wavetank::sim::theory

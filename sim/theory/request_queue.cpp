// The queue of a server's requests, which takes so many and then stops who reads.

#include "sim/cluster/request_queue.h"

#include <fmt/format.h>

#include <cmath>

#include "sim/theory/law.h"
#include "sim/theory/visitors.h"

namespace wavetank::sim::theory {

namespace {

/// One network thread, one io thread, and so many connections that none ever has two requests.
class Server {
 public:
  Server(const Trial& trial, double per_second, std::uint32_t capacity)
      : visitors_(kernel_, trial, per_second, 200'000),
        io_thread_(kernel_, trial, 1, exponential_ms(1)),
        queue_({1, 1, capacity, [](std::uint8_t) { return std::optional(0U); }},
               [](std::uint32_t) {}) {
    io_thread_.ends = [this](std::uint64_t request) { answer(request); };
  }

  /// The mean depth of the queue, and the share of time in which nothing is read.
  std::vector<double> run() {
    visitors_.run([this](std::uint64_t request) {
      if (request == visitors_.first_counted()) {
        queue_.begin_figures(kernel_.now());
        began_ = kernel_.now();
      }
      const auto number = static_cast<std::uint32_t>(request);
      queue_.arrived(peer_of(request), 0, {number, number, 1, 0}, order_++, kernel_.now());
      feed();
    });
    const RequestQueueFigures figures = queue_.figures(kernel_.now());
    return {figures.mean_depth,
            figures.threads_stopped.seconds() / (kernel_.now() - began_).seconds()};
  }

 private:
  static NodeId peer_of(std::uint64_t request) {
    constexpr std::uint64_t kPeers = 4096;
    return NodeId(static_cast<std::uint32_t>(request % kPeers));
  }
  void feed() {
    if (is_busy_ || queue_.empty()) {
      return;
    }
    is_busy_ = true;
    const std::uint32_t request = queue_.take(order_++, kernel_.now());
    queue_.go_on(order_++, kernel_.now());
    io_thread_.serve(request);
  }
  void answer(std::uint64_t request) {
    is_busy_ = false;
    queue_.answered(peer_of(request), 0, static_cast<std::uint32_t>(request), order_++,
                    kernel_.now());
    visitors_.left(request);
    feed();
  }

  Kernel kernel_;
  Visitors visitors_;
  Station io_thread_;
  RequestQueue queue_;
  bool is_busy_ = false;
  std::uint64_t order_ = 0;
  Time began_;
};

Law bounded_queue(std::uint32_t capacity, double load) {
  // Of n requests one is served, the queue holds the next `capacity`, and the network thread one.
  const double depth = load * load * (1 - std::pow(load, capacity)) / (1 - load);
  return {fmt::format("M/M/1 behind {} places, rho {}", capacity, load),
          "request queue",
          "Erlang, 1917 (geometric states)",
          {{"mean depth", "rho^2(1-rho^K)/(1-rho)", depth, ""},
           {"time reading is stopped", "rho^(K+2)", std::pow(load, capacity + 2), ""}},
          [=](const Trial& trial) { return Server(trial, load * 1000, capacity).run(); }};
}

}  // namespace

std::vector<Law> request_queue_laws() {
  return {bounded_queue(5, 0.8)};
}

}  // namespace wavetank::sim::theory

#pragma once

// What theory knows exactly of the resources and models of this laboratory. A law puts some of them
// up as theory supposes (Poisson arrivals, a service time of a known law, a card, a disk), drives
// them by the event kernel, and says which figures must come out. What is held against theory is
// what the classes that scenarios run on make of that. A law may do more than draw, ask and time:
// it gathers the answers of a quorum, or those who wait for a flush or a timer. That is its own,
// and proves nothing of the laboratory; its resource is what delays them.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/random.h"

namespace wavetank::sim::theory {

/// One run of a law's arrangement.
struct Trial {
  std::string law;
  std::uint64_t seed = 1;
  /// The resource that the law is about is slower than it says by this factor: 1, but for tests of
  /// the laws themselves. REQUIRES: >= 1.
  double slower = 1;

  // All that is random is the law's own: two laws share no draws.

  /// The stream "theory/<law>/<name>".
  [[nodiscard]] Random stream(std::string_view name) const {
    return {seed, "theory/" + law + "/" + std::string(name)};
  }
  /// For what has streams of its own names: a network, a cluster.
  [[nodiscard]] std::uint64_t root_seed() const { return stream("root seed").next(); }
};

/// What a law says of one figure.
struct Figure {
  std::string what;     ///< "mean time in the system"
  std::string formula;  ///< "1/(mu-lambda)"
  double value = 0;     ///< what the formula gives
  std::string unit;     ///< "ms"; empty for shares and counts
};

struct Law {
  std::string name;      ///< "M/M/1, rho 0.8": unique
  std::string resource;  ///< what of the laboratory it is held against
  std::string source;    ///< who has shown it, and when
  std::vector<Figure> figures;
  /// The figures of one run, in their order and units. Builds a world: one in a process.
  std::function<std::vector<double>(const Trial&)> simulate;
};

// A file each.
std::vector<Law> processor_laws();
std::vector<Law> closed_loop_laws();
std::vector<Law> request_queue_laws();
std::vector<Law> card_laws();
std::vector<Law> route_laws();
std::vector<Law> quorum_laws();
std::vector<Law> flow_laws();
std::vector<Law> disk_laws();
std::vector<Law> timer_laws();
std::vector<Law> model_laws();

/// All of the above.
std::vector<Law> all_laws();

}  // namespace wavetank::sim::theory

#pragma once

// The search for the boundary between values that hold and values that do not. Knows nothing of
// what is tried: it asks for one value at a time and is told.

#include <optional>

namespace wavetank::sim {

/// Doubles from the least value on until the answer changes, then bisects. With a hint it looks
/// there first, and goes away from it by ever longer steps. What answers does so in order: one
/// change between `from` and `to`, or none.
class Bracket {
 public:
  struct Bounds {
    double from = 0;
    double to = 0;
    double precision = 0.05;  ///< ends when the bracket is this share of its middle
    bool whole = false;       ///< only whole numbers are tried; ends between neighbours, too
  };
  /// Where a similar search has ended.
  struct Hint {
    double near = 0;
    double far = 0;
  };
  /// Probes of one search, in all.
  static constexpr int kMaxProbes = 24;

  /// REQUIRES: 0 < from <= to, precision > 0; a hint lies between them, near < far.
  explicit Bracket(const Bounds& bounds, std::optional<Hint> hint = {});

  /// What to try next; nothing: the search is over.
  [[nodiscard]] std::optional<double> next() const;
  /// `near`: the value answers as the least one does, or should. REQUIRES: next() asks for one.
  void tell(bool near);

  /// The greatest value that answered so, and the least that did not; missing where the bounds, or
  /// kMaxProbes, were reached first.
  [[nodiscard]] std::optional<double> near() const { return near_; }
  [[nodiscard]] std::optional<double> far() const { return far_; }
  [[nodiscard]] int probes() const { return probes_; }

 private:
  [[nodiscard]] double upwards() const;
  [[nodiscard]] double downwards() const;
  [[nodiscard]] std::optional<double> middle() const;
  [[nodiscard]] double tried(double value) const;

  Bounds bounds_;
  std::optional<Hint> hint_;
  std::optional<double> near_;
  std::optional<double> far_;
  double step_ = 0;  ///< away from the hint
  int probes_ = 0;
};

}  // namespace wavetank::sim

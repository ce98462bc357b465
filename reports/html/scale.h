#pragma once

// From values to places on a drawing, and the round values to write beside them.

#include <vector>

namespace wavetank::reports::html {

/// Maps the values [least, most] onto [from, to] (in pixels; `to` may be the smaller one), straight
/// or by the logarithm. Values outside are drawn at the edge.
class Scale {
 public:
  struct Range {
    double least;
    double most;
  };
  struct Place {
    double from;
    double to;
  };
  /// REQUIRES: least < most.
  static Scale linear(Range values, Place place) { return {values, place, false}; }
  /// REQUIRES: 0 < least < most.
  static Scale logarithmic(Range values, Place place) { return {values, place, true}; }

  [[nodiscard]] double operator()(double value) const;
  [[nodiscard]] const Range& values() const { return values_; }
  [[nodiscard]] const Place& place() const { return place_; }

 private:
  Scale(Range values, Place place, bool logarithmic)
      : values_(values), place_(place), logarithmic_(logarithmic) {}

  Range values_;
  Place place_;
  bool logarithmic_;
};

/// Round steps from 0 up to the first at or above `most`: 1, 2 or 5 times a power of ten, at most
/// `steps` of them. REQUIRES: most > 0, steps > 0.
std::vector<double> round_steps(double most, int steps);
/// Round points of time within [0, end] seconds, as many as fit and at most `most`: every 1, 2, 5,
/// 10, 15 or 30 seconds or minutes, or hours.
std::vector<double> time_steps(double end_s, int most);
/// The powers of ten that enclose [least, most]; the first and the last are the bounds of an axis.
std::vector<double> decades(double least, double most);

}  // namespace wavetank::reports::html

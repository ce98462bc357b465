#pragma once

// Holds the laboratory against theory: runs each law with many seeds and says whether what theory
// gives lies within the interval that they leave.
//
// The rule. A law is run with the seeds 1 to n, and the mean over these has an interval of 95 %
// (Student's t). What is right lies outside of it one time in twenty, and there are dozens of
// figures: so a law of which one is not within is run again, with four times as many seeds, all of
// them others, and these alone decide about all its figures, by intervals of 99.9 %. These are
// narrower than the first ones still: what is wrong is so more clearly than before. What is right
// is found outside with a probability of 1/1000 times that of a second look, which is 1/20 for a
// law of one figure and at most 1/10 for one of two. Over 26 figures of the one kind and 40 of the
// other that is 0.5 % for the whole table.

#include <cstddef>
#include <functional>
#include <vector>

#include "reports/study/theory_table.h"
#include "sim/theory/law.h"

namespace wavetank::sim::theory {

struct Effort {
  std::size_t jobs = 1;
  std::size_t seeds = 20;
  double slower = 1;        ///< as in Trial
  bool looks_again = true;  ///< if not, the first seeds decide
};

/// REQUIRES: jobs > 0; this process has built no world. `begins` is told of each law; `give_up` is
/// asked now and then, and once it says so, what is left is unknown. Rows are in the laws' order.
std::vector<reports::TheoryRow> hold(const std::vector<Law>& laws, const Effort& effort,
                                     const std::function<void(const Law&)>& begins,
                                     const std::function<bool()>& give_up);

}  // namespace wavetank::sim::theory

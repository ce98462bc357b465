#pragma once

// A check in the making: how much it has looked at, and the first thing that was wrong.

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "reports/result.h"

namespace wavetank::sim {

class Judgement {
 public:
  explicit Judgement(std::string name) : name_(std::move(name)) {}

  void look() { ++checked_; }
  void breach(std::string what) {
    if (!first_) {
      first_ = std::move(what);
    }
  }
  /// Nothing was wrong so far: what comes next would be the first.
  [[nodiscard]] bool holds() const { return !first_; }
  /// Something that a verdict needs is missing: it can still fail, but no longer pass.
  void lack_evidence() { evidence_ = false; }

  /// There was an occasion to look at all. Who judges what need not happen says so, and not
  /// "unknown".
  [[nodiscard]] bool looked() const { return checked_ > 0; }

  [[nodiscard]] reports::InvariantReport report() const {
    const reports::Verdict verdict = first_                        ? reports::Verdict::fail
                                     : !evidence_ || checked_ == 0 ? reports::Verdict::unknown
                                                                   : reports::Verdict::pass;
    return {name_, verdict, checked_, first_};
  }

 private:
  std::string name_;
  std::uint64_t checked_ = 0;
  std::optional<std::string> first_;
  bool evidence_ = true;
};

}  // namespace wavetank::sim

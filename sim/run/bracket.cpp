#include "sim/run/bracket.h"

#include <algorithm>
#include <cmath>

#include "engine/base/ensure.h"

namespace wavetank::sim {

Bracket::Bracket(const Bounds& bounds, std::optional<Hint> hint) : bounds_(bounds), hint_(hint) {
  ENSURE(bounds.from > 0 && bounds.to >= bounds.from && bounds.precision > 0, "a range to search");
  if (hint_) {
    step_ = hint_->far - hint_->near;
  }
}

double Bracket::tried(double value) const {
  return std::clamp(bounds_.whole ? std::floor(value) : value, bounds_.from, bounds_.to);
}

double Bracket::upwards() const {
  if (!hint_) {
    return tried(*near_ * 2);
  }
  return *near_ < hint_->far ? hint_->far : tried(*near_ + step_);
}

double Bracket::downwards() const {
  return hint_ ? tried(*far_ - step_) : bounds_.from;
}

std::optional<double> Bracket::middle() const {
  const double middle = (*near_ + *far_) / 2;
  const double width = *far_ - *near_;
  if (width <= bounds_.precision * middle || (bounds_.whole && width <= 1)) {
    return std::nullopt;
  }
  return tried(middle);
}

std::optional<double> Bracket::next() const {
  if (probes_ >= kMaxProbes) {
    return std::nullopt;
  }
  if (near_ && far_) {
    return middle();
  }
  if (near_) {
    return *near_ >= bounds_.to ? std::nullopt : std::optional(upwards());
  }
  if (far_) {
    return *far_ <= bounds_.from ? std::nullopt : std::optional(downwards());
  }
  return hint_ ? hint_->near : bounds_.from;
}

void Bracket::tell(bool near) {
  const std::optional<double> value = next();
  ENSURE(value.has_value(), "only what was asked is told");
  const bool is_away = hint_ && (near ? !far_ && *value > hint_->near : !near_);
  (near ? near_ : far_) = *value;
  step_ *= is_away ? 2 : 1;
  ++probes_;
}

}  // namespace wavetank::sim

#pragma once

// A strong integer: the same machine word, but an offset cannot be handed over where an epoch is
// wanted. Arithmetic is opt-in by `+ n` and by differences, which are plain integers.

#include <compare>
#include <cstdint>
#include <functional>

namespace wavetank {

template <class Tag, class Rep>
class Strong {
 public:
  using rep = Rep;

  constexpr Strong() = default;
  constexpr explicit Strong(Rep value) : value_(value) {}

  [[nodiscard]] constexpr Rep value() const { return value_; }

  friend constexpr auto operator<=>(Strong, Strong) = default;
  friend constexpr Strong operator+(Strong a, Rep n) {
    return Strong(static_cast<Rep>(a.value_ + n));
  }
  friend constexpr Strong operator-(Strong a, Rep n) {
    return Strong(static_cast<Rep>(a.value_ - n));
  }
  friend constexpr Rep operator-(Strong a, Strong b) {
    return static_cast<Rep>(a.value_ - b.value_);
  }
  constexpr Strong& operator++() {
    ++value_;
    return *this;
  }
  constexpr Strong& operator+=(Rep n) {
    value_ = static_cast<Rep>(value_ + n);
    return *this;
  }

 private:
  Rep value_{};
};

}  // namespace wavetank

template <class Tag, class Rep>
struct std::hash<wavetank::Strong<Tag, Rep>> {
  std::size_t operator()(wavetank::Strong<Tag, Rep> v) const noexcept {
    return std::hash<Rep>{}(v.value());
  }
};

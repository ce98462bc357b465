#pragma once

// What a role says of itself when somebody looks: an ordered tree of names and values, without any
// layout. Made only while nobody waits for the role (an observer, a debugger); never on its way.
//
// Values are few and plain, so that a host can show them (a NodeId by its name, a Time as a
// distance from now), compare two of them, and write them down.

#include <concepts>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "engine/base/ids.h"
#include "engine/base/strong.h"
#include "engine/base/time.h"

namespace wavetank::port {

class Description {
 public:
  /// std::monostate: there is none. A Time is of the node's own monotonic clock.
  using Value = std::variant<std::monostate, bool, std::int64_t, Duration, Time, NodeId,
                             std::vector<NodeId>, std::string>;
  enum class Kind : std::uint8_t {
    fact,   ///< a name and a value
    group,  ///< a name, and parts that belong together
    list,   ///< parts that are alike, in their order: a table, one row each
  };
  /// Parts that a list holds; what is beyond is counted and no more.
  static constexpr std::size_t kPartsMax = 10'000;

  Description() = default;
  Description(std::string_view name, Kind kind, Value value = {})
      : name_(name), kind_(kind), value_(std::move(value)) {}

  // --- saying

  Description& say(std::string_view name, bool value) { return fact(name, value); }
  template <std::integral T>
  Description& say(std::string_view name, T value) {
    return fact(name, static_cast<std::int64_t>(value));
  }
  template <class Tag, class Rep>
  Description& say(std::string_view name, Strong<Tag, Rep> value) {
    return fact(name, static_cast<std::int64_t>(value.value()));
  }
  /// Nobody, if it is the id that means nobody.
  Description& say(std::string_view name, NodeId node) {
    return node == kNobody ? fact(name, {}) : fact(name, node);
  }
  Description& say(std::string_view name, std::vector<NodeId> nodes) {
    return fact(name, std::move(nodes));
  }
  Description& say(std::string_view name, Duration value) { return fact(name, value); }
  Description& say(std::string_view name, Time value) {
    return value == Time::never() ? fact(name, {}) : fact(name, value);
  }
  Description& say(std::string_view name, std::string_view text) {
    return fact(name, std::string(text));
  }
  Description& say(std::string_view name, const char* text) {
    return say(name, std::string_view(text));
  }
  Description& say(std::string_view name, const std::string& text) {
    return say(name, std::string_view(text));
  }
  template <class T>
  Description& say(std::string_view name, const std::optional<T>& value) {
    return value ? say(name, *value) : fact(name, {});
  }

  /// A part of its own; valid as long as this one.
  Description& group(std::string_view name) { return add(name, Kind::group); }
  Description& list(std::string_view name) { return add(name, Kind::list); }
  /// The next row of a list. Beyond kPartsMax it is said into the void.
  Description& row(std::string_view name) {
    if (parts_.size() < kPartsMax) {
      return add(name, Kind::group);
    }
    ++left_out_;
    beyond_ = std::make_unique<Description>(name, Kind::group);
    return *beyond_;
  }

  // --- reading

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] Kind kind() const { return kind_; }
  [[nodiscard]] const Value& value() const { return value_; }
  [[nodiscard]] const std::list<Description>& parts() const { return parts_; }
  /// Rows that were not kept.
  [[nodiscard]] std::uint64_t left_out() const { return left_out_; }
  /// The first part of this name; null if there is none.
  [[nodiscard]] const Description* find(std::string_view name) const {
    for (const Description& part : parts_) {
      if (part.name_ == name) {
        return &part;
      }
    }
    return nullptr;
  }

 private:
  static constexpr NodeId kNobody{0xffffffffU};

  Description& fact(std::string_view name, Value value) {
    parts_.emplace_back(name, Kind::fact, std::move(value));
    return *this;
  }
  Description& add(std::string_view name, Kind kind) { return parts_.emplace_back(name, kind); }

  std::string name_;
  Kind kind_ = Kind::group;
  Value value_;
  std::list<Description> parts_;
  std::uint64_t left_out_ = 0;
  std::unique_ptr<Description> beyond_;  ///< the last row that was not kept
};

}  // namespace wavetank::port

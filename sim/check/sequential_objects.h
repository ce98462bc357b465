#pragma once

// The smallest objects that a history can be held against (linearizability.h), and a way to have
// many of one, each under a key of its own.

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace wavetank::sim {

/// A register of integers with read, write and compare-and-set.
struct Register {
  using State = std::int64_t;
  struct Call {
    enum class Kind : std::uint8_t { read, write, compare_and_set } kind = Kind::read;
    std::int64_t value = 0;     ///< to be written
    std::int64_t expected = 0;  ///< of compare_and_set
  };
  /// The value read; of compare_and_set 1 if it was set, 0 if not; of a write without meaning.
  using Reply = std::int64_t;

  State begins_as = 0;

  static Call read() { return {}; }
  static Call write(std::int64_t value) { return {Call::Kind::write, value, 0}; }
  static Call compare_and_set(std::int64_t expected, std::int64_t value) {
    return {Call::Kind::compare_and_set, value, expected};
  }

  [[nodiscard]] State initial() const { return begins_as; }
  [[nodiscard]] std::optional<State> step(State state, const Call& call, const Reply* reply) const;
  [[nodiscard]] bool reads_only(const Call& call) const { return call.kind == Call::Kind::read; }
  [[nodiscard]] std::uint64_t hash(State state) const { return static_cast<std::uint64_t>(state); }
  [[nodiscard]] std::string describe(State state) const { return std::to_string(state); }
  [[nodiscard]] std::string describe(const Call& call, const Reply* reply) const;
};

/// A counter from 0: `add` gives the new value, and adding 0 reads.
struct Counter {
  using State = std::int64_t;
  struct Call {
    std::int64_t amount = 0;
  };
  using Reply = std::int64_t;

  static Call read() { return {0}; }
  static Call add(std::int64_t amount) { return {amount}; }

  [[nodiscard]] State initial() const { return 0; }
  [[nodiscard]] std::optional<State> step(State state, const Call& call, const Reply* reply) const;
  [[nodiscard]] bool reads_only(const Call& call) const { return call.amount == 0; }
  [[nodiscard]] std::uint64_t hash(State state) const { return static_cast<std::uint64_t>(state); }
  [[nodiscard]] std::string describe(State state) const { return std::to_string(state); }
  [[nodiscard]] std::string describe(const Call& call, const Reply* reply) const;
};

/// One `Object` for each key.
template <class Object>
struct Keyed {
  using State = typename Object::State;
  struct Call {
    std::string key;
    typename Object::Call what;
  };
  using Reply = typename Object::Reply;

  Object object;

  [[nodiscard]] const std::string& key(const Call& call) const { return call.key; }
  [[nodiscard]] State initial() const { return object.initial(); }
  [[nodiscard]] std::optional<State> step(const State& state, const Call& call,
                                          const Reply* reply) const {
    return object.step(state, call.what, reply);
  }
  [[nodiscard]] bool reads_only(const Call& call) const { return object.reads_only(call.what); }
  [[nodiscard]] std::uint64_t hash(const State& state) const { return object.hash(state); }
  [[nodiscard]] std::string describe(const State& state) const { return object.describe(state); }
  [[nodiscard]] std::string describe(const Call& call, const Reply* reply) const {
    return call.key + ": " + object.describe(call.what, reply);
  }
};

}  // namespace wavetank::sim

#include "sim/check/sequential_objects.h"

#include <fmt/format.h>

namespace wavetank::sim {

std::optional<Register::State> Register::step(State state, const Call& call,
                                              const Reply* reply) const {
  switch (call.kind) {
    case Call::Kind::read:
      return reply == nullptr || *reply == state ? std::optional(state) : std::nullopt;
    case Call::Kind::write:
      return call.value;
    case Call::Kind::compare_and_set: {
      const bool sets = state == call.expected;
      if (reply != nullptr && (*reply != 0) != sets) {
        return std::nullopt;
      }
      return sets ? call.value : state;
    }
  }
  return std::nullopt;
}

std::string Register::describe(const Call& call, const Reply* reply) const {
  const auto answer = [reply] { return reply == nullptr ? "?" : std::to_string(*reply); };
  switch (call.kind) {
    case Call::Kind::read:
      return "read " + answer();
    case Call::Kind::write:
      return fmt::format("write {}", call.value);
    case Call::Kind::compare_and_set:
      return fmt::format("set {} to {}: {}", call.expected, call.value,
                         reply == nullptr ? "?" : (*reply != 0 ? "done" : "refused"));
  }
  return {};
}

std::optional<Counter::State> Counter::step(State state, const Call& call,
                                            const Reply* reply) const {
  const State after = state + call.amount;
  return reply == nullptr || *reply == after ? std::optional(after) : std::nullopt;
}

std::string Counter::describe(const Call& call, const Reply* reply) const {
  const std::string answer = reply == nullptr ? "?" : std::to_string(*reply);
  return call.amount == 0 ? "read " + answer : fmt::format("add {} gave {}", call.amount, answer);
}

}  // namespace wavetank::sim

#pragma once

// Is a concurrent history linearizable? That is: is there an order of its operations, each at one
// instant between its call and its return, in which a sequential object would have given the same
// replies (Herlihy and Wing, "Linearizability: A Correctness Condition for Concurrent Objects",
// 1990)?
//
// A search in the manner of Wing and Gong (1993) with the pruning of Lowe ("Testing for
// linearizability", 2017): operations are placed just in time, before the next return that is due,
// and a configuration (which operations are placed, in which state) is looked into once. Of what
// may come next, an operation that only reads and fits is placed at once and alone (it commutes
// with everything); then the operation whose return is due, then its contemporaries, and at last
// the operations whose outcome nobody knows, which need not be placed at all.
//
// A model that tells the key of a call is searched key by key: a history is linearizable exactly if
// its restriction to each object is (Herlihy and Wing, theorem 1).
//
// Cannot see: anything that clients did not see; effects of operations that are known to have
// failed (the caller withdraws them). The problem is NP-complete, so the work has a bound, and
// beyond it the verdict is *unknown*.

#include <fmt/format.h>
#include <tsl/robin_set.h>

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/ensure.h"
#include "engine/base/time.h"
#include "reports/result.h"
#include "sim/check/operation_order.h"

namespace wavetank::sim {

/// The object if nothing were concurrent. `step` gives the state after a call that was answered
/// with `reply`, or nothing if it could not have been; a null reply is an unknown one, and then
/// there always is a state after the call. States are compared, hashed, and copied often.
template <class M>
concept SequentialModel = requires(const M& model, const typename M::State& state,
                                   const typename M::Call& call, const typename M::Reply* reply) {
  { model.initial() } -> std::same_as<typename M::State>;
  { model.step(state, call, reply) } -> std::same_as<std::optional<typename M::State>>;
  { state == state } -> std::convertible_to<bool>;
  { model.hash(state) } -> std::same_as<std::uint64_t>;
  { model.describe(state) } -> std::same_as<std::string>;
  { model.describe(call, reply) } -> std::same_as<std::string>;
};

/// A model may say which calls never change the state, whatever the state: it saves much work.
template <class M>
concept KnowsReads = requires(const M& model, const typename M::Call& call) {
  { model.reads_only(call) } -> std::same_as<bool>;
};
/// A model whose calls name independent objects; `key` gives a type that can be ordered.
template <class M>
concept KnowsKeys = requires(const M& model, const typename M::Call& call) {
  model.key(call);
};

/// What clients did, in the order in which it happened. REQUIRES: calls of the same client do not
/// overlap (a client that gave up on a call goes on under another number).
template <SequentialModel M>
class OperationHistory {
 public:
  using Call = typename M::Call;
  using Reply = typename M::Reply;
  struct Operation {
    std::uint64_t client = 0;
    Call call;
    std::optional<Reply> reply;  ///< missing: the outcome is unknown
    Time called;
    Time returned;
    bool withdrawn = false;
  };

  OperationIndex invoke(std::uint64_t client, Call call, Time now) {
    const auto index = static_cast<OperationIndex>(operations_.size());
    operations_.push_back({client, std::move(call), {}, now, Time::never(), false});
    events_.push_back({index, false});
    return index;
  }
  void complete(OperationIndex index, Reply reply, Time now) {
    ENSURE(!operations_[index].reply, "an operation returns once");
    operations_[index].reply = std::move(reply);
    operations_[index].returned = now;
    events_.push_back({index, true});
  }
  /// It is certain that the operation had and will have no effect.
  void withdraw(OperationIndex index) { operations_[index].withdrawn = true; }

  [[nodiscard]] const std::vector<Operation>& operations() const { return operations_; }
  [[nodiscard]] const std::vector<HistoryEvent>& events() const { return events_; }

 private:
  std::vector<Operation> operations_;
  std::vector<HistoryEvent> events_;
};

struct LinearizabilityBounds {
  std::uint64_t configurations = 4'000'000;  ///< looked into, over all keys
};

struct LinearizabilityVerdict {
  reports::Verdict verdict = reports::Verdict::unknown;
  std::uint64_t operations = 0;  ///< judged: those that returned
  std::uint64_t configurations = 0;
  /// The operation whose return ends the shortest history that is not linearizable, what was
  /// concurrent with it, and the states it could have met. Empty unless the verdict is fail.
  std::string counterexample;

  [[nodiscard]] reports::InvariantReport report(std::string name) const {
    return {std::move(name), verdict, operations,
            counterexample.empty() ? std::nullopt : std::optional(counterexample)};
  }
};

/// An empty history gives *unknown*: nothing was seen.
template <SequentialModel M>
LinearizabilityVerdict check_linearizable(const M& model, const OperationHistory<M>& history,
                                          LinearizabilityBounds bounds = {});

// ---------------------------------------------------------------------------------------------------

namespace linearizability {

/// The search over the operations of one object.
template <SequentialModel M>
class Search {
 public:
  using State = typename M::State;
  using Operation = typename OperationHistory<M>::Operation;

  Search(const M& model, const std::vector<Operation>& operations,
         const std::vector<HistoryEvent>& events)
      : model_(model),
        operations_(operations),
        order_(events, operations.size()),
        stride_(order_.words() + 1) {}
  Search(const Search&) = delete;
  Search& operator=(const Search&) = delete;

  LinearizabilityVerdict run(LinearizabilityBounds bounds) {
    verdict_.verdict = decide(bounds);
    verdict_.configurations = states_.size();
    if (verdict_.verdict == reports::Verdict::fail) {
      verdict_.counterexample = counterexample();
    }
    return std::move(verdict_);
  }

 private:
  using Position = OperationOrder::Position;
  using Configuration = std::uint32_t;
  /// Configurations stand one after the other in `told_` and `states_`; the set holds their
  /// numbers.
  struct Hash {
    const Search* search;
    std::size_t operator()(Configuration c) const { return search->hash(c); }
  };
  struct Same {
    const Search* search;
    bool operator()(Configuration a, Configuration b) const { return search->same(a, b); }
  };
  enum class Turn : std::uint8_t { reads, due, contemporaries, open, over };
  /// A configuration under way, and what is to be tried next in it.
  struct Branch {
    Configuration configuration;
    OperationIndex placed;  ///< how it was reached
    Turn turn = Turn::reads;
    Position next = OperationOrder::kEnd;
  };

  reports::Verdict decide(LinearizabilityBounds bounds) {
    const Position frontier = order_.frontier();
    if (frontier == OperationOrder::kEnd) {
      return reports::Verdict::pass;  // nothing returned: nothing to explain
    }
    told_.assign(stride_, 0);
    told_[0] = frontier;
    states_.push_back(model_.initial());
    seen_.insert(0);
    branches_.push_back({0, kNoOperation});
    enter(branches_.back());
    while (!branches_.empty()) {
      if (states_.size() >= bounds.configurations) {
        return reports::Verdict::unknown;
      }
      const OperationIndex candidate = next_candidate(branches_.back());
      if (candidate == kNoOperation) {
        leave();
      } else if (place(candidate)) {
        return reports::Verdict::pass;
      }
    }
    return reports::Verdict::fail;
  }

  void enter(Branch& branch) {
    branch.turn = KnowsReads<M> ? Turn::reads : Turn::due;
    branch.next = order_.first_call();
  }
  void leave() {
    const OperationIndex placed = branches_.back().placed;
    branches_.pop_back();
    if (placed != kNoOperation) {
      order_.unlift(placed);
    }
  }

  /// The next operation worth placing in `branch`, kNoOperation if it is exhausted.
  OperationIndex next_candidate(Branch& branch) {
    const auto due_at = static_cast<Position>(told(branch.configuration)[0]);
    if (branch.turn == Turn::reads) {
      const OperationIndex read = fitting_read(branch.configuration);
      branch.turn = read == kNoOperation ? Turn::due : Turn::over;
      if (read != kNoOperation) {
        return read;
      }
    }
    if (branch.turn == Turn::due) {
      branch.turn = Turn::contemporaries;
      return order_.at(due_at);
    }
    while (branch.turn == Turn::contemporaries) {
      const Position call = branch.next;
      if (call == OperationOrder::kEnd) {
        branch.turn = Turn::open;
        branch.next = order_.first_open(due_at);
      } else {
        branch.next = order_.next_call(call);
        if (order_.at(call) != order_.at(due_at)) {
          return order_.at(call);
        }
      }
    }
    if (branch.turn == Turn::open && branch.next != OperationOrder::kEnd) {
      const Position call = branch.next;
      branch.next = order_.next_open(due_at, call);
      return order_.at(call);
    }
    return kNoOperation;
  }

  OperationIndex fitting_read(Configuration configuration) const {
    if constexpr (KnowsReads<M>) {
      for (Position call = order_.first_call(); call != OperationOrder::kEnd;
           call = order_.next_call(call)) {
        const Operation& it = operations_[order_.at(call)];
        if (model_.reads_only(it.call) &&
            model_.step(states_[configuration], it.call, &*it.reply)) {
          return order_.at(call);
        }
      }
    }
    return kNoOperation;
  }

  /// Places `candidate` next if it can be and if that leads to a new configuration. True: with it
  /// every operation that returned has its place.
  bool place(OperationIndex candidate) {
    const Operation& operation = operations_[candidate];
    const Configuration from = branches_.back().configuration;
    std::optional<State> state =
        model_.step(states_[from], operation.call, operation.reply ? &*operation.reply : nullptr);
    if (!state || (!operation.reply && *state == states_[from])) {
      return false;  // without a reply and without an effect it need not be placed
    }
    order_.lift(candidate);
    const Position frontier = order_.frontier();
    if (frontier == OperationOrder::kEnd) {
      return true;
    }
    const auto to = static_cast<Configuration>(states_.size());
    told_.resize(told_.size() + stride_);
    states_.push_back(std::move(*state));
    told(to)[0] = frontier;
    order_.mark({told(from) + 1, order_.words()}, candidate, static_cast<Position>(told(from)[0]),
                frontier, {told(to) + 1, order_.words()});
    if (!seen_.insert(to).second) {
      states_.pop_back();
      told_.resize(told_.size() - stride_);
      order_.unlift(candidate);
      return false;
    }
    branches_.push_back({to, candidate});
    enter(branches_.back());
    return false;
  }

  std::uint64_t* told(Configuration c) { return told_.data() + c * stride_; }
  const std::uint64_t* told(Configuration c) const { return told_.data() + c * stride_; }

  std::size_t hash(Configuration c) const {
    std::uint64_t h = model_.hash(states_[c]);
    for (std::size_t i = 0; i < stride_; ++i) {
      h = (h ^ told(c)[i]) * 0x9e3779b97f4a7c15ULL;
      h ^= h >> 32;
    }
    return h;
  }
  bool same(Configuration a, Configuration b) const {
    return std::equal(told(a), told(a) + stride_, told(b)) && states_[a] == states_[b];
  }

  /// The search has been through everything: no configuration gets past the farthest frontier.
  std::string counterexample() const {
    constexpr std::size_t kMostListed = 6;
    Position farthest = 0;
    for (Configuration c = 0; c < states_.size(); ++c) {
      farthest = std::max(farthest, static_cast<Position>(told(c)[0]));
    }
    std::vector<State> states;
    for (Configuration c = 0; c < states_.size() && states.size() <= kMostListed; ++c) {
      if (told(c)[0] == farthest && std::ranges::find(states, states_[c]) == states.end()) {
        states.push_back(states_[c]);
      }
    }
    const Operation& due = operations_[order_.at(farthest)];
    std::string text = tell(due) + " fits no order";
    list(text, "; the state could only be ", states, kMostListed,
         [&](const State& state) { return model_.describe(state); });
    std::vector<const Operation*> concurrent;
    for (const Operation& it : operations_) {
      if (&it != &due && it.called < due.returned && it.returned > due.called) {
        concurrent.push_back(&it);
      }
    }
    list(text, "; concurrent with it: ", concurrent, kMostListed,
         [&](const Operation* it) { return tell(*it); });
    return text;
  }

  template <class T, class Tell>
  static void list(std::string& text, std::string_view head, const std::vector<T>& items,
                   std::size_t most, Tell&& tell) {
    for (std::size_t i = 0; i < items.size() && i < most; ++i) {
      text += i == 0 ? head : std::string_view(", ");
      text += tell(items[i]);
    }
    if (items.size() > most) {
      text += ", ...";
    }
  }

  std::string tell(const Operation& it) const {
    return fmt::format("client {} {} ({:.6f} s to {})", it.client,
                       model_.describe(it.call, it.reply ? &*it.reply : nullptr),
                       it.called.seconds(),
                       it.reply ? fmt::format("{:.6f} s", it.returned.seconds()) : "no reply");
  }

  const M& model_;
  const std::vector<Operation>& operations_;
  OperationOrder order_;
  std::size_t stride_;
  std::vector<std::uint64_t> told_;
  std::vector<State> states_;
  tsl::robin_set<Configuration, Hash, Same, std::allocator<Configuration>, true> seen_{
      64, Hash{this}, Same{this}};
  std::vector<Branch> branches_;
  LinearizabilityVerdict verdict_;
};

/// The operations of one object, numbered anew.
template <SequentialModel M>
struct Part {
  std::vector<typename OperationHistory<M>::Operation> operations;
  std::vector<HistoryEvent> events;
};

template <SequentialModel M, class KeyOf>
auto split(const OperationHistory<M>& history, KeyOf&& key_of) {
  using Key = decltype(key_of(history.operations().front().call));
  std::map<Key, Part<M>> parts;
  std::vector<OperationIndex> number_in_part(history.operations().size());
  for (const HistoryEvent& event : history.events()) {
    const auto& operation = history.operations()[event.operation];
    if (operation.withdrawn) {
      continue;
    }
    Part<M>& part = parts[key_of(operation.call)];
    if (!event.is_return) {
      number_in_part[event.operation] = static_cast<OperationIndex>(part.operations.size());
      part.operations.push_back(operation);
    }
    part.events.push_back({number_in_part[event.operation], event.is_return});
  }
  return parts;
}

}  // namespace linearizability

template <SequentialModel M>
LinearizabilityVerdict check_linearizable(const M& model, const OperationHistory<M>& history,
                                          LinearizabilityBounds bounds) {
  const auto parts = linearizability::split(history, [&](const typename M::Call& call) {
    if constexpr (KnowsKeys<M>) {
      return model.key(call);
    } else {
      return 0;
    }
  });
  LinearizabilityVerdict total;
  total.verdict = reports::Verdict::pass;
  for (const auto& [key, part] : parts) {
    LinearizabilityVerdict one =
        linearizability::Search<M>(model, part.operations, part.events)
            .run({bounds.configurations - std::min(bounds.configurations, total.configurations)});
    total.operations += part.events.size() - part.operations.size();
    total.configurations += one.configurations;
    if (one.verdict == reports::Verdict::fail) {
      total.verdict = one.verdict;
      total.counterexample = std::move(one.counterexample);
      return total;
    }
    if (one.verdict == reports::Verdict::unknown) {
      total.verdict = one.verdict;
    }
  }
  if (total.operations == 0) {
    total.verdict = reports::Verdict::unknown;
  }
  return total;
}

}  // namespace wavetank::sim

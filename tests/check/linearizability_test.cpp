#include "sim/check/linearizability.h"

#include <gtest/gtest.h>

#include <map>

#include "engine/base/random.h"
#include "sim/check/sequential_objects.h"

namespace wavetank::sim {
namespace {

using reports::Verdict;

/// A history written as it happened: one microsecond passes with every line.
template <class Model>
class Story {
 public:
  explicit Story(Model model = {}) : model_(std::move(model)) {}

  OperationIndex call(std::uint64_t client, typename Model::Call what) {
    return history_.invoke(client, what, tick());
  }
  void returns(OperationIndex operation, typename Model::Reply reply = {}) {
    history_.complete(operation, reply, tick());
  }
  void does(std::uint64_t client, typename Model::Call what, typename Model::Reply reply = {}) {
    returns(call(client, what), reply);
  }
  void never_happened(OperationIndex operation) { history_.withdraw(operation); }

  [[nodiscard]] LinearizabilityVerdict check(LinearizabilityBounds bounds = {}) const {
    return check_linearizable(model_, history_, bounds);
  }
  [[nodiscard]] Verdict verdict() const { return check().verdict; }

 private:
  Time tick() { return Time() + microseconds(++now_us_); }

  Model model_;
  OperationHistory<Model> history_;
  std::int64_t now_us_ = 0;
};
using RegisterStory = Story<Register>;
constexpr auto kRead = [] { return Register::read(); };
constexpr auto kWrite = [](std::int64_t v) { return Register::write(v); };

TEST(Linearizability, AcceptsAHistoryWithoutConcurrency) {
  RegisterStory story;
  story.does(0, kWrite(1));
  story.does(1, kRead(), 1);
  story.does(0, kWrite(2));
  story.does(1, kRead(), 2);
  EXPECT_EQ(story.verdict(), Verdict::pass);
  EXPECT_EQ(story.check().operations, 4U);
}

TEST(Linearizability, KnowsNothingOfAnEmptyHistory) {
  EXPECT_EQ(RegisterStory().verdict(), Verdict::unknown);
}

TEST(Linearizability, RefusesAStaleReadAndNamesIt) {
  RegisterStory story;
  story.does(0, kWrite(1));
  story.does(0, kWrite(2));
  story.does(7, kRead(), 1);
  story.does(7, kRead(), 2);  // nothing after the first bad operation changes the message
  const LinearizabilityVerdict verdict = story.check();
  EXPECT_EQ(verdict.verdict, Verdict::fail);
  EXPECT_EQ(verdict.counterexample,
            "client 7 read 1 (0.000005 s to 0.000006 s) fits no order; the state could only be 2");
}

TEST(Linearizability, LetsAReadDuringAWriteSeeEitherValue) {
  for (const std::int64_t seen : {0, 5}) {
    RegisterStory story;
    const OperationIndex write = story.call(0, kWrite(5));
    story.does(1, kRead(), seen);
    story.returns(write);
    EXPECT_EQ(story.verdict(), Verdict::pass) << seen;
  }
}

// Lamport, "On interprocess communication", 1986: what sets an atomic register apart from a regular
// one is that of two reads during a write the later may not see the older value.
TEST(Linearizability, RefusesTheNewOldInversionOfARegularRegister) {
  RegisterStory story;
  const OperationIndex write = story.call(0, kWrite(5));
  story.does(1, kRead(), 5);
  story.does(1, kRead(), 0);
  story.returns(write);
  const LinearizabilityVerdict verdict = story.check();
  EXPECT_EQ(verdict.verdict, Verdict::fail);
  EXPECT_EQ(verdict.counterexample,
            "client 1 read 0 (0.000004 s to 0.000005 s) fits no order; the state could only be 5; "
            "concurrent with it: client 0 write 5 (0.000001 s to 0.000006 s)");
}

TEST(Linearizability, OrdersConcurrentWritesByWhatIsReadLater) {
  for (const std::int64_t seen : {1, 2}) {
    RegisterStory story;
    const OperationIndex a = story.call(0, kWrite(1));
    const OperationIndex b = story.call(1, kWrite(2));
    story.returns(a);
    story.returns(b);
    story.does(2, kRead(), seen);
    EXPECT_EQ(story.verdict(), Verdict::pass) << seen;
  }
}

TEST(Linearizability, RefusesTwoReadersThatSeeConcurrentWritesInOppositeOrders) {
  RegisterStory story;
  const OperationIndex a = story.call(0, kWrite(1));
  const OperationIndex b = story.call(1, kWrite(2));
  story.does(2, kRead(), 1);
  story.does(3, kRead(), 2);
  story.does(2, kRead(), 1);
  story.returns(a);
  story.returns(b);
  EXPECT_EQ(story.verdict(), Verdict::fail);
}

TEST(Linearizability, LetsAWriteWithoutAReplyTakeEffectLateOrNever) {
  RegisterStory story;
  story.call(0, kWrite(1));
  story.does(1, kRead(), 0);
  EXPECT_EQ(story.verdict(), Verdict::pass) << "never";
  story.does(1, kWrite(2));
  story.does(1, kRead(), 2);
  story.does(1, kRead(), 1);
  EXPECT_EQ(story.verdict(), Verdict::pass) << "late";
  story.does(1, kRead(), 2);
  EXPECT_EQ(story.verdict(), Verdict::fail) << "but not twice";
}

TEST(Linearizability, ForgetsAnOperationThatIsKnownToHaveFailed) {
  RegisterStory story;
  const OperationIndex write = story.call(0, kWrite(1));
  story.never_happened(write);
  story.does(1, kRead(), 0);
  EXPECT_EQ(story.verdict(), Verdict::pass);
  story.does(1, kRead(), 1);
  EXPECT_EQ(story.verdict(), Verdict::fail);
}

TEST(Linearizability, LetsOnlyOneOfTwoCompareAndSetsWin) {
  const auto race = [](std::int64_t first, std::int64_t second) {
    RegisterStory story;
    const OperationIndex a = story.call(0, Register::compare_and_set(0, 1));
    const OperationIndex b = story.call(1, Register::compare_and_set(0, 2));
    story.returns(a, first);
    story.returns(b, second);
    return story.verdict();
  };
  EXPECT_EQ(race(1, 0), Verdict::pass);
  EXPECT_EQ(race(0, 1), Verdict::pass);
  EXPECT_EQ(race(1, 1), Verdict::fail);
  EXPECT_EQ(race(0, 0), Verdict::fail);
}

TEST(Linearizability, BeginsWithTheStateOfTheModel) {
  RegisterStory story(Register{42});
  story.does(0, kRead(), 42);
  EXPECT_EQ(story.verdict(), Verdict::pass);
}

TEST(Linearizability, CountsWithAnAdditionWhoseReplyWasLost) {
  Story<Counter> story;
  story.does(0, Counter::add(1), 1);
  story.call(1, Counter::add(10));
  story.does(0, Counter::add(1), 12);
  story.does(0, Counter::read(), 12);
  EXPECT_EQ(story.verdict(), Verdict::pass);
  story.does(0, Counter::read(), 22);
  EXPECT_EQ(story.verdict(), Verdict::fail);
}

TEST(Linearizability, JudgesEachKeyByItself) {
  Story<Keyed<Register>> story;
  story.does(0, {"x", kWrite(1)});
  story.does(0, {"y", kWrite(2)});
  story.does(1, {"y", kRead()}, 2);
  EXPECT_EQ(story.verdict(), Verdict::pass);
  story.does(1, {"x", kRead()}, 2);
  EXPECT_EQ(story.verdict(), Verdict::fail);
  EXPECT_NE(story.check().counterexample.find("x: read 2"), std::string::npos);
}

TEST(Linearizability, SaysUnknownWhenTheWorkExceedsItsBound) {
  RegisterStory story;
  for (std::uint64_t client = 0; client < 12; ++client) {
    story.call(client, kWrite(static_cast<std::int64_t>(client) + 1));
  }
  story.does(99, kRead(), 100);  // nobody wrote it: all subsets must be tried
  const LinearizabilityVerdict verdict = story.check({1'000});
  EXPECT_EQ(verdict.verdict, Verdict::unknown);
  EXPECT_LE(verdict.configurations, 1'000U);
  EXPECT_TRUE(verdict.counterexample.empty());
  EXPECT_EQ(story.verdict(), Verdict::fail) << "with enough work it can be decided";
}

TEST(Linearizability, FailsThoughAnotherKeyIsBeyondTheBound) {
  Story<Keyed<Register>> story;
  for (std::uint64_t client = 0; client < 20; ++client) {
    story.call(client, {"a", kWrite(static_cast<std::int64_t>(client) + 1)});
  }
  story.does(98, {"a", kRead()}, 100);
  EXPECT_EQ(story.check({1'000}).verdict, Verdict::unknown);
  story.does(99, {"b", kRead()}, 1);
  EXPECT_EQ(story.check({1'000}).verdict, Verdict::unknown) << "nothing is left for b";
}

/// A correct register under random clients: each operation takes effect at a random instant between
/// its call and its return; some replies are lost. `stale_read` of the reads answers with the value
/// before the last write that returned before it was called.
class RandomRegister {
 public:
  RandomRegister(std::uint64_t seed, std::uint64_t clients, double loss)
      : random_(seed, "test/linearizability"), sessions_(clients), loss_(loss) {}

  RegisterStory& run(int steps) {
    for (int i = 0; i < steps; ++i) {
      step(sessions_[random_.below(sessions_.size())]);
    }
    return story_;
  }
  /// REQUIRES: the last two writes of the story have returned, in order.
  void read_stale() {
    story_.does(1'000, kWrite(-1));
    story_.does(1'000, kWrite(-2));
    story_.does(1'001, kRead(), -1);
  }

 private:
  struct Session {
    enum class Stage : std::uint8_t { idle, called, done } stage = Stage::idle;
    OperationIndex operation = 0;
    Register::Call call;
    Register::Reply reply = 0;
  };
  void step(Session& it) {
    switch (it.stage) {
      case Session::Stage::idle:
        it.call = draw();
        it.operation = story_.call(next_client_++, it.call);
        it.stage = Session::Stage::called;
        break;
      case Session::Stage::called:
        take_effect(it);
        it.stage = Session::Stage::done;
        break;
      case Session::Stage::done:
        if (!random_.chance(loss_)) {
          story_.returns(it.operation, it.reply);
        }
        it.stage = Session::Stage::idle;
        break;
    }
  }
  Register::Call draw() {
    const auto value = static_cast<std::int64_t>(random_.below(4));
    switch (random_.below(3)) {
      case 0:
        return kRead();
      case 1:
        return kWrite(value);
      default:
        return Register::compare_and_set(static_cast<std::int64_t>(random_.below(4)), value);
    }
  }
  void take_effect(Session& it) {
    switch (it.call.kind) {
      case Register::Call::Kind::read:
        it.reply = value_;
        break;
      case Register::Call::Kind::write:
        value_ = it.call.value;
        break;
      case Register::Call::Kind::compare_and_set:
        it.reply = value_ == it.call.expected ? 1 : 0;
        value_ = it.reply != 0 ? it.call.value : value_;
        break;
    }
  }

  Random random_;
  RegisterStory story_;
  std::vector<Session> sessions_;
  double loss_;
  std::int64_t value_ = 0;
  std::uint64_t next_client_ = 0;
};

TEST(Linearizability, AcceptsWhatACorrectRegisterDid) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    RandomRegister register_under_test(seed, 2 + seed % 9, seed % 2 == 0 ? 0.0 : 0.02);
    EXPECT_EQ(register_under_test.run(600).verdict(), Verdict::pass) << "seed " << seed;
  }
}

TEST(Linearizability, CatchesOneStaleReadAmongWhatACorrectRegisterDid) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    RandomRegister register_under_test(seed, 2 + seed % 5, 0.0);
    register_under_test.run(200);
    register_under_test.read_stale();
    EXPECT_EQ(register_under_test.run(200).verdict(), Verdict::fail) << "seed " << seed;
  }
}

/// Every order of the operations that respects time, tried one after the other: slow and plain.
bool some_order_fits(const OperationHistory<Register>& history) {
  const auto& operations = history.operations();
  std::vector<bool> placed(operations.size());
  const auto search = [&](const auto& again, std::int64_t state) -> bool {
    Time due = Time::never();
    bool all = true;
    for (std::size_t i = 0; i < operations.size(); ++i) {
      if (!placed[i] && operations[i].reply) {
        due = std::min(due, operations[i].returned);
        all = false;
      }
    }
    if (all) {
      return true;
    }
    for (std::size_t i = 0; i < operations.size(); ++i) {
      if (placed[i] || operations[i].called > due) {
        continue;
      }
      const auto next = Register{}.step(state, operations[i].call,
                                        operations[i].reply ? &*operations[i].reply : nullptr);
      if (next) {
        placed[i] = true;
        if (again(again, *next)) {
          return true;
        }
        placed[i] = false;
      }
    }
    return false;
  };
  return search(search, 0);
}

TEST(Linearizability, AgreesWithATrialOfAllOrdersOnSmallHistories) {
  Random random(7, "test/small-histories");
  std::map<bool, int> seen;
  for (int round = 0; round < 3'000; ++round) {
    OperationHistory<Register> history;
    std::vector<OperationIndex> open;
    std::int64_t now = 0;
    for (int event = 0; event < 12; ++event) {
      const Time at(++now);
      if (open.empty() || (open.size() < 4 && random.chance(0.5))) {
        const auto a = static_cast<std::int64_t>(random.below(3));
        const auto b = static_cast<std::int64_t>(random.below(3));
        const std::uint64_t kind = random.below(3);
        open.push_back(history.invoke(static_cast<std::uint64_t>(event),
                                      kind == 0   ? kRead()
                                      : kind == 1 ? kWrite(a)
                                                  : Register::compare_and_set(a, b),
                                      at));
      } else {
        const std::size_t which = random.below(open.size());
        const bool is_read =
            history.operations()[open[which]].call.kind == Register::Call::Kind::read;
        if (!random.chance(0.1)) {
          history.complete(open[which], static_cast<std::int64_t>(random.below(is_read ? 3 : 2)),
                           at);
        }
        open.erase(open.begin() + static_cast<std::ptrdiff_t>(which));
      }
    }
    const bool fits = some_order_fits(history);
    ++seen[fits];
    const Verdict verdict = check_linearizable(Register{}, history).verdict;
    const bool none_returned = history.events().size() == history.operations().size();
    EXPECT_EQ(verdict, none_returned ? Verdict::unknown
                       : fits        ? Verdict::pass
                                     : Verdict::fail)
        << "round " << round;
  }
  EXPECT_GT(seen[true], 200);
  EXPECT_GT(seen[false], 200);
}

}  // namespace
}  // namespace wavetank::sim

#include "sim/run/workers.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <map>

namespace wavetank::sim {
namespace {

using std::chrono::milliseconds;

TEST(Workers, BringEveryAnswerHomeUnderItsTask) {
  Workers workers(2, milliseconds(10'000));
  std::map<std::uint64_t, std::string> answers;
  for (std::uint64_t task = 0; task < 5 || !workers.is_idle();) {
    if (task < 5 && workers.has_room()) {
      workers.start(task, [task] { return std::string(100'000, static_cast<char>('a' + task)); });
      ++task;
      continue;
    }
    const auto answer = workers.next({});
    ASSERT_TRUE(answer);
    answers[answer->task] = answer->text.value_or("");
  }
  ASSERT_EQ(answers.size(), 5U);
  EXPECT_EQ(answers[3], std::string(100'000, 'd'));
}

TEST(Workers, SayThatOneHasDied) {
  Workers workers(1, milliseconds(10'000));
  workers.start(1, []() -> std::string {
    std::raise(SIGKILL);
    return "never";
  });
  const auto answer = workers.next({});
  ASSERT_TRUE(answer);
  EXPECT_FALSE(answer->text);
  EXPECT_FALSE(answer->took_too_long);
}

TEST(Workers, EndWhoTakesTooLong) {
  Workers workers(1, milliseconds(50));
  workers.start(1, []() -> std::string {
    pause();
    return "never";
  });
  const auto answer = workers.next({});
  ASSERT_TRUE(answer);
  EXPECT_TRUE(answer->took_too_long);
  EXPECT_TRUE(workers.is_idle());
}

TEST(Workers, WaitNoLongerThanTheirOwnerWants) {
  Workers workers(1, milliseconds(60'000));
  workers.start(1, []() -> std::string {
    pause();
    return "never";
  });
  EXPECT_FALSE(workers.next([] { return true; }));
}

}  // namespace
}  // namespace wavetank::sim

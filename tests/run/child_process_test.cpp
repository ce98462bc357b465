#include "sim/run/child_process.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <memory>
#include <stdexcept>
#include <string>

namespace wavetank::sim {
namespace {

TEST(ChildProcess, BringsItsAnswerHome) {
  ChildProcess child([] { return std::string("42"); });
  EXPECT_EQ(child.wait(), "42");
}

TEST(ChildProcess, WorksInAProcessOfItsOwn) {
  int touched = 0;
  ChildProcess child([&] {
    touched = 1;
    return std::to_string(getpid());
  });
  const std::string pid = child.wait().value_or("");
  EXPECT_NE(pid, "");
  EXPECT_NE(pid, std::to_string(getpid()));
  EXPECT_EQ(touched, 0);
}

TEST(ChildProcess, BringsAnswersThatNoPipeHoldsAtOnce) {
  const std::string much(5'000'000, 'x');
  ChildProcess child([&] { return much; });
  EXPECT_TRUE(child.wait() == much);
}

TEST(ChildProcess, TellsAnEmptyAnswerFromNone) {
  ChildProcess child([] { return std::string(); });
  EXPECT_EQ(child.wait(), "");
}

TEST(ChildProcess, KeepsZerosAndLinesInItsAnswer) {
  const std::string text("a\0b\n\n", 5);
  ChildProcess child([&] { return text; });
  EXPECT_EQ(child.wait(), text);
}

TEST(ChildProcess, HasNoAnswerWhenItsWorkThrows) {
  ChildProcess child([]() -> std::string { throw std::runtime_error("no"); });
  EXPECT_EQ(child.wait(), std::nullopt);
}

TEST(ChildProcess, HasNoAnswerWhenItDies) {
  ChildProcess child([]() -> std::string {
    raise(SIGKILL);
    return "never";
  });
  EXPECT_EQ(child.wait(), std::nullopt);
}

TEST(ChildProcess, HasNoAnswerWhenItLeavesEarly) {
  ChildProcess child([]() -> std::string { _exit(0); });
  EXPECT_EQ(child.wait(), std::nullopt);
}

TEST(ChildProcess, WorksBesideOthers) {
  ChildProcess one([] { return std::string("one"); });
  ChildProcess two([] { return std::string("two"); });
  EXPECT_EQ(two.wait(), "two");
  EXPECT_EQ(one.wait(), "one");
}

TEST(ChildProcess, EndsWithItsOwnerWhenNobodyWaits) {
  auto child = std::make_unique<ChildProcess>([]() -> std::string {
    for (;;) {
      pause();
    }
  });
  child.reset();
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD) << "no child is left, not even a dead one";
}

}  // namespace
}  // namespace wavetank::sim

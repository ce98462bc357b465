#include "sim/verify/testimony.h"

#include <gtest/gtest.h>

namespace wavetank::sim {
namespace {

const Checkpoint kCheckpoint{12, Time(100'000'000), 0xfedcba9876543210ULL};
const EventRecord kEvent{13, Time(100'000'001),  20, ~0ULL, 0x0123456789abcdefULL,
                         21, "broker-1: timer 3"};

std::string whole() {
  return std::string(kTestimonyBegins) + to_line(kCheckpoint) + to_line(kEvent) +
         result_lines("{\n \"a\": 1\n}\n");
}

TEST(Testimony, IsReadAsItWasSaid) {
  const Testimony read = read_testimony(whole());
  EXPECT_EQ(read.checkpoints, std::vector{kCheckpoint});
  EXPECT_EQ(read.events, std::vector{kEvent});
  EXPECT_EQ(read.result, "{\n \"a\": 1\n}\n");
  EXPECT_EQ(read.trouble, "");
}

TEST(Testimony, ThatIsCutOffAnywhereHasNoResult) {
  const std::string text = whole();
  for (std::size_t size = 0; size < text.size(); ++size) {
    const Testimony read = read_testimony(text.substr(0, size));
    EXPECT_FALSE(read.result) << size;
    EXPECT_NE(read.trouble, "") << size;
  }
}

TEST(Testimony, EndsWhereItWasToStopOrInTrouble) {
  const std::string begun = std::string(kTestimonyBegins) + to_line(kCheckpoint);
  EXPECT_TRUE(read_testimony(begun + std::string(kStoppedLine)).stopped);
  EXPECT_EQ(read_testimony(begun + trouble_line("too\nbad")).trouble, "too bad");
  EXPECT_EQ(read_testimony(begun + "at x\n").trouble, "it said something else: at");
  EXPECT_EQ(read_testimony("hello\n").trouble, "it did not begin to run");
}

}  // namespace
}  // namespace wavetank::sim

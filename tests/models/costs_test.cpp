#include "models/costs.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

namespace wavetank::models {
namespace {

using port::Meter;
using port::Work;

const CostTable& table(std::string_view name) {
  return **find_cost_table(name);
}

TEST(CostModel, ChargesNothingForNothing) {
  EXPECT_EQ(CostModel(table("native")).cost(Meter()), Duration());
}

TEST(CostModel, AddsUpUnitsTimesTheirCost) {
  const CostTable& costs = table(kDefaultCostTable);
  Meter meter;
  meter.charge(Work::request, 2);
  meter.charge(Work::batch, 3);
  meter.charge(Work::bytes_sent, 100'000);
  const std::uint64_t picoseconds = 2ULL * costs.of(Work::request) + 3ULL * costs.of(Work::batch) +
                                    100'000ULL * costs.of(Work::bytes_sent);
  EXPECT_EQ(CostModel(costs).cost(meter).ns(),
            static_cast<std::int64_t>((picoseconds + 500) / 1000));
}

TEST(CostModel, CountsEveryKindOfWork) {
  for (const CostTable& costs : cost_tables()) {
    for (std::size_t i = 0; i < port::kWorkKinds; ++i) {
      Meter meter;
      meter.charge(static_cast<Work>(i), 1'000'000);
      const bool is_in_request = static_cast<Work>(i) == Work::call && costs.of(Work::call) == 0;
      EXPECT_TRUE(is_in_request || CostModel(costs).cost(meter) > Duration())
          << costs.name << " " << i;
    }
  }
}

TEST(CostModel, RoundsTheSumAndNotEachPart) {
  Meter meter;
  meter.charge(Work::bytes_copied, 5);  // far below a nanosecond each
  const std::uint64_t picoseconds = 5ULL * table("native").of(Work::bytes_copied);
  EXPECT_LT(picoseconds, 1000U);
  EXPECT_EQ(CostModel(table("native")).cost(meter).ns(),
            static_cast<std::int64_t>((picoseconds + 500) / 1000));
}

TEST(CostModel, TakesTwiceAsLongOnACoreOfHalfTheSpeed) {
  Meter meter;
  meter.charge(Work::request, 7);
  meter.charge(Work::bytes_received, 4000);  // whole nanoseconds: nothing to round
  const CostTable& costs = table(kDefaultCostTable);
  EXPECT_EQ(CostModel(costs, 0.5).cost(meter), CostModel(costs).cost(meter) * 2);
}

TEST(CostModel, HoldsTheWorkOfALongStepWithoutOverflow) {
  Meter meter;
  meter.charge(Work::bytes_copied, std::uint64_t{1} << 40U);
  const CostTable& costs = table("kafka-jvm-2020");
  EXPECT_NEAR(CostModel(costs).cost(meter).seconds(),
              static_cast<double>(costs.of(Work::bytes_copied)) * 1e-12 * 1.099511627776e12, 1e-6);
}

TEST(CostTables, OfTheEngineItselfAreCheaperThanThoseOfAVirtualMachine) {
  // But for the codecs: they are the same native code under both.
  for (std::size_t i = 0; i <= static_cast<std::size_t>(port::Work::fsync); ++i) {
    EXPECT_LT(table("native").picoseconds[i], table("kafka-jvm-2020").picoseconds[i]) << i;
  }
}

TEST(CostTables, AreFoundByNameAndSuggestTheNearest) {
  EXPECT_EQ(table("native").name, "native");
  EXPECT_EQ(table(kDefaultCostTable).name, cost_tables().front().name);
  const auto missed = find_cost_table("kafka-jvm-2002");
  ASSERT_FALSE(missed);
  EXPECT_NE(missed.error().message.find("did you mean \"kafka-jvm-2020\"?"), std::string::npos);
}

TEST(CostTables, HaveAVersionAndACard) {
  for (const CostTable& costs : cost_tables()) {
    EXPECT_GE(costs.version, 1U) << costs.name;
    EXPECT_TRUE(std::filesystem::exists(std::string(WAVETANK_ROOT "/").append(costs.card)))
        << costs.card;
  }
}

TEST(ModelCards, SayWhichErrorWasFoundAndWhereTheyHold) {
  int cards = 0;
  for (const auto& entry : std::filesystem::directory_iterator(WAVETANK_ROOT "/models/cards")) {
    std::ifstream file(entry.path());
    const std::string text(std::istreambuf_iterator<char>(file), {});
    EXPECT_NE(text.find("**Error found"), std::string::npos) << entry.path();
    EXPECT_NE(text.find("**Holds for"), std::string::npos) << entry.path();
    ++cards;
  }
  EXPECT_GE(cards, 12);
}

TEST(CostTables, NameEveryKindOfWorkOnce) {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < port::kWorkKinds; ++i) {
    names.insert(name(static_cast<Work>(i)));
  }
  EXPECT_EQ(names.size(), port::kWorkKinds);
  EXPECT_EQ(name(Work::request), "request");
  EXPECT_EQ(name(Work::call), "call");
}

}  // namespace
}  // namespace wavetank::models

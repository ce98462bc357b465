#include "reports/seed_comparison.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/reports/sample_run.h"

namespace wavetank::reports {
namespace {

using testing::HasSubstr;

/// A run of each seed whose p99 is this many milliseconds.
std::vector<RunResult> runs(const std::vector<std::int64_t>& p99_ms) {
  std::vector<RunResult> all;
  for (std::size_t i = 0; i < p99_ms.size(); ++i) {
    RunResult run = sample::passing();
    run.provenance.seed = i + 1;
    run.provenance.digest = std::to_string(p99_ms[i]) + "/" + std::to_string(i);
    run.metrics.e2e.all.p99 = milliseconds(p99_ms[i]);
    all.push_back(std::move(run));
  }
  return all;
}

PairedChange p99_of(const std::vector<RunResult>& base, const std::vector<RunResult>& changed) {
  const SeedComparison comparison = compare_seeds(base, changed).value();
  const auto found = std::ranges::find(comparison.changes, "e2e.p99", &PairedChange::name);
  EXPECT_NE(found, comparison.changes.end());
  return *found;
}

TEST(PairedInterval, IsStudentsT) {
  // Differences 1, 2, 3: mean 2, deviation 1, t(0.995; 2) = 9.9248.
  const MeanInterval interval = paired_interval(std::vector<double>{1, 2, 3});
  EXPECT_DOUBLE_EQ(interval.mean, 2);
  EXPECT_NEAR(interval.half, 9.9248 / std::sqrt(3.0), 1e-4);
  EXPECT_EQ(paired_interval(std::vector<double>{4, 4}).half, 0);
  EXPECT_EQ(paired_interval(std::vector<double>{4}).half, std::numeric_limits<double>::infinity());
  // Beyond the table: t(0.995; 60) = 2.6603.
  std::vector<double> many;
  for (int i = 0; i < 61; ++i) {
    many.push_back(i % 2 == 0 ? 1 : -1);
  }
  double squares = 0;
  for (const double it : many) {
    squares += (it - 1.0 / 61) * (it - 1.0 / 61);
  }
  EXPECT_NEAR(paired_interval(many).half, 2.6603 * std::sqrt(squares / 60 / 61), 1e-3);
}

TEST(SeedComparison, SeesAChangeThatSeedsHide) {
  // The seeds differ by far more than the change does, and each pair by the same.
  const PairedChange change = p99_of(runs({100, 900, 300, 500}), runs({111, 912, 311, 512}));
  EXPECT_EQ(change.effect, Effect::worse);
  EXPECT_NEAR(change.mean_difference, 0.0115, 1e-9);
  EXPECT_LT(change.half_interval, change.mean_difference);
}

TEST(SeedComparison, DoesNotCallChanceAChange) {
  EXPECT_EQ(p99_of(runs({100, 110, 120, 130}), runs({150, 90, 160, 80})).effect, Effect::same);
}

TEST(SeedComparison, DoesNotCallATrifleAChange) {
  EXPECT_EQ(p99_of(runs({1'000, 1'000, 1'000}), runs({1'001, 1'001, 1'001})).effect, Effect::same);
}

TEST(SeedComparison, SaysNothingOfTooFewPairs) {
  const auto base = runs({100, 100});
  const auto changed = runs({200, 200});
  EXPECT_EQ(p99_of(base, changed).effect, Effect::same);
  EXPECT_THAT(seed_comparison_text(compare_seeds(base, changed).value(), {}),
              HasSubstr("fewer than 3 pairs"));
}

TEST(SeedComparison, NamesAFigureThatIsGoneOrNewInSomePairs) {
  const auto base = runs({100, 110, 120, 130});
  auto changed = runs({100, 110, 120, 130});
  for (std::size_t i = 0; i < 3; ++i) {
    changed[i].faults.front().recovered.reset();
  }
  const auto recovery_in = [](const SeedComparison& comparison) {
    return *std::ranges::find_if(comparison.changes, [](const PairedChange& it) {
      return it.name.find("recovered") != std::string::npos ||
             it.name.find("recovery") != std::string::npos;
    });
  };
  const SeedComparison never = compare_seeds(base, changed).value();
  EXPECT_EQ(recovery_in(never).effect, Effect::disappeared);
  EXPECT_EQ(recovery_in(never).only_base, 3U);
  EXPECT_EQ(recovery_in(never).pairs, 1U);
  EXPECT_THAT(seed_comparison_text(never, {}), HasSubstr("gone in 3 of 4 pairs"));
  const SeedComparison back = compare_seeds(changed, base).value();
  EXPECT_EQ(recovery_in(back).effect, Effect::appeared);
  EXPECT_THAT(seed_comparison_text(back, {}), HasSubstr("new in 3 of 4 pairs"));
  changed[3].faults.front().recovered.reset();
  EXPECT_THAT(seed_comparison_text(compare_seeds(base, changed).value(), {}),
              HasSubstr("gone in 4 of 4 pairs"));
  EXPECT_TRUE(nlohmann::json::accept(seed_comparison_json(compare_seeds(base, changed).value())));
}

TEST(SeedComparison, PairsBySeedAndCountsWhoHasNoPartner) {
  auto base = runs({100, 110, 120, 130});
  auto changed = runs({100, 110, 120, 130});
  base.erase(base.begin());
  std::ranges::reverse(changed);
  changed.pop_back();
  changed.erase(changed.begin());
  const SeedComparison comparison = compare_seeds(base, changed).value();
  EXPECT_THAT(comparison.seeds, testing::ElementsAre(2, 3));
  EXPECT_EQ(comparison.identical, 2U);
  EXPECT_EQ(comparison.only_base, 1U);
  EXPECT_EQ(comparison.only_changed, 0U);
}

TEST(SeedComparison, RefusesWhatCannotBePaired) {
  auto base = runs({100, 110});
  const auto why = [&](const auto& changed) {
    return compare_seeds(base, changed).error().message;
  };
  auto other = runs({100, 110});
  other[0].provenance.seed = 17;
  other[1].provenance.seed = 18;
  EXPECT_EQ(why(other), "no seed is in both sets");
  other[1].provenance.seed = 17;
  EXPECT_EQ(why(other), "the new set has two runs of seed 17");
  other[1].provenance.seed = 18;
  other[1].provenance.scenario_sha256 = "another";
  EXPECT_EQ(why(other), "the new set has runs of several scenarios");
}

TEST(SeedComparison, ShowsTheIntervalAndItsStatistic) {
  const SeedComparison comparison =
      compare_seeds(runs({100, 200, 300}), runs({110, 221, 330})).value();
  EXPECT_THAT(seed_comparison_text(comparison, {}),
              HasSubstr("3 pairs of the same seed, of the same scenario; 0 of them identical"));
  const auto json = nlohmann::json::parse(seed_comparison_json(comparison));
  EXPECT_EQ(json["statistic"], "Student's t over paired differences");
  EXPECT_EQ(json["seeds"].size(), 3U);
}

}  // namespace
}  // namespace wavetank::reports

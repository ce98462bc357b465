#include "scenarios/figures.h"

#include <gtest/gtest.h>

#include <set>

#include "scenarios/templates.h"

namespace wavetank::scenarios {
namespace {

TEST(Figures, BelongToAPaperEach) {
  std::set<std::string> ids;
  for (const Figure& figure : all_figures()) {
    EXPECT_TRUE(ids.insert(figure.id).second) << figure.id;
    EXPECT_NE(find_paper(figure.paper), nullptr) << figure.id;
    EXPECT_TRUE(figure.id.starts_with(figure.paper + "/")) << figure.id;
    EXPECT_EQ(figure.value.has_value(), figure.op != "report") << figure.id;
  }
  EXPECT_EQ(ids.size(), 55U);
  EXPECT_EQ(all_papers().size(), 5U);
}

TEST(Figures, AreFoundById) {
  const Figure* figure = find_figure("orders/recovery-broker");
  ASSERT_NE(figure, nullptr);
  EXPECT_EQ(claim(*figure), "< 60 s");
  EXPECT_EQ(holds(*figure, 59.9), true);
  EXPECT_EQ(holds(*figure, 60), false);
  EXPECT_EQ(find_figure("orders/nothing"), nullptr);
}

TEST(Figures, AboutAValueHoldWithinAFactorOfTwo) {
  const Figure* figure = find_figure("orders/legacy-latency");
  ASSERT_NE(figure, nullptr);
  EXPECT_EQ(holds(*figure, 12), true);
  EXPECT_EQ(holds(*figure, 49), false);
}

TEST(Figures, WithoutAClaimAreOnlyReported) {
  const Figure* figure = find_figure("transactions/election");
  ASSERT_NE(figure, nullptr);
  EXPECT_EQ(holds(*figure, 1), std::nullopt);
}

TEST(Templates, AreTheScenarioFiles) {
  const Template* found = find_template("orders/broker-failure");
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->title, "A broker dies at peak load and comes back");
  EXPECT_NE(found->text.find("// A broker dies at peak load."), std::string_view::npos);
  EXPECT_EQ(find_template("figures/paper-figures"), nullptr);
}

}  // namespace
}  // namespace wavetank::scenarios

#include "sim/cli/until_ci.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "reports/exit_code.h"
#include "scenarios/percent.h"
#include "sim/cli/diagnostics.h"

namespace wavetank::cli {

namespace {

using reports::ExitCode;

constexpr const char* kDefaultFigure = "e2e.p99";

}  // namespace

void add_until_ci(CLI::App& verb, UntilCiArguments& arguments) {
  verb.add_option("--until-ci", arguments.share,
                  "Run more seeds until the 95 % interval of --figure is no wider to either side "
                  "than this share of its mean, such as 5%");
  verb.add_option("--figure", arguments.figure,
                  "Of --until-ci, as objectives name it: e2e.p50, publish.p99 during steady, "
                  "recovery (default: e2e.p99)");
}

std::optional<reports::PrecisionGoal> parse_until_ci(const UntilCiArguments& arguments) {
  if (arguments.share.empty()) {
    complain("--figure is the figure of --until-ci, which is missing", ExitCode::usage);
    return std::nullopt;
  }
  const std::optional<double> share = scenarios::parse_percent(arguments.share);
  if (!share || !(*share > 0 && *share <= 1)) {
    complain(fmt::format("--until-ci {}: expected a share of the mean above 0% and up to 100%, "
                         "such as 5%",
                         arguments.share),
             ExitCode::usage);
    return std::nullopt;
  }
  const std::string text = arguments.figure.empty() ? kDefaultFigure : arguments.figure;
  auto figure = scenarios::parse_subject(text);
  if (!figure) {
    complain(fmt::format("--figure {}: {}, expected {}", text, figure.error().message,
                         figure.error().expected),
             ExitCode::usage);
    return std::nullopt;
  }
  return reports::PrecisionGoal{std::move(*figure), *share};
}

bool has_room_for_interval(std::uint64_t most) {
  if (most >= reports::kLeastSeedsOfInterval) {
    return true;
  }
  complain(fmt::format("--until-ci looks at no fewer than {} seeds: --seeds allows {}",
                       reports::kLeastSeedsOfInterval, most),
           ExitCode::usage);
  return false;
}

}  // namespace wavetank::cli

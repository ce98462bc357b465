#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include "reports/printable.h"
#include "reports/summary_markdown.h"
#include "reports/terminal_summary.h"
#include "reports/verdict.h"
#include "tests/reports/sample_run.h"

namespace wavetank::reports {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const SummaryContext kContext{"wavetank run broker-failure.json --seed 7",
                              {"out/result.json", "out/summary.md"},
                              "wavetank explain out/"};

/// Compares with a file; with WAVETANK_UPDATE_GOLDEN in the environment, writes it instead.
void expect_golden(const std::string& name, const std::string& text) {
  const std::string path = std::string(WAVETANK_GOLDEN_DIR) + "/" + name;
  if (std::getenv("WAVETANK_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(path, std::ios::binary) << text;
  }
  std::stringstream golden;
  golden << std::ifstream(path, std::ios::binary).rdbuf();
  EXPECT_EQ(text, golden.str()) << "if this is meant: WAVETANK_UPDATE_GOLDEN=1";
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    lines.push_back(line);
  }
  return lines;
}

/// A run that has more of everything than the summary has room for, and names that attack it.
RunResult hostile(const std::string& attack) {
  RunResult run = sample::concluded();
  run.title = attack;
  run.faults.front().target = attack;
  run.figures.front().id = attack;
  run.figures.front().claimed = attack;
  run.figures.front().bound_by = attack;
  run.figures.front().knee = 1;
  run.figures.front().knee_unit = attack;
  run.figures.front().unit = attack;
  run.invariants[0] = {attack, Verdict::fail, 1, attack};
  run.provenance.digest = attack;
  run.ledger.lost = 1'000'000;
  for (int i = 0; i < 20; ++i) {
    run.slos.push_back(run.slos[static_cast<std::size_t>(i) % 5]);
    run.slos.back().expr = attack;
    run.slos.back().unit = attack;
    run.slos.back().why = attack;
    run.faults.push_back(run.faults.front());
    run.spared.push_back({attack, attack, Time(), attack});
    run.figures.push_back(run.figures.front());
    run.invariants.push_back(run.invariants.front());
    run.lost.push_back({17, attack, attack, 991, Time() + seconds(119)});
  }
  run.summary = summary_sentence(run);
  return run;
}

const std::string kTerminalAttack =
    "\x1b[2J\x1b]0;x\x07 \r\n\b\xc2\x9b"
    "1A \xe2\x80\xae \xff \xe2\x80\xa8 wide enough to wrap "
    "around the line and then around the next one too, for good measure";

TEST(TerminalSummary, FitsTheGolden) {
  expect_golden("terminal.txt", terminal_summary(sample::concluded(), kContext, {}));
}

TEST(TerminalSummary, FitsTheGoldenInAscii) {
  Style style;
  style.ascii = true;
  style.width = 80;
  expect_golden("terminal-ascii.txt", terminal_summary(sample::concluded(), kContext, style));
}

TEST(TerminalSummary, FitsTheGoldenOfAPass) {
  expect_golden("terminal-pass.txt", terminal_summary(sample::passing(), kContext, {}));
}

TEST(TerminalSummary, DrawsNoLatencyWhereNothingIsDelivered) {
  RunResult run = sample::concluded();
  EXPECT_THAT(terminal_summary(run, kContext, {}), HasSubstr("(log)"));
  for (SeriesPoint& point : run.series) {
    point.count = 0;
  }
  EXPECT_THAT(terminal_summary(run, kContext, {}), Not(HasSubstr("(log)")));
  EXPECT_THAT(terminal_summary(run, kContext, {}), HasSubstr("lag  "));
}

TEST(TerminalSummary, BeginsAndEndsWithTheVerdict) {
  const auto lines = lines_of(terminal_summary(sample::concluded(), kContext, {}));
  EXPECT_EQ(lines.front().find("FAIL"), 0U);
  EXPECT_EQ(lines.back().find("FAIL"), 0U);
  EXPECT_THAT(lines.back(), HasSubstr("exit code 99, SLO violated"));
}

TEST(TerminalSummary, NeverExceedsItsLinesNorItsWidth) {
  for (const int width : {-5, 0, 60, 80, 100, 200}) {
    for (const bool ascii : {false, true}) {
      Style style;
      style.width = width;
      style.ascii = ascii;
      const auto lines = lines_of(terminal_summary(hostile(kTerminalAttack), kContext, style));
      EXPECT_LE(lines.size(), kSummaryLines);
      for (const std::string& line : lines) {
        EXPECT_LE(column_count(line), static_cast<std::size_t>(std::max(60, width))) << line;
      }
    }
  }
}

TEST(TerminalSummary, LetsNothingFromAFileControlTheTerminal) {
  SummaryContext context = kContext;
  context.command = kTerminalAttack;
  context.files = {kTerminalAttack};
  context.next = kTerminalAttack;
  const std::string text = terminal_summary(hostile(kTerminalAttack), context, {});
  for (const std::string& line : lines_of(text)) {
    EXPECT_EQ(printable(line), line);
  }
}

TEST(TerminalSummary, ColoursOnlyWhenAskedAndSaysTheSame) {
  const std::string plain = terminal_summary(sample::concluded(), kContext, {});
  EXPECT_THAT(plain, Not(HasSubstr("\x1b")));

  Style style;
  style.color = true;
  std::string colored = terminal_summary(sample::concluded(), kContext, style);
  EXPECT_THAT(colored, HasSubstr("\x1b[1;31mFAIL\x1b[0m"));
  for (std::size_t at = 0; (at = colored.find('\x1b', at)) != std::string::npos;) {
    colored.erase(at, colored.find('m', at) + 1 - at);
  }
  EXPECT_EQ(colored, plain);
}

TEST(TerminalSummary, IsPureAsciiWhenAsked) {
  Style style;
  style.ascii = true;
  for (const RunResult& run : {sample::concluded(), hostile("Zürich 🙂 \xff")}) {
    for (const char c : terminal_summary(run, kContext, style)) {
      EXPECT_TRUE(c == '\n' || (c >= 0x20 && c < 0x7f)) << static_cast<int>(c);
    }
  }
}

TEST(TerminalSummary, NamesTheLostWritesAndCountsTheRest) {
  RunResult run = sample::concluded();
  run.ledger.lost = 5;
  run.lost = {{17, "order-5", "orders-7", 991, Time() + milliseconds(119'900)},
              {18, "order-6", "orders-7", 992, Time() + milliseconds(119'900)}};
  const std::string text = terminal_summary(run, kContext, {});
  EXPECT_THAT(text, HasSubstr("lost: event 17, key order-5, in orders-7 at offset 991, "
                              "acknowledged at 119.9 s"));
  EXPECT_THAT(text, HasSubstr("… and 4 more"));
}

TEST(TerminalSummary, NamesTheFirstBadEventOfEveryBrokenRule) {
  RunResult run = sample::concluded();
  run.invariants = {{"log/committed-stays", Verdict::fail, 9, "node 2 leads with too short a log"},
                    {"log/in-sync-set", Verdict::unknown, 0, {}},
                    {"log/lost-write", Verdict::fail, 9, "event 0/17 is gone"},
                    {"log/replicas-equal", Verdict::fail, 9, "two copies differ"}};
  const std::string text = terminal_summary(run, kContext, {});
  EXPECT_THAT(text, HasSubstr("node 2 leads with too short a log"));
  EXPECT_THAT(text, HasSubstr("event 0/17 is gone"));
  EXPECT_THAT(text, HasSubstr("two copies differ"));
  EXPECT_LE(lines_of(text).size(), kSummaryLines);
}

TEST(TerminalSummary, ShowsTheFaultThatCostMostWhereNotAllHaveRoom) {
  RunResult run = sample::concluded();
  run.faults.resize(3, run.faults.front());
  run.faults[2].target = "broker-9";
  run.faults[2].lost = 3;
  EXPECT_THAT(terminal_summary(run, kContext, {}), HasSubstr("crash broker-9"));
}

TEST(Summaries, NameARecordAsReplayTakesIt) {
  RunResult run = sample::concluded();
  run.lost = {{(std::uint64_t{2} << 48) + 17, "k", "orders-7", 991, Time() + seconds(3)}};
  EXPECT_THAT(terminal_summary(run, kContext, {}), HasSubstr("lost: event 2/17, key k"));
}

TEST(Summaries, SayWhichFaultsWereNotCarriedOut) {
  RunResult run = sample::concluded();
  run.spared.push_back(
      {"crash", "broker-3", Time() + seconds(130), "to spare the last copy of a-0"});
  const char* const kSaid = "not done: crash broker-3 at 130 s, to spare the last copy of a-0";
  EXPECT_THAT(terminal_summary(run, kContext, {}), HasSubstr(kSaid));
  EXPECT_THAT(summary_markdown(run, "x"), HasSubstr(kSaid));
  run.faults.clear();
  EXPECT_THAT(terminal_summary(run, kContext, {}), HasSubstr(kSaid)) << "though nothing struck";
  EXPECT_THAT(summary_markdown(run, "x"), HasSubstr(kSaid));
}

TEST(TerminalSummary, HoldsOutForAnEmptyRun) {
  const std::string text = terminal_summary({}, {}, {});
  EXPECT_EQ(text.find("UNKNOWN"), 0U);
  EXPECT_LE(lines_of(text).size(), 4U);
}

/// What of a line can act as markup: without code spans, escapes, entities, and the heading's mark.
std::string active_text(const std::string& line) {
  const std::regex inert("^## |`[^`]*`|\\\\[!-~]|&[a-z]+;|&#[0-9]+;");
  return std::regex_replace(line, inert, " ");
}

TEST(MarkdownSummary, FitsTheGolden) {
  expect_golden("summary.md", summary_markdown(sample::concluded(), kContext.command));
}

TEST(MarkdownSummary, LetsNothingFromAFileBecomeMarkup) {
  const std::string attack =
      "<script>x</script> | [a](http://b) ![c](d) `e` **f** @team #1 www.g.h\n# title\n| i |";
  for (const std::string& line : lines_of(summary_markdown(hostile(attack), attack))) {
    const std::string outside = active_text(line);
    for (const char* markup : {"<", "](", "**", "@", "#", "`", "http:", "www."}) {
      EXPECT_THAT(outside, Not(HasSubstr(markup))) << line;
    }
  }
}

TEST(MarkdownSummary, KeepsEveryTableRowToItsColumns) {
  std::size_t columns = 0;
  for (const std::string& line : lines_of(summary_markdown(hostile("a|b \\| c"), "x|y"))) {
    if (!line.starts_with("|")) {
      columns = 0;
      continue;
    }
    const auto bars = static_cast<std::size_t>(std::ranges::count(line, '|'));
    EXPECT_TRUE(columns == 0 || bars == columns) << line;
    columns = bars;
  }
}

}  // namespace
}  // namespace wavetank::reports

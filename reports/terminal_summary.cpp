#include "reports/terminal_summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

#include "reports/explain.h"
#include "reports/format_units.h"
#include "reports/printable.h"
#include "reports/summary_parts.h"
#include "reports/verdict.h"

namespace wavetank::reports {

namespace {

constexpr std::size_t kMinWidth = 60;
constexpr std::size_t kSparkColumns = 60;
constexpr std::size_t kSparkMargin = 24;  ///< columns for its label and its scale
constexpr std::size_t kLeastObserved = 10;
constexpr std::size_t kMostObserved = 16;  ///< columns of a value with its unit
constexpr std::size_t kFaultLines = 2;
constexpr std::size_t kFigureLines = 2;
constexpr std::size_t kLostLines = 2;
constexpr std::size_t kInvariantLines = 1;
constexpr std::size_t kSparkLines = 3;  ///< which several broken rules get instead
constexpr std::size_t kSentenceLines = 2;
// Title and sentence, fault header, sparklines, causes, ledger, footer, last: then the objectives
// still have a header and three rows; two where a fault was spared.
static_assert(1 + kSentenceLines + kInvariantLines + kLostLines + 1 + kFaultLines + kSparkLines +
                  1 + 1 + kFigureLines + 3 + 1 <=
              kSummaryLines - 4);

enum class Tone { kPlain, kGood, kBad, kDoubtful, kFaint };

/// A line whose first `toned` bytes carry the tone.
struct Line {
  std::string text;
  Tone tone = Tone::kPlain;
  std::size_t toned = 0;
};
using Lines = std::vector<Line>;

Tone tone_of(Verdict verdict) {
  return verdict == Verdict::pass   ? Tone::kGood
         : verdict == Verdict::fail ? Tone::kBad
                                    : Tone::kDoubtful;
}

const char* escape_of(Tone tone) {
  switch (tone) {
    case Tone::kGood:
      return "\x1b[1;32m";
    case Tone::kBad:
      return "\x1b[1;31m";
    case Tone::kDoubtful:
      return "\x1b[1;33m";
    case Tone::kFaint:
      return "\x1b[2m";
    case Tone::kPlain:
      break;
  }
  return "";
}

Line faint(std::string text) {
  const std::size_t size = text.size();
  return {std::move(text), Tone::kFaint, size};
}

/// The last blank of `text` to break a line at: not the one between a number and its unit.
std::size_t last_break(std::string_view text) {
  std::size_t blank = text.rfind(' ');
  while (blank != std::string_view::npos && blank > 0 && text[blank - 1] >= '0' &&
         text[blank - 1] <= '9') {
    blank = text.rfind(' ', blank - 1);
  }
  return blank;
}

/// Breaks at blanks into at most `lines` lines of `columns`; the last one is cut.
std::vector<std::string> wrapped(std::string_view text, std::size_t columns, std::size_t lines,
                                 bool ascii) {
  std::vector<std::string> out;
  while (out.size() + 1 < lines && column_count(text) > columns) {
    // One column more than fits (and the mark of the cut): a blank there is a break as well.
    const std::size_t blank = last_break(cut_to(text, columns + 2, ascii));
    if (blank == std::string_view::npos || blank == 0) {
      break;
    }
    out.emplace_back(text.substr(0, blank));
    text.remove_prefix(blank + 1);
  }
  out.push_back(cut_to(text, columns, ascii));
  return out;
}

/// Writes the blocks of one summary.
class Screen {
 public:
  Screen(const RunResult& result, const Style& style)
      : result_(result),
        ascii_(style.ascii),
        width_(std::max<std::size_t>(kMinWidth, style.width > 0 ? style.width : 0)) {}

  [[nodiscard]] Lines head() const {
    const std::string word = verdict_word(result_.verdict);
    Lines lines{{fmt::format("{}  {}  [{}, seed {}]", word, show(result_.title),
                             name(result_.regime), result_.provenance.seed),
                 tone_of(result_.verdict), word.size()}};
    for (const std::string& line :
         wrapped(show(result_.summary), width_ - 2, kSentenceLines, ascii_)) {
      lines.push_back({"  " + line});
    }
    return lines;
  }

  [[nodiscard]] Lines last() const {
    const std::string word = verdict_word(result_.verdict);
    std::string why;
    if (result_.exit_code != ExitCode::ok) {
      why = fmt::format("exit code {}, {}: ", static_cast<int>(result_.exit_code),
                        describe(result_.exit_code));
    }
    return {{fmt::format("{}  {}{}", word, why, show(result_.summary)), tone_of(result_.verdict),
             word.size()}};
  }

  [[nodiscard]] Lines slos(std::size_t room) const {
    Lines rows;
    std::size_t columns = std::string_view("objective").size();
    std::size_t observed = kLeastObserved;
    for (const SloReport& slo : result_.slos) {
      columns = std::max(columns, column_count(show(slo.expr)));
      observed = std::max(observed, column_count(observed_text(slo)));
    }
    columns = std::min(columns, width_ / 2);
    observed = std::min(observed, kMostObserved);
    for (const SloReport& slo : worst_first(result_.slos)) {
      rows.push_back(slo_row(slo, columns, observed));
    }
    const Line header =
        faint(fmt::format("{}{} {} {} when", blank_mark(), padded("objective", columns),
                          padded("observed", observed), padded("margin", 8)));
    return with_header(header, limited(std::move(rows), room - 1));
  }

  [[nodiscard]] Lines invariants() const {
    Lines rows;
    for (const InvariantReport& invariant : troubled(result_.invariants)) {
      rows.push_back(
          marked(invariant.verdict == Verdict::fail ? std::optional(false) : std::nullopt,
                 show(invariant_text(invariant))));
    }
    const bool is_broken = std::ranges::any_of(
        result_.invariants, [](const InvariantReport& it) { return it.verdict == Verdict::fail; });
    return limited(std::move(rows), kInvariantLines + (is_broken ? kSparkLines : 0));
  }

  [[nodiscard]] Lines lost() const {
    Lines rows;
    for (const LostRecord& lost : result_.lost) {
      rows.push_back(marked(false, "lost: " + show(lost_text(lost))));
    }
    const std::uint64_t unlisted =
        result_.ledger.lost - std::min<std::uint64_t>(result_.ledger.lost, rows.size());
    return limited(std::move(rows), kLostLines, unlisted);
  }

  /// One line a fault; a single one has room for a second line with its phases.
  [[nodiscard]] Lines faults() const {
    std::size_t columns = std::string_view("fault").size();
    for (const FaultReport& fault : result_.faults) {
      columns = std::max(columns, column_count(show(fault_name(fault))));
    }
    columns = std::min(columns, width_ / 3);
    const bool single = result_.faults.size() == 1;
    Lines rows;
    for (const FaultReport* fault : rows_of_faults()) {
      rows.push_back(
          {fault_row(padded(fault_name(*fault), columns, ascii_), format_moment(fault->at),
                     format_count(static_cast<double>(fault->peak_lag_records)),
                     recovered_text(*fault), format_count(static_cast<double>(fault->lost)),
                     format_count(static_cast<double>(fault->duplicated)),
                     single ? "" : phases_text(fault->phases))});
    }
    rows = limited(std::move(rows), kFaultLines);
    if (single && !phases_text(result_.faults.front().phases).empty()) {
      rows.push_back({"  " + phases_text(result_.faults.front().phases)});
    }
    return with_header(faint(fault_row(padded("fault", columns), "at", "peak lag", "recovered",
                                       "lost", "dup", single ? "" : "phases")),
                       std::move(rows));
  }

  /// By date if there is room for all; else what cost most comes before what is left out.
  [[nodiscard]] std::vector<const FaultReport*> rows_of_faults() const {
    if (result_.faults.size() > kFaultLines) {
      return costliest_first(result_.faults);
    }
    std::vector<const FaultReport*> order;
    for (const FaultReport& fault : result_.faults) {
      order.push_back(&fault);
    }
    return order;
  }

  /// In one line.
  [[nodiscard]] Lines spared() const {
    if (result_.spared.empty()) {
      return {};
    }
    const std::size_t others = result_.spared.size() - 1;
    return {{"  not done: " + show(spared_text(result_.spared.front())) +
             (others > 0 ? fmt::format("; and {} more", others) : "")}};
  }

  [[nodiscard]] Lines sparklines() const;

  /// Shares are of the sampled records; the percentile is that of all, as everywhere else.
  [[nodiscard]] Lines causes() const {
    const Tail* tail = find_tail(result_, std::nullopt, 0.99);
    if (tail == nullptr && !result_.attribution.p99) {
      return {};
    }
    return {{fmt::format("why p99 is {}: {}", format_duration(result_.metrics.e2e.all.p99),
                         tail != nullptr ? show(causes_text(result_, *tail))
                                         : causes_text(*result_.attribution.p99))}};
  }

  [[nodiscard]] Lines ledger() const {
    return {{"ledger: " + ledger_text(result_.ledger, ascii_)}};
  }

  [[nodiscard]] Lines figures() const {
    Lines rows;
    for (const FigureReport& figure : result_.figures) {
      const std::string simulated =
          figure.simulated ? format_value(*figure.simulated, figure.unit) + ", " : "";
      rows.push_back(marked(figure.holds, show(fmt::format("{} {}: {}{}", figure.id, figure.claimed,
                                                           simulated, figure_text(figure)))));
    }
    return limited(std::move(rows), kFigureLines);
  }

  [[nodiscard]] Lines footer(const SummaryContext& context) const {
    Lines lines;
    if (!context.command.empty()) {
      lines.push_back({fmt::format("repeat: {}  # {}", show(context.command),
                                   show(result_.provenance.digest))});
    }
    if (!context.files.empty()) {
      lines.push_back({"files:  " + show(fmt::format("{}", fmt::join(context.files, " ")))});
    }
    if (!context.next.empty()) {
      lines.push_back({"next:   " + show(context.next)});
    }
    return lines;
  }

  [[nodiscard]] std::string render(const Lines& lines, bool color) const {
    std::string out;
    for (const Line& line : lines) {
      std::string text = cut_to(line.text, width_, ascii_);
      text.erase(text.find_last_not_of(' ') + 1);
      const std::size_t toned = color ? std::min(line.toned, text.size()) : 0;
      if (toned > 0) {
        out += escape_of(line.tone) + text.substr(0, toned) + "\x1b[0m";
      }
      out += text.substr(toned) + "\n";
    }
    return out;
  }

 private:
  [[nodiscard]] std::string show(std::string_view text) const { return printable(text, ascii_); }

  [[nodiscard]] const char* blank_mark() const { return ascii_ ? "     " : "  "; }

  [[nodiscard]] Line marked(const std::optional<bool>& ok, std::string text) const {
    const std::string mark = !ok   ? (ascii_ ? "?   " : "?")
                             : *ok ? (ascii_ ? "ok  " : "✓")
                                   : (ascii_ ? "FAIL" : "✗");
    const Tone tone = !ok ? Tone::kDoubtful : *ok ? Tone::kGood : Tone::kBad;
    return {mark + " " + std::move(text), tone, mark.size()};
  }

  [[nodiscard]] Line slo_row(const SloReport& slo, std::size_t columns,
                             std::size_t observed) const {
    return marked(slo.ok, fmt::format("{} {} {} {}", padded(slo.expr, columns, ascii_),
                                      padded(observed_text(slo), observed, ascii_),
                                      padded(margin_text(slo), 8, ascii_), show(when_or_why(slo))));
  }

  static std::string fault_row(const std::string& fault, const std::string& at,
                               const std::string& lag, const std::string& recovered,
                               const std::string& lost, const std::string& duplicated,
                               const std::string& phases) {
    return fmt::format("{} {} {} {} {} {} {}", fault, padded(at, 8), padded(lag, 8),
                       padded(recovered, 9), padded(lost, 5), padded(duplicated, 5), phases);
  }

  static Lines with_header(const Line& header, Lines rows) {
    if (!rows.empty()) {
      rows.insert(rows.begin(), header);
    }
    return rows;
  }

  /// At most `most` lines, the last of which counts what was left out.
  [[nodiscard]] Lines limited(Lines rows, std::size_t most, std::uint64_t unlisted = 0) const {
    if (rows.size() > most || (unlisted > 0 && !rows.empty())) {
      const std::size_t kept = std::min(rows.size(), most - 1);
      unlisted += rows.size() - kept;
      rows.resize(kept);
      rows.push_back(faint(fmt::format("{}{} and {} more", blank_mark(), ascii_ ? "..." : "…",
                                       format_exact(unlisted))));
    }
    return rows;
  }

  [[nodiscard]] std::size_t spark_columns() const {
    return std::min(kSparkColumns, width_ - kSparkMargin);
  }
  /// The chart ends with its last point; its length is not known, so one point's worth is assumed.
  [[nodiscard]] Time series_end() const {
    const auto& series = result_.series;
    const Duration step =
        series.size() > 1 ? series.back().at - series[series.size() - 2].at : seconds(1);
    return series.back().at + step;
  }
  [[nodiscard]] std::size_t column_at(Time t) const {
    const Time start = result_.series.front().at;
    const Duration whole = series_end() - start;
    if (t <= start || whole <= Duration()) {
      return 0;
    }
    const double share = std::min(1.0, (t - start).seconds() / whole.seconds());
    const auto column = static_cast<std::size_t>(share * static_cast<double>(spark_columns()));
    return std::min(column, spark_columns() - 1);
  }

  [[nodiscard]] std::string bars(const std::vector<double>& shares) const {
    static constexpr const char* kBlocks[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    static constexpr const char* kLetters[] = {"_", ".", ":", "-", "=", "+", "*", "#"};
    std::string text;
    for (const double share : shares) {
      const auto level = static_cast<int>(std::clamp(share * 8, 0.0, 7.0));
      text += share < 0 ? " " : (ascii_ ? kLetters : kBlocks)[level];
    }
    return text;
  }

  [[nodiscard]] std::vector<double> latency_shares(Duration top) const;
  [[nodiscard]] std::vector<double> lag_shares(std::uint64_t top) const;
  [[nodiscard]] std::string fault_marks() const;

  const RunResult& result_;
  bool ascii_;
  std::size_t width_;
};

/// The worst p99 of each column on a logarithmic scale of at least a decade; negative where nothing
/// was delivered.
std::vector<double> Screen::latency_shares(Duration top) const {
  std::vector<Duration> worst(spark_columns());
  Duration least = top;
  for (const SeriesPoint& point : result_.series) {
    if (point.count > 0) {
      Duration& column = worst[column_at(point.at)];
      column = std::max({column, point.e2e_p99, nanoseconds(1)});
      least = std::min(least, std::max(point.e2e_p99, nanoseconds(1)));
    }
  }
  const double decades = std::max(1.0, std::log10(top.seconds() / least.seconds()));
  std::vector<double> shares;
  for (const Duration value : worst) {
    shares.push_back(
        value == Duration()
            ? -1.0
            : std::max(0.0, 1 - std::log10(top.seconds() / value.seconds()) / decades));
  }
  return shares;
}

std::vector<double> Screen::lag_shares(std::uint64_t top) const {
  std::vector<double> shares(spark_columns(), -1.0);
  for (const SeriesPoint& point : result_.series) {
    double& column = shares[column_at(point.at)];
    const double share =
        top == 0 ? 0.0 : static_cast<double>(point.lag_records) / static_cast<double>(top);
    column = std::max(column, share);
  }
  return shares;
}

std::string Screen::fault_marks() const {
  std::string marks(spark_columns(), ' ');
  bool heals = false;
  for (const FaultReport& fault : result_.faults) {
    if (fault.until && *fault.until < series_end()) {
      marks[column_at(*fault.until)] = 'o';
      heals = true;
    }
  }
  for (const FaultReport& fault : result_.faults) {
    marks[column_at(fault.at)] = 'x';
  }
  return fmt::format("     {}  x fault{}", marks, heals ? ", o healed" : "");
}

Lines Screen::sparklines() const {
  if (result_.series.size() < 2) {
    return {};
  }
  Lines lines;
  if (std::ranges::any_of(result_.series, [](const SeriesPoint& p) { return p.count > 0; })) {
    Duration top = nanoseconds(1);
    for (const SeriesPoint& point : result_.series) {
      top = std::max(top, point.count > 0 ? point.e2e_p99 : top);
    }
    lines.push_back(
        {fmt::format("p99  {}  max {} (log)", bars(latency_shares(top)), format_duration(top))});
  }
  const std::uint64_t top_lag =
      std::ranges::max_element(result_.series, {}, &SeriesPoint::lag_records)->lag_records;
  lines.push_back({fmt::format("lag  {}  max {}", bars(lag_shares(top_lag)),
                               format_count(static_cast<double>(top_lag)))});
  if (!result_.faults.empty()) {
    lines.push_back(faint(fault_marks()));
  }
  return lines;
}

void append(Lines& to, Lines more) {
  to.insert(to.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

}  // namespace

std::string terminal_summary(const RunResult& result, const SummaryContext& context,
                             const Style& style) {
  const Screen screen(result, style);
  Lines rest = screen.invariants();
  const bool has_room_for_charts = rest.size() <= kInvariantLines;
  append(rest, screen.lost());
  append(rest, screen.faults());
  append(rest, screen.spared());
  if (has_room_for_charts) {
    append(rest, screen.sparklines());
  }
  append(rest, screen.causes());
  append(rest, screen.ledger());
  append(rest, screen.figures());
  append(rest, screen.footer(context));
  append(rest, screen.last());

  Lines lines = screen.head();
  append(lines, screen.slos(kSummaryLines - lines.size() - rest.size()));
  append(lines, std::move(rest));
  return screen.render(lines, style.color);
}

}  // namespace wavetank::reports

#include "reports/counterfactual.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "reports/comparison.h"
#include "reports/format_units.h"
#include "reports/printable.h"
#include "reports/summary_parts.h"

namespace wavetank::reports {

namespace {

using Json = nlohmann::ordered_json;

/// Of those that are later by so much, as many may be sooner by as much, and no more.
constexpr double kChanceShare = 0.001;
constexpr Duration kLeastDelay = milliseconds(1);

/// Calls `look(without, with)` for every record that is in both runs and meant to be sent from
/// `from` on.
template <class Look>
void for_each_pair(const RecordFates& without, const RecordFates& with, Time from, Look look) {
  for (std::size_t instance = 0; instance < std::min(without.size(), with.size()); ++instance) {
    const std::vector<RecordFate>& before = without[instance];
    const std::vector<RecordFate>& after = with[instance];
    for (std::size_t i = 0; i < std::min(before.size(), after.size()); ++i) {
      if (before[i].intended_ns == after[i].intended_ns && before[i].intended_ns >= from.ns()) {
        look(before[i], after[i]);
      }
    }
  }
}

std::uint64_t count_from(const RecordFates& fates, Time from) {
  std::uint64_t count = 0;
  for (const std::vector<RecordFate>& of : fates) {
    count += static_cast<std::uint64_t>(std::ranges::count_if(
        of, [&](const RecordFate& it) { return it.intended_ns >= from.ns(); }));
  }
  return count;
}

bool came(const RecordFate& fate) {
  return fate.took_ns != RecordFate::kNever;
}

/// How far chance moves records: it makes them sooner as it makes them later, and a fault seldom
/// does the former.
Duration chance_between(const RecordFates& without, const RecordFates& with, Time from) {
  std::vector<std::int64_t> later;
  std::vector<std::int64_t> sooner{kLeastDelay.ns()};
  for_each_pair(without, with, from, [&](const RecordFate& before, const RecordFate& after) {
    if (came(before) && came(after)) {
      const std::int64_t by = after.took_ns - before.took_ns;
      (by > 0 ? later : sooner).push_back(std::abs(by));
    }
  });
  std::ranges::sort(later);
  std::ranges::sort(sooner);
  const auto beyond = [](const std::vector<std::int64_t>& sorted, std::int64_t by) {
    return static_cast<double>(sorted.end() - std::ranges::upper_bound(sorted, by));
  };
  for (auto by = std::ranges::lower_bound(sooner, kLeastDelay.ns()); by != sooner.end(); ++by) {
    if (beyond(sooner, *by) <= kChanceShare * beyond(later, *by)) {
      return Duration(*by);
    }
  }
  return Duration(sooner.back());
}

/// Which shifts are exceeded by so much.
void count_shift(std::array<std::uint64_t, kShifts.size()>& counts, Duration by) {
  for (std::size_t i = 0; i < kShifts.size() && by > kShifts[i]; ++i) {
    ++counts[i];
  }
}

void add(Counterfactual& sum, const RecordFate& without, const RecordFate& with) {
  sum.never_with += came(without) && !came(with) ? 1 : 0;
  sum.never_without += !came(without) && came(with) ? 1 : 0;
  if (!came(without) || !came(with)) {
    return;
  }
  const Duration later(with.took_ns - without.took_ns);
  ++sum.paired;
  count_shift(sum.later, later);
  count_shift(sum.sooner, Duration() - later);
  if (later > sum.chance) {
    const Time sent(with.intended_ns);
    const bool first = sum.delayed.count() == 0;
    sum.delayed_sent = {first ? sent : std::min(sum.delayed_sent.from, sent),
                        first ? sent : std::max(sum.delayed_sent.to, sent)};
    sum.delayed.record(later);
  }
}

std::string what_struck(const std::vector<FaultReport>& faults) {
  return faults.size() == 1 ? fault_name(faults.front())
                            : fmt::format("the {} faults together", faults.size());
}

std::string shift_row(const char* what, const std::array<std::uint64_t, kShifts.size()>& counts) {
  std::string row = fmt::format("  {:<14}", what);
  for (const std::uint64_t count : counts) {
    row += fmt::format(" {:>12}", format_exact(count));
  }
  return row + "\n";
}

std::string shift_table(const Counterfactual& it) {
  std::string head = fmt::format("  {:<14}", "by more than");
  for (const Duration shift : kShifts) {
    head += fmt::format(" {:>12}", format_duration(shift));
  }
  return head + "\n" + shift_row("later", it.later) + shift_row("sooner", it.sooner);
}

Json quantiles_json(const Histogram& of) {
  return {{"records", of.count()},
          {"median_s", of.quantile(0.5).seconds()},
          {"p99_s", of.quantile(0.99).seconds()},
          {"max_s", of.max().seconds()}};
}

Json shifts_json(const std::array<std::uint64_t, kShifts.size()>& counts) {
  Json list = Json::array();
  for (std::size_t i = 0; i < kShifts.size(); ++i) {
    list.push_back({{"by_more_than_s", kShifts[i].seconds()}, {"records", counts[i]}});
  }
  return list;
}

}  // namespace

Counterfactual hold_against(const RecordFates& without, const RecordFates& with, Time from) {
  Counterfactual sum;
  sum.with = count_from(with, from);
  sum.without = count_from(without, from);
  sum.chance = chance_between(without, with, from);
  for_each_pair(without, with, from, [&](const RecordFate& before, const RecordFate& after) {
    add(sum, before, after);
  });
  return sum;
}

std::string counterfactual_sentence(const Counterfactual& it, const std::vector<FaultReport>& by) {
  const std::string who = what_struck(by);
  std::string text;
  if (it.delayed.count() == 0) {
    text = fmt::format("{} delayed none of {} records by more than {}", who,
                       format_exact(it.paired), format_duration(it.chance));
  } else {
    text =
        fmt::format("{} delayed {} of {} records, by {} in the median (p99 {}, at most {})", who,
                    format_exact(it.delayed.count()), format_exact(it.paired),
                    format_duration(it.delayed.quantile(0.5)),
                    format_duration(it.delayed.quantile(0.99)), format_duration(it.delayed.max()));
  }
  return it.never_with == 0
             ? text
             : text + fmt::format("; {} more never came", format_exact(it.never_with));
}

std::string counterfactual_text(const Counterfactual& it, const RunResult& without,
                                const RunResult& with, const Style& style) {
  const std::string figures =
      "without the faults, and with them: " + comparison_text(without, with, style);
  if (it.with == 0) {
    return "records of the log: none, so figures are all there is to compare\n" + figures;
  }
  std::string text = printable(counterfactual_sentence(it, with.faults), style.ascii) + "\n";
  if (it.delayed.count() > 0) {
    text += fmt::format(
        "  sent from {} to {}; later by more than {}; sooner by as much came one in a thousand of "
        "them at most\n",
        format_time(it.delayed_sent.from), format_time(it.delayed_sent.to),
        format_duration(it.chance));
  }
  if (it.paired < it.with || it.paired < it.without) {
    text += fmt::format(
        "  {} records with the faults, {} without, {} of them the same and delivered in both\n",
        format_exact(it.with), format_exact(it.without), format_exact(it.paired));
  }
  if (it.never_without > 0) {
    text += fmt::format("  {} came only with the faults\n", format_exact(it.never_without));
  }
  return text + shift_table(it) + "\n" + figures;
}

std::string counterfactual_json(const Counterfactual& it, const RunResult& without,
                                const RunResult& with) {
  const Json document = {
      {"summary", counterfactual_sentence(it, with.faults)},
      {"records", {{"with", it.with}, {"without", it.without}, {"paired", it.paired}}},
      {"chance_s", it.chance.seconds()},
      {"delayed", quantiles_json(it.delayed)},
      {"delayed_sent_s", {it.delayed_sent.from.seconds(), it.delayed_sent.to.seconds()}},
      {"never_with", it.never_with},
      {"never_without", it.never_without},
      {"later", shifts_json(it.later)},
      {"sooner", shifts_json(it.sooner)},
      {"metrics", Json::parse(comparison_json(without, with))}};
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace wavetank::reports

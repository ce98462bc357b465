#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "reports/format_units.h"
#include "reports/html/blocks.h"
#include "reports/printable.h"
#include "reports/summary_parts.h"
#include "scenarios/slo.h"

namespace wavetank::reports::html {

namespace {

constexpr std::size_t kMostEvents = 80;

struct Event {
  Time at;
  std::string what;
  std::string host;  ///< to look at; empty: none is known
  bool is_breach = false;
};

/// The host of the fault amid which something happened; else the first of all.
std::string host_amid(const RunResult& result, Time at) {
  std::string host = result.metrics.hosts.empty() ? "" : result.metrics.hosts.front().host;
  for (const FaultReport& fault : result.faults) {
    if (const std::string struck = host_struck(result, fault.target);
        fault.at <= at && !struck.empty()) {
      host = struck;
    }
  }
  return host;
}

void add_faults(const RunResult& result, std::vector<Event>& events) {
  for (const FaultReport& fault : result.faults) {
    const std::string host = host_struck(result, fault.target);
    const auto since = [&](const std::optional<Duration>& duration, const char* what) {
      if (duration) {
        events.push_back(
            {fault.at + *duration, fmt::format("{}: {}", fault_name(fault), what), host});
      }
    };
    events.push_back({fault.at, fault_name(fault), host});
    since(fault.detected, "noticed");
    since(fault.elected, "new leaders");
    since(fault.recovered, "service is whole again");
    since(fault.drained, "the backlog is gone");
    if (fault.until) {
      events.push_back({*fault.until, fmt::format("{}: healed", fault_name(fault)), host});
    }
  }
}

/// Whether records were delivered in the second from `at` on: without any, a latency is neither
/// kept nor broken.
bool has_deliveries(const RunResult& result, Time at) {
  const auto point =
      std::ranges::find_if(result.series, [&](const SeriesPoint& it) { return it.at >= at; });
  return point != result.series.end() && point->count > 0;
}

/// An objective has its card; here it is one of many lines.
std::string name_of(const SloReport& slo) {
  constexpr std::size_t kColumns = 120;
  return cut_to(printable(slo.expr), kColumns);
}

/// How a breach ends, if that is known: not with the run, nor behind the last one that is listed.
std::string end_of_breach(const RunResult& result, const SloReport& slo, const Span& breach) {
  if (breach.to >= result.ended_at) {
    return "";
  }
  if (slo.breaches.size() >= kMaxBreachesListed && breach == slo.breaches.back()) {
    return fmt::format("{}: what followed is not listed", name_of(slo));
  }
  const auto parsed = scenarios::parse_slo(slo.expr);
  const bool is_of_deliveries = parsed && parsed->metric->name == "e2e";
  return is_of_deliveries && !has_deliveries(result, breach.to)
             ? fmt::format("{}: nothing is delivered that could be judged", name_of(slo))
             : fmt::format("{} holds again", name_of(slo));
}

void add_breaches(const RunResult& result, std::vector<Event>& events) {
  for (const SloReport& slo : result.slos) {
    if (slo.ok == true) {
      continue;
    }
    for (const Span& breach : slo.breaches) {
      events.push_back({breach.from, fmt::format("{} does not hold", name_of(slo)),
                        host_amid(result, breach.from), true});
      if (std::string end = end_of_breach(result, slo, breach); !end.empty()) {
        events.push_back({breach.to, std::move(end), host_amid(result, breach.to)});
      }
    }
  }
  for (const LostRecord& lost : result.lost) {
    events.push_back({lost.acknowledged_at,
                      fmt::format("acknowledged, and lost: {}", lost_text(lost)),
                      host_amid(result, lost.acknowledged_at), true});
  }
}

Markup row(const Event& event) {
  const Markup command = event.host.empty()
                             ? Markup()
                             : markup("<code>wavetank replay . --at {:.3f}s --show {}</code>",
                                      event.at.seconds(), event.host);
  return markup(
      "<tr><th scope=\"row\">{:.3f} s</th><td class=\"words{}\">{}</td><td class=\"words\">{}</td>"
      "</tr>\n",
      event.at.seconds(), event.is_breach ? " bad" : "", event.what, command);
}

}  // namespace

Markup event_log(const RunResult& result) {
  std::vector<Event> events;
  add_faults(result, events);
  add_breaches(result, events);
  if (events.empty()) {
    return {};
  }
  std::ranges::stable_sort(events, {}, &Event::at);
  Markup rows;
  for (std::size_t i = 0; i < std::min(events.size(), kMostEvents); ++i) {
    rows += row(events[i]);
  }
  const std::string rest =
      events.size() > kMostEvents
          ? fmt::format(" The first {} of {}.", kMostEvents, format_exact(events.size()))
          : "";
  return markup(
      "<section>\n<h2>Events</h2>\n<p>Faults, what came of them, and when objectives were broken. "
      "Each command, run in this folder, shows a host as it stood then.{}</p>\n"
      "<details{}><summary>{} events</summary>\n<div class=\"scroll\"><table class=\"narrow\">\n"
      "<thead><tr><th scope=\"col\">at</th><th scope=\"col\" class=\"words\">what</th><th "
      "scope=\"col\" class=\"words\">look into it</th></tr></thead>\n<tbody>\n{}</tbody>\n"
      "</table></div></details>\n</section>\n",
      rest, Markup::trusted(events.size() <= 16 ? " open" : ""), format_exact(events.size()), rows);
}

}  // namespace wavetank::reports::html

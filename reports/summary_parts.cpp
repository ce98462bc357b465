#include "reports/summary_parts.h"

#include <fmt/format.h>

#include <algorithm>

#include "models/record_source.h"
#include "reports/format_units.h"
#include "reports/tails.h"

namespace wavetank::reports {

namespace {

int urgency(const std::optional<bool>& ok) {
  return !ok ? 1 : *ok ? 2 : 0;
}

std::string join(const std::vector<std::string>& parts, const char* between) {
  return fmt::format("{}", fmt::join(parts, between));
}

}  // namespace

std::vector<SloReport> worst_first(std::vector<SloReport> slos) {
  std::ranges::stable_sort(slos, {}, [](const SloReport& slo) { return urgency(slo.ok); });
  return slos;
}

std::string when_or_why(const SloReport& slo) {
  if (slo.ok == true) {
    return {};
  }
  if (!slo.ok || slo.breaches.empty()) {
    return slo.why;
  }
  const Span first = slo.breaches.front();
  std::string text = fmt::format("{} to {}", format_time(first.from), format_time(first.to));
  if (slo.breaches.size() > 1) {
    text += fmt::format(" and {}{} more", slo.breaches.size() - 1,
                        slo.breaches.size() == kMaxBreachesListed ? "+" : "");
  }
  return text;
}

std::string observed_text(const SloReport& slo) {
  return slo.observed ? format_value(*slo.observed, slo.unit) : "?";
}

std::string margin_text(const SloReport& slo) {
  return slo.margin ? format_margin(*slo.margin) : "";
}

std::string fault_name(const FaultReport& fault) {
  return fmt::format("{} {}", fault.kind, fault.target);
}

std::string host_struck(const RunResult& result, const std::string& target) {
  const std::string first = target.substr(0, target.find(' '));
  const auto found = std::ranges::find(result.metrics.hosts, first, &HostUse::host);
  return found == result.metrics.hosts.end() ? "" : found->host;
}

std::vector<const FaultReport*> costliest_first(const std::vector<FaultReport>& faults) {
  std::vector<const FaultReport*> order;
  for (const FaultReport& fault : faults) {
    order.push_back(&fault);
  }
  std::ranges::stable_sort(order, [](const FaultReport* a, const FaultReport* b) {
    return std::pair(a->lost, !a->recovered) > std::pair(b->lost, !b->recovered);
  });
  return order;
}

std::string spared_text(const SparedFault& fault) {
  return fmt::format("{} {} at {}, {}", fault.kind, fault.target, format_moment(fault.at),
                     fault.why);
}

std::string recovered_text(const FaultReport& fault) {
  return fault.recovered ? format_duration(*fault.recovered) : "no";
}

std::string phases_text(const RecoveryPhases& phases) {
  std::vector<std::string> parts;
  const auto add = [&](const char* name, const std::optional<Duration>& duration) {
    if (duration) {
      parts.push_back(fmt::format("{} {}", name, format_duration(*duration)));
    }
  };
  add("detect", phases.detect);
  add("elect", phases.elect);
  add("reassign", phases.reassign);
  add("restore", phases.restore);
  add("replay", phases.replay);
  add("drain", phases.drain);
  return join(parts, ", ");
}

std::string causes_text(const LatencySplit& split) {
  std::vector<PartInfo> causes(all_parts().begin(), all_parts().end());
  std::ranges::stable_sort(causes, std::ranges::greater(),
                           [&](const PartInfo& part) { return split.*part.time; });
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < 3 && split.*causes[i].time > Duration(); ++i) {
    const Duration time = split.*causes[i].time;
    parts.push_back(fmt::format("{} {} ({})", causes[i].name, format_duration(time),
                                format_percent(time.seconds() / split.total.seconds())));
  }
  return join(parts, ", ");
}

std::string ledger_text(const Ledger& ledger, bool ascii) {
  std::vector<std::string> parts{format_exact(ledger.delivered) + " delivered"};
  const auto add_if_any = [&](std::uint64_t n, const char* name) {
    if (n > 0) {
      parts.push_back(fmt::format("{} {}", format_exact(n), name));
    }
  };
  add_if_any(ledger.dead_lettered, "dead-lettered");
  add_if_any(ledger.in_flight, "in flight");
  add_if_any(ledger.refused, "refused");
  add_if_any(ledger.expired, "expired");
  add_if_any(ledger.skipped, "skipped");
  add_if_any(ledger.compacted, "compacted");
  parts.push_back(format_exact(ledger.lost) + " lost");
  const char* equals = balances(ledger) ? "=" : ascii ? "!=" : "≠";
  return fmt::format("{} produced {} {}; {} duplicated", format_exact(ledger.produced), equals,
                     join(parts, " + "), format_exact(ledger.duplicated));
}

std::string event_name(std::uint64_t event_id) {
  const std::uint32_t instance = models::event_instance(event_id);
  return instance == 0 ? fmt::format("{}", event_id)
                       : fmt::format("{}/{}", instance, models::event_number(event_id));
}

std::string lost_text(const LostRecord& lost) {
  return fmt::format("event {}, key {}, in {} at offset {}, acknowledged at {}",
                     event_name(lost.event_id), lost.key, lost.partition, lost.offset,
                     format_time(lost.acknowledged_at));
}

std::string invariant_text(const InvariantReport& invariant) {
  const char* state = invariant.verdict == Verdict::fail ? "is broken" : "is unknown";
  return fmt::format(
      "{} {}: {}", invariant.name, state,
      invariant.first.value_or(fmt::format("{} facts looked at", format_exact(invariant.checked))));
}

std::vector<InvariantReport> troubled(const std::vector<InvariantReport>& invariants) {
  std::vector<InvariantReport> found;
  for (const Verdict verdict : {Verdict::fail, Verdict::unknown}) {
    for (const InvariantReport& invariant : invariants) {
      if (invariant.verdict == verdict) {
        found.push_back(invariant);
      }
    }
  }
  return found;
}

std::string figure_text(const FigureReport& figure) {
  std::string text = !figure.holds   ? "unknown: " + figure.why
                     : *figure.holds ? "holds"
                                     : "does not hold";
  if (figure.holds == false && !figure.why.empty()) {
    text += ": " + figure.why;
  }
  if (figure.knee) {
    text += "; knee " + format_value(*figure.knee, figure.knee_unit);
    if (!figure.bound_by.empty()) {
      text += fmt::format(" ({})", figure.bound_by);
    }
  }
  return text;
}

const char* verdict_word(Verdict verdict) {
  return verdict == Verdict::pass ? "PASS" : verdict == Verdict::fail ? "FAIL" : "UNKNOWN";
}

}  // namespace wavetank::reports

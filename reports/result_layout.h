#pragma once

// The layout of `result.json`: every field of a result with its key and its unit, once. An archive
// walks it, so that what is written is what is read. It has
//
//   a(key, value)                       a number, text, enumerator, part, list, or none of these
//   a.time(key, value, unit)            a time or a duration as a number of that unit
//   a.added(key, value)                 a part that results of older programs have not
//   a.constant(key, text)               always the same text
//   a.object(key, fields)               `fields(inner)` within an object
//   a.document(key, text)               JSON as it is
//   a.column(key, rows, member)         one array of a member of every row
//   a.time_column(key, rows, member, unit)

#include <array>
#include <concepts>
#include <cstddef>
#include <type_traits>

#include "reports/result.h"
#include "reports/tails.h"
#include "reports/verdict.h"

namespace wavetank::reports {

template <class T, class Plain>
concept Like = std::same_as<std::remove_const_t<T>, Plain>;

/// The text of an enumerator, both ways.
template <class E>
struct Names;
template <>
struct Names<Verdict> {
  static constexpr std::array kAll{Verdict::pass, Verdict::fail, Verdict::unknown};
};
template <>
struct Names<Regime> {
  static constexpr std::array kAll{Regime::realistic, Regime::adversarial};
};
template <>
struct Names<Phase> {
  static constexpr std::array kAll{Phase::steady, Phase::fault, Phase::after};
};
template <>
struct Names<Resource> {
  static constexpr auto kAll = kResources;
};
template <>
struct Names<Leg> {
  static constexpr std::array kAll{Leg::accept,      Leg::batch,   Leg::retry,  Leg::send,
                                   Leg::request,     Leg::arrival, Leg::append, Leg::sync,
                                   Leg::replication, Leg::fetch,   Leg::read,   Leg::answer,
                                   Leg::response,    Leg::handover};
};
template <class E>
concept Named = requires {
  Names<E>::kAll;
};

/// How a length of time is written: as a number of this unit.
struct Unit {
  double ns;
};
inline constexpr Unit kSeconds{1e9};
inline constexpr Unit kMilliseconds{1e6};

template <class Archive, Like<Span> T>
void describe(Archive& a, T& span) {
  a.time("from_s", span.from, kSeconds);
  a.time("to_s", span.to, kSeconds);
}

template <class Archive, Like<PhaseSpan> T>
void describe(Archive& a, T& phase) {
  a("phase", phase.phase);
  describe(a, phase.span);
}

template <class Archive, Like<SloReport> T>
void describe(Archive& a, T& slo) {
  a("expr", slo.expr);
  a("ok", slo.ok);
  a("observed", slo.observed);
  a("limit", slo.limit);
  a("unit", slo.unit);
  a("margin", slo.margin);
  a("what", slo.what);
  a("phase", slo.phase);
  a("against_baseline", slo.against_baseline);
  a("why", slo.why);
  a("breaches", slo.breaches);
}

template <class Archive, Like<InvariantReport> T>
void describe(Archive& a, T& invariant) {
  a("name", invariant.name);
  a("verdict", invariant.verdict);
  a("checked", invariant.checked);
  a("first", invariant.first);
}

template <class Archive, Like<LostRecord> T>
void describe(Archive& a, T& lost) {
  a("event_id", lost.event_id);
  a("key", lost.key);
  a("partition", lost.partition);
  a("offset", lost.offset);
  a.time("acknowledged_at_s", lost.acknowledged_at, kSeconds);
}

template <class Archive, class T>
void describe_ledger(Archive& a, T& ledger) {
  a("produced", ledger.produced);
  a("acknowledged", ledger.acknowledged);
  a("delivered", ledger.delivered);
  a("dead_lettered", ledger.dead_lettered);
  a("in_flight", ledger.in_flight);
  a("refused", ledger.refused);
  a("expired", ledger.expired);
  a("skipped", ledger.skipped);
  a("compacted", ledger.compacted);
  a("lost", ledger.lost);
  a("duplicated", ledger.duplicated);
}

template <class Archive, Like<SparedFault> T>
void describe(Archive& a, T& fault) {
  a("kind", fault.kind);
  a("target", fault.target);
  a.time("at_s", fault.at, kSeconds);
  a("why", fault.why);
}

template <class Archive, Like<FaultReport> T>
void describe(Archive& a, T& fault) {
  a("kind", fault.kind);
  a("target", fault.target);
  a.time("at_s", fault.at, kSeconds);
  a.time("until_s", fault.until, kSeconds);
  a.time("detected_s", fault.detected, kSeconds);
  a.time("elected_s", fault.elected, kSeconds);
  a.time("recovered_s", fault.recovered, kSeconds);
  a.time("drained_s", fault.drained, kSeconds);
  a("peak_lag_records", fault.peak_lag_records);
  a("lost", fault.lost);
  a("duplicated", fault.duplicated);
  a("note", fault.note);
  a.object("phases", [&](auto& inner) {
    inner.time("detect", fault.phases.detect, kSeconds);
    inner.time("elect", fault.phases.elect, kSeconds);
    inner.time("reassign", fault.phases.reassign, kSeconds);
    inner.time("restore", fault.phases.restore, kSeconds);
    inner.time("replay", fault.phases.replay, kSeconds);
    inner.time("drain", fault.phases.drain, kSeconds);
  });
}

template <class Archive, Like<LatencySummary> T>
void describe(Archive& a, T& s) {
  a("count", s.count);
  a.time("mean", s.mean, kMilliseconds);
  a.time("p50", s.p50, kMilliseconds);
  a.time("p90", s.p90, kMilliseconds);
  a.time("p95", s.p95, kMilliseconds);
  a.time("p99", s.p99, kMilliseconds);
  a.time("p999", s.p999, kMilliseconds);
  a.time("p9999", s.p9999, kMilliseconds);
  a.time("max", s.max, kMilliseconds);
}

template <class Archive, class T>
void describe_phases(Archive& a, T& by_phase) {
  a.object("phases", [&](auto& inner) {
    for (const Phase phase : Names<Phase>::kAll) {
      inner(name(phase), by_phase[static_cast<std::size_t>(phase)]);
    }
  });
}

template <class Archive, class T>
void describe_latency(Archive& a, const char* key, T& metric) {
  a.object(key, [&](auto& inner) {
    inner.constant("unit", "ms");
    describe(inner, metric.all);
    describe_phases(inner, metric.by_phase);
  });
}

template <class Archive, class T>
void describe_rate(Archive& a, const char* key, const char* unit, T& metric) {
  a.object(key, [&](auto& inner) {
    inner.constant("unit", unit);
    inner("value", metric.all);
    describe_phases(inner, metric.by_phase);
  });
}

template <class Archive, Like<HostUse> T>
void describe(Archive& a, T& use) {
  a("host", use.host);
  a("cpu", use.cpu);
  a("disk", use.disk);
  a("nic_in", use.nic_in);
  a("nic_out", use.nic_out);
  a("process", use.process);
}

template <class Archive, Like<ScalarMetric> T>
void describe(Archive& a, T& scalar) {
  a("name", scalar.name);
  a("value", scalar.value);
  a("unit", scalar.unit);
}

template <class Archive, class T>
void describe_metrics(Archive& a, T& metrics) {
  describe_latency(a, "e2e", metrics.e2e);
  describe_latency(a, "publish", metrics.publish);
  describe_rate(a, "throughput_in", "records/s", metrics.throughput_in);
  describe_rate(a, "throughput_out", "records/s", metrics.throughput_out);
  describe_rate(a, "bytes_in", "B/s", metrics.bytes_in);
  a.object("lag", [&](auto& inner) {
    inner.constant("unit", "records");
    inner("peak", metrics.lag.peak);
    inner("final", metrics.lag.final);
  });
  a("utilisation", metrics.hosts);
  a("scalars", metrics.scalars);
}

template <class Archive, Like<LatencySplit> T>
void describe(Archive& a, T& split) {
  a.time("total", split.total, kMilliseconds);
  a.time("queue", split.queue, kMilliseconds);
  a.time("service", split.service, kMilliseconds);
  a.time("network", split.network, kMilliseconds);
  a.time("disk", split.disk, kMilliseconds);
  a.time("batch", split.batch, kMilliseconds);
  a.time("retry", split.retry, kMilliseconds);
  a.time("replication", split.replication, kMilliseconds);
}

template <class Archive, Like<FigureReport> T>
void describe(Archive& a, T& figure) {
  a("id", figure.id);
  a("claimed", figure.claimed);
  a("simulated", figure.simulated);
  a("unit", figure.unit);
  a("holds", figure.holds);
  a("why", figure.why);
  a("knee", figure.knee);
  a("knee_unit", figure.knee_unit);
  a("bound_by", figure.bound_by);
}

template <class Archive, Like<ResourceUse> T>
void describe(Archive& a, T& use) {
  a("host", use.host);
  a("resource", use.resource);
  a("process", use.process);
  a("servers", use.servers);
  a("mean", use.mean);
  a("peak", use.peak);
  a.time("peak_at_s", use.peak_at, kSeconds);
  a("windows", use.windows);
}

template <class Archive, Like<ScheduledStep> T>
void describe(Archive& a, T& step) {
  a.time("at_s", step.at, kSeconds);
  a("action", step.action);
  a("target", step.target);
  a("detail", step.detail);
}

template <class Archive, Like<Partial> T>
void describe(Archive& a, T& partial) {
  a("exit_code", partial.code);
  a("reason", partial.reason);
}

template <class Archive, Like<scenarios::MeantToFail> T>
void describe(Archive& a, T& meant) {
  a("why", meant.why);
  a("invariants", meant.invariants);
  a("slos", meant.slos);
}

template <class Archive, Like<LatencyCurve> T>
void describe(Archive& a, T& curve) {
  a("phase", curve.phase);
  a.column(
      "quantile", curve.points, [](auto& p) -> auto& { return p.quantile; });
  a.time_column(
      "e2e_ms", curve.points, [](auto& p) -> auto& { return p.latency; }, kMilliseconds);
}

template <class Archive, Like<HeatColumn> T>
void describe(Archive& a, T& column) {
  a.time("at_s", column.at, kSeconds);
  a("first_bucket", column.first_bucket);
  a("counts", column.counts);
}

template <class Archive, Like<TailPeriod> T>
void describe(Archive& a, T& period) {
  a("phase", period.phase);
  a("fault", period.fault);
}

template <class Archive, Like<TailShare> T>
void describe(Archive& a, T& share) {
  describe(a, share.period);
  a("records", share.records);
  a.time("without_ms", share.without, kMilliseconds);
}

template <class Archive, Like<TailPlace> T>
void describe(Archive& a, T& place) {
  a("name", place.name);
  a("share", place.share);
}

template <class Archive, Like<TailCause> T>
void describe(Archive& a, T& cause) {
  a("leg", cause.leg);
  describe(a, cause.period);
  a("share", cause.share);
  a("records", cause.records);
  a.time("mean_ms", cause.mean, kMilliseconds);
  describe(a, cause.dates);
  a.time("without_ms", cause.without, kMilliseconds);
  a("leaders", cause.leaders);
  a("partitions", cause.partitions);
}

template <class Archive, Like<Tail> T>
void describe(Archive& a, T& tail) {
  a("quantile", tail.quantile);
  a("phase", tail.phase);
  a.time("e2e_ms", tail.latency, kMilliseconds);
  a("records", tail.records);
  a("of", tail.of);
  a("example", tail.example);
  a("periods", tail.periods);
  a("causes", tail.causes);
}

template <class Archive, class T>
void describe_series(Archive& a, T& series) {
  a.time_column(
      "at_s", series, [](auto& p) -> auto& { return p.at; }, kSeconds);
  a.column(
      "count", series, [](auto& p) -> auto& { return p.count; });
  a.time_column(
      "e2e_p50_ms", series, [](auto& p) -> auto& { return p.e2e_p50; }, kMilliseconds);
  a.time_column(
      "e2e_p99_ms", series, [](auto& p) -> auto& { return p.e2e_p99; }, kMilliseconds);
  a.time_column(
      "e2e_max_ms", series, [](auto& p) -> auto& { return p.e2e_max; }, kMilliseconds);
  a.column(
      "lag_records", series, [](auto& p) -> auto& { return p.lag_records; });
  a.column(
      "in_per_s", series, [](auto& p) -> auto& { return p.in_per_s; });
  a.column(
      "out_per_s", series, [](auto& p) -> auto& { return p.out_per_s; });
}

template <class Archive, class T>
void describe_provenance(Archive& a, T& p) {
  a("scenario_sha256", p.scenario_sha256);
  a("seed", p.seed);
  a("digest", p.digest);
  a("program_version", p.program_version);
  a("cost_table", p.cost_table);
  a("events", p.events);
}

template <class Archive, class T>
void describe_result(Archive& a, T& r) {
  a("verdict", r.verdict);
  a("exit_code", r.exit_code);
  a("exit_codes", r.exit_codes);
  a("summary", r.summary);
  a("meant_to_fail", r.meant_to_fail);
  a("as_meant", r.as_meant);
  a("title", r.title);
  a("regime", r.regime);
  a("partial", r.partial);
  a.time("warmup_s", r.warmup, kSeconds);
  a.time("ended_s", r.ended_at, kSeconds);
  a("slos", r.slos);
  a("invariants", r.invariants);
  a.object("ledger", [&](auto& inner) { describe_ledger(inner, r.ledger); });
  a("lost", r.lost);
  a("faults", r.faults);
  a("phases", r.phases);
  a.object("metrics", [&](auto& inner) { describe_metrics(inner, r.metrics); });
  a.object("attribution", [&](auto& inner) {
    inner.constant("unit", "ms");
    inner("p50", r.attribution.p50);
    inner("p99", r.attribution.p99);
    inner("p999", r.attribution.p999);
  });
  a.object("utilisation", [&](auto& inner) {
    inner.time("from_s", r.utilisation.from, kSeconds);
    inner.time("to_s", r.utilisation.to, kSeconds);
    inner.time("window_s", r.utilisation.window, kSeconds);
    inner("resources", r.utilisation.resources);
  });
  a("figures", r.figures);
  a.object("series", [&](auto& inner) { describe_series(inner, r.series); });
  a("curves", r.curves);
  a("heat", r.heat);
  a.added("tails", r.tails);
  a.added("naive_curve", r.naive_curve);
  a.added("spared", r.spared);
  a("schedule", r.schedule);
  a.document("config", r.config_json);
  a.object("provenance", [&](auto& inner) { describe_provenance(inner, r.provenance); });
}

}  // namespace wavetank::reports

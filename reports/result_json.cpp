#include "reports/result_json.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <concepts>
#include <nlohmann/json.hpp>
#include <type_traits>
#include <utility>

#include "engine/base/ensure.h"
#include "reports/tails.h"
#include "reports/verdict.h"

namespace wavetank::reports {

namespace {

using Json = nlohmann::ordered_json;

/// Deeper than any result; a bound for hostile files.
constexpr int kMaxNesting = 128;

template <class T, class Plain>
concept Like = std::same_as<std::remove_const_t<T>, Plain>;

// The layout of the document stands once, in the `describe` functions below: a Writer and a Reader
// walk it alike, so that what is written is what is read.

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

template <class Archive, Like<SloReport> T>
void describe(Archive& a, T& slo);
template <class Archive, Like<InvariantReport> T>
void describe(Archive& a, T& invariant);
template <class Archive, Like<LostRecord> T>
void describe(Archive& a, T& lost);
template <class Archive, Like<FaultReport> T>
void describe(Archive& a, T& fault);
template <class Archive, Like<FigureReport> T>
void describe(Archive& a, T& figure);
template <class Archive, Like<HostUse> T>
void describe(Archive& a, T& use);
template <class Archive, Like<ResourceUse> T>
void describe(Archive& a, T& use);
template <class Archive, Like<ScalarMetric> T>
void describe(Archive& a, T& scalar);
template <class Archive, Like<LatencySummary> T>
void describe(Archive& a, T& s);
template <class Archive, Like<LatencySplit> T>
void describe(Archive& a, T& split);
template <class Archive, Like<LatencyCurve> T>
void describe(Archive& a, T& curve);
template <class Archive, Like<HeatColumn> T>
void describe(Archive& a, T& column);
template <class Archive, Like<TailPeriod> T>
void describe(Archive& a, T& period);
template <class Archive, Like<TailShare> T>
void describe(Archive& a, T& share);
template <class Archive, Like<TailPlace> T>
void describe(Archive& a, T& place);
template <class Archive, Like<TailCause> T>
void describe(Archive& a, T& cause);
template <class Archive, Like<Tail> T>
void describe(Archive& a, T& tail);
template <class Archive, Like<ScheduledStep> T>
void describe(Archive& a, T& step);
template <class Archive, Like<Partial> T>
void describe(Archive& a, T& partial);
template <class Archive, Like<scenarios::MeantToFail> T>
void describe(Archive& a, T& meant);
template <class Archive, Like<Span> T>
void describe(Archive& a, T& span);
template <class Archive, Like<PhaseSpan> T>
void describe(Archive& a, T& phase);

/// How a length of time is written: as a number of this unit.
struct Unit {
  double ns;
};
constexpr Unit kSeconds{1e9};
constexpr Unit kMilliseconds{1e6};

class Writer {
 public:
  template <class T>
  void operator()(const char* key, const T& value) {
    json_[key] = encode(value);
  }
  template <class T>
  void time(const char* key, const T& value, Unit unit) {
    json_[key] = encode_time(value, unit);
  }
  /// A part that results of older programs have not.
  template <class T>
  void added(const char* key, const T& value) {
    (*this)(key, value);
  }
  void constant(const char* key, const char* value) { json_[key] = value; }
  template <class Fields>
  void object(const char* key, Fields&& fields) {
    Writer inner;
    fields(inner);
    json_[key] = std::move(inner.json_);
  }
  void document(const char* key, const std::string& text) {
    Json value = Json::parse(text, nullptr, false);
    ENSURE(!value.is_discarded(), "the effective scenario is JSON");
    json_[key] = std::move(value);
  }
  /// One array of a member of every element.
  template <class T, class Member>
  void column(const char* key, const std::vector<T>& rows, Member&& member) {
    Json column = Json::array();
    for (const T& row : rows) {
      column.push_back(encode(member(row)));
    }
    json_[key] = std::move(column);
  }
  template <class T, class Member>
  void time_column(const char* key, const std::vector<T>& rows, Member&& member, Unit unit) {
    Json column = Json::array();
    for (const T& row : rows) {
      column.push_back(encode_time(member(row), unit));
    }
    json_[key] = std::move(column);
  }

  [[nodiscard]] std::string text() const {
    return json_.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  }

 private:
  template <class T>
  static Json encode(const T& value) {
    if constexpr (std::same_as<T, ExitCode>) {
      return static_cast<int>(value);
    } else if constexpr (Named<T>) {
      return name(value);
    } else if constexpr (std::is_arithmetic_v<T> || std::same_as<T, std::string>) {
      if constexpr (std::is_floating_point_v<T>) {
        ENSURE(std::isfinite(value), "a result holds numbers");
      }
      return value;
    } else {
      Writer inner;
      describe(inner, value);
      return std::move(inner.json_);
    }
  }
  template <class T>
  static Json encode(const std::optional<T>& value) {
    return value ? encode(*value) : Json(nullptr);
  }
  template <class T>
  static Json encode(const std::vector<T>& values) {
    Json list = Json::array();
    for (const T& value : values) {
      list.push_back(encode(value));
    }
    return list;
  }
  template <class T>
  static Json encode_time(const T& value, Unit unit) {
    return static_cast<double>(value.ns()) / unit.ns;
  }
  template <class T>
  static Json encode_time(const std::optional<T>& value, Unit unit) {
    return value ? encode_time(*value, unit) : Json(nullptr);
  }

  Json json_ = Json::object();
};

/// Reads an object; the first thing wrong is kept and everything after it left alone.
class Reader {
 public:
  Reader(const Json& json, std::string path, std::string& error)
      : json_(json), path_(std::move(path)), error_(error) {
    if (!json_.is_object()) {
      wrong(path_, "an object", json_);
    }
  }

  template <class T>
  void operator()(const char* key, T& value) {
    if (const Json* found = find(key)) {
      decode(*found, path_ + "/" + key, value);
    }
  }
  template <class T>
  void time(const char* key, T& value, Unit unit) {
    if (const Json* found = find(key)) {
      decode_time(*found, path_ + "/" + key, value, unit);
    }
  }
  template <class T>
  void added(const char* key, T& value) {
    if (json_.contains(key)) {
      (*this)(key, value);
    }
  }
  void constant(const char* key, const char* value) {
    const Json* found = find(key);
    if (found != nullptr && *found != value) {
      wrong(path_ + "/" + key, fmt::format("\"{}\"", value), *found);
    }
  }
  template <class Fields>
  void object(const char* key, Fields&& fields) {
    if (const Json* found = find(key)) {
      Reader inner(*found, path_ + "/" + key, error_);
      fields(inner);
    }
  }
  void document(const char* key, std::string& text) {
    if (const Json* found = find(key)) {
      text = found->dump(-1, ' ', false, Json::error_handler_t::replace);
    }
  }
  /// The first column makes the rows; the others must be as long.
  template <class T, class Member>
  void column(const char* key, std::vector<T>& rows, Member&& member) {
    each(key, rows, [&](const Json& cell, const std::string& path, T& row) {
      decode(cell, path, member(row));
    });
  }
  template <class T, class Member>
  void time_column(const char* key, std::vector<T>& rows, Member&& member, Unit unit) {
    each(key, rows, [&](const Json& cell, const std::string& path, T& row) {
      decode_time(cell, path, member(row), unit);
    });
  }

 private:
  const Json* find(const char* key) {
    if (!error_.empty()) {
      return nullptr;
    }
    const auto found = json_.find(key);
    if (found == json_.end()) {
      error_ = fmt::format("{}/{}: missing", path_, key);
      return nullptr;
    }
    return &*found;
  }
  void wrong(const std::string& path, std::string_view expected, const Json& found) {
    if (error_.empty()) {
      error_ = fmt::format(
          "{}: expected {}, found {}", path.empty() ? "/" : path, expected,
          found.is_primitive() && !found.is_string() ? found.dump() : found.type_name());
    }
  }
  template <class T, class Decode>
  void each(const char* key, std::vector<T>& rows, Decode&& decode_cell) {
    const Json* found = find(key);
    if (found == nullptr) {
      return;
    }
    const std::string path = path_ + "/" + key;
    if (!std::exchange(has_rows_, true) && found->is_array() && found->size() <= kMaxSeriesPoints) {
      rows.resize(found->size());
    }
    if (!found->is_array() || found->size() != rows.size()) {
      return wrong(path, fmt::format("an array of {} values", rows.size()), *found);
    }
    for (std::size_t i = 0; i < rows.size(); ++i) {
      decode_cell((*found)[i], fmt::format("{}/{}", path, i), rows[i]);
    }
  }

  template <class T>
  void decode(const Json& json, const std::string& path, T& value) {
    if constexpr (std::same_as<T, bool>) {
      json.is_boolean() ? void(value = json.get<bool>()) : wrong(path, "true or false", json);
    } else if constexpr (std::same_as<T, double>) {
      json.is_number() ? void(value = json.get<double>()) : wrong(path, "a number", json);
    } else if constexpr (std::same_as<T, std::uint64_t>) {
      json.is_number_unsigned() ? void(value = json.get<T>())
                                : wrong(path, "a whole number, not negative", json);
    } else if constexpr (std::same_as<T, std::int64_t>) {
      json.is_number_integer() ? void(value = json.get<T>()) : wrong(path, "a whole number", json);
    } else if constexpr (std::same_as<T, std::string>) {
      json.is_string() ? void(value = json.get<std::string>()) : wrong(path, "a string", json);
    } else if constexpr (std::same_as<T, ExitCode>) {
      decode_exit_code(json, path, value);
    } else if constexpr (Named<T>) {
      decode_name(json, path, value);
    } else {
      Reader inner(json, path, error_);
      describe(inner, value);
    }
  }
  template <class T>
  void decode(const Json& json, const std::string& path, std::optional<T>& value) {
    if (json.is_null()) {
      value.reset();
    } else {
      decode(json, path, value.emplace());
    }
  }
  template <class T>
  void decode(const Json& json, const std::string& path, std::vector<T>& values) {
    if (!json.is_array()) {
      return wrong(path, "an array", json);
    }
    values.clear();
    for (std::size_t i = 0; i < json.size() && error_.empty(); ++i) {
      decode(json[i], fmt::format("{}/{}", path, i), values.emplace_back());
    }
  }
  void decode_exit_code(const Json& json, const std::string& path, ExitCode& value) {
    if (!json.is_number_unsigned() || json.get<std::uint64_t>() > 255) {
      return wrong(path, "an exit code", json);
    }
    value = static_cast<ExitCode>(json.get<int>());
  }
  template <class E>
  void decode_name(const Json& json, const std::string& path, E& value) {
    std::string choices;
    for (const E each : Names<E>::kAll) {
      if (json == name(each)) {
        value = each;
        return;
      }
      choices += fmt::format("{}\"{}\"", choices.empty() ? "" : " or ", name(each));
    }
    wrong(path, choices, json);
  }
  template <class T>
  void decode_time(const Json& json, const std::string& path, T& value, Unit unit) {
    const double ns = json.is_number() ? json.get<double>() * unit.ns : HUGE_VAL;
    if (!(std::abs(ns) < 0x1p61)) {
      return wrong(path, "a time", json);
    }
    value = T(std::llround(ns));
  }
  template <class T>
  void decode_time(const Json& json, const std::string& path, std::optional<T>& value, Unit unit) {
    if (json.is_null()) {
      value.reset();
    } else {
      decode_time(json, path, value.emplace(), unit);
    }
  }

  const Json& json_;
  std::string path_;
  std::string& error_;
  bool has_rows_ = false;
};

// ---------------------------------------------------------------------------- the layout

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

/// Parses without recursing deeper than kMaxNesting, which later walks of the value would.
Result<Json> parse(std::string_view text) {
  bool too_deep = false;
  const auto watch = [&](int depth, Json::parse_event_t, Json&) {
    too_deep = too_deep || depth > kMaxNesting;
    return !too_deep;
  };
  try {
    Json json = Json::parse(text, watch);
    if (too_deep) {
      return fail(fmt::format("nested deeper than {} levels", kMaxNesting));
    }
    return json;
  } catch (const Json::parse_error& e) {
    return fail(fmt::format("not JSON, at byte {}", e.byte));
  } catch (const Json::exception&) {
    return fail("a number is out of range");
  }
}

}  // namespace

std::string write_result(const RunResult& result) {
  Writer writer;
  writer("schema_version", kSchemaVersion);
  describe_result(writer, result);
  return writer.text();
}

Result<RunResult> read_result(std::string_view text) {
  const Result<Json> json = parse(text);
  if (!json) {
    return fail("not a result: " + json.error().message);
  }
  const auto version = json->is_object() ? json->find("schema_version") : json->end();
  if (version == json->end()) {
    return fail("not a result: no /schema_version");
  }
  if (*version != kSchemaVersion) {
    return fail(fmt::format("result of schema version {}; this program reads version {}",
                            version->is_number() ? version->dump() : version->type_name(),
                            kSchemaVersion));
  }
  RunResult result;
  std::string error;
  Reader reader(*json, "", error);
  describe_result(reader, result);
  if (!error.empty()) {
    return fail("not a valid result: " + error);
  }
  return result;
}

std::string write_meta(const RunMeta& meta) {
  Writer writer;
  writer("command", meta.command);
  writer("wall_s", meta.wall_s);
  writer("simulated_s", meta.simulated_s);
  writer("speedup", meta.speedup);
  writer("events_per_s", meta.events_per_s);
  writer("records_per_s", meta.records_per_s);
  writer("peak_rss_bytes", meta.peak_rss_bytes);
  writer.object("host", [&](Writer& host) {
    host("cores", meta.host_cores);
    host("cpu", meta.host_cpu);
  });
  return writer.text();
}

std::string read_command(std::string_view meta) {
  const Json json = Json::parse(meta, nullptr, false);
  const auto found = json.is_object() ? json.find("command") : json.end();
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace wavetank::reports

#pragma once

// What a run says when it is over, as plain data. A runner fills `RunResult` with facts (faults,
// invariants, ledger, use of hosts, provenance) and `Evidence` with what was seen second by second;
// `conclude` (conclude.h) derives the rest. Nothing here depends on the machine, the working
// directory or the wall clock: the same scenario and seed give the same bytes. What does depend on
// them is `RunMeta`.
//
// Times are points since the start of the run; durations of a fault's recovery count from the
// fault. A missing optional means "did not happen" or "too little evidence", never zero.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/histogram.h"
#include "engine/base/time.h"
#include "reports/exit_code.h"
#include "reports/record_way.h"
#include "reports/utilisation.h"
#include "scenarios/meant_to_fail.h"

namespace wavetank::reports {

inline constexpr int kSchemaVersion = 1;

/// Bounds of what a result lists; totals beside the lists are always complete.
inline constexpr std::size_t kMaxLostListed = 20;
inline constexpr std::size_t kMaxBreachesListed = 20;
inline constexpr std::size_t kMaxSeriesPoints = 2000;
inline constexpr std::size_t kMaxHeatColumns = 240;
inline constexpr std::size_t kMaxTails = 16;
inline constexpr std::size_t kMaxTailPeriods = 8;
inline constexpr std::size_t kMaxTailCauses = 5;
inline constexpr std::size_t kMaxTailPlaces = 2;

enum class Verdict : std::uint8_t { pass, fail, unknown };
/// Realistic: figures mean something. Adversarial: only verdicts do.
enum class Regime : std::uint8_t { realistic, adversarial };

/// Every moment after the warm-up belongs to one phase: before the first fault, from a fault until
/// it is recovered and its backlog drained, or after that.
enum class Phase : std::uint8_t { steady, fault, after };
inline constexpr std::size_t kPhaseCount = 3;

/// The moments [from, to).
struct Span {
  Time from;
  Time to;
  friend bool operator==(const Span&, const Span&) = default;
};
struct PhaseSpan {
  Phase phase = Phase::steady;
  Span span;
  friend bool operator==(const PhaseSpan&, const PhaseSpan&) = default;
};

// ---------------------------------------------------------------------------- judgements

struct SloReport {
  std::string expr;                ///< as written in the scenario
  std::string what;                ///< in words: "p99 end-to-end"
  std::string phase;               ///< "run", "steady" or "fault"
  bool against_baseline = false;   ///< its limit is a multiple of the baseline's value
  std::optional<bool> ok;          ///< missing: unknown, and `why` says so
  std::optional<double> observed;  ///< in `unit`
  std::optional<double> limit;     ///< in `unit`; after a baseline has been multiplied in
  std::string unit;                ///< "s", "records/s", "" for plain counts and shares
  /// Share of the limit that was left: 0.49 for 4.1 s of 8 s, negative when violated. Missing for
  /// == and != and for a limit of zero.
  std::optional<double> margin;
  std::string why;  ///< why unknown
  std::vector<Span>
      breaches;  ///< when it did not hold, second by second; at most kMaxBreachesListed
  friend bool operator==(const SloReport&, const SloReport&) = default;
};

struct InvariantReport {
  std::string name;  ///< "log/lost-write"
  Verdict verdict = Verdict::unknown;
  std::uint64_t checked = 0;         ///< facts looked at
  std::optional<std::string> first;  ///< the first bad one, for people
  friend bool operator==(const InvariantReport&, const InvariantReport&) = default;
};

/// Conservation of records. Every produced record ends in exactly one of delivered, dead-lettered,
/// in flight (when the run ended), refused, expired, skipped, compacted or lost.
struct Ledger {
  std::uint64_t produced = 0;      ///< handed to a producer
  std::uint64_t acknowledged = 0;  ///< of these, confirmed to the producer
  std::uint64_t delivered = 0;     ///< read by a consumer at least once
  std::uint64_t dead_lettered = 0;
  std::uint64_t in_flight = 0;
  std::uint64_t refused = 0;     ///< given up by the producer, and its caller told so
  std::uint64_t lost = 0;        ///< acknowledged, and gone
  std::uint64_t duplicated = 0;  ///< deliveries beyond the first of records stored twice
  std::uint64_t expired = 0;     ///< thrown away by retention before the consumers had read it
  std::uint64_t skipped = 0;     ///< stored, and passed over by the consumers' own choice
  std::uint64_t compacted = 0;   ///< gone unread, for a later one of its key was there
  friend bool operator==(const Ledger&, const Ledger&) = default;
};
[[nodiscard]] bool balances(const Ledger& ledger);

/// An acknowledged write that is gone.
struct LostRecord {
  std::uint64_t event_id = 0;
  std::string key;        ///< printable; the sanitiser runs again where it is shown
  std::string partition;  ///< "orders-7"
  std::int64_t offset = 0;
  Time acknowledged_at;
  friend bool operator==(const LostRecord&, const LostRecord&) = default;
};

/// Parts of a recovery. The first three follow one another, restore and replay what has healed.
struct RecoveryPhases {
  std::optional<Duration> detect;    ///< fault to the controller noticing
  std::optional<Duration> elect;     ///< to new leaders for everything that can have one
  std::optional<Duration> reassign;  ///< to the clients using them
  std::optional<Duration> restore;   ///< state or log brought back
  std::optional<Duration> replay;    ///< missed records fetched again
  std::optional<Duration> drain;     ///< backlog down to where it was
  friend bool operator==(const RecoveryPhases&, const RecoveryPhases&) = default;
};

struct FaultReport {
  std::string kind;    ///< "crash"
  std::string target;  ///< "broker-2"
  Time at;
  std::optional<Time> until;  ///< healed by the schedule
  // Since `at`:
  std::optional<Duration> detected;
  std::optional<Duration> elected;
  std::optional<Duration> recovered;  ///< service is whole again
  std::optional<Duration> drained;    ///< and the backlog gone
  RecoveryPhases phases;
  std::uint64_t peak_lag_records = 0;
  std::uint64_t lost = 0;
  std::uint64_t duplicated = 0;
  std::string note;  ///< what the schedule does not say; mostly empty
  friend bool operator==(const FaultReport&, const FaultReport&) = default;
};

/// A fault of the scenario that was not carried out, as it had asked for (`spares_last_copy`).
struct SparedFault {
  std::string kind;    ///< "crash"
  std::string target;  ///< "broker-2"
  Time at;             ///< when it was time
  std::string why;     ///< "to spare the last copy of orders-3"
  friend bool operator==(const SparedFault&, const SparedFault&) = default;
};

// ---------------------------------------------------------------------------- metrics

struct LatencySummary {
  std::uint64_t count = 0;
  Duration mean, p50, p90, p95, p99, p999, p9999, max;
  friend bool operator==(const LatencySummary&, const LatencySummary&) = default;
};
/// Over everything after the warm-up, and by phase (indexed by Phase; missing: the run had none).
struct LatencyMetric {
  LatencySummary all;
  std::array<std::optional<LatencySummary>, kPhaseCount> by_phase;
  friend bool operator==(const LatencyMetric&, const LatencyMetric&) = default;
};
struct RateMetric {  ///< per second
  double all = 0;
  std::array<std::optional<double>, kPhaseCount> by_phase;
  friend bool operator==(const RateMetric&, const RateMetric&) = default;
};
struct LagMetric {  ///< records
  std::uint64_t peak = 0;
  std::uint64_t final = 0;
  friend bool operator==(const LagMetric&, const LagMetric&) = default;
};
/// One number a run that an objective can name ("cost_per_million"), in the metric's base unit.
struct ScalarMetric {
  std::string name;
  double value = 0;
  std::string unit;
  friend bool operator==(const ScalarMetric&, const ScalarMetric&) = default;
};
struct Metrics {
  LatencyMetric e2e;                  ///< intended send time to delivery
  LatencyMetric publish;              ///< intended send time to acknowledgement
  RateMetric throughput_in;           ///< records/s handed to producers
  RateMetric throughput_out;          ///< records/s delivered
  RateMetric bytes_in;                ///< B/s of keys and values handed to producers
  LagMetric lag;                      ///< produced, and neither delivered nor refused
  std::vector<HostUse> hosts;         ///< by name: RunResult::utilisation in short
  std::vector<ScalarMetric> scalars;  ///< what else objectives can name
  friend bool operator==(const Metrics&, const Metrics&) = default;
};

/// Where the time of one percentile of the end-to-end latency goes. The parts sum to `total`.
struct LatencySplit {
  Duration total;
  Duration queue;        ///< waiting for a CPU, a NIC, or for whoever reads next
  Duration service;      ///< computing
  Duration network;      ///< on the wire
  Duration disk;         ///< waiting for a disk, and at it
  Duration batch;        ///< waiting for company: linger, a window in flight, a transaction
  Duration retry;        ///< requests that came to nothing, from the first to the one that counted
  Duration replication;  ///< waiting for the high watermark
  friend bool operator==(const LatencySplit&, const LatencySplit&) = default;
};
struct Attribution {
  std::optional<LatencySplit> p50, p99, p999;
  friend bool operator==(const Attribution&, const Attribution&) = default;
};

/// When records of a tail were delivered: in the course of a fault, or in a phase without one.
struct TailPeriod {
  Phase phase = Phase::steady;
  std::optional<std::uint64_t> fault;  ///< index into `faults`
  friend bool operator==(const TailPeriod&, const TailPeriod&) = default;
};
struct TailShare {
  TailPeriod period;
  std::uint64_t records = 0;  ///< of the tail
  /// The percentile of all records of other periods; missing: there are none.
  std::optional<Duration> without;
  friend bool operator==(const TailShare&, const TailShare&) = default;
};
struct TailPlace {
  std::string name;
  double share = 0;  ///< of the cause's time
  friend bool operator==(const TailPlace&, const TailPlace&) = default;
};
/// One leg of the way, in one period, as a cause of a percentile.
struct TailCause {
  Leg leg = Leg::accept;
  TailPeriod period;
  double share = 0;                ///< of the time of all records of the tail
  std::uint64_t records = 0;       ///< of the tail that it held up
  Duration mean;                   ///< of these
  Span dates;                      ///< from the first of these that was due to the last delivered
  Duration without;                ///< the percentile, had this leg taken no time in this period
  std::vector<TailPlace> leaders;  ///< greatest first, at most kMaxTailPlaces
  std::vector<TailPlace> partitions;  ///< likewise
  friend bool operator==(const TailCause&, const TailCause&) = default;
};
/// Why a percentile of the end-to-end latency is what it is, by the sampled records that make it:
/// those at or beyond it, below p90 the tenth of all around it.
struct Tail {
  double quantile = 0;             ///< 0.99
  std::optional<Phase> phase;      ///< of the deliveries; missing: everything after the warm-up
  Duration latency;                ///< at the quantile, of the sampled records
  std::uint64_t records = 0;       ///< looked at
  std::uint64_t of = 0;            ///< sampled, in that phase
  std::uint64_t example = 0;       ///< the event in their middle
  std::vector<TailShare> periods;  ///< most records first, at most kMaxTailPeriods
  std::vector<TailCause> causes;   ///< greatest share first, at most kMaxTailCauses
  friend bool operator==(const Tail&, const Tail&) = default;
};

/// A published or claimed figure beside the simulated one.
struct FigureReport {
  std::string id;       ///< "orders/recovery-broker"
  std::string claimed;  ///< "< 60 s"
  std::string unit;     ///< of `simulated`
  std::optional<double> simulated;
  std::optional<bool> holds;  ///< missing: unknown, and `why` says so
  std::string why;
  std::optional<double> knee;  ///< load beyond which it no longer holds
  std::string knee_unit;
  std::string bound_by;  ///< the resource that is full at the knee: "broker disk"
  friend bool operator==(const FigureReport&, const FigureReport&) = default;
};

/// One step of the explicit fault and load schedule: replaying it needs no random number.
struct ScheduledStep {
  Time at;
  std::string action;  ///< "crash"
  std::string target;  ///< "broker-2"
  std::string detail;  ///< "unsynced bytes lost"
  friend bool operator==(const ScheduledStep&, const ScheduledStep&) = default;
};

/// One point of the charts, for the seconds from `at` to the next point.
struct SeriesPoint {
  Time at;
  std::uint64_t count = 0;  ///< of deliveries; the latencies are zero when it is
  Duration e2e_p50, e2e_p99, e2e_max;
  std::uint64_t lag_records = 0;  ///< the most within the point
  double in_per_s = 0;
  double out_per_s = 0;
  friend bool operator==(const SeriesPoint&, const SeriesPoint&) = default;
};

/// One point of a percentile plot: a share `quantile` of the deliveries took no longer.
struct CurvePoint {
  double quantile = 0;
  Duration latency;
  friend bool operator==(const CurvePoint&, const CurvePoint&) = default;
};
/// The end-to-end latency at ever finer percentiles, ending where fewer than one delivery is left.
struct LatencyCurve {
  std::optional<Phase> phase;  ///< missing: everything after the warm-up
  std::vector<CurvePoint> points;
  friend bool operator==(const LatencyCurve&, const LatencyCurve&) = default;
};

/// How many deliveries took how long, from `at` to the next column. Buckets are half octaves:
/// bucket 2k holds latencies of [2^k, 1.5 x 2^k) ns, bucket 2k + 1 those of [1.5 x 2^k, 2^(k+1)).
struct HeatColumn {
  Time at;
  std::uint64_t first_bucket = 0;
  std::vector<std::uint64_t> counts;  ///< of first_bucket and those that follow

  static std::uint64_t bucket_of(Duration latency);
  /// The least latency of a bucket.
  static Duration least(std::uint64_t bucket);
  friend bool operator==(const HeatColumn&, const HeatColumn&) = default;
};

struct Provenance {
  std::string scenario_sha256;
  std::uint64_t seed = 0;
  std::string digest;  ///< rolling digest of the run, hex
  std::string program_version;
  std::string cost_table;  ///< name and version
  std::uint64_t events = 0;
  friend bool operator==(const Provenance&, const Provenance&) = default;
};

/// The run did not reach its end.
struct Partial {
  ExitCode code = ExitCode::interrupted;  ///< interrupted, terminated or stopped_by_budget
  std::string reason;                     ///< "interrupted at 83.2 s of 300 s"
  friend bool operator==(const Partial&, const Partial&) = default;
};

// ---------------------------------------------------------------------------- the result

/// Everything in `result.json`.
struct RunResult {
  // Filled by `conclude`.
  Verdict verdict = Verdict::unknown;
  ExitCode exit_code = ExitCode::ok;
  std::vector<ExitCode> exit_codes;  ///< all that apply, most serious first
  std::string summary;               ///< one sentence
  /// Whether what `meant_to_fail` declares has failed, and nothing else; missing: it declares
  /// nothing.
  std::optional<bool> as_meant;
  std::vector<SloReport> slos;
  std::vector<FigureReport> figures;
  std::vector<PhaseSpan> phases;
  std::vector<SeriesPoint> series;  ///< at most kMaxSeriesPoints
  std::vector<LatencyCurve> curves;
  std::vector<HeatColumn> heat;  ///< at most kMaxHeatColumns; of end-to-end latency
  std::vector<Tail> tails;       ///< at most kMaxTails; none of a percentile with too few records
  /// End-to-end latency counted from the actual send (RecordWay::naive), of the sampled records.
  LatencyCurve naive_curve;
  // The runner fills `metrics.hosts` and `metrics.scalars`, `conclude` the rest of `metrics`.
  Metrics metrics;

  // Filled by the runner.
  std::string title;
  Regime regime = Regime::realistic;
  std::optional<scenarios::MeantToFail> meant_to_fail;  ///< the scenario's own word
  std::optional<Partial> partial;
  Duration warmup;  ///< not measured
  Time ended_at;    ///< end of the load; the drain after it is measured too
  std::vector<InvariantReport> invariants;
  Ledger ledger;
  std::vector<LostRecord> lost;  ///< the first kMaxLostListed of ledger.lost
  std::vector<FaultReport> faults;
  std::vector<SparedFault> spared;
  Attribution attribution;
  Utilisation utilisation;
  std::vector<ScheduledStep> schedule;
  std::string config_json = "{}";  ///< the effective scenario; REQUIRES: a JSON value
  Provenance provenance;

  friend bool operator==(const RunResult&, const RunResult&) = default;
};

/// What was seen in [from, to), usually one second. A record counts where it is completed: for e2e
/// when it is delivered, for publish when it is acknowledged.
struct Window {
  Time from;
  Time to;
  PackedHistogram e2e;            ///< not of what was due in the warm-up, and is delivered after it
  PackedHistogram publish;        ///< likewise
  std::uint64_t records_in = 0;   ///< handed to producers
  std::uint64_t records_out = 0;  ///< delivered
  std::uint64_t bytes_in = 0;     ///< keys and values of records_in
  std::uint64_t lag_records = 0;  ///< the most at any sample within
  std::uint64_t records_acknowledged = 0;
};

/// What the runner saw, kept in memory only. `windows` are in order, do not overlap, and start with
/// the run (the warm-up is cut off later).
struct Evidence {
  std::vector<Window> windows;
  RecordWays ways = {};  ///< of measured records
};

/// What depends on the machine and on where the run was started: `run.meta.json`.
struct RunMeta {
  std::string command;  ///< that repeats the run
  double wall_s = 0;
  double simulated_s = 0;
  double speedup = 0;
  double events_per_s = 0;
  double records_per_s = 0;
  std::uint64_t peak_rss_bytes = 0;
  unsigned host_cores = 0;
  std::string host_cpu;  ///< empty: not known
};

}  // namespace wavetank::reports

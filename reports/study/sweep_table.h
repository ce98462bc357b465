#pragma once

// What a sweep says, point by point, and how it is shown.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "reports/study/estimate.h"
#include "reports/study/sustained.h"
#include "reports/study/sweep.h"
#include "reports/study/text_table.h"

namespace wavetank::reports {

/// One point of the grid, over its seeds.
struct SweepRow {
  std::uint64_t point = 0;
  std::vector<std::string> values;  ///< of every axis
  std::uint64_t runs = 0;
  std::uint64_t passed = 0;
  std::uint64_t failed = 0;        ///< the others are unknown
  std::uint64_t whole = 0;         ///< runs that came to their end
  std::uint64_t with_latency = 0;  ///< of these, that delivered anything
  // Of the figures of those seeds; missing where none has one.
  std::optional<Estimate> p50_ms;
  std::optional<Estimate> p99_ms;
  std::optional<Estimate> throughput_out;  ///< records/s
  std::optional<Precision> figure;         ///< of the plan's goal, if it has one
  // Of all seeds' records together.
  LatencySummary e2e;
  LatencySummary publish;
  Ledger ledger;
  Fullest fullest;                   ///< on average over the seeds
  std::vector<std::string> digests;  ///< by seed
};

struct SweepTable {
  SweepPlan plan;
  std::vector<SweepRow> rows;  ///< by point; those without a run are left out
  std::uint64_t runs = 0;
  std::uint64_t wanted = 0;  ///< runs that the plan takes, as far as is known
  bool has_broken_invariant = false;

  /// Whether every point knows the plan's figure as well as was asked.
  [[nodiscard]] bool is_precise() const;
};

/// REQUIRES: runs of this plan, by number.
SweepTable tabulate(const SweepPlan& plan, const std::vector<SweepRun>& runs);

/// How many points, seeds and runs, in words.
std::string sweep_sentence(const SweepTable& table);
/// A row a point, for whoever shows it.
TextTable sweep_rows(const SweepTable& table);
std::string sweep_text(const SweepTable& table, bool ascii);
std::string sweep_markdown(const SweepTable& table);
/// sweep.json: the same to the byte for the same content.
std::string sweep_json(const SweepTable& table);
/// report.html: one file that needs nothing else, with charts that are whole without scripts.
std::string sweep_page(const SweepTable& table);

}  // namespace wavetank::reports

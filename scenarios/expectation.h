#pragma once

// A figure that somebody measured on a real system and published, which a scenario reproduces:
//
//   { "row": "kafka-linkedin-2014/rf3-acks-1", "source": "Kreps 2014", "what": "one producer,
//   acks=1",
//     "measure": "throughput_acknowledged", "published": "786980/s", "tolerance": "15%" }
//
// What is compared is written in the language of objectives (slo.h) without a bound:
//
//   measure = value [" / " value]
//   value   = [metric "."] aggregate ["during" phase] ["of" scenario]
//
//   publish.p99 during steady
//   throughput_acknowledged / throughput_acknowledged of kafka-linkedin-2014-rf3-acks-1
//
// What was published as a bound ("< 200ms", "> 0.9") has no tolerance: it holds or it does not.
//
// "of" names another scenario file of the same folder, without its ".json". A ratio is published
// as a plain number or in percent ("53.6%").
//
// A calibrated row was used to fit a parameter: it shows how well the fit is, and is never counted
// as a prediction.

#include <optional>
#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "scenarios/slo.h"

namespace wavetank::scenarios {

/// One number that a run gives.
struct Measured {
  Slo subject;           ///< without comparison and bound
  std::string scenario;  ///< whose run; empty: that of the scenario it stands in
};

/// How far a simulated figure may be from the published one.
struct Tolerance {
  std::string text;  ///< as written: "15%" or "x1.5"; empty for a bound
  double least = 1;  ///< of simulated / published
  double greatest = 1;
};

struct Expectation {
  std::string row;     ///< "kafka-linkedin-2014/rf3-acks-1"
  std::string source;  ///< who published it, and when
  std::string what;    ///< in words; may be empty: then the measure speaks for itself
  std::string measure;
  Measured value;
  std::optional<Measured> divisor;
  std::string published_text;  ///< as written
  double published = 0;        ///< in the base unit of the metric; a plain number for ratios
  Comparison bound = Comparison::equal;  ///< less or greater: that is all that was published
  Tolerance tolerance;
  bool calibrated = false;
  std::string reason;  ///< why it lies outside, if that is understood; else empty
  /// simulated / published when the reason was written: it explains that, and nothing else.
  std::optional<double> explained_ratio;

  /// "s", "records/s"; empty for ratios and counts.
  [[nodiscard]] std::string_view unit() const;
};

/// Fills `value` and `divisor`.
tl::expected<void, SloError> parse_measure(std::string_view text, Expectation& out);
/// REQUIRES: the measure has been parsed. The published value is above zero.
Status parse_published(std::string_view text, Expectation& out);
Result<Tolerance> parse_tolerance(std::string_view text);

}  // namespace wavetank::scenarios

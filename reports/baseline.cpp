#include "reports/baseline.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "reports/comparison.h"
#include "reports/result_json.h"
#include "reports/verdict.h"

namespace wavetank::reports {

namespace {

using Json = nlohmann::ordered_json;

std::string quoted(const std::string& text) {
  return Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// A line an entry, so that a change of one figure is a change of one line.
template <class Items, class Text>
std::string block(const char* key, const Items& items, Text text) {
  std::string lines;
  for (const auto& item : items) {
    lines += (lines.empty() ? "\n    " : ",\n    ") + text(item);
  }
  return fmt::format("  \"{}\": {{{}\n  }}", key, lines);
}

std::string line_of(const BaselineFigure& figure) {
  Json entry = Json::array({figure.value, figure.unit});
  if (figure.worst) {
    entry.push_back(*figure.worst);
  }
  return quoted(figure.name) + ": " + entry.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// The first key that stands twice in one object: of two, a reader would believe the last. Not
/// among the objectives, of which a scenario may write one twice.
class KeysSeen {
 public:
  bool operator()(int depth, Json::parse_event_t event, Json& parsed) {
    if (event == Json::parse_event_t::object_start) {
      open_.emplace_back();
    } else if (event == Json::parse_event_t::object_end) {
      open_.pop_back();
    } else if (event == Json::parse_event_t::key) {
      const auto key = parsed.get<std::string>();
      of_objectives_ = depth == 1 ? key == "objectives" : of_objectives_;
      const bool is_new = open_.back().insert(key).second;
      if (!is_new && doubled_.empty() && (depth == 1 || !of_objectives_)) {
        doubled_ = quoted(key);
      }
    }
    return true;
  }
  [[nodiscard]] const std::string& doubled() const { return doubled_; }

 private:
  std::vector<std::set<std::string>> open_;  ///< the keys of each object around
  bool of_objectives_ = false;
  std::string doubled_;
};

/// Whether every run has this figure: what is counted of all of them, and the latencies of a time
/// in which, by the baseline, records were acknowledged or delivered at all.
bool every_run_has(const std::string& figure, const Baseline& baseline) {
  constexpr std::array<std::string_view, 6> kAlways{"lost",          "duplicated",     "refused",
                                                    "throughput_in", "throughput_out", "lag.peak"};
  const bool is_e2e = figure.starts_with("e2e.");
  if (!is_e2e && !figure.starts_with("publish.")) {
    return std::ranges::find(kAlways, figure) != kAlways.end();
  }
  const std::string phase = figure.substr(std::min(figure.find(' '), figure.size()));
  const auto rate =
      std::ranges::find(baseline.figures, (is_e2e ? "throughput_out" : "throughput_in") + phase,
                        &BaselineFigure::name);
  return rate != baseline.figures.end() && rate->value > 0;
}

const BaselineFigure* find(const Baseline& baseline, const Quantity& figure) {
  const auto found = std::ranges::find(baseline.figures, figure.name, &BaselineFigure::name);
  return found == baseline.figures.end() ? nullptr : &*found;
}

/// Reads the members of a baseline; the first thing wrong is kept.
class BaselineReader {
 public:
  explicit BaselineReader(const Json& json) : json_(json) {}

  Result<Baseline> read() {
    Baseline baseline;
    text("scenario_sha256", baseline.scenario_sha256);
    std::string regime;
    text("regime", regime);
    if (regime != name(Regime::adversarial) && regime != name(Regime::realistic)) {
      wrong("/regime");
    }
    baseline.regime = regime == name(Regime::adversarial) ? Regime::adversarial : Regime::realistic;
    number("seed", baseline.seed);
    number("seeds", baseline.seeds);
    text("program_version", baseline.program_version);
    text("digest", baseline.digest);
    number("events", baseline.events);
    for (const auto& [name, entry] : members("figures")) {
      const bool whole = entry.is_array() && (entry.size() == 2 || entry.size() == 3) &&
                         entry[0].is_number() && entry[1].is_string() &&
                         (entry.size() == 2 || entry[2].is_number());
      if (!whole) {
        wrong(fmt::format("/figures/{}", name));
        break;
      }
      baseline.figures.push_back(
          {name, entry[1].get<std::string>(), entry[0].get<double>(),
           entry.size() == 3 ? std::optional(entry[2].get<double>()) : std::nullopt});
    }
    for (const auto& [expr, observed] : members("objectives")) {
      if (!observed.is_number()) {
        wrong(fmt::format("/objectives/{}", expr));
        break;
      }
      baseline.objectives.push_back({expr, observed.get<double>()});
    }
    return error_.empty() ? Result<Baseline>(std::move(baseline)) : fail(error_);
  }

 private:
  void wrong(const std::string& what) {
    if (error_.empty()) {
      error_ = fmt::format("not a valid baseline: {} is missing or not what it should be", what);
    }
  }
  const Json* find(const char* key) {
    const auto found = json_.find(key);
    if (found == json_.end()) {
      wrong(fmt::format("/{}", key));
      return nullptr;
    }
    return &*found;
  }
  void text(const char* key, std::string& out) {
    const Json* found = find(key);
    found != nullptr && found->is_string() ? void(out = found->get<std::string>())
                                           : wrong(fmt::format("/{}", key));
  }
  void number(const char* key, std::uint64_t& out) {
    const Json* found = find(key);
    found != nullptr && found->is_number_unsigned() ? void(out = found->get<std::uint64_t>())
                                                    : wrong(fmt::format("/{}", key));
  }
  std::vector<std::pair<std::string, Json>> members(const char* key) {
    std::vector<std::pair<std::string, Json>> all;
    const Json* found = find(key);
    if (found == nullptr || !found->is_object()) {
      wrong(fmt::format("/{}", key));
      return all;
    }
    for (const auto& member : found->items()) {
      all.emplace_back(member.key(), member.value());
    }
    return all;
  }

  const Json& json_;
  std::string error_;
};

}  // namespace

double as_kept(double figure) {
  const std::string digits = fmt::format("{:.9g}", figure);
  double kept = figure;
  std::from_chars(digits.data(), digits.data() + digits.size(), kept);
  return kept;
}

Baseline baseline_of(const RunResult& result) {
  Baseline baseline;
  baseline.scenario_sha256 = result.provenance.scenario_sha256;
  baseline.regime = result.regime;
  baseline.seed = result.provenance.seed;
  baseline.program_version = result.provenance.program_version;
  baseline.digest = result.provenance.digest;
  baseline.events = result.provenance.events;
  for (const Quantity& it : quantities(result)) {
    const bool judged = it.better != Better::neither;
    const double value = as_kept(it.value);
    baseline.figures.push_back(
        {it.name, it.unit, value, judged ? std::optional(value) : std::nullopt});
  }
  for (const SloReport& slo : result.slos) {
    if (slo.observed) {
      baseline.objectives.push_back({slo.expr, *slo.observed});
    }
  }
  return baseline;
}

void widen(Baseline& baseline, const RunResult& other_seed) {
  ++baseline.seeds;
  for (const Quantity& it : quantities(other_seed)) {
    const auto figure = std::ranges::find(baseline.figures, it.name, &BaselineFigure::name);
    if (figure != baseline.figures.end() && figure->worst) {
      figure->worst = it.better == Better::higher ? std::min(*figure->worst, as_kept(it.value))
                                                  : std::max(*figure->worst, as_kept(it.value));
    }
  }
}

std::string write_baseline(const Baseline& it) {
  return fmt::format(
      "{{\n  \"baseline_version\": {},\n  \"scenario_sha256\": {},\n  \"regime\": \"{}\",\n"
      "  \"seed\": {},\n  \"seeds\": {},\n  \"program_version\": {},\n  \"digest\": {},\n"
      "  \"events\": {},\n{},\n{}\n}}\n",
      kBaselineVersion, quoted(it.scenario_sha256), name(it.regime), it.seed, it.seeds,
      quoted(it.program_version), quoted(it.digest), it.events,
      block("figures", it.figures, line_of),
      block("objectives", it.objectives, [](const BaselineObjective& slo) {
        return quoted(slo.expr) + ": " + Json(slo.observed).dump();
      }));
}

Result<Baseline> read_baseline(std::string_view text) {
  KeysSeen keys;
  const Json json = Json::parse(text, std::ref(keys), false);
  if (!json.is_object()) {
    return fail("not a baseline: not a JSON object");
  }
  if (json.contains("schema_version")) {
    const Result<RunResult> result = read_result(text);
    return result ? Result<Baseline>(baseline_of(*result)) : tl::unexpected<Error>(result.error());
  }
  const auto version = json.find("baseline_version");
  if (version == json.end()) {
    return fail("not a baseline: neither /baseline_version nor /schema_version");
  }
  if (*version != kBaselineVersion) {
    return fail(fmt::format("baseline of version {}; this program reads version {}",
                            version->is_number() ? version->dump() : version->type_name(),
                            kBaselineVersion));
  }
  if (!keys.doubled().empty()) {
    return fail(fmt::format("not a valid baseline: the key {} stands there twice", keys.doubled()));
  }
  return BaselineReader(json).read();
}

bool comparable(const RunResult& result, const Baseline& baseline) {
  return !result.provenance.scenario_sha256.empty() && result.regime == baseline.regime &&
         result.provenance.scenario_sha256 == baseline.scenario_sha256;
}

bool same_events(const Baseline& baseline, const RunResult& result) {
  return baseline.digest == result.provenance.digest && baseline.events == result.provenance.events;
}

std::vector<std::string> lacking(const Baseline& baseline, const RunResult& result) {
  std::vector<std::string> names;
  for (const Quantity& now : quantities(result)) {
    const BaselineFigure* then = find(baseline, now);
    if (then == nullptr || (now.better != Better::neither && !then->worst)) {
      names.push_back(now.name);
    }
  }
  return names;
}

std::string gap(const Baseline& baseline, const RunResult& result) {
  for (const Quantity& now : quantities(result)) {
    const BaselineFigure* then = find(baseline, now);
    if (then != nullptr && then->unit != now.unit) {
      return fmt::format("the baseline has {} in \"{}\", not in \"{}\": renew it with --update",
                         now.name, then->unit, now.unit);
    }
  }
  std::vector<std::string> missing = lacking(baseline, result);
  if (!same_events(baseline, result)) {
    std::erase_if(missing, [&](const std::string& figure) {
      const bool is_there = std::ranges::find(baseline.figures, figure, &BaselineFigure::name) !=
                            baseline.figures.end();
      return !is_there && !every_run_has(figure, baseline);
    });
  }
  return missing.empty()
             ? std::string()
             : fmt::format(
                   "the baseline lacks {} of the run's figures, first {}: renew it with "
                   "--update",
                   missing.size(), missing.front());
}

}  // namespace wavetank::reports

// plan.json and runs.jsonl.

#include <fmt/format.h>

#include <charconv>
#include <nlohmann/json.hpp>
#include <utility>

#include "reports/bounds.h"
#include "reports/result_json.h"
#include "reports/study/sweep.h"

namespace wavetank::reports {

namespace {

using Json = nlohmann::ordered_json;

/// What does not hold of a document that somebody may have edited.
struct Wrong {
  std::string what;
};

const Json& at(const Json& json, const char* key) {
  if (!json.is_object() || !json.contains(key)) {
    throw Wrong{fmt::format("no /{}", key)};
  }
  return json[key];
}

std::string string_at(const Json& json, const char* key) {
  const Json& found = at(json, key);
  if (!found.is_string()) {
    throw Wrong{fmt::format("/{} is no string", key)};
  }
  return found.get<std::string>();
}

std::uint64_t number_at(const Json& json, const char* key, std::uint64_t most) {
  const Json& found = at(json, key);
  if (!found.is_number_unsigned() || found.get<std::uint64_t>() > most) {
    throw Wrong{fmt::format("/{} is no whole number up to {}", key, most)};
  }
  return found.get<std::uint64_t>();
}

const Json& list_at(const Json& json, const char* key) {
  const Json& found = at(json, key);
  if (!found.is_array()) {
    throw Wrong{fmt::format("/{} is no array", key)};
  }
  return found;
}

constexpr std::uint64_t kMostSeed = std::uint64_t{1} << 53;
/// The bucket of the greatest latency.
constexpr std::uint64_t kMostPlace = std::uint64_t{1024} * (61 - Histogram::kSubBucketBits + 2);

/// Its buckets in use as pairs of place and count. The sum of all values is not kept: the mean is
/// in the result.
Json write_histogram(const PackedHistogram& packed) {
  Histogram histogram;
  histogram.merge(packed);
  Json buckets = Json::array();
  for (std::size_t i = 0; i < histogram.counts().size(); ++i) {
    if (histogram.counts()[i] > 0) {
      buckets.push_back(i);
      buckets.push_back(histogram.counts()[i]);
    }
  }
  return {{"min_ns", histogram.min().ns()},
          {"max_ns", histogram.max().ns()},
          {"buckets", std::move(buckets)}};
}

/// `buckets` as `write_histogram` wrote them.
PackedHistogram read_histogram(const Json& json, const std::vector<std::uint64_t>& buckets) {
  const Duration min(static_cast<std::int64_t>(number_at(json, "min_ns", kMostTime_ns)));
  const Duration max(static_cast<std::int64_t>(number_at(json, "max_ns", kMostTime_ns)));
  Histogram histogram;
  for (std::size_t i = 0; i + 1 < buckets.size(); i += 2) {
    const std::uint64_t place = buckets[i];
    const std::uint64_t count = buckets[i + 1];
    if (count == 0 || place > kMostPlace || (i > 0 && place <= buckets[i - 2])) {
      throw Wrong{"/buckets are not in order"};
    }
    if (count > kMostRecords - histogram.count()) {
      throw Wrong{"/buckets count more than 2^53 records"};
    }
    const bool is_first = i == 0;
    const bool is_last = i + 2 >= buckets.size();
    // The least value of the bucket, but the least and the greatest of all are known exactly.
    const Duration least = is_first ? min : Histogram::value_at(place - 1) + nanoseconds(1);
    if (is_last) {
      histogram.record(max);
    }
    if (count > (is_last ? 1U : 0U)) {
      histogram.record(least, count - (is_last ? 1 : 0));
    }
    if (histogram.counts().size() != place + 1 || histogram.counts()[place] != count) {
      throw Wrong{"/min_ns and /max_ns do not fit the buckets"};
    }
  }
  return PackedHistogram(histogram);
}

Result<Json> parse(std::string_view text) {
  Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded()) {
    return fail("not JSON");
  }
  return json;
}

std::vector<scenarios::Axis> read_axes(const Json& list) {
  std::vector<scenarios::Axis> axes;
  for (const Json& one : list) {
    scenarios::Axis axis{string_at(one, "path"), {}};
    for (const Json& value : list_at(one, "values")) {
      if (!value.is_string()) {
        throw Wrong{"a value is no string"};
      }
      axis.values.push_back(value.get<std::string>());
    }
    axes.push_back(std::move(axis));
  }
  return axes;
}

double real_at(const Json& json, const char* key) {
  const Json& found = at(json, key);
  if (!found.is_number()) {
    throw Wrong{fmt::format("/{} is no number", key)};
  }
  return found.get<double>();
}

PrecisionGoal goal_from(const Json& json) {
  auto figure = scenarios::parse_subject(string_at(json, "figure"));
  const double share = real_at(json, "share");
  if (!figure || !(share > 0 && share <= 1)) {
    throw Wrong{"/until_ci is none"};
  }
  return {std::move(*figure), share};
}

SweepPlan plan_from(const Json& json) {
  if (string_at(json, "kind") != "sweep") {
    throw Wrong{"it is no plan of a sweep"};
  }
  SweepPlan plan;
  plan.title = string_at(json, "title");
  plan.scenario_sha256 = string_at(json, "scenario_sha256");
  plan.program_version = string_at(json, "program_version");
  plan.axes = read_axes(list_at(json, "axes"));
  plan.first_seed = number_at(json, "first_seed", kMostSeed);
  plan.last_seed = number_at(json, "last_seed", kMostSeed);
  if (json.contains("until_ci")) {
    plan.until = goal_from(json["until_ci"]);
  }
  const Json& shard = at(json, "shard");
  plan.shard.index = static_cast<std::uint32_t>(number_at(shard, "index", kMaxShards));
  plan.shard.count = static_cast<std::uint32_t>(number_at(shard, "of", kMaxShards));
  if (plan.shard.index < 1 || plan.shard.index > plan.shard.count) {
    throw Wrong{"/shard is none"};
  }
  if (plan.first_seed > plan.last_seed) {
    throw Wrong{"/last_seed comes before the first"};
  }
  return plan;
}

/// A run's result stands last in its line, after numbers only.
constexpr std::string_view kResultKey = R"(,"result":)";
constexpr std::string_view kBucketsKey = R"("buckets":[)";

/// Moves what stands before the end of the next list of buckets from `text` to `rest`, but for the
/// numbers of the list, which it gives. They make most of a line, and as a document of JSON would
/// take most of the time.
std::vector<std::uint64_t> take_buckets(std::string_view& text, std::string& rest) {
  const std::size_t key = text.find(kBucketsKey);
  if (key == std::string_view::npos) {
    throw Wrong{"no /buckets"};
  }
  rest += text.substr(0, key + kBucketsKey.size());
  text.remove_prefix(key + kBucketsKey.size());
  const char* const end = text.data() + text.size();
  std::vector<std::uint64_t> numbers;
  for (bool more = !text.starts_with(']'); more;) {
    const auto [next, error] = std::from_chars(text.data(), end, numbers.emplace_back());
    if (error != std::errc() || next == end || (*next != ',' && *next != ']')) {
      throw Wrong{"/buckets are no whole numbers"};
    }
    more = *next == ',';
    text.remove_prefix(static_cast<std::size_t>(next - text.data()) + (more ? 1 : 0));
  }
  if (numbers.size() % 2 != 0) {
    throw Wrong{"/buckets are no pairs"};
  }
  return numbers;
}

SweepRun run_from(std::string_view figures_text, std::string_view result_text) {
  std::string rest;
  const std::vector<std::uint64_t> e2e = take_buckets(figures_text, rest);
  const std::vector<std::uint64_t> publish = take_buckets(figures_text, rest);
  rest += figures_text;
  const Result<Json> figures = parse(rest + "}");
  if (!figures) {
    throw Wrong{figures.error().message};
  }
  SweepRun run;
  run.run = number_at(*figures, "run", kMaxSweepRuns);
  run.e2e = read_histogram(at(*figures, "e2e"), e2e);
  run.publish = read_histogram(at(*figures, "publish"), publish);
  if (figures->contains("figure")) {
    run.figure = real_at(*figures, "figure");
  }
  Result<RunResult> result = read_result(result_text);
  if (!result) {
    throw Wrong{result.error().message};
  }
  run.result = std::move(*result);
  return run;
}

}  // namespace

std::string write_plan(const SweepPlan& plan) {
  Json axes = Json::array();
  for (const scenarios::Axis& axis : plan.axes) {
    axes.push_back({{"path", axis.path}, {"values", axis.values}});
  }
  Json json{{"kind", "sweep"},
            {"title", plan.title},
            {"scenario_sha256", plan.scenario_sha256},
            {"program_version", plan.program_version},
            {"axes", std::move(axes)},
            {"first_seed", plan.first_seed},
            {"last_seed", plan.last_seed},
            {"shard", {{"index", plan.shard.index}, {"of", plan.shard.count}}}};
  if (plan.until) {
    json["until_ci"] = {{"figure", plan.until->figure.text}, {"share", plan.until->share}};
  }
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<SweepPlan> read_plan(std::string_view text) {
  const Result<Json> json = parse(text);
  if (!json) {
    return fail("not a plan: " + json.error().message);
  }
  try {
    SweepPlan plan = plan_from(*json);
    if (Status good = check(plan); !good) {
      return fail("not a plan: " + good.error().message);
    }
    return plan;
  } catch (const Wrong& wrong) {
    return fail("not a plan: " + wrong.what);
  }
}

std::string write_run(const SweepRun& run) {
  Json figures{{"run", run.run},
               {"e2e", write_histogram(run.e2e)},
               {"publish", write_histogram(run.publish)}};
  if (run.figure) {
    figures["figure"] = *run.figure;
  }
  std::string line = figures.dump();
  line.pop_back();
  return line + std::string(kResultKey) + Json::parse(write_result(run.result)).dump() + "}";
}

Result<SweepRun> read_run(std::string_view line) {
  const std::size_t key = line.find(kResultKey);
  if (key == std::string_view::npos || !line.ends_with('}')) {
    return fail("not a run: it has no result, or is cut off");
  }
  const std::string_view figures = line.substr(0, key);
  line.remove_prefix(key + kResultKey.size());
  line.remove_suffix(1);
  try {
    return run_from(figures, line);
  } catch (const Wrong& wrong) {
    return fail("not a run: " + wrong.what);
  }
}

}  // namespace wavetank::reports

#include "sim/hunt/record.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

namespace wavetank::sim {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<std::pair<TrialEnd, const char*>, 5> kEnds{
    {{TrialEnd::held, "held"},
     {TrialEnd::broken, "broken"},
     {TrialEnd::unjudged, "unjudged"},
     {TrialEnd::out_of_budget, "out_of_budget"},
     {TrialEnd::invalid, "invalid"}}};

const char* name(TrialEnd end) {
  return kEnds[static_cast<std::size_t>(end)].second;
}

TrialEnd end_from(const std::string& text) {
  for (const auto& [end, word] : kEnds) {
    if (text == word) {
      return end;
    }
  }
  throw std::invalid_argument("\"" + text + "\" is no end of a plan");
}

/// nlohmann's own exceptions say where a document is not what it should be.
HuntRecord record_from(const Json& json) {
  HuntRecord record;
  if (json.at("kind") != "hunt") {
    throw std::invalid_argument("it is no record of a hunt");
  }
  json.at("title").get_to(record.title);
  json.at("scenario_sha256").get_to(record.scenario_sha256);
  json.at("program_version").get_to(record.program_version);
  json.at("first_seed").get_to(record.first_seed);
  json.at("last_seed").get_to(record.last_seed);
  json.at("faults_max").get_to(record.faults_max);
  json.at("unlimited").get_to(record.unlimited);
  json.at("shard").at("index").get_to(record.shard.index);
  json.at("shard").at("of").get_to(record.shard.count);
  const reports::Shard& shard = record.shard;
  if (shard.index < 1 || shard.index > shard.count || shard.count > reports::kMaxShards ||
      record.first_seed > record.last_seed ||
      record.last_seed - record.first_seed >= kMaxRecordedTrials) {
    throw std::invalid_argument("its shard or its seeds are none");
  }
  for (const Json& it : json.at("trials")) {
    record.trials[it.at(0).get<std::uint64_t>()] = {end_from(it.at(1).get<std::string>()),
                                                    it.at(2).get<std::string>()};
  }
  for (const auto& [mark, it] : json.at("marks").items()) {
    record.marks[mark] = {it.at("runs").get<std::uint64_t>(),
                          it.at("first_seed").get<std::uint64_t>()};
  }
  for (const Json& it : json.at("finds")) {
    record.finds.push_back({it.at("seed").get<std::uint64_t>(),
                            it.at("faults").get<std::uint32_t>(), it.at("rule").get<std::string>(),
                            it.at("first").get<std::string>(), it.at("file").get<std::string>()});
  }
  return record;
}

Status check_same_hunt(const HuntPart& first, const HuntPart& part) {
  const HuntRecord& a = first.record;
  const HuntRecord& b = part.record;
  const auto another = [&](const char* what) {
    return fail(fmt::format("{} is of another {} than {}", part.name, what, first.name));
  };
  if (a.program_version != b.program_version) {
    return another("program version");
  }
  if (a.scenario_sha256 != b.scenario_sha256) {
    return another("scenario");
  }
  if (a.first_seed != b.first_seed || a.last_seed != b.last_seed) {
    return another("range of seeds");
  }
  if (a.faults_max != b.faults_max || a.unlimited != b.unlimited) {
    return another("kind of plans");
  }
  return a.shard.count == b.shard.count ? Status{} : another("number of shards");
}

void add(const HuntRecord& part, HuntRecord& whole) {
  whole.trials.insert(part.trials.begin(), part.trials.end());
  for (const auto& [mark, it] : part.marks) {
    const auto [place, is_new] = whole.marks.try_emplace(mark, Coverage::Reached{0, it.first});
    place->second.runs += it.runs;
    place->second.first = std::min(place->second.first, it.first);
  }
  whole.finds.insert(whole.finds.end(), part.finds.begin(), part.finds.end());
}

}  // namespace

std::string write_record(const HuntRecord& record) {
  Json trials = Json::array();
  for (const auto& [seed, trial] : record.trials) {
    trials.push_back({seed, name(trial.end), trial.digest});
  }
  Json marks = Json::object();
  for (const auto& [mark, it] : record.marks) {
    marks[mark] = {{"runs", it.runs}, {"first_seed", it.first}};
  }
  Json finds = Json::array();
  for (const HuntRecord::Find& find : record.finds) {
    finds.push_back({{"seed", find.seed},
                     {"faults", find.faults},
                     {"rule", find.rule},
                     {"first", find.first},
                     {"file", find.file}});
  }
  const Json document{{"kind", "hunt"},
                      {"title", record.title},
                      {"scenario_sha256", record.scenario_sha256},
                      {"program_version", record.program_version},
                      {"first_seed", record.first_seed},
                      {"last_seed", record.last_seed},
                      {"faults_max", record.faults_max},
                      {"unlimited", record.unlimited},
                      {"shard", {{"index", record.shard.index}, {"of", record.shard.count}}},
                      {"trials", std::move(trials)},
                      {"marks", std::move(marks)},
                      {"finds", std::move(finds)}};
  return document.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<HuntRecord> read_record(std::string_view text) {
  try {
    return record_from(Json::parse(text));
  } catch (const std::exception& wrong) {
    return fail(fmt::format("not a hunt: {}", wrong.what()));
  }
}

Result<HuntRecord> merge(const std::vector<HuntPart>& parts) {
  const HuntPart& first = parts.front();
  HuntRecord whole = first.record;
  whole.shard = {};
  whole.trials.clear();
  whole.marks.clear();
  whole.finds.clear();
  std::vector<reports::NamedShard> shards;
  for (const HuntPart& part : parts) {
    if (Status same = check_same_hunt(first, part); !same) {
      return tl::unexpected<Error>(same.error());
    }
    shards.push_back({part.name, part.record.shard});
    add(part.record, whole);
  }
  if (Status complete = reports::check_shards(shards); !complete) {
    return tl::unexpected<Error>(complete.error());
  }
  for (std::uint64_t seed = whole.first_seed; seed <= whole.last_seed; ++seed) {
    if (!whole.trials.contains(seed)) {
      const std::uint32_t count = first.record.shard.count;
      return fail(fmt::format("shard {}/{} has not finished: seed {} was not tried",
                              (seed - whole.first_seed) % count + 1, count, seed));
    }
  }
  std::ranges::stable_sort(whole.finds, {}, &HuntRecord::Find::seed);
  return whole;
}

}  // namespace wavetank::sim

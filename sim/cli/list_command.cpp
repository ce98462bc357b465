#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "models/costs.h"
#include "models/hardware.h"
#include "models/network_profile.h"
#include "reports/exit_code.h"
#include "reports/printable.h"
#include "scenarios/figures.h"
#include "scenarios/load.h"
#include "scenarios/slo.h"
#include "scenarios/templates.h"
#include "scenarios/units.h"
#include "sim/check/rules.h"
#include "sim/cli/command.h"
#include "sim/cli/exit_codes.h"

namespace wavetank::cli {

namespace {

using Json = nlohmann::ordered_json;

Json templates() {
  Json rows = Json::array();
  for (const scenarios::Template& it : scenarios::all_templates()) {
    rows.push_back({{"name", it.name}, {"title", it.title}});
  }
  return rows;
}

Json metrics() {
  Json rows = Json::array();
  for (const scenarios::Metric& metric : scenarios::all_metrics()) {
    rows.push_back({{"name", metric.name},
                    {"kind", scenarios::name(metric.kind)},
                    {"unit", scenarios::symbol(metric.unit)},
                    {"description", metric.description}});
  }
  rows.push_back({{"name", "errors.NAME"},
                  {"kind", "scalar"},
                  {"unit", "records"},
                  {"description", "answers with this error, by the protocol's own name"}});
  return rows;
}

Json hardware() {
  Json rows = Json::array();
  for (const models::HardwareType& type : models::hardware_catalogue()) {
    rows.push_back({{"name", type.name},
                    {"vcpus", type.vcpus},
                    {"memory_gib", type.memory_bytes >> 30},
                    {"nic_gbit_s", static_cast<double>(type.nic_bits_per_s) * 1e-9},
                    {"usd_per_hour", type.price.dollars()},
                    {"description", type.description}});
  }
  return rows;
}

Json networks() {
  Json rows = Json::array();
  for (const models::NetworkProfile& profile : models::network_profiles()) {
    rows.push_back({{"name", profile.name()}, {"description", profile.description()}});
  }
  return rows;
}

Json costs() {
  Json rows = Json::array();
  for (const models::CostTable& table : models::cost_tables()) {
    rows.push_back({{"name", table.name}, {"version", table.version}, {"card", table.card}});
  }
  return rows;
}

/// The key that says what happens: what a fault requires beside its times.
std::string fault_verb(const Json& fault) {
  for (const std::string key : fault.at("required")) {
    if (key != "at" && key != "for") {
      return key;
    }
  }
  return "";
}

/// Verbs and keys from the schema, which knows every fault that a scenario may name.
Json faults() {
  Json rows = Json::array();
  const auto schema = Json::parse(scenarios::schema_text());
  for (const auto& fault :
       schema.at(Json::json_pointer("/definitions/scenario/properties/faults/items/oneOf"))) {
    Json keys = Json::array();
    for (const auto& [key, value] : fault.at("properties").items()) {
      keys.push_back(key);
    }
    rows.push_back({{"name", fault_verb(fault)},
                    {"description", fault.value("description", "")},
                    {"keys", std::move(keys)}});
  }
  return rows;
}

Json rules() {
  Json rows = Json::array();
  for (const sim::Rule& rule : sim::all_rules()) {
    rows.push_back({{"name", rule.name},
                    {"whatever_is_lost", rule.whatever_is_lost},
                    {"description", rule.says}});
  }
  return rows;
}

Json units() {
  using scenarios::Dimension;
  Json rows = Json::array();
  for (const Dimension dimension : {Dimension::duration, Dimension::bytes, Dimension::rate,
                                    Dimension::bandwidth, Dimension::count}) {
    rows.push_back({{"quantity", scenarios::what_is(dimension)},
                    {"example", scenarios::example_of(dimension)},
                    {"units", scenarios::unit_names(dimension)}});
  }
  return rows;
}

Json exit_codes() {
  Json rows = Json::array();
  for (const reports::ExitCode code : all_exit_codes()) {
    rows.push_back({{"code", static_cast<int>(code)}, {"meaning", reports::describe(code)}});
  }
  return rows;
}

Json figures() {
  Json rows = Json::array();
  for (const scenarios::Figure& figure : scenarios::all_figures()) {
    rows.push_back(
        {{"name", figure.id}, {"claim", scenarios::claim(figure)}, {"metric", figure.metric}});
  }
  return rows;
}

const std::map<std::string, std::function<Json()>>& topics() {
  static const std::map<std::string, std::function<Json()>> kTopics = {
      {"exit-codes", exit_codes}, {"faults", faults},
      {"templates", templates},   {"metrics", metrics},
      {"hardware", hardware},     {"networks", networks},
      {"costs", costs},           {"figures", figures},
      {"units", units},           {"rules", rules}};
  return kTopics;
}

std::string cell(const Json& value) {
  if (value.is_array()) {
    std::string list;
    for (const Json& item : value) {
      list += (list.empty() ? "" : ", ") + cell(item);
    }
    return list;
  }
  return value.is_string() ? value.get<std::string>() : value.dump();
}

/// Columns as wide as what is in them, under their names.
std::string table(const Json& rows) {
  std::vector<std::vector<std::string>> cells(1);
  for (const auto& [key, value] : rows.front().items()) {
    cells.front().push_back(key);
  }
  for (const Json& row : rows) {
    auto& line = cells.emplace_back();
    for (const auto& [key, value] : row.items()) {
      line.push_back(cell(value));
    }
  }
  std::vector<std::size_t> widths(cells.front().size());
  for (const auto& line : cells) {
    for (std::size_t i = 0; i < line.size(); ++i) {
      widths[i] = std::max(widths[i], reports::column_count(line[i]));
    }
  }
  std::string text;
  for (const auto& line : cells) {
    for (std::size_t i = 0; i < line.size(); ++i) {
      text += i + 1 < line.size() ? reports::padded(line[i], widths[i]) + "  " : line[i] + "\n";
    }
  }
  return text;
}

}  // namespace

void list_topic(const std::string& topic, const GlobalOptions& options) {
  const Json rows = topics().at(topic)();
  fmt::print("{}", options.json ? rows.dump(2) + "\n" : table(rows));
}

void add_list(CLI::App& app, const GlobalOptions& options, reports::ExitCode& /*exit_code*/) {
  auto topic = std::make_shared<std::string>("templates");
  CLI::App* verb = app.add_subcommand(
      "list",
      "List templates, faults, metrics, rules, units, hardware, networks, costs, figures or exit "
      "codes");
  verb->footer("Examples:\n  wavetank list hardware\n  wavetank list metrics --json\n");
  verb->add_option("TOPIC", *topic, "What to list")
      ->check(CLI::IsMember(topics()))
      ->capture_default_str();
  verb->callback([topic, &options] { list_topic(*topic, options); });
}

}  // namespace wavetank::cli

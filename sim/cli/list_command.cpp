#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "models/costs.h"
#include "models/hardware.h"
#include "models/network_profile.h"
#include "scenarios/figures.h"
#include "scenarios/load.h"
#include "scenarios/slo.h"
#include "scenarios/templates.h"
#include "sim/cli/command.h"
#include "sim/cli/exit_codes.h"

namespace wavetank::cli {

void list_templates() {
  for (const scenarios::Template& it : scenarios::all_templates()) {
    fmt::print("{:<36} {}\n", it.name, it.title);
  }
}

namespace {

void list_metrics() {
  for (const scenarios::Metric& metric : scenarios::all_metrics()) {
    fmt::print("{:<24} {:<7} {:<10} {}\n", metric.name, scenarios::name(metric.kind),
               scenarios::symbol(metric.unit), metric.description);
  }
  fmt::print("{:<24} {:<7} {:<10} {}\n", "errors.NAME", "scalar", "records",
             "answers with this error, by the protocol's own name");
}

void list_hardware() {
  for (const models::HardwareType& type : models::hardware_catalogue()) {
    fmt::print("{:<24} {:>3} vCPU {:>5} GiB {:>6.2f} Gbit/s {:>8.4f} USD/h  {}\n", type.name,
               type.vcpus, type.memory_bytes >> 30, static_cast<double>(type.nic_bits_per_s) * 1e-9,
               type.price.dollars(), type.description);
  }
}

void list_networks() {
  for (const models::NetworkProfile& profile : models::network_profiles()) {
    fmt::print("{:<24} {}\n", profile.name(), profile.description());
  }
}

void list_costs() {
  for (const models::CostTable& table : models::cost_tables()) {
    fmt::print("{:<24} version {}, {}\n", table.name, table.version, table.card);
  }
}

/// The key that says what happens: what a fault requires beside its times.
std::string fault_verb(const nlohmann::ordered_json& fault) {
  for (const std::string key : fault.at("required")) {
    if (key != "at" && key != "for") {
      return key;
    }
  }
  return "";
}

/// Verbs and keys from the schema, which knows every fault that a scenario may name.
void list_faults() {
  const auto schema = nlohmann::ordered_json::parse(scenarios::schema_text());
  for (const auto& fault : schema.at(nlohmann::ordered_json::json_pointer(
           "/definitions/scenario/properties/faults/items/oneOf"))) {
    std::vector<std::string> keys;
    for (const auto& [key, value] : fault.at("properties").items()) {
      keys.push_back(key);
    }
    fmt::print("{:<14} {}  ({})\n", fault_verb(fault), fault.value("description", ""),
               fmt::join(keys, ", "));
  }
}

void list_exit_codes() {
  fmt::print("{}", exit_code_table());
}

void list_figures() {
  for (const scenarios::Figure& figure : scenarios::all_figures()) {
    fmt::print("{:<32} {:<16} {}\n", figure.id, scenarios::claim(figure), figure.metric);
  }
}

const std::map<std::string, std::function<void()>>& topics() {
  static const std::map<std::string, std::function<void()>> kTopics = {
      {"exit-codes", list_exit_codes}, {"faults", list_faults},     {"templates", list_templates},
      {"metrics", list_metrics},       {"hardware", list_hardware}, {"networks", list_networks},
      {"costs", list_costs},           {"figures", list_figures}};
  return kTopics;
}

}  // namespace

void add_list(CLI::App& app, const GlobalOptions& /*options*/, reports::ExitCode& /*exit_code*/) {
  auto topic = std::make_shared<std::string>("templates");
  CLI::App* verb = app.add_subcommand(
      "list", "List templates, faults, metrics, hardware, networks, costs, figures or exit codes");
  verb->footer("Examples:\n  wavetank list hardware\n  wavetank list metrics\n");
  verb->add_option("TOPIC", *topic, "What to list")
      ->check(CLI::IsMember(topics()))
      ->capture_default_str();
  verb->callback([topic] { topics().at (*topic)(); });
}

}  // namespace wavetank::cli

#include "scenarios/import/fault_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdio>

#include "scenarios/description.h"

namespace wavetank::scenarios {

namespace {

/// "kafka-1" is the second of "kafka".
struct Ordinal {
  std::string name;
  std::uint32_t number;
};
std::optional<Ordinal> ordinal(const std::string& name) {
  const std::size_t dash = name.rfind('-');
  std::uint32_t number = 0;
  if (dash == std::string::npos || dash == 0) {
    return std::nullopt;
  }
  const char* const end = name.data() + name.size();
  const auto read = std::from_chars(name.data() + dash + 1, end, number);
  if (read.ec != std::errc() || read.ptr != end || dash + 1 == name.size()) {
    return std::nullopt;
  }
  return Ordinal{name.substr(0, dash), number};
}

std::optional<HostSpan> one_of(const HostSpan& all, std::uint32_t number) {
  if (number < 1 || number > all.count()) {
    return std::nullopt;
  }
  return all.first == 0 ? all : HostSpan{all.group, all.first + number - 1, all.first + number - 1};
}

}  // namespace

HostSpan HostSpan::first_of(std::uint32_t hosts) const {
  const std::uint32_t most = std::clamp<std::uint32_t>(hosts, 1, count());
  return first == 0 ? *this : HostSpan{group, first, first + most - 1};
}

std::string HostSpan::text() const {
  return first == 0      ? group
         : first == last ? fmt::format("{}-{}", group, first)
                         : fmt::format("{}[{}..{}]", group, first, last);
}

// ------------------------------------------------------------------------------------- hosts

/// As a scenario's own selectors name hosts: "broker[*]", "broker[1..2]", "broker-2", "controller".
std::optional<HostSpan> FaultPlan::known(const std::string& name) const {
  const std::size_t bracket = name.find('[');
  const std::string plain = name.substr(0, bracket);
  for (const HostGroup& group : onto_.cluster.groups) {
    if (group.name == plain) {
      const HostSpan all = group.count ? HostSpan{plain, 1, *group.count} : HostSpan{plain, 0, 0};
      if (bracket == std::string::npos || name.substr(bracket) == "[*]") {
        return all;
      }
      std::uint32_t from = 0;
      std::uint32_t to = 0;
      int length = 0;
      const int read = std::sscanf(name.c_str() + bracket, "[%9u..%9u]%n", &from, &to, &length);
      if (read == 2 && bracket + static_cast<std::size_t>(length) == name.size() && from >= 1 &&
          from <= to && to <= all.count() && all.first != 0) {
        return HostSpan{plain, from, to};
      }
      return std::nullopt;
    }
    if (const auto one = ordinal(plain); one && one->name == group.name && group.count) {
      return one_of({group.name, 1, *group.count}, one->number);
    }
  }
  return std::nullopt;
}

std::optional<HostSpan> FaultPlan::mapped(const std::string& name) const {
  const auto rule = options_.hosts.find(name);
  return rule == options_.hosts.end() ? std::nullopt : known(rule->second);
}

std::optional<HostSpan> FaultPlan::hosts(const std::vector<std::string>& names,
                                         const Origin& origin, const std::string& what) {
  origin_ = origin;
  what_ = what;
  std::string all;
  for (const std::string& name : names) {
    if (const auto found = mapped(name)) {
      return found;
    }
    if (const auto one = ordinal(name)) {
      if (const auto found = mapped(one->name)) {
        if (const auto host = one_of(*found, one->number + 1)) {
          return host;
        }
      }
    }
    if (const auto found = known(name)) {
      return found;
    }
    all += (all.empty() ? "" : ", ") + name;
  }
  std::string groups;
  for (const HostGroup& group : onto_.cluster.groups) {
    groups +=
        fmt::format("{}{}{}", groups.empty() ? "" : ", ", group.name, group.count ? "[*]" : "");
  }
  notes_.error(
      origin, what,
      names.empty() ? "it names nobody" : fmt::format("the scenario has no hosts called {}", all),
      fmt::format("--map '{}=HOSTS', of {}", names.empty() ? "NAME" : names.front(), groups));
  return std::nullopt;
}

const models::HardwareType* FaultPlan::hardware(const HostSpan& hosts) const {
  for (const HostGroup& group : onto_.cluster.groups) {
    if (group.name == hosts.group) {
      const auto found = models::find_hardware(group.type);
      return found ? *found : nullptr;
    }
  }
  return nullptr;
}

// ------------------------------------------------------------------------------------- faults

Duration FaultPlan::begins() const {
  return options_.at.value_or(onto_.duration / 3);
}

Duration FaultPlan::lasts() const {
  return options_.lasts.value_or(onto_.duration / 3);
}

Duration FaultPlan::within_run(Duration at, Duration lasts) {
  if (at >= onto_.duration) {
    notes_.error(origin_, what_,
                 fmt::format("it begins at {}, and the run ends at {}", to_text(at),
                             to_text(onto_.duration)),
                 "an earlier --at, or a longer scenario");
    return milliseconds(1);
  }
  if (at + lasts > onto_.duration) {
    const Duration rest = onto_.duration - at;
    notes_.changed(origin_, what_,
                   fmt::format("{} of {}: then the run ends", to_text(rest), to_text(lasts)));
    return rest;
  }
  return lasts;
}

std::size_t FaultPlan::add(Duration at, std::optional<Duration> lasts, Value fault) {
  Value dated = object({{"at", duration_value(at)}});
  for (const Member& member : *fault.get<Members>()) {
    dated.set(member.key, member.value);
  }
  // What has no end is asked for its beginning alone.
  const Duration length = within_run(at, lasts.value_or(Duration()));
  if (lasts) {
    dated.set("for", duration_value(length));
  }
  begun_.push_back(at);
  faults_.push_back(std::move(dated));
  return faults_.size() - 1;
}

void FaultPlan::end(std::size_t fault, Duration at) {
  const Duration lasts = std::max(at - begun_[fault], milliseconds(1));
  faults_[fault].set("for", duration_value(within_run(begun_[fault], lasts)));
}

/// A network that loses everything is cut; TCP goes on trying.
std::size_t FaultPlan::cut(Duration at, std::optional<Duration> lasts, const HostSpan& hosts) {
  return add(at, lasts, object({{"loss", hosts.text()}, {"share", number_value(1)}}));
}

std::vector<std::size_t> FaultPlan::slow_messages(Duration at, std::optional<Duration> lasts,
                                                  const HostSpan& hosts, Duration added,
                                                  Duration jitter) {
  std::vector<std::size_t> faults;
  if (added > Duration()) {
    faults.push_back(
        add(at, lasts, object({{"delay", hosts.text()}, {"by", duration_value(added)}})));
  }
  if (jitter > Duration()) {
    faults.push_back(
        add(at, lasts, object({{"jitter", hosts.text()}, {"mean", duration_value(jitter)}})));
  }
  return faults;
}

std::size_t FaultPlan::limit_bandwidth(Duration at, std::optional<Duration> lasts,
                                       const HostSpan& hosts, double bits_per_s) {
  const models::HardwareType* type = hardware(hosts);
  const double card =
      onto_.cluster.network.nic_bits_per_s
          ? static_cast<double>(*onto_.cluster.network.nic_bits_per_s)
          : static_cast<double>(type != nullptr ? type->nic_bits_per_s : 1'000'000'000);
  const double factor = std::clamp(card / std::max(bits_per_s, 1.0), 1.001, 1e6);
  return add(at, lasts, object({{"slow_link", hosts.text()}, {"factor", number_value(factor)}}));
}

std::size_t FaultPlan::kill(Duration at, std::optional<Duration> lasts, const HostSpan& hosts) {
  return add(at, lasts, object({{"process_kill", hosts.text()}}));
}

Value FaultPlan::scenario() const {
  Value document = *parse_document(onto_.effective_json, onto_.source);
  List all;
  if (const Value* own = document.member("faults")) {
    all = *own->get<List>();
  }
  all.insert(all.end(), faults_.begin(), faults_.end());
  document.set("faults", array(std::move(all)));
  return document;
}

Imported import_faults(Dialect dialect, std::span<const ImportSource> sources, const Scenario& onto,
                       const ImportOptions& options) {
  ImportNotes notes;
  FaultPlan plan(onto, options, notes);
  for (const auto& [name, hosts] : options.hosts) {
    plan.hosts({name}, {}, fmt::format("--map {}={}", name, hosts));
  }
  for (const ImportSource& source : sources) {
    switch (dialect) {
      case Dialect::toxiproxy:
        plan_toxiproxy(source, plan);
        break;
      case Dialect::chaostoolkit:
        plan_chaostoolkit(source, plan);
        break;
      case Dialect::chaosmesh:
        plan_chaosmesh(source, plan);
        break;
      case Dialect::omb:
        break;
    }
  }
  Imported imported;
  if (!notes.has_errors()) {
    imported.scenario = plan.scenario();
  }
  imported.notes = notes.take();
  return imported;
}

}  // namespace wavetank::scenarios

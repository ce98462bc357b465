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

/// Those of a group from one number to another.
Hosts numbered(const std::string& group, std::uint32_t from, std::uint32_t to) {
  Hosts hosts;
  for (std::uint32_t number = from; number <= to; ++number) {
    hosts.add({group, number});
  }
  return hosts;
}

std::string joined(const std::vector<std::string>& names) {
  return fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace

void Hosts::add(const Host& host) {
  if (std::ranges::find(hosts_, host) == hosts_.end()) {
    hosts_.push_back(host);
  }
}

void Hosts::add(const Hosts& more) {
  for (const Host& host : more) {
    add(host);
  }
}

Hosts Hosts::first_of(std::size_t hosts) const {
  Hosts some;
  some.hosts_.assign(begin(), begin() + static_cast<std::ptrdiff_t>(std::min(hosts, count())));
  return some;
}

Hosts Hosts::among(const Hosts& others) const {
  Hosts both;
  std::ranges::copy_if(hosts_, std::back_inserter(both.hosts_), [&](const Host& host) {
    return std::ranges::find(others, host) != others.end();
  });
  return both;
}

std::string Hosts::Host::text() const {
  return number == 0 ? group : fmt::format("{}-{}", group, number);
}

std::string Hosts::text() const {
  std::string text;
  for (std::size_t i = 0; i < hosts_.size();) {
    const Host& first = hosts_[i];
    std::size_t next = i + 1;
    while (first.number > 0 && next < hosts_.size() && hosts_[next].group == first.group &&
           hosts_[next].number == first.number + (next - i)) {
      ++next;
    }
    text += i == 0 ? "" : ", ";
    text += next == i + 1
                ? first.text()
                : fmt::format("{}[{}..{}]", first.group, first.number, hosts_[next - 1].number);
    i = next;
  }
  return text;
}

// ------------------------------------------------------------------------------------- hosts

/// As a scenario's own selectors name hosts: "broker[*]", "broker[1..2]", "broker-2", "controller".
std::optional<Hosts> FaultPlan::known(const std::string& name) const {
  const std::size_t bracket = name.find('[');
  const std::string plain = name.substr(0, bracket);
  for (const HostGroup& group : onto_.cluster.groups) {
    const std::uint32_t count = group.count.value_or(0);
    if (group.name == plain) {
      if (bracket == std::string::npos || name.substr(bracket) == "[*]") {
        return group.count ? numbered(plain, 1, count) : numbered(plain, 0, 0);
      }
      std::uint32_t from = 0;
      std::uint32_t to = 0;
      int length = 0;
      const int read = std::sscanf(name.c_str() + bracket, "[%9u..%9u]%n", &from, &to, &length);
      if (read == 2 && bracket + static_cast<std::size_t>(length) == name.size() && from >= 1 &&
          from <= to && to <= count) {
        return numbered(plain, from, to);
      }
      return std::nullopt;
    }
    if (const auto one = ordinal(plain);
        one && one->name == group.name && one->number >= 1 && one->number <= count) {
      return numbered(group.name, one->number, one->number);
    }
  }
  return std::nullopt;
}

std::optional<Hosts> FaultPlan::mapped(const std::string& name) const {
  const auto rule = options_.hosts.find(name);
  return rule == options_.hosts.end() ? std::nullopt : known(rule->second);
}

std::optional<Hosts> FaultPlan::called(const std::string& name) const {
  if (auto found = mapped(name)) {
    return found;
  }
  if (const auto one = ordinal(name)) {
    if (const auto all = mapped(one->name); all && one->number < all->count()) {
      Hosts host;
      host.add(*(all->begin() + one->number));
      return host;
    }
  }
  return known(name);
}

std::optional<Hosts> FaultPlan::called(const Naming& naming) const {
  for (const std::string& way : naming.ways) {
    if (auto found = called(way)) {
      return found;
    }
  }
  return std::nullopt;
}

std::string FaultPlan::groups() const {
  std::vector<std::string> names;
  for (const HostGroup& group : onto_.cluster.groups) {
    names.push_back(group.name + (group.count ? "[*]" : ""));
  }
  return joined(names);
}

void FaultPlan::check_map() {
  for (const auto& [name, hosts] : options_.hosts) {
    if (!known(hosts)) {
      notes_.error({}, fmt::format("--map {}={}", name, hosts),
                   fmt::format("the scenario has no hosts called {}", hosts), "of " + groups());
    }
  }
}

void FaultPlan::nobody_is(const std::vector<std::string>& names, const Origin& origin,
                          const std::string& what) {
  notes_.error(
      origin, what,
      names.empty() ? "it names nobody"
                    : fmt::format("the scenario has no hosts called {}", joined(names)),
      fmt::format("--map '{}=HOSTS', of {}", names.empty() ? "NAME" : names.front(), groups()));
}

std::optional<Hosts> FaultPlan::hosts(const std::vector<std::string>& ways, const Origin& origin,
                                      const std::string& what) {
  origin_ = origin;
  what_ = what;
  const std::optional<Hosts> found = called(Naming{ways, origin, what});
  if (!found) {
    nobody_is(ways, origin, what);
    return std::nullopt;
  }
  for (const std::string& way : ways) {
    if (const auto other = called(way); other && *other != *found) {
      notes_.dropped(origin, what,
                     fmt::format("{} would be {}: it is {}", way, other->text(), found->text()));
    }
  }
  return found;
}

std::optional<Hosts> FaultPlan::every(const std::vector<Naming>& names, const Origin& origin,
                                      const std::string& what) {
  origin_ = origin;
  what_ = what;
  if (names.empty()) {
    nobody_is({}, origin, what);
  }
  Hosts all;
  for (const Naming& naming : names) {
    if (const auto found = called(naming)) {
      all.add(*found);
    } else {
      nobody_is(naming.ways, naming.origin, naming.what);
      return std::nullopt;
    }
  }
  return names.empty() ? std::nullopt : std::optional(std::move(all));
}

std::optional<Hosts> FaultPlan::meeting(const std::vector<Naming>& conditions, const Origin& origin,
                                        const std::string& what) {
  origin_ = origin;
  what_ = what;
  std::optional<Hosts> left;
  std::vector<const Naming*> unknown;
  std::vector<std::string> names;
  for (const Naming& condition : conditions) {
    if (const auto found = called(condition)) {
      left = left ? left->among(*found) : *found;
    } else {
      unknown.push_back(&condition);
    }
    names.push_back(condition.ways.front());
  }
  if (!left) {
    nobody_is(names, origin, what);
    return std::nullopt;
  }
  for (const Naming* condition : unknown) {
    notes_.dropped(condition->origin, condition->what,
                   fmt::format("the scenario has no hosts called {}", joined(condition->ways)));
  }
  if (left->count() == 0) {
    notes_.error(origin, what, fmt::format("no host is {} at once", joined(names)),
                 "names of hosts in common (--map)");
    return std::nullopt;
  }
  return left;
}

std::vector<FaultPlan::Alike> FaultPlan::alike(const Hosts& hosts) const {
  std::vector<Alike> kinds;
  for (const Hosts::Host& host : hosts) {
    const auto group = std::ranges::find(onto_.cluster.groups, host.group, &HostGroup::name);
    const auto found = models::find_hardware(group->type);
    const models::HardwareType* type = found ? *found : nullptr;
    auto kind = std::ranges::find(kinds, type, &Alike::type);
    if (kind == kinds.end()) {
      kind = kinds.insert(kind, {type, {}});
    }
    kind->hosts.add(host);
  }
  return kinds;
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

void FaultPlan::repeat(Value& fault, Duration at, std::optional<Duration> lasts) {
  if (!period_) {
    return;
  }
  if (!lasts || *lasts >= *period_) {
    notes_.changed(
        origin_, what_,
        fmt::format("once: it {}, and would come again every {}",
                    lasts ? "lasts " + to_text(*lasts) : "does not end", to_text(*period_)));
    return;
  }
  constexpr std::int64_t kMostTimes = 1'000;
  const std::int64_t more = (onto_.duration - at - *lasts) / *period_;
  if (more < 1) {
    notes_.changed(
        origin_, what_,
        fmt::format("once: the run ends before it comes again, every {}", to_text(*period_)));
    return;
  }
  const auto times = static_cast<double>(std::min(more + 1, kMostTimes));
  fault.set("repeat",
            object({{"times", number_value(times)}, {"every", duration_value(*period_)}}));
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
  repeat(dated, at, lasts ? std::optional(length) : std::nullopt);
  begun_.push_back(at);
  faults_.push_back(std::move(dated));
  return faults_.size() - 1;
}

void FaultPlan::end(std::size_t fault, Duration at) {
  const Duration lasts = std::max(at - begun_[fault], milliseconds(1));
  faults_[fault].set("for", duration_value(within_run(begun_[fault], lasts)));
}

/// A network that loses everything is cut; TCP goes on trying.
std::size_t FaultPlan::cut(Duration at, std::optional<Duration> lasts, const Hosts& hosts) {
  return add(at, lasts, object({{"loss", hosts.text()}, {"share", number_value(1)}}));
}

Duration EvenDelay::mean() const {
  if (jitter <= latency) {
    return latency;
  }
  // What would be less than nothing is nothing.
  const double longest = latency.seconds() + jitter.seconds();
  return duration_of(longest * longest / (4 * jitter.seconds()), seconds(1));
}

std::vector<std::size_t> FaultPlan::slow_messages(Duration at, std::optional<Duration> lasts,
                                                  const Hosts& hosts, const EvenDelay& delay) {
  // An exponential time that varies about as much as an even one of twice its width.
  const Duration varies = std::min(delay.jitter / 2, delay.mean());
  const Duration fixed = delay.mean() - varies;
  std::vector<std::size_t> faults;
  if (fixed > Duration()) {
    faults.push_back(
        add(at, lasts, object({{"delay", hosts.text()}, {"by", duration_value(fixed)}})));
  }
  if (varies > Duration()) {
    faults.push_back(
        add(at, lasts, object({{"jitter", hosts.text()}, {"mean", duration_value(varies)}})));
    notes_.changed(delay.origin, join_pointer(delay.what, "jitter"),
                   fmt::format("an exponential time of mean {} after {}: {} on average, as there, "
                               "but without a longest",
                               to_text(varies), to_text(fixed), to_text(delay.mean())));
  }
  return faults;
}

std::vector<std::size_t> FaultPlan::limit_bandwidth(Duration at, std::optional<Duration> lasts,
                                                    const Hosts& hosts, double bits_per_s) {
  std::vector<std::size_t> faults;
  for (const Alike& it : alike(hosts)) {
    const std::uint64_t card = onto_.cluster.network.nic_bits_per_s.value_or(
        it.type != nullptr ? it.type->nic_bits_per_s : 1'000'000'000);
    const double factor =
        std::clamp(static_cast<double>(card) / std::max(bits_per_s, 1.0), 1.001, 1e6);
    faults.push_back(
        add(at, lasts, object({{"slow_link", it.hosts.text()}, {"factor", number_value(factor)}})));
  }
  return faults;
}

std::size_t FaultPlan::kill(Duration at, std::optional<Duration> lasts, const Hosts& hosts) {
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
  plan.check_map();
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

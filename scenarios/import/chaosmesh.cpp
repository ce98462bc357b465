// Chaos Mesh: NetworkChaos, PodChaos, IOChaos, TimeChaos and StressChaos, and schedules of these.
// What is applied together begins together.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string>
#include <vector>

#include "scenarios/description.h"
#include "scenarios/import/fault_plan.h"
#include "scenarios/import/yaml.h"

namespace wavetank::scenarios {

namespace {

constexpr double kPercent = 100;

// ------------------------------------------------------------------------------------- whom

/// The texts of a list, as names.
void add_names(const Value& list, const std::string& path, Taken& selector,
               std::vector<Naming>& names) {
  const auto wrong = [&](const Value& value, const std::string& where, const char* expected) {
    selector.notes().error(value.origin, where, fmt::format("found {}", short_text(value)),
                           expected);
  };
  const auto* items = list.get<List>();
  if (items == nullptr) {
    return wrong(list, path, "a list of names");
  }
  for (std::size_t i = 0; i < items->size(); ++i) {
    const Value& item = (*items)[i];
    if (const auto* name = item.get<std::string>()) {
      names.push_back({{*name}, item.origin, join_pointer(path, i)});
    } else {
      wrong(item, join_pointer(path, i), "a name");
    }
  }
}

/// Pods that are named are all of them: Chaos Mesh heeds nothing else then.
std::optional<Hosts> pods_of(const Value& pods, const Origin& origin, Taken& selector,
                             FaultPlan& plan) {
  const char* const kNotHeeded = "pods are named: Chaos Mesh heeds nothing else";
  selector.drop("labelSelectors", kNotHeeded);
  selector.drop("namespaces", kNotHeeded);
  const std::string path = selector.path_of("pods");
  std::vector<Naming> names;
  if (const auto* by_namespace = pods.get<Members>()) {
    for (const Member& space : *by_namespace) {
      add_names(space.value, join_pointer(path, space.key), selector, names);
    }
  } else {
    selector.notes().error(pods.origin, path, fmt::format("found {}", type_name(pods)),
                           "lists of pods by namespace");
  }
  return plan.every(names, origin, path);
}

/// Labels are conditions, which hold all at once.
std::vector<Naming> conditions_of(const Members& labels, Taken& selector) {
  std::vector<Naming> conditions;
  for (const Member& label : labels) {
    const std::string path = join_pointer(selector.path_of("labelSelectors"), label.key);
    if (const auto* value = label.value.get<std::string>()) {
      conditions.push_back(
          {{fmt::format("{}={}", label.key, *value), *value}, label.value.origin, path});
    } else {
      selector.notes().error(label.value.origin, path,
                             fmt::format("found {}", short_text(label.value)), "a text");
    }
  }
  return conditions;
}

/// Whom a selector means, by the names of pods, else by labels, else by namespaces.
std::optional<Hosts> selected(Taken& selector, const Origin& origin, FaultPlan& plan) {
  if (const Value* pods = selector.take("pods")) {
    return pods_of(*pods, origin, selector, plan);
  }
  std::vector<Naming> namespaces;
  if (const Value* spaces = selector.take("namespaces")) {
    add_names(*spaces, selector.path_of("namespaces"), selector, namespaces);
  }
  const Value* labels = selector.take("labelSelectors");
  const auto* members = labels != nullptr ? labels->get<Members>() : nullptr;
  if (labels != nullptr && members == nullptr) {
    selector.notes().error(labels->origin, selector.path_of("labelSelectors"),
                           fmt::format("found {}", type_name(*labels)), "an object");
    return std::nullopt;
  }
  if (members == nullptr || members->empty()) {
    return plan.every(namespaces, origin, selector.path());
  }
  std::vector<Naming> conditions = conditions_of(*members, selector);
  if (namespaces.size() == 1) {
    conditions.push_back(namespaces.front());
  } else {
    selector.drop("namespaces", "of several namespaces any will do: the labels alone count");
  }
  return plan.meeting(conditions, origin, selector.path());
}

/// So many of them as `mode` and `value` say. Which ones is for Chaos Mesh to draw; here the first.
Hosts some_of(const Hosts& all, const std::string& mode, Taken& spec) {
  const auto each = static_cast<double>(all.count());
  double wanted = each;
  if (mode == "one") {
    wanted = 1;
  } else if (mode == "fixed") {
    wanted = static_cast<double>(spec.whole("value", 1, 1'000'000).value_or(1));
  } else if (mode == "fixed-percent" || mode == "random-max-percent") {
    const double share = spec.number("value", 0, kPercent).value_or(kPercent) / kPercent;
    wanted = std::max(1.0, std::floor(share * each));
  } else if (mode != "all") {
    spec.notes().error(spec.origin(), spec.path_of("mode"), fmt::format("found {}", mode),
                       "one, all, fixed, fixed-percent or random-max-percent");
  }
  const Hosts some = all.first_of(static_cast<std::size_t>(wanted));
  if (some.count() < all.count()) {
    spec.change("mode", fmt::format("always {}, rather than drawn", some.text()));
  }
  return some;
}

/// A `selector` and a `mode`: of a spec, or of its target.
std::optional<Hosts> struck(Taken& spec, FaultPlan& plan) {
  const std::string mode = spec.text("mode").value_or("one");
  Taken selector = spec.object("selector");
  const auto all = selected(selector, spec.origin(), plan);
  selector.drop_the_rest();
  if (const Value* containers = spec.take("containerNames")) {
    plan.notes().changed(containers->origin, spec.path_of("containerNames"),
                         "all processes of the host");
  }
  return all ? std::optional(some_of(*all, mode, spec)) : std::nullopt;
}

// ------------------------------------------------------------------------------------- kinds

struct Chaos {
  FaultPlan& plan;
  Taken& spec;
  std::string action;
  Hosts hosts;
  std::optional<Duration> duration;  ///< nothing: until it is deleted

  [[nodiscard]] Duration at() const { return plan.begins(); }
};

void unknown_action(Chaos& it) {
  it.plan.notes().dropped(
      it.spec.origin(), it.spec.path_of("action"),
      it.action.empty() ? "none is named" : fmt::format("nothing here is like {}", it.action));
}

double share_of(Taken& part, std::string_view key) {
  part.drop("correlation", "each is struck by itself");
  return part.number(key, 0, kPercent).value_or(0) / kPercent;
}

void partition(Chaos& it) {
  const std::string direction = it.spec.text("direction").value_or("to");
  if (it.spec.take("target") == nullptr) {
    it.plan.cut(it.at(), it.duration, it.hosts);
    return;
  }
  Taken target = it.spec.object("target");
  const auto others = struck(target, it.plan);
  target.drop_the_rest();
  if (!others) {
    return;
  }
  const bool reversed = direction == "from";
  Value fault = object({{"partition", (reversed ? *others : it.hosts).text()},
                        {"from", (reversed ? it.hosts : *others).text()}});
  if (direction != "both") {
    fault.set("one_way", Value{Value::Data(true)});
  }
  // A partition must end.
  const Duration lasts = it.duration.value_or(it.plan.lasts());
  it.plan.add(it.at(), lasts, std::move(fault));
}

/// "1mbps" as tc writes it, where bps are bytes; in bits a second.
std::optional<double> tc_rate(const std::string& text) {
  struct Unit {
    std::string_view name;
    double bits;
  };
  static constexpr std::array kUnits{
      Unit{"bit", 1}, Unit{"kbit", 1e3}, Unit{"mbit", 1e6}, Unit{"gbit", 1e9}, Unit{"tbit", 1e12},
      Unit{"bps", 8}, Unit{"kbps", 8e3}, Unit{"mbps", 8e6}, Unit{"gbps", 8e9}, Unit{"tbps", 8e12}};
  const std::size_t end = text.find_first_not_of("0123456789.");
  if (end == 0 || end == std::string::npos) {
    return std::nullopt;
  }
  std::string name = text.substr(end);
  std::ranges::transform(name, name.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  const auto* unit = std::ranges::find(kUnits, name, &Unit::name);
  double number = 0;
  const auto read = std::from_chars(text.data(), text.data() + end, number);
  const bool is_number = read.ec == std::errc() && read.ptr == text.data() + end;
  return unit == kUnits.end() || !is_number || !(number > 0 && number < 1e9)
             ? std::nullopt
             : std::optional(number * unit->bits);
}

void bandwidth(Chaos& it) {
  Taken part = it.spec.object("bandwidth");
  const std::string rate = part.text("rate").value_or("");
  const std::optional<double> bits = tc_rate(rate);
  if (!bits) {
    it.plan.notes().error(part.origin(), part.path_of("rate"), fmt::format("found \"{}\"", rate),
                          "a rate of tc, such as 1mbps");
    return;
  }
  it.plan.limit_bandwidth(it.at(), it.duration, it.hosts, *bits);
  it.plan.notes().changed(part.origin(), part.path(),
                          "a slower network card, for all that the hosts send and get");
  part.drop("limit", "queues are as the network's");
  part.drop("buffer", "queues are as the network's");
  part.drop_the_rest();
}

/// None if nothing is said.
Duration delay_of(Taken& part, const char* key) {
  const Duration delay = part.go_duration(key).value_or(Duration());
  if (delay < Duration()) {
    part.notes().error(part.origin(), part.path_of(key), fmt::format("found {}", to_text(delay)),
                       "a time of 0 or more");
  }
  return std::max(delay, Duration());
}

void network_delay(Chaos& it, bool both_ways) {
  Taken part = it.spec.object("delay");
  const Duration latency = delay_of(part, "latency");
  const Duration jitter = delay_of(part, "jitter");
  part.drop("correlation", "each message is delayed by itself");
  part.drop("reorder", "TCP puts them in order again");
  part.drop_the_rest();
  const std::int64_t share = both_ways ? 1 : 2;
  if (!both_ways) {
    // Only what the hosts send is delayed there: the round trip is as long.
    it.plan.notes().changed(part.origin(), part.path(), "half of the delay in each direction");
  }
  it.plan.slow_messages(it.at(), it.duration, it.hosts,
                        {latency / share, jitter / share, part.origin(), part.path()});
}

void lossy(Chaos& it, const char* key) {
  Taken part = it.spec.object(key);
  const double share = share_of(part, key);
  part.drop_the_rest();
  if (share > 0) {
    it.plan.add(it.at(), it.duration,
                object({{"loss", it.hosts.text()}, {"share", number_value(share)}}));
  }
}

void network_chaos(Chaos& it) {
  const Value* direction = it.spec.take("direction");
  const auto* way = direction != nullptr ? direction->get<std::string>() : nullptr;
  const bool both_ways = way != nullptr && *way == "both";
  if (way != nullptr && *way != "to" && *way != "from" && !both_ways) {
    it.plan.notes().error(direction->origin, it.spec.path_of("direction"),
                          fmt::format("found {}", *way), "to, from or both");
  }
  if (it.action == "partition") {
    return partition(it);
  }
  it.spec.change("target", "all that the hosts send and get, whoever is at the other end");
  if (it.action == "delay") {
    return network_delay(it, both_ways);
  }
  if (it.action == "bandwidth") {
    return bandwidth(it);
  }
  if (it.action == "loss") {
    return lossy(it, "loss");
  }
  if (it.action == "corrupt") {
    it.plan.notes().changed(it.spec.origin(), it.spec.path_of("corrupt"),
                            "loss: what fails its check sum is sent again");
    return lossy(it, "corrupt");
  }
  if (it.action == "netem") {
    if (it.spec.take("delay") != nullptr) {
      network_delay(it, both_ways);
    }
    if (it.spec.take("loss") != nullptr) {
      lossy(it, "loss");
    }
    it.spec.drop("duplicate", "TCP drops what comes twice");
    return;
  }
  if (it.action == "duplicate") {
    return it.spec.drop("duplicate", "TCP drops what comes twice");
  }
  unknown_action(it);
}

void pod_chaos(Chaos& it) {
  if (it.action == "pod-failure") {
    it.plan.kill(it.at(), it.duration, it.hosts);
  } else if (it.action == "pod-kill" || it.action == "container-kill") {
    it.plan.kill(it.at(), it.plan.restarts_after(), it.hosts);
    it.plan.notes().changed(it.spec.origin(), it.spec.path_of("action"),
                            fmt::format("killed, and started again after {} (--restart-after)",
                                        to_text(it.plan.restarts_after())));
    it.spec.drop("gracePeriod", "the processes are killed at once");
  } else {
    unknown_action(it);
  }
}

void io_latency(Chaos& it) {
  const auto delay = it.spec.go_duration("delay");
  if (!delay || *delay <= Duration()) {
    return unknown_action(it);
  }
  const auto whose = it.plan.alike(it.hosts);
  for (const auto& [type, hosts] : whose) {
    if (type == nullptr) {
      unknown_action(it);
      continue;
    }
    const double usual = type->disk.fsync_latency.seconds();
    const double factor = std::clamp((usual + delay->seconds()) / usual, 1.001, 1e6);
    it.plan.add(it.at(), it.duration,
                object({{"slow_disk", hosts.text()}, {"factor", number_value(factor)}}));
    it.plan.notes().changed(
        it.spec.origin(), it.spec.path_of("delay"),
        fmt::format("a disk that is {:.3g} times as slow, in bandwidth too", factor));
  }
}

void io_fault(Chaos& it) {
  constexpr std::int64_t kNoSpace = 28;
  const std::int64_t error = it.spec.whole("errno", 1, 133).value_or(5);
  const char* fault = error == kNoSpace ? "disk_full" : "failed_fsync";
  it.plan.add(it.at(), it.duration, object({{fault, it.hosts.text()}}));
  if (error != kNoSpace) {
    it.plan.notes().changed(it.spec.origin(), it.spec.path_of("errno"),
                            "writes and syncs fail; reads do not");
  }
}

void io_chaos(Chaos& it) {
  for (const char* where : {"volumePath", "path", "methods"}) {
    it.spec.change(where, "the whole disk");
  }
  const double percent = it.spec.number("percent", 0, kPercent).value_or(kPercent);
  if (percent < kPercent) {
    it.spec.change("percent", "every operation");
  }
  if (it.action == "latency") {
    io_latency(it);
  } else if (it.action == "fault") {
    io_fault(it);
  } else if (it.action == "mistake") {
    it.plan.add(it.at(), std::nullopt, object({{"bit_rot", it.hosts.text()}}));
    it.spec.change("mistake", "one bit of one stored file, for good");
  } else {
    unknown_action(it);
  }
}

void time_chaos(Chaos& it) {
  if (const auto offset = it.spec.go_duration("timeOffset"); offset && *offset != Duration()) {
    it.plan.add(it.at(), it.duration,
                object({{"clock_step", it.hosts.text()}, {"by", duration_value(*offset)}}));
  } else {
    it.plan.notes().dropped(it.spec.origin(), it.spec.path_of("timeOffset"), "it is none");
  }
  it.spec.drop("clockIds", "a host has one clock");
}

/// What busy processes leave of the processors to those that are there already: what they do not
/// ask for, and a half at least, for the kernel divides fairly.
void stress_cpu(Chaos& it, Taken& cpu) {
  const double workers = static_cast<double>(cpu.whole("workers", 0, 10'000).value_or(0));
  const double load = cpu.number("load", 0, kPercent).value_or(kPercent) / kPercent;
  cpu.drop("options", "the workers compute");
  cpu.drop_the_rest();
  for (const auto& [type, hosts] : it.plan.alike(it.hosts)) {
    const double cores = type != nullptr ? type->vcpus : 1;
    const double factor = std::min(2.0, cores / std::max(cores - workers * load, cores / 2));
    if (factor <= 1.001) {
      continue;
    }
    it.plan.add(it.at(), it.duration,
                object({{"slow_cpu", hosts.text()}, {"factor", number_value(factor)}}));
    it.plan.notes().changed(cpu.origin(), cpu.path(),
                            fmt::format("processors that are {:.3g} times as slow", factor));
  }
}

void stress_chaos(Chaos& it) {
  Taken stressors = it.spec.object("stressors");
  if (stressors.take("cpu") != nullptr) {
    Taken cpu = stressors.object("cpu");
    stress_cpu(it, cpu);
  }
  stressors.drop("memory", "nothing here runs out of memory");
  stressors.drop_the_rest();
  it.spec.drop("stressngStressors", "its stressors are not known here");
}

struct Kind {
  std::string_view name;
  std::string_view member;  ///< of a schedule
  void (*plan)(Chaos&);
};
constexpr std::array kKinds{Kind{"NetworkChaos", "networkChaos", network_chaos},
                            Kind{"PodChaos", "podChaos", pod_chaos},
                            Kind{"IOChaos", "ioChaos", io_chaos},
                            Kind{"IoChaos", "ioChaos", io_chaos},
                            Kind{"TimeChaos", "timeChaos", time_chaos},
                            Kind{"StressChaos", "stressChaos", stress_chaos}};

const Kind* find_kind(const std::string& name, const Origin& origin, FaultPlan& plan) {
  const auto* kind = std::ranges::find(kKinds, name, &Kind::name);
  if (kind != kKinds.end()) {
    return kind;
  }
  plan.notes().dropped(
      origin, "", name.empty() ? "it has no kind" : fmt::format("nothing here is like a {}", name));
  return nullptr;
}

/// How often something comes: "@every 30s", "@hourly", or a line of a crontab that is every minute,
/// hour or day, or every so many minutes or hours.
std::optional<Duration> period_of(const std::string& schedule) {
  constexpr Duration kMinute = seconds(60);
  constexpr Duration kHour = kMinute * 60;
  constexpr std::string_view kEvery = "@every ";
  if (schedule.starts_with(kEvery)) {
    const auto period = parse_go_duration(std::string_view(schedule).substr(kEvery.size()));
    return period && *period > Duration() ? period : std::nullopt;
  }
  if (schedule == "@hourly" || schedule == "@daily" || schedule == "@midnight") {
    return schedule == "@hourly" ? kHour : kHour * 24;
  }
  std::vector<std::string> fields(1);
  for (const char c : schedule) {
    c == ' ' ? fields.emplace_back() : fields.back() += c;
  }
  std::erase(fields, "");
  if (fields.size() != 5 || fields[2] != "*" || fields[3] != "*" || fields[4] != "*") {
    return std::nullopt;
  }
  const auto number = [](std::string_view text) -> std::optional<std::int64_t> {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() && value >= 0 && value < 60
               ? std::optional(value)
               : std::nullopt;
  };
  const auto step = [&](const std::string& field) -> std::optional<std::int64_t> {
    const auto steps = field == "*"              ? std::optional<std::int64_t>(1)
                       : field.starts_with("*/") ? number(std::string_view(field).substr(2))
                                                 : std::nullopt;
    return steps && *steps > 0 ? steps : std::nullopt;
  };
  if (const auto minutes = step(fields[0]); minutes && fields[1] == "*") {
    return kMinute * *minutes;
  }
  if (!number(fields[0])) {
    return std::nullopt;
  }
  const auto hours = step(fields[1]);
  return hours               ? std::optional(kHour * *hours)
         : number(fields[1]) ? std::optional(kHour * 24)
                             : std::nullopt;
}

/// How often the experiment comes, as its schedule says in `key`; once, and a note, if that is not
/// understood.
void take_period(Taken& from, const char* key, const std::string& schedule, FaultPlan& plan) {
  const std::optional<Duration> period = period_of(schedule);
  if (!period) {
    plan.notes().changed(from.origin(), from.path_of(key),
                         fmt::format("once: \"{}\" is none of @every, and of a crontab's minutes "
                                     "and hours",
                                     schedule));
  }
  plan.repeat_every(period);
}

void plan_experiment(const Kind& kind, Taken& spec, FaultPlan& plan) {
  const auto hosts = struck(spec, plan);
  if (!hosts) {
    return;
  }
  Chaos it{plan, spec, spec.text("action").value_or(""), *hosts, spec.go_duration("duration")};
  if (it.duration && *it.duration <= Duration()) {
    plan.notes().error(spec.origin(), spec.path_of("duration"), "it lasts no time",
                       "a duration, such as 30s");
    return;
  }
  if (spec.take("scheduler") != nullptr) {  // before Chaos Mesh 2
    Taken scheduler = spec.object("scheduler");
    take_period(scheduler, "cron", scheduler.text("cron").value_or(""), plan);
    scheduler.drop_the_rest();
  }
  kind.plan(it);
  spec.drop_the_rest();
}

void plan_schedule(Taken& spec, FaultPlan& plan) {
  const Kind* kind = find_kind(spec.text("type").value_or(""), spec.origin(), plan);
  if (kind == nullptr) {
    return;
  }
  // How many experiments are kept, and may run at once: those here follow one another.
  for (const char* keeping : {"historyLimit", "concurrencyPolicy", "startingDeadlineSeconds"}) {
    spec.take(keeping);
  }
  take_period(spec, "schedule", spec.text("schedule").value_or(""), plan);
  Taken experiment = spec.object(kind->member);
  plan_experiment(*kind, experiment, plan);
  spec.drop_the_rest();
}

void plan_document(const Value& document, FaultPlan& plan) {
  Taken file(document, "", plan.notes());
  const std::string name = file.text("kind").value_or("");
  const bool is_schedule = name == "Schedule";
  const Kind* kind = is_schedule ? nullptr : find_kind(name, document.origin, plan);
  if (!is_schedule && kind == nullptr) {
    return;
  }
  file.take("apiVersion");
  file.take("metadata");  // what it is called there
  file.take("status");
  Taken spec = file.object("spec");
  file.drop_the_rest();
  plan.repeat_every(std::nullopt);
  is_schedule ? plan_schedule(spec, plan) : plan_experiment(*kind, spec, plan);
}

}  // namespace

void plan_chaosmesh(const ImportSource& source, FaultPlan& plan) {
  const auto documents = parse_yaml(source.text, source.name);
  if (!documents) {
    plan.notes().add({documents.error()});
    return;
  }
  if (documents->empty()) {
    plan.notes().error({std::make_shared<const std::string>(source.name), 0, 0}, "",
                       "there is nothing in it", "a chaos experiment");
  }
  for (const Value& document : *documents) {
    plan_document(document, plan);
  }
}

}  // namespace wavetank::scenarios

// Chaos Toolkit: an experiment's method is a list of activities, one after the other with pauses
// between them; its rollbacks come at the end. Actions are known by the functions that they call.
// An activity that is a "ref" is another one again, and one in the background holds nobody up (both
// as chaoslib's activity.py does).

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "scenarios/description.h"
#include "scenarios/import/fault_plan.h"
#include "scenarios/import/yaml.h"

namespace wavetank::scenarios {

namespace {

constexpr double kLongest_s = 1e6;

class Experiment {
 public:
  explicit Experiment(FaultPlan& plan) : plan_(plan), now_(plan.begins()) {}

  void read(const Value& document);

 private:
  /// What an action does, by its arguments.
  using Act = void (Experiment::*)(Taken& action, Taken& arguments);
  struct Function {
    std::string_view module;
    std::string_view name;
    Act act;
  };
  static const std::vector<Function>& functions();

  /// An activity, and what its place is called.
  struct Placed {
    const Value* value = nullptr;
    std::string path;
  };
  [[nodiscard]] std::optional<Placed> called(const std::string& name) const;
  void activities(Taken& file, const char* key);
  void activity(const Value& value, const std::string& path);
  void perform(const Value& value, const std::string& path);
  void act(Taken& it, const std::string& type);
  void call(Taken& action, Taken& provider);

  void kill_pods(Taken& action, Taken& arguments);
  void stop_machines(Taken& action, Taken& arguments);
  void start_machines(Taken& action, Taken& arguments);
  void restart_machines(Taken& action, Taken& arguments);
  void latency_toxic(Taken& action, Taken& arguments) { toxic(action, arguments, "latency"); }
  void bandwidth_toxic(Taken& action, Taken& arguments) { toxic(action, arguments, "bandwidth"); }
  void timeout_toxic(Taken& action, Taken& arguments) { toxic(action, arguments, "timeout"); }
  void any_toxic(Taken& action, Taken& arguments) {
    toxic(action, arguments, arguments.text("toxic_type").value_or(""));
  }
  void delete_toxic(Taken& action, Taken& arguments);
  void disable_proxy(Taken& action, Taken& arguments);
  void enable_proxy(Taken& action, Taken& arguments);

  void toxic(Taken& action, Taken& arguments, const std::string& type);
  static std::vector<Naming> list(Taken& arguments, const char* key);
  static std::vector<Naming> instance_names(Taken& arguments);
  std::optional<Hosts> instances(Taken& arguments);
  /// Lasts until something of this key ends it.
  void opens(const std::string& key, const std::vector<std::size_t>& faults);
  void closes(Taken& action, const std::vector<std::string>& keys);

  FaultPlan& plan_;
  Duration now_;
  const Value* document_ = nullptr;
  std::map<std::string, std::vector<std::size_t>> open_;
};

/// Where an experiment has activities.
constexpr std::array kLists{"/method", "/rollbacks", "/steady-state-hypothesis/probes"};

std::string machine_key(const std::string& host) {
  return "machine " + host;
}
std::string proxy_key(const std::string& proxy) {
  return "proxy " + proxy;
}
/// A toxic's name is known to its proxy alone.
std::string toxic_key(const std::string& proxy, const std::string& toxic) {
  return fmt::format("toxic {}/{}", proxy, toxic);
}

const std::vector<Experiment::Function>& Experiment::functions() {
  static const std::vector<Function> kFunctions{
      {"chaosk8s.pod.actions", "terminate_pods", &Experiment::kill_pods},
      {"chaosk8s.pod.actions", "delete_pods", &Experiment::kill_pods},
      {"chaosaws.ec2.actions", "stop_instance", &Experiment::stop_machines},
      {"chaosaws.ec2.actions", "stop_instances", &Experiment::stop_machines},
      {"chaosaws.ec2.actions", "terminate_instance", &Experiment::stop_machines},
      {"chaosaws.ec2.actions", "terminate_instances", &Experiment::stop_machines},
      {"chaosaws.ec2.actions", "start_instances", &Experiment::start_machines},
      {"chaosaws.ec2.actions", "restart_instances", &Experiment::restart_machines},
      {"chaostoxi.toxic.actions", "create_toxic", &Experiment::any_toxic},
      {"chaostoxi.toxic.actions", "create_latency_toxic", &Experiment::latency_toxic},
      {"chaostoxi.toxic.actions", "create_bandwith_degradation_toxic",
       &Experiment::bandwidth_toxic},
      {"chaostoxi.toxic.actions", "create_timeout_toxic", &Experiment::timeout_toxic},
      {"chaostoxi.toxic.actions", "delete_toxic", &Experiment::delete_toxic},
      {"chaostoxi.proxy.actions", "disable_proxy", &Experiment::disable_proxy},
      {"chaostoxi.proxy.actions", "enable_proxy", &Experiment::enable_proxy}};
  return kFunctions;
}

// ------------------------------------------------------------------------------------- actions

/// The names of a list, or the one that stands instead of it.
std::vector<Naming> Experiment::list(Taken& arguments, const char* key) {
  const Value* value = arguments.take(key);
  std::vector<Naming> names;
  const auto add = [&](const Value& each, const std::string& path) {
    if (const auto* name = each.get<std::string>()) {
      names.push_back({{*name}, each.origin, path});
    } else {
      arguments.notes().error(each.origin, path, fmt::format("found {}", short_text(each)),
                              "a name");
    }
  };
  if (value != nullptr && value->get<List>() != nullptr) {
    const List& items = *value->get<List>();
    for (std::size_t i = 0; i < items.size(); ++i) {
      add(items[i], join_pointer(arguments.path_of(key), i));
    }
  } else if (value != nullptr) {
    add(*value, arguments.path_of(key));
  }
  return names;
}

/// Instances by their ids, or else all of a zone.
std::vector<Naming> Experiment::instance_names(Taken& arguments) {
  std::vector<Naming> names = list(arguments, "instance_ids");
  for (Naming& one : list(arguments, "instance_id")) {
    names.push_back(std::move(one));
  }
  if (names.empty()) {
    return list(arguments, "az");
  }
  arguments.drop("az", "instances are named");
  return names;
}

std::optional<Hosts> Experiment::instances(Taken& arguments) {
  return plan_.every(instance_names(arguments), arguments.origin(), arguments.path());
}

void Experiment::opens(const std::string& key, const std::vector<std::size_t>& faults) {
  std::vector<std::size_t>& open = open_[key];
  open.insert(open.end(), faults.begin(), faults.end());
}

void Experiment::closes(Taken& action, const std::vector<std::string>& keys) {
  bool any = false;
  for (const std::string& key : keys) {
    const auto found = open_.find(key);
    if (found == open_.end()) {
      continue;
    }
    for (const std::size_t fault : found->second) {
      plan_.end(fault, now_);
    }
    open_.erase(found);
    any = true;
  }
  if (!any) {
    plan_.notes().dropped(action.origin(), action.path(), "nothing has begun that it would end");
  }
}

void Experiment::kill_pods(Taken& action, Taken& arguments) {
  std::vector<Naming> conditions;
  for (const char* key : {"label_selector", "name_pattern", "ns"}) {
    const Value* value = arguments.take(key);
    const std::string words = arguments.text(key).value_or("");
    for (std::string_view rest = words; !rest.empty();) {  // "app=kafka,role=broker": both
      const std::size_t comma = std::min(rest.find(','), rest.size());
      const std::string one(rest.substr(0, comma));
      rest.remove_prefix(std::min(comma + 1, rest.size()));
      const std::size_t equals = one.find('=');
      conditions.push_back({{one}, value->origin, arguments.path_of(key)});
      if (equals != std::string::npos) {
        conditions.back().ways.push_back(one.substr(equals + 1));
      }
    }
  }
  const auto all = plan_.meeting(conditions, arguments.origin(), arguments.path());
  if (!all) {
    return;
  }
  const bool every = arguments.boolean("all").value_or(false);
  const auto quantity = arguments.whole("qty", 1, 1'000'000).value_or(1);
  arguments.drop("rand", "always the first ones");
  arguments.drop("mode", "so many as qty says");
  arguments.drop("grace_period", "the processes are killed at once");
  plan_.kill(now_, plan_.restarts_after(),
             every ? *all : all->first_of(static_cast<std::size_t>(quantity)));
  plan_.notes().changed(action.origin(), action.path(),
                        fmt::format("killed, and started again after {} (--restart-after)",
                                    to_text(plan_.restarts_after())));
}

/// A fault each: they need not be started together.
void Experiment::stop_machines(Taken& /*action*/, Taken& arguments) {
  arguments.drop("force", "the machine dies at once");
  if (const auto hosts = instances(arguments)) {
    for (const Hosts::Host& host : *hosts) {
      opens(machine_key(host.text()),
            {plan_.add(now_, std::nullopt, object({{"crash", host.text()}}))});
    }
  }
}

void Experiment::start_machines(Taken& action, Taken& arguments) {
  const auto hosts = instances(arguments);
  if (!hosts) {
    return;
  }
  std::vector<std::string> keys;
  for (const Hosts::Host& host : *hosts) {
    keys.push_back(machine_key(host.text()));
  }
  closes(action, keys);
}

void Experiment::restart_machines(Taken& action, Taken& arguments) {
  if (const auto hosts = instances(arguments)) {
    plan_.add(now_, plan_.restarts_after(), object({{"crash", hosts->text()}}));
    plan_.notes().changed(action.origin(), action.path(),
                          fmt::format("a crash, and back after {} (--restart-after)",
                                      to_text(plan_.restarts_after())));
  }
}

void Experiment::toxic(Taken& action, Taken& arguments, const std::string& type) {
  const std::string proxy = arguments.text("for_proxy").value_or("");
  const std::string key = toxic_key(proxy, arguments.text("toxic_name").value_or(""));
  const auto hosts = plan_.hosts({proxy}, arguments.origin(), arguments.path_of("for_proxy"));
  if (!hosts) {
    return;
  }
  arguments.take("stream");
  if (!strikes(arguments)) {
    arguments.take("attributes");
    opens(key, {});
    return;
  }
  const auto add = [&](Taken& attributes) {
    opens(key, add_toxic(plan_, type, attributes, *hosts, now_, std::nullopt, action.origin()));
  };
  if (arguments.take("attributes") != nullptr) {
    Taken attributes = arguments.object("attributes");
    add(attributes);
    attributes.drop_the_rest();
  } else {
    add(arguments);
  }
}

void Experiment::delete_toxic(Taken& action, Taken& arguments) {
  const std::string proxy = arguments.text("for_proxy").value_or("");
  closes(action, {toxic_key(proxy, arguments.text("toxic_name").value_or(""))});
}

void Experiment::disable_proxy(Taken& action, Taken& arguments) {
  const std::string name = arguments.text("proxy_name").value_or("");
  if (const auto hosts = plan_.hosts({name}, arguments.origin(), arguments.path_of("proxy_name"))) {
    opens(proxy_key(name), {plan_.cut(now_, std::nullopt, *hosts)});
    plan_.notes().changed(action.origin(), action.path(),
                          "a cut network: connections are not refused, they hear nothing");
  }
}

void Experiment::enable_proxy(Taken& action, Taken& arguments) {
  closes(action, {proxy_key(arguments.text("proxy_name").value_or(""))});
}

// ------------------------------------------------------------------------------------- the list

void Experiment::call(Taken& action, Taken& provider) {
  const std::string type = provider.text("type").value_or("");
  const std::string module = provider.text("module").value_or("");
  const std::string name = provider.text("func").value_or("");
  const auto known = std::ranges::find_if(
      functions(), [&](const Function& it) { return it.module == module && it.name == name; });
  if (type != "python" || known == functions().end()) {
    plan_.notes().dropped(action.origin(), action.path(),
                          type == "python" ? fmt::format("nothing here is like {}.{}", module, name)
                                           : fmt::format("a scenario calls no {}", type));
    return;
  }
  Taken arguments = provider.object("arguments");
  (this->*known->act)(action, arguments);
  arguments.drop_the_rest();
  provider.drop_the_rest();
}

/// The activity of this name, wherever the experiment has it.
std::optional<Experiment::Placed> Experiment::called(const std::string& name) const {
  for (const char* path : kLists) {
    const Value* list = at_pointer(*document_, path);
    const auto* items = list != nullptr ? list->get<List>() : nullptr;
    for (std::size_t i = 0; items != nullptr && i < items->size(); ++i) {
      const Value* own = (*items)[i].member("name");
      const auto* text = own != nullptr ? own->get<std::string>() : nullptr;
      if (text != nullptr && *text == name) {
        return Placed{&(*items)[i], join_pointer(path, i)};
      }
    }
  }
  return std::nullopt;
}

void Experiment::activity(const Value& value, const std::string& path) {
  if (value.member("ref") == nullptr) {
    return perform(value, path);
  }
  Taken it(value, path, plan_.notes());
  const std::string name = it.text("ref").value_or("");
  it.drop_the_rest();
  if (const auto found = called(name)) {
    return perform(*found->value, found->path);
  }
  plan_.notes().error(value.origin, it.path_of("ref"), fmt::format("found \"{}\"", name),
                      "the name of an activity");
}

/// One that is no "ref".
void Experiment::perform(const Value& value, const std::string& path) {
  Taken it(value, path, plan_.notes());
  const std::string type = it.text("type").value_or("");
  Taken pauses = it.object("pauses");
  const double before_s = pauses.number("before", 0, kLongest_s).value_or(0);
  const double after_s = pauses.number("after", 0, kLongest_s).value_or(0);
  pauses.drop_the_rest();
  const bool holds_up = !it.boolean("background").value_or(false);
  const Duration called_at = now_;
  now_ += duration_of(before_s, seconds(1));
  act(it, type);
  now_ += duration_of(after_s, seconds(1));
  if (!holds_up) {
    now_ = called_at;
  }
}

void Experiment::act(Taken& it, const std::string& type) {
  if (type == "probe") {
    plan_.notes().dropped(it.origin(), it.path(),
                          "a probe asks a real system: say what must hold in \"slos\"");
    return;
  }
  it.take("name");
  if (type == "action") {
    Taken provider = it.object("provider");
    call(it, provider);
  } else {
    plan_.notes().error(it.origin(), it.path_of("type"), fmt::format("found \"{}\"", type),
                        "action or probe");
  }
  it.drop_the_rest();
}

void Experiment::activities(Taken& file, const char* key) {
  const List* list = file.list(key);
  for (std::size_t i = 0; list != nullptr && i < list->size(); ++i) {
    activity((*list)[i], join_pointer(file.path_of(key), i));
  }
}

void Experiment::read(const Value& document) {
  document_ = &document;
  Taken file(document, "", plan_.notes());
  for (const char* words : {"version", "title", "description", "tags"}) {
    file.take(words);
  }
  if (file.take("method") == nullptr) {
    plan_.notes().error(document.origin, "", "it has no method", "an experiment");
  }
  activities(file, "method");
  file.drop("steady-state-hypothesis",
            "its probes ask a real system: say what must hold in \"slos\"");
  activities(file, "rollbacks");
  file.drop_the_rest();
}

}  // namespace

void plan_chaostoolkit(const ImportSource& source, FaultPlan& plan) {
  const auto documents = parse_yaml(source.text, source.name);  // JSON is YAML, too
  if (!documents) {
    plan.notes().add({documents.error()});
    return;
  }
  if (documents->size() != 1) {
    plan.notes().error({std::make_shared<const std::string>(source.name), 0, 0}, "",
                       fmt::format("found {} documents", documents->size()), "one experiment");
    return;
  }
  Experiment(plan).read(documents->front());
}

}  // namespace wavetank::scenarios

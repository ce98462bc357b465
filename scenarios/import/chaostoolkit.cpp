// Chaos Toolkit: an experiment's method is a list of activities, one after the other with pauses
// between them; its rollbacks come at the end. Actions are known by the functions that they call.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "scenarios/description.h"
#include "scenarios/import/fault_plan.h"
#include "scenarios/import/yaml.h"

namespace wavetank::scenarios {

namespace {

constexpr double kLongest_s = 1e6;

Duration duration_s(double s) {
  return Duration(std::llround(s * 1e9));
}

class Experiment {
 public:
  explicit Experiment(FaultPlan& plan) : plan_(plan), now_(plan.begins()) {}

  void read(const Value& document);

 private:
  /// What an action does: `hosts` by the names in these arguments.
  using Act = void (Experiment::*)(Taken& action, Taken& arguments);
  struct Function {
    std::string_view module;
    std::string_view name;
    Act act;
  };
  static const std::vector<Function>& functions();

  void activities(Taken& file, const char* key);
  void activity(const Value& value, const std::string& path);
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
  std::optional<HostSpan> named(Taken& arguments, std::span<const char* const> keys);
  /// Lasts until something of this key ends it.
  void opens(const std::string& key, const std::vector<std::size_t>& faults);
  void closes(Taken& action, const std::string& key);

  FaultPlan& plan_;
  Duration now_;
  std::map<std::string, std::vector<std::size_t>> open_;
};

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

/// The hosts that one of these arguments names: a text, a list of them, or "label=value".
std::optional<HostSpan> Experiment::named(Taken& arguments, std::span<const char* const> keys) {
  std::vector<std::string> names;
  for (const char* key : keys) {
    const Value* value = arguments.take(key);
    const auto add = [&](const Value& each) {
      if (const auto* text = each.get<std::string>()) {
        names.push_back(*text);
        if (const std::size_t equals = text->find('='); equals != std::string::npos) {
          names.push_back(text->substr(equals + 1));
        }
      }
    };
    if (value != nullptr && value->get<List>() != nullptr) {
      std::ranges::for_each(*value->get<List>(), add);
    } else if (value != nullptr) {
      add(*value);
    }
  }
  return plan_.hosts(names, arguments.origin(), arguments.path());
}

void Experiment::opens(const std::string& key, const std::vector<std::size_t>& faults) {
  std::vector<std::size_t>& open = open_[key];
  open.insert(open.end(), faults.begin(), faults.end());
}

void Experiment::closes(Taken& action, const std::string& key) {
  const auto found = open_.find(key);
  if (found == open_.end()) {
    plan_.notes().dropped(action.origin(), action.path(), "nothing has begun that it would end");
    return;
  }
  for (const std::size_t fault : found->second) {
    plan_.end(fault, now_);
  }
  open_.erase(found);
}

void Experiment::kill_pods(Taken& action, Taken& arguments) {
  static constexpr std::array kKeys{"label_selector", "name_pattern", "ns"};
  const auto all = named(arguments, kKeys);
  if (!all) {
    return;
  }
  const bool every = arguments.boolean("all").value_or(false);
  const auto quantity = arguments.whole("qty", 1, 1'000'000).value_or(1);
  arguments.drop("rand", "always the first ones");
  arguments.drop("mode", "so many as qty says");
  arguments.drop("grace_period", "the processes are killed at once");
  plan_.kill(now_, plan_.restarts_after(),
             every ? *all : all->first_of(static_cast<std::uint32_t>(quantity)));
  plan_.notes().changed(action.origin(), action.path(),
                        fmt::format("killed, and started again after {} (--restart-after)",
                                    to_text(plan_.restarts_after())));
}

void Experiment::stop_machines(Taken& /*action*/, Taken& arguments) {
  static constexpr std::array kKeys{"instance_id", "instance_ids", "az"};
  arguments.drop("force", "the machine dies at once");
  if (const auto hosts = named(arguments, kKeys)) {
    opens("machines", {plan_.add(now_, std::nullopt, object({{"crash", hosts->text()}}))});
  }
}

void Experiment::start_machines(Taken& action, Taken& arguments) {
  arguments.take("instance_ids");
  closes(action, "machines");
}

void Experiment::restart_machines(Taken& action, Taken& arguments) {
  static constexpr std::array kKeys{"instance_ids", "az"};
  if (const auto hosts = named(arguments, kKeys)) {
    plan_.add(now_, plan_.restarts_after(), object({{"crash", hosts->text()}}));
    plan_.notes().changed(action.origin(), action.path(),
                          fmt::format("a crash, and back after {} (--restart-after)",
                                      to_text(plan_.restarts_after())));
  }
}

void Experiment::toxic(Taken& action, Taken& arguments, const std::string& type) {
  static constexpr std::array kKeys{"for_proxy", "proxy_name"};
  const std::string name = arguments.text("toxic_name").value_or("toxic");
  const auto hosts = named(arguments, kKeys);
  if (!hosts) {
    return;
  }
  arguments.take("stream");
  if (arguments.number("toxicity", 0, 1).value_or(1) < 1) {
    arguments.change("toxicity", "every connection, not a share of them");
  }
  if (arguments.take("attributes") != nullptr) {
    Taken attributes = arguments.object("attributes");
    opens("toxic " + name,
          add_toxic(plan_, type, attributes, *hosts, now_, std::nullopt, action.origin()));
    attributes.drop_the_rest();
  } else {
    opens("toxic " + name,
          add_toxic(plan_, type, arguments, *hosts, now_, std::nullopt, action.origin()));
  }
}

void Experiment::delete_toxic(Taken& action, Taken& arguments) {
  arguments.take("for_proxy");
  closes(action, "toxic " + arguments.text("toxic_name").value_or("toxic"));
}

void Experiment::disable_proxy(Taken& action, Taken& arguments) {
  const std::string name = arguments.text("proxy_name").value_or("");
  static constexpr std::array kKeys{"proxy_name"};
  if (const auto hosts = named(arguments, kKeys)) {
    opens("proxy " + name, {plan_.cut(now_, std::nullopt, *hosts)});
    plan_.notes().changed(action.origin(), action.path(),
                          "a cut network: connections are not refused, they hear nothing");
  }
}

void Experiment::enable_proxy(Taken& action, Taken& arguments) {
  closes(action, "proxy " + arguments.text("proxy_name").value_or(""));
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

void Experiment::activity(const Value& value, const std::string& path) {
  Taken it(value, path, plan_.notes());
  const std::string type = it.text("type").value_or("");
  if (it.take("ref") != nullptr || type == "probe") {
    plan_.notes().dropped(value.origin, path,
                          "a probe asks a real system: say what must hold in \"slos\"");
    return;
  }
  it.take("name");
  Taken pauses = it.object("pauses");
  now_ += duration_s(pauses.number("before", 0, kLongest_s).value_or(0));
  if (type == "action") {
    Taken provider = it.object("provider");
    call(it, provider);
  } else {
    plan_.notes().error(value.origin, path + "/type", fmt::format("found \"{}\"", type),
                        "action or probe");
  }
  now_ += duration_s(pauses.number("after", 0, kLongest_s).value_or(0));
  pauses.drop_the_rest();
  it.take("background");  // actions take no time here
  it.drop_the_rest();
}

void Experiment::activities(Taken& file, const char* key) {
  const List* list = file.list(key);
  for (std::size_t i = 0; list != nullptr && i < list->size(); ++i) {
    activity((*list)[i], join_pointer(file.path_of(key), i));
  }
}

void Experiment::read(const Value& document) {
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

// Toxiproxy's configuration (a list of proxies), and what its API says of proxies and their toxics.

#include <fmt/format.h>

#include "scenarios/import/fault_plan.h"

namespace wavetank::scenarios {

namespace {

constexpr double kLongest_ms = 1e9;

/// A toxic of a proxy that stands before these hosts.
void plan_toxic(const Value& value, const std::string& path, const Hosts& hosts, FaultPlan& plan) {
  Taken toxic(value, path, plan.notes());
  toxic.take("name");
  const std::string type = toxic.text("type").value_or("");
  if (!strikes(toxic)) {
    return;
  }
  const std::string stream = toxic.text("stream").value_or("downstream");
  if (stream != "upstream" && stream != "downstream") {
    plan.notes().error(toxic.origin(), toxic.path_of("stream"), fmt::format("found {}", stream),
                       "upstream or downstream");
  }
  Taken attributes = toxic.object("attributes");
  add_toxic(plan, type, attributes, hosts, plan.begins(), plan.lasts(), toxic.origin());
  attributes.drop_the_rest();
  toxic.drop_the_rest();
}

void plan_proxy(const Value& value, const std::string& path, const std::string& key,
                FaultPlan& plan) {
  Taken proxy(value, path, plan.notes());
  const std::string name = proxy.text("name").value_or(key);
  const std::string upstream = proxy.text("upstream").value_or("");
  proxy.take("listen");  // where it stands in the way: here nothing does
  std::vector<std::string> names{name};
  if (!upstream.empty()) {
    names.push_back(upstream.substr(0, upstream.rfind(':')));
  }
  const bool enabled = proxy.boolean("enabled").value_or(true);
  const List* toxics = proxy.list("toxics");
  proxy.drop_the_rest();
  if (enabled && (toxics == nullptr || toxics->empty())) {
    plan.notes().dropped(value.origin, path, "it is enabled and has no toxics: nothing happens");
    return;
  }
  const auto hosts = plan.hosts(names, value.origin, path);
  if (!hosts) {
    return;
  }
  if (!enabled) {
    plan.cut(plan.begins(), plan.lasts(), *hosts);
    proxy.change("enabled", "a cut network: connections are not refused, they hear nothing");
  }
  for (std::size_t i = 0; toxics != nullptr && i < toxics->size(); ++i) {
    plan_toxic((*toxics)[i], join_pointer(path + "/toxics", i), *hosts, plan);
  }
}

}  // namespace

bool strikes(Taken& toxic) {
  const double share = toxic.number("toxicity", 0, 1).value_or(1);
  if (share == 0) {
    toxic.notes().dropped(toxic.origin(), toxic.path(), "its toxicity is 0");
  } else if (share < 1) {
    toxic.change("toxicity", "every connection, not a share of them");
  }
  return share > 0;
}

std::vector<std::size_t> add_toxic(FaultPlan& plan, const std::string& type, Taken& attributes,
                                   const Hosts& hosts, Duration at, std::optional<Duration> lasts,
                                   const Origin& origin) {
  const std::string& path = attributes.path();
  if (type == "latency") {
    const double added = attributes.number("latency", 0, kLongest_ms).value_or(0);
    const double jitter = attributes.number("jitter", 0, kLongest_ms).value_or(0);
    // A toxic is of one direction. Half of it on each way leaves the round trip as long.
    plan.notes().changed(origin, path, "half of the delay in each direction");
    return plan.slow_messages(at, lasts, hosts,
                              {duration_of(added / 2, milliseconds(1)),
                               duration_of(jitter / 2, milliseconds(1)), origin, path});
  }
  if (type == "bandwidth") {
    const double kilobytes = attributes.number("rate", 0, 1e9).value_or(0);
    if (kilobytes == 0) {
      return {plan.cut(at, lasts, hosts)};
    }
    plan.notes().changed(origin, path,
                         "a slower network card, for all that the hosts send and get");
    return plan.limit_bandwidth(at, lasts, hosts, kilobytes * 8e3);
  }
  if (type == "timeout" || type == "reset_peer") {
    attributes.number("timeout", 0, kLongest_ms);
    plan.notes().changed(origin, path,
                         "nothing goes through until the fault ends; connections are not closed");
    return {plan.cut(at, lasts, hosts)};
  }
  plan.notes().dropped(
      origin, path,
      type.empty() ? "it has no type" : fmt::format("nothing here is like the toxic {}", type));
  return {};
}

void plan_toxiproxy(const ImportSource& source, FaultPlan& plan) {
  const auto parsed = parse_document(source.text, source.name);
  if (!parsed) {
    plan.notes().add(parsed.error());
    return;
  }
  if (const auto* list = parsed->get<List>()) {
    for (std::size_t i = 0; i < list->size(); ++i) {
      plan_proxy((*list)[i], join_pointer("", i), "", plan);
    }
  } else if (const auto* proxies = parsed->get<Members>()) {
    for (const Member& proxy : *proxies) {
      plan_proxy(proxy.value, join_pointer("", proxy.key), proxy.key, plan);
    }
  } else {
    plan.notes().error(parsed->origin, "", fmt::format("found {}", type_name(*parsed)),
                       "a list of proxies");
  }
}

}  // namespace wavetank::scenarios

#include "sim/hunt/reductions.h"

#include <fmt/format.h>

#include <set>
#include <string>

#include "scenarios/quantity.h"

namespace wavetank::sim {

namespace {

using scenarios::at_pointer;
using scenarios::join_pointer;
using scenarios::List;
using scenarios::Members;
using scenarios::set_at;
using scenarios::Value;

class Reducing {
 public:
  explicit Reducing(const Value& scenario) : scenario_(scenario) {}

  /// Without each element of the list, if it can do without.
  void drop_elements(const std::string& pointer) {
    const Value* at = at_pointer(scenario_, pointer);
    const List* list = at ? at->get<List>() : nullptr;
    for (std::size_t i = 0; list && i < list->size(); ++i) {
      List rest = *list;
      rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(i));
      try_with(pointer, rest.empty() ? Value() : Value(Value::Data(std::move(rest))));
    }
  }
  /// Without each member of the object, and then as by default.
  void drop_members(const std::string& pointer) {
    const Value* at = at_pointer(scenario_, pointer);
    const Members* members = at ? at->get<Members>() : nullptr;
    if (members) {
      try_with(pointer, Value());
      for (const auto& member : *members) {
        try_with(join_pointer(pointer, member.key), Value());
      }
    }
  }
  /// A count: one, or half of it, or one less.
  void fewer(const std::string& pointer, std::int64_t least) {
    const Value* at = at_pointer(scenario_, pointer);
    const auto* count = at ? at->get<std::int64_t>() : nullptr;
    if (count) {
      for (const std::int64_t smaller : std::set{least, *count / 2, *count - 1}) {
        if (smaller >= least && smaller < *count) {
          try_with(pointer, Value(Value::Data(smaller)));
        }
      }
    }
  }
  /// A rate or a duration: half of it.
  void half(const std::string& pointer) {
    const Value* at = at_pointer(scenario_, pointer);
    if (!at) {
      return;
    }
    if (const auto* number = at->get<double>()) {
      try_with(pointer, Value(Value::Data(*number / 2)));
    } else if (const auto* whole = at->get<std::int64_t>()) {
      try_with(pointer, Value(Value::Data(static_cast<double>(*whole) / 2)));
    } else if (const auto* text = at->get<std::string>()) {
      using scenarios::Dimension;
      if (const auto ns = scenarios::parse_quantity(*text, Dimension::duration)) {
        try_with(pointer, Value(fmt::format("{:.0f}ms", *ns / 2e6)));
      } else if (const auto rate = scenarios::parse_quantity(*text, Dimension::rate)) {
        try_with(pointer, Value(Value::Data(*rate / 2)));
      }
    }
  }
  template <class Step>
  void each(const std::string& pointer, Step&& step) {
    const Value* at = at_pointer(scenario_, pointer);
    const List* list = at ? at->get<List>() : nullptr;
    for (std::size_t i = 0; list && i < list->size(); ++i) {
      step(join_pointer(pointer, i));
    }
  }
  void try_with(const std::string& pointer, Value value) {
    Value smaller = scenario_;
    set_at(smaller, pointer, std::move(value));
    found_.push_back(std::move(smaller));
  }
  std::vector<Value> take() { return std::move(found_); }

 private:
  const Value& scenario_;
  std::vector<Value> found_;
};

}  // namespace

std::vector<Value> reductions(const Value& scenario) {
  Reducing it(scenario);
  for (const char* list : {"/processors", "/consumers", "/workload", "/clients", "/kv_clients"}) {
    it.drop_elements(list);
  }
  it.drop_elements("/services/log/topics");
  it.half("/duration");
  it.each("/workload", [&](const std::string& w) {
    it.half(w + "/rate");
    it.fewer(w + "/producers", 1);
    it.drop_members(w + "/producer");
    it.drop_members(w + "/transactional");
    it.drop_members(w + "/arrivals");
    it.drop_members(w + "/keys");
  });
  for (const char* readers : {"/consumers", "/processors"}) {
    it.each(readers, [&](const std::string& c) {
      it.fewer(c + "/members", 1);
      it.drop_members(c + "/consumer");
      it.drop_members(c + "/producer");
    });
  }
  for (const char* clients : {"/clients", "/kv_clients"}) {
    it.each(clients, [&](const std::string& c) {
      it.fewer(c + "/clients", 1);
      it.fewer(c + "/outstanding", 1);
      it.half(c + "/rate");
      it.drop_members(c + "/client");
    });
  }
  it.each("/services/log/topics", [&](const std::string& t) {
    it.fewer(t + "/partitions", 1);
    for (const char* setting : {"/segment_bytes", "/index_interval_bytes", "/compression"}) {
      if (at_pointer(scenario, t + setting)) {
        it.try_with(t + setting, Value());
      }
    }
  });
  for (const char* settings :
       {"/services/log/broker_settings", "/services/log/controller_settings",
        "/services/log/controller_settings/quorum", "/services/log/offsets_topic",
        "/services/coordination/server_settings", "/services/kv/server_settings",
        "/services/kv/server_settings/quorum", "/cluster/network"}) {
    it.drop_members(settings);
  }
  it.each("/cluster/hosts", [&](const std::string& group) { it.fewer(group + "/count", 1); });
  return it.take();
}

std::vector<Value> milder_faults(const Value& scenario) {
  Reducing it(scenario);
  it.each("/faults", [&](const std::string& fault) {
    it.half(fault + "/for");
    for (const char* verb : {"/process_kill", "/crash", "/pause", "/partition", "/from"}) {
      const Value* at = at_pointer(scenario, fault + verb);
      const std::string* hosts = at ? at->get<std::string>() : nullptr;
      for (std::size_t comma = hosts ? hosts->find(", ") : std::string::npos;
           comma != std::string::npos; comma = hosts->find(", ", comma + 2)) {
        it.try_with(fault + verb, Value(std::string_view(*hosts).substr(0, comma)));
        it.try_with(fault + verb, Value(std::string_view(*hosts).substr(comma + 2)));
      }
    }
  });
  return it.take();
}

}  // namespace wavetank::sim

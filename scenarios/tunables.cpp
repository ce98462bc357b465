#include "scenarios/tunables.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string_view>

#include "models/hardware.h"
#include "models/network_profile.h"
#include "scenarios/load.h"
#include "scenarios/quantity.h"

namespace wavetank::scenarios {

namespace {

using Json = nlohmann::ordered_json;

constexpr int kMaxNesting = 16;  ///< of the description

constexpr std::array<std::string_view, 12> kNotASetting = {
    "$schema", "title", "duration", "warmup", "drain", "seed",
    "faults",  "slos",  "figures",  "knees",  "found", "expect"};

/// Sections that are there even if a file does not name them.
constexpr std::array<std::string_view, 7> kAlwaysThere = {
    "producer",        "consumer",           "client", "groups", "network",
    "broker_settings", "controller_settings"};

constexpr std::array<std::string_view, 32> kUsual = {"rate",
                                                     "type",
                                                     "record_bytes",
                                                     "producers",
                                                     "members",
                                                     "partitions",
                                                     "replication",
                                                     "min_insync",
                                                     "count",
                                                     "acks",
                                                     "linger",
                                                     "batch_bytes",
                                                     "compression",
                                                     "max_in_flight",
                                                     "buffer_bytes",
                                                     "idempotent",
                                                     "flush_messages",
                                                     "io_threads",
                                                     "network_threads",
                                                     "queued_max_requests",
                                                     "replica_lag_max",
                                                     "replica_fetch_wait_max",
                                                     "session_timeout",
                                                     "heartbeat_interval",
                                                     "request_timeout",
                                                     "delivery_timeout",
                                                     "retry_backoff",
                                                     "fetch_min_bytes",
                                                     "fetch_max_wait",
                                                     "bandwidth",
                                                     "same_zone",
                                                     "same_region"};

template <std::size_t N>
bool is_one_of(std::string_view word, const std::array<std::string_view, N>& words) {
  return std::ranges::find(words, word) != words.end();
}

std::string text_of(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

std::string number_text(double value) {
  return fmt::format("{}", value);
}

/// A step up from nothing.
std::optional<std::string> first_step(std::string_view unit) {
  if (unit == "s") {
    return "5ms";
  }
  return unit == "B" ? std::optional<std::string>("16KiB") : std::nullopt;
}

/// "5ms" becomes "2.5ms" and "10ms"; an amount without a fraction keeps none.
void vary_quantity(Tunable& it, const std::string& text) {
  double amount = 0;
  const char* end = text.data() + text.size();
  const auto [unit, error] = std::from_chars(text.data(), end, amount);
  const std::string_view rest(unit, static_cast<std::size_t>(end - unit));
  const bool is_whole = rest == "B";
  if (error != std::errc() || rest.empty()) {
    return;
  }
  if (amount <= 0) {
    it.high = first_step(rest);
    return;
  }
  const double half = is_whole ? std::floor(amount / 2) : amount / 2;
  if (half > 0) {
    it.low = number_text(half) + std::string(rest);
  }
  it.high = number_text(amount * 2) + std::string(rest);
}

/// "m5." of "m5.large": machines of one family differ by their size.
std::string_view family_of(std::string_view type) {
  return type.substr(0, type.rfind('.') + 1);
}

/// A machine becomes the next smaller and the next larger of its family, by their price: with
/// another number of processors, another disk and another card.
void vary_machine(Tunable& it) {
  const auto own = models::find_hardware(it.value);
  if (!own || family_of(it.value).empty()) {
    return;
  }
  const models::HardwareType* smaller = nullptr;
  const models::HardwareType* larger = nullptr;
  for (const models::HardwareType& other : models::hardware_catalogue()) {
    if (family_of(other.name) != family_of(it.value)) {
      continue;
    }
    if (other.price.micros < (*own)->price.micros &&
        (smaller == nullptr || other.price.micros > smaller->price.micros)) {
      smaller = &other;
    }
    if (other.price.micros > (*own)->price.micros &&
        (larger == nullptr || other.price.micros < larger->price.micros)) {
      larger = &other;
    }
  }
  it.low = smaller != nullptr ? std::optional<std::string>(smaller->name) : std::nullopt;
  it.high = larger != nullptr ? std::optional<std::string>(larger->name) : std::nullopt;
}

void vary_number(Tunable& it, const Json& value) {
  const auto amount = value.get<double>();
  if (amount <= 0) {
    return;
  }
  if (value.is_number_integer()) {
    const auto whole = value.get<std::int64_t>();
    if (whole > 1) {
      it.low = std::to_string(whole / 2);
    }
    it.high = std::to_string(whole * 2);
    return;
  }
  it.low = number_text(amount / 2);
  it.high = number_text(amount * 2);
}

/// The settings of one place of the document, by the description of it.
class Search {
 public:
  Search(const Json& schema, bool all) : schema_(schema), all_(all) {}

  void look(const Json& shape, const Json& document, const std::string& path,
            const std::string& key, int depth) {
    if (depth > kMaxNesting || !shape.is_object()) {
      return;
    }
    if (const auto ref = shape.find("$ref"); ref != shape.end()) {
      const auto pointer = ref->get<std::string>().substr(1);
      look(schema_.at(Json::json_pointer(pointer)), document, path, key, depth + 1);
      return;
    }
    for (const char* choice : {"oneOf", "anyOf", "allOf"}) {
      if (const auto shapes = shape.find(choice); shapes != shape.end()) {
        for (const Json& each : *shapes) {
          look(each, document, path, key, depth + 1);
        }
      }
    }
    if (const auto items = shape.find("items"); items != shape.end() && document.is_array()) {
      for (std::size_t i = 0; i < document.size(); ++i) {
        look(*items, document[i], fmt::format("{}[{}]", path, i), key, depth + 1);
      }
    }
    if (const auto properties = shape.find("properties");
        properties != shape.end() && document.is_object()) {
      look_into(*properties, document, path, depth);
    }
  }

  std::vector<Tunable> found;

 private:
  void look_into(const Json& properties, const Json& document, const std::string& path, int depth) {
    static const Json kNothing = Json::object();
    for (const auto& [key, shape] : properties.items()) {
      if (path.empty() && is_one_of(key, kNotASetting)) {
        continue;
      }
      const std::string place = path.empty() ? key : path + "." + key;
      const auto there = document.find(key);
      if (there != document.end() && (there->is_object() || there->is_array())) {
        look(shape, *there, place, key, depth + 1);
      } else if (there != document.end()) {
        add(place, key, *there, shape);
      } else if (const auto standard = shape.find("default"); standard != shape.end()) {
        add(place, key, *standard, shape);
      } else if (is_one_of(key, kAlwaysThere)) {
        look(shape, kNothing, place, key, depth + 1);
      }
    }
  }

  void add(const std::string& path, const std::string& key, const Json& value, const Json& shape) {
    const bool is_known = std::ranges::find(found, path, &Tunable::path) != found.end();
    if (is_known || (!all_ && !is_one_of(key, kUsual))) {
      return;
    }
    Tunable it{path, text_of(value), std::nullopt, std::nullopt};
    if (key == "acks") {
      it.low = it.value == "1" ? "0" : "1";
      it.high = it.value == "all" ? std::nullopt : std::optional<std::string>("all");
    } else if (path.starts_with("cluster.hosts[") && key == "type") {
      vary_machine(it);
    } else if (key == "compression") {
      it.high = it.value == "lz4" ? "none" : "lz4";
    } else if (key == "replication" && value.is_number_integer()) {
      const auto copies = value.get<std::int64_t>();
      it.low = copies > 1 ? std::optional(std::to_string(copies - 1)) : std::nullopt;
      it.high = std::to_string(copies + 1);
    } else if (value.is_boolean()) {
      it.high = value.get<bool>() ? "false" : "true";
    } else if (value.is_number()) {
      vary_number(it, value);
    } else if (value.is_string() && !shape.contains("enum")) {
      vary_quantity(it, value.get<std::string>());
    }
    if (it.low || it.high) {
      found.push_back(std::move(it));
    }
  }

  const Json& schema_;
  bool all_;
};

}  // namespace

namespace {

/// Delays that the profile has and the file does not name.
void add_delays(const Scenario& scenario, std::vector<Tunable>& found) {
  const Network& network = scenario.cluster.network;
  const auto profile = models::find_network_profile(network.profile);
  if (!profile) {
    return;
  }
  const auto add = [&](const char* name, models::Distance distance) {
    const std::string path = std::string("cluster.network.") + name;
    const Duration delay = (*profile)->at(distance).base;
    if (delay > Duration() && std::ranges::find(found, path, &Tunable::path) == found.end()) {
      found.push_back({path, to_text(delay), to_text(delay / 2), to_text(delay * 2)});
    }
  };
  add("same_zone", models::Distance::same_zone);
  if (scenario.cluster.zones.size() > 1) {
    add("same_region", models::Distance::same_region);
  }
}

}  // namespace

std::vector<Tunable> tunables(const Scenario& scenario, bool all) {
  const Json schema = Json::parse(schema_text());
  const Json document = Json::parse(scenario.effective_json);
  Search search(schema, all);
  search.look(schema.at("definitions").at("scenario"), document, "", "", 0);
  add_delays(scenario, search.found);
  return std::move(search.found);
}

}  // namespace wavetank::scenarios

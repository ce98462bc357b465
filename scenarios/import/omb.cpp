// Loads of the OpenMessaging Benchmark: a workload file and a driver's, of which that for Kafka
// says how topics, producers and consumers are set.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <functional>

#include "scenarios/description.h"
#include "scenarios/import/import.h"
#include "scenarios/import/taken.h"
#include "scenarios/import/yaml.h"

namespace wavetank::scenarios {

namespace {

/// Records of a run that are kept in memory, at most: a benchmark of hours is shortened.
constexpr double kBytesMax = 2e9;
constexpr double kRecordsMax = 20e6;
constexpr Duration kShortest = seconds(10);
constexpr Duration kMinute = seconds(60);
/// The warm-up is a fifth of the load at most,
constexpr std::int64_t kWarmupPart = 5;
/// unless that ends before the consumers have joined (group.initial.rebalance.delay.ms) and read
/// what has waited for them: the benchmark waits for its consumers before it begins, a run does
/// not.
constexpr Duration kJoin = seconds(5);
constexpr std::int64_t kJoinPart = 2;
constexpr std::int64_t kMost = 1'000'000'000;

// ------------------------------------------------------------------------------------- properties

/// One line "key=value" of a block of Java properties.
struct Property {
  std::string key;
  std::string value;
  Origin origin;
};

/// How a property of a Kafka client or topic is called here.
struct Setting {
  std::string_view property;
  const char* name;
  enum class Kind : std::uint8_t { text, number, boolean, milliseconds, bytes } kind;
};
using Kind = Setting::Kind;

constexpr auto kTopicSettings = std::to_array<Setting>(
    {{"min.insync.replicas", "min_insync", Kind::number},
     {"segment.bytes", "segment_bytes", Kind::bytes},
     {"segment.ms", "segment_age", Kind::milliseconds},
     {"retention.ms", "retention", Kind::milliseconds},
     {"retention.bytes", "retention_bytes", Kind::bytes},
     {"cleanup.policy", "cleanup", Kind::text},
     {"compression.type", "compression", Kind::text},
     {"flush.messages", "flush_messages", Kind::number},
     {"flush.ms", "flush_interval", Kind::milliseconds},
     {"max.message.bytes", "max_message_bytes", Kind::bytes},
     {"index.interval.bytes", "index_interval_bytes", Kind::bytes},
     {"unclean.leader.election.enable", "unclean_leader_election", Kind::boolean}});

constexpr auto kProducerSettings = std::to_array<Setting>(
    {{"acks", "acks", Kind::text},
     {"linger.ms", "linger", Kind::milliseconds},
     {"batch.size", "batch_bytes", Kind::bytes},
     {"compression.type", "compression", Kind::text},
     {"max.in.flight.requests.per.connection", "max_in_flight", Kind::number},
     {"enable.idempotence", "idempotent", Kind::boolean},
     {"request.timeout.ms", "request_timeout", Kind::milliseconds},
     {"delivery.timeout.ms", "delivery_timeout", Kind::milliseconds},
     {"retry.backoff.ms", "retry_backoff", Kind::milliseconds},
     {"metadata.max.age.ms", "metadata_max_age", Kind::milliseconds},
     {"transaction.timeout.ms", "transaction_timeout", Kind::milliseconds},
     {"buffer.memory", "buffer_bytes", Kind::bytes},
     {"max.request.size", "max_request_bytes", Kind::bytes}});

constexpr auto kConsumerSettings =
    std::to_array<Setting>({{"session.timeout.ms", "session_timeout", Kind::milliseconds},
                            {"heartbeat.interval.ms", "heartbeat_interval", Kind::milliseconds},
                            {"max.poll.interval.ms", "rebalance_timeout", Kind::milliseconds},
                            {"fetch.min.bytes", "fetch_min_bytes", Kind::bytes},
                            {"fetch.max.bytes", "fetch_max_bytes", Kind::bytes},
                            {"max.partition.fetch.bytes", "max_partition_fetch_bytes", Kind::bytes},
                            {"fetch.max.wait.ms", "fetch_max_wait", Kind::milliseconds},
                            {"isolation.level", "isolation", Kind::text},
                            {"auto.commit.interval.ms", "commit_interval", Kind::milliseconds},
                            {"request.timeout.ms", "request_timeout", Kind::milliseconds},
                            {"retry.backoff.ms", "retry_backoff", Kind::milliseconds},
                            {"metadata.max.age.ms", "metadata_max_age", Kind::milliseconds},
                            {"auto.offset.reset", "offset_reset", Kind::text}});

std::string trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r");
  const std::size_t end = text.find_last_not_of(" \t\r");
  return begin == std::string_view::npos ? "" : std::string(text.substr(begin, end - begin + 1));
}

/// The lines of a block, which stand below the line that names it.
std::vector<Property> properties_of(const Value& block, const std::string& text,
                                    const std::string& path, ImportNotes& notes) {
  std::vector<Property> properties;
  int line = block.origin.line;
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string content = trimmed(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    Origin origin = block.origin;
    origin.line = ++line;
    origin.column = 1;
    if (content.empty() || content.front() == '#' || content.front() == '!') {
      continue;
    }
    const std::size_t equals = content.find_first_of("=:");
    if (equals == std::string::npos) {
      notes.error(origin, path, fmt::format("\"{}\" is no property", content), "key=value");
      continue;
    }
    properties.push_back({trimmed(std::string_view(content).substr(0, equals)),
                          trimmed(std::string_view(content).substr(equals + 1)), origin});
  }
  return properties;
}

/// The property's value as a scenario has it; nothing, and an error, if it is none of its kind.
std::optional<Value> setting_value(const Property& property, Kind kind, const std::string& path,
                                   ImportNotes& notes) {
  if (kind == Kind::text) {
    return property.value;
  }
  if (kind == Kind::boolean) {
    if (property.value == "true" || property.value == "false") {
      return Value{Value::Data(property.value == "true")};
    }
    notes.error(property.origin, path, fmt::format("found {}", property.value), "true or false");
    return std::nullopt;
  }
  std::int64_t number = 0;
  const char* const end = property.value.data() + property.value.size();
  const auto read = std::from_chars(property.value.data(), end, number);
  if (read.ec != std::errc() || read.ptr != end || number < 0 || number > INT64_MAX / 1'000'000) {
    notes.error(property.origin, path, fmt::format("found {}", property.value),
                "a whole number, not negative");
    return std::nullopt;
  }
  switch (kind) {
    case Kind::milliseconds:
      return duration_value(milliseconds(number));
    case Kind::bytes:
      return Value(bytes_text(static_cast<std::uint64_t>(number)));
    default:
      return Value{Value::Data(number)};
  }
}

/// Puts the properties that are known here into `out`, and says of the others that they are not.
void carry_over(const std::vector<Property>& properties, std::span<const Setting> settings,
                const std::string& path, Value& out, ImportNotes& notes) {
  for (const Property& property : properties) {
    const std::string where = join_pointer(path, property.key);
    const auto known = std::ranges::find(settings, property.key, &Setting::property);
    if (known == settings.end()) {
      const bool is_address = property.key == "bootstrap.servers";
      notes.dropped(property.origin, where, is_address ? "there is no network to reach" : "");
    } else if (property.key == "acks" && property.value == "-1") {
      out.set("acks", "all");
    } else if (property.key == "compression.type" &&
               (property.value == "gzip" || property.value == "snappy")) {
      const bool is_tight = property.value == "gzip";
      out.set(known->name, is_tight ? "zstd" : "lz4");
      notes.changed(property.origin, where,
                    is_tight ? "zstd, which is as tight" : "lz4, which is as quick");
    } else if (auto value = setting_value(property, known->kind, where, notes)) {
      out.set(known->name, std::move(*value));
    }
  }
}

// ------------------------------------------------------------------------------------- driver

Value empty_object() {
  return Value{Value::Data(Members{})};
}

struct Driver {
  std::string name = "Kafka's defaults";
  std::int64_t replication = 3;
  Value topic = empty_object();
  Value producer = empty_object();
  Value consumer = empty_object();
};

void take_block(Taken& file, std::string_view key,
                const std::function<void(const std::vector<Property>&, const std::string&)>& use) {
  const Value* block = file.take(key);
  if (block == nullptr) {
    return;
  }
  const auto* text = block->get<std::string>();
  if (text == nullptr) {
    file.notes().error(block->origin, file.path_of(key), fmt::format("found {}", type_name(*block)),
                       "a block of key=value lines");
    return;
  }
  use(properties_of(*block, *text, file.path_of(key), file.notes()), file.path_of(key));
}

/// Of what all clients share, each takes what it knows.
void carry_common(const std::vector<Property>& properties, const std::string& path, Driver& driver,
                  ImportNotes& notes) {
  const auto knows = [](std::span<const Setting> settings, const Property& property) {
    return std::ranges::find(settings, property.key, &Setting::property) != settings.end();
  };
  for (const Property& property : properties) {
    const bool of_producers = knows(kProducerSettings, property);
    const bool of_consumers = knows(kConsumerSettings, property);
    if (of_producers || !of_consumers) {
      carry_over({property}, kProducerSettings, path, driver.producer, notes);
    }
    if (of_consumers) {
      carry_over({property}, kConsumerSettings, path, driver.consumer, notes);
    }
  }
}

/// As Kafka's producers do it where nobody has set it: a record has time for one request at least.
void raise_delivery_timeout(Driver& driver) {
  const auto set = [&](const char* key) {
    const Value* value = driver.producer.member(key);
    const auto* text = value != nullptr ? value->get<std::string>() : nullptr;
    const auto ns = text != nullptr ? parse_quantity(*text, Dimension::duration) : fail("");
    return ns ? Duration(std::llround(*ns)) : Duration();
  };
  const Duration least = set("linger") + set("request_timeout");
  if (driver.producer.member("delivery_timeout") == nullptr &&
      least > log::ProducerConfig().delivery_timeout) {
    driver.producer.set("delivery_timeout", duration_value(least));
  }
}

Driver driver_of(const Value& document, ImportNotes& notes) {
  Driver driver;
  Taken file(document, "", notes);
  driver.name = file.text("name").value_or("a driver without a name");
  const std::string type = file.text("driverClass").value_or("");
  if (type.find("kafka") == std::string::npos) {
    notes.changed(document.origin, "/driverClass",
                  fmt::format("{}: the load is carried over, upon a log with Kafka's defaults",
                              type.empty() ? "none is named" : type));
    file.drop_the_rest();
    return driver;
  }
  driver.replication = file.whole("replicationFactor", 1, 64).value_or(driver.replication);
  // Topics first: what all share may be said again by each.
  take_block(file, "topicConfig", [&](const auto& properties, const std::string& path) {
    carry_over(properties, kTopicSettings, path, driver.topic, notes);
  });
  take_block(file, "commonConfig", [&](const auto& properties, const std::string& path) {
    carry_common(properties, path, driver, notes);
  });
  take_block(file, "producerConfig", [&](const auto& properties, const std::string& path) {
    carry_over(properties, kProducerSettings, path, driver.producer, notes);
  });
  take_block(file, "consumerConfig", [&](const auto& properties, const std::string& path) {
    carry_over(properties, kConsumerSettings, path, driver.consumer, notes);
  });
  raise_delivery_timeout(driver);
  file.drop("reset", "every run begins with nothing");
  file.drop_the_rest();
  return driver;
}

// ------------------------------------------------------------------------------------- workload

struct Load {
  std::string name;
  std::int64_t topics = 1;
  std::int64_t partitions = 1;
  std::int64_t subscriptions = 1;
  std::int64_t producers = 1;
  std::int64_t consumers = 1;
  std::int64_t record_bytes = 1024;
  double random_share = 1;
  double rate = 0;
  Duration warmup;
  Duration duration;
  std::string keys;
};

void fit_warmup(Load& load, Taken& file) {
  const Duration join =
      load.subscriptions > 0 ? std::min(kJoin, load.duration / kJoinPart) : Duration();
  const Duration most = std::max(load.duration / kWarmupPart, join);
  const Duration fitting = std::clamp(load.warmup, join, most);
  if (fitting == load.warmup) {
    return;
  }
  const Value* given = file.take("warmupDurationMinutes");
  file.notes().changed(
      given != nullptr ? given->origin : file.origin(), file.path_of("warmupDurationMinutes"),
      fmt::format("{} of warm-up instead of {}: {}", to_text(fitting), to_text(load.warmup),
                  fitting == join ? "the consumers join in it" : "a fifth of the load at most"));
  load.warmup = fitting;
}

/// A benchmark of hours holds more than memory does: it is cut to what does not.
void fit(Load& load, Taken& file, const ImportOptions& options) {
  const Duration asked = load.duration;
  if (options.duration) {
    load.duration = *options.duration;
  } else {
    const double bytes_per_s = load.rate * static_cast<double>(load.record_bytes);
    const double fits_s = std::min(kRecordsMax / load.rate, kBytesMax / bytes_per_s);
    if (fits_s < asked.seconds()) {
      load.duration = std::max(kShortest, seconds(static_cast<std::int64_t>(std::floor(fits_s))));
      load.duration = std::min(load.duration, asked);
    }
  }
  fit_warmup(load, file);
  if (load.duration != asked) {
    file.change("testDurationMinutes",
                fmt::format("{} of load, warm-up included, instead of {} (--duration)",
                            to_text(load.duration), to_text(asked)));
  }
}

void take_payload(Load& load, Taken& file) {
  load.record_bytes = file.whole("messageSize", 1, 1 << 30).value_or(load.record_bytes);
  const bool randomized = file.boolean("useRandomizedPayloads").value_or(false);
  const double share = file.number("randomBytesRatio", 0, 1).value_or(0);
  load.random_share = randomized ? share : 1;
  file.change("payloadFile", "random bytes that do not compress, another for every record");
  if (randomized) {
    file.change("randomizedPayloadPoolSize", "another payload for every record");
  }
}

void take_keys(Load& load, Taken& file) {
  load.keys = file.text("keyDistributor").value_or("NO_KEY");
  if (load.keys != "NO_KEY" && load.keys != "KEY_ROUND_ROBIN" && load.keys != "RANDOM_NANO") {
    file.notes().error(file.take("keyDistributor")->origin, file.path_of("keyDistributor"),
                       fmt::format("found {}", load.keys),
                       "NO_KEY, KEY_ROUND_ROBIN or RANDOM_NANO");
  } else if (load.keys == "KEY_ROUND_ROBIN") {
    file.change("keyDistributor", "keys drawn from 10,000 alike, rather than in turn");
  }
}

Load load_of(const Value& document, const ImportOptions& options, ImportNotes& notes) {
  Load load;
  Taken file(document, "", notes);
  load.name = file.text("name").value_or("a workload without a name");
  load.topics = file.whole("topics", 1, 1'000).value_or(load.topics);
  load.partitions = file.whole("partitionsPerTopic", 1, 100'000).value_or(load.partitions);
  load.subscriptions = file.whole("subscriptionsPerTopic", 0, 1'000).value_or(load.subscriptions);
  load.producers = file.whole("producersPerTopic", 1, 1'000).value_or(load.producers);
  load.consumers = file.whole("consumerPerSubscription", 0, 1'000).value_or(load.consumers);
  take_payload(load, file);
  take_keys(load, file);
  load.rate = file.number("producerRate", 0, 1e9).value_or(0);
  if (load.rate < 1) {
    load.rate = options.searched_rate;
    file.change("producerRate",
                fmt::format("{}: the greatest rate is what `wavetank capacity` looks for",
                            rate_text(load.rate)));
  }
  const auto minutes_of = [&](const char* key, double otherwise) {
    return duration_of(file.number(key, 0, 1e6).value_or(otherwise), kMinute);
  };
  load.warmup = minutes_of("warmupDurationMinutes", 1);
  load.duration = load.warmup + minutes_of("testDurationMinutes", 15);
  if (load.duration < seconds(1)) {
    notes.error(document.origin, file.path_of("testDurationMinutes"), "it lasts no time",
                "a second or more, warm-up included");
    load.duration = seconds(1);
  }
  if (file.number("consumerBacklogSizeGB", 0, static_cast<double>(kMost)).value_or(0) > 0) {
    file.drop("consumerBacklogSizeGB",
              "consumers read from the beginning (a backlog can be had with \"start\" of a group)");
  }
  file.number("backlogDrainRatio", 0, 1e9);  // of the backlog alone
  fit(load, file, options);
  file.drop_the_rest();
  return load;
}

// ------------------------------------------------------------------------------------- scenario

Value host_group(const char* name, std::int64_t count, const std::string& type) {
  return object(
      {{"name", name}, {"count", number_value(static_cast<double>(count))}, {"type", type}});
}

Value whole_value(std::int64_t number) {
  return Value{Value::Data(number)};
}

Value log_of(const Load& load, const Driver& driver) {
  Value topic = driver.topic;
  topic.set("name", "topic");
  if (load.topics > 1) {
    topic.set("count", whole_value(load.topics));
  }
  topic.set("partitions", whole_value(load.partitions));
  topic.set("replication", whole_value(driver.replication));
  return object({{"brokers", "broker[*]"},
                 {"controller", "controller"},
                 {"topics", array({std::move(topic)})}});
}

Value workload_of(const Load& load, const Driver& driver, const std::string& topic) {
  Value producer = driver.producer;
  if (load.keys == "NO_KEY") {
    producer.set("partitioner", "sticky");
  }
  Value workload =
      object({{"name", topic},
              {"topic", topic},
              {"on", "worker[*]"},
              {"producers", whole_value(load.producers)},
              {"rate", rate_text(load.rate / static_cast<double>(load.topics))},
              {"record_bytes", bytes_text(static_cast<std::uint64_t>(load.record_bytes))},
              {"random_share", number_value(load.random_share)},
              // The benchmark sends evenly: a token bucket over all producers.
              {"arrivals", "constant"}});
  if (load.keys != "NO_KEY") {
    const double keys = load.keys == "RANDOM_NANO" ? 1'000'000 : 10'000;
    workload.set("keys", object({{"dist", "uniform"}, {"n", number_value(keys)}}));
  }
  workload.set("producer", std::move(producer));
  return workload;
}

std::string title_of(const Load& load, const Driver& driver) {
  return fmt::format("{}, on {}", load.name, driver.name);
}

Value scenario_of(const Load& load, const Driver& driver, const ImportOptions& options) {
  const auto brokers = std::max<std::int64_t>({options.brokers, driver.replication, 1});
  List workloads;
  List consumers;
  for (std::int64_t i = 1; i <= load.topics; ++i) {
    const std::string topic = load.topics > 1 ? fmt::format("topic-{}", i) : "topic";
    workloads.push_back(workload_of(load, driver, topic));
    for (std::int64_t sub = 1; sub <= load.subscriptions && load.consumers > 0; ++sub) {
      consumers.push_back(object({{"group", fmt::format("{}-sub-{}", topic, sub)},
                                  {"topic", topic},
                                  {"on", "worker[*]"},
                                  {"members", whole_value(load.consumers)},
                                  {"consumer", driver.consumer}}));
    }
  }
  return object(
      {{"title", title_of(load, driver)},
       {"duration", duration_value(load.duration)},
       {"warmup", duration_value(load.warmup)},
       {"cluster",
        object({{"hosts", array({host_group("broker", brokers, options.broker_type),
                                 object({{"name", "controller"}, {"type", "m5.large"}}),
                                 host_group("worker", options.workers, options.worker_type)})}})},
       {"services", object({{"log", log_of(load, driver)}})},
       {"workload", array(std::move(workloads))},
       {"consumers", array(std::move(consumers))}});
}

/// Which of the two a document is.
bool is_driver(const Value& document) {
  return document.member("driverClass") != nullptr;
}

}  // namespace

Imported import_omb(std::span<const ImportSource> sources, const ImportOptions& options) {
  ImportNotes notes;
  std::optional<Load> load;
  std::optional<Driver> driver;
  for (const ImportSource& source : sources) {
    const Origin file{std::make_shared<const std::string>(source.name), 0, 0};
    const auto documents = parse_yaml(source.text, source.name);
    if (!documents) {
      notes.add({documents.error()});
      continue;
    }
    if (documents->empty()) {
      notes.error(file, "", "there is nothing in it", "a workload or a driver");
    }
    for (const Value& document : *documents) {
      const bool known = is_driver(document) ? driver.has_value() : load.has_value();
      if (known) {
        notes.error(document.origin, "", "it is the second of its kind",
                    "one workload, and one driver at most");
      } else if (is_driver(document)) {
        driver = driver_of(document, notes);
      } else {
        load = load_of(document, options, notes);
      }
    }
  }
  if (!load && !notes.has_errors()) {
    notes.error({}, "", "there is no workload among the files",
                "a workload, and a driver if there is one");
  }
  if (load && is_too_long(title_of(*load, driver.value_or(Driver())))) {
    notes.error({}, "/name", "the names make a title that is too long",
                fmt::format("{} characters at most (limit text characters)", kMaxTextCharacters));
  }
  Imported imported;
  if (!notes.has_errors()) {
    imported.scenario = scenario_of(*load, driver.value_or(Driver()), options);
  }
  imported.notes = notes.take();
  return imported;
}

}  // namespace wavetank::scenarios

#include "scenarios/scenario_shape.h"

#include <algorithm>
#include <array>
#include <span>

#include "models/costs.h"
#include "models/hardware.h"
#include "models/network_profile.h"
#include "scenarios/figures.h"
#include "scenarios/limits.h"

namespace wavetank::scenarios {

namespace {

// -------------------------------------------------------------------------------- known names

/// A name from a catalogue: the schema lists them, the parser suggests the nearest.
Type<std::string> catalogue_name(std::string what, const std::vector<std::string_view>& known) {
  auto type = text(fmt::format("the name of a {}", what),
                   fmt::format("\"{}\"", known.empty() ? std::string_view() : known.front()));
  List names;
  for (const std::string_view name : known) {
    names.emplace_back(name);
  }
  type.schema = object({{"enum", array(std::move(names))}});
  type.read = [base = type.read, what, known](const Node& node, std::string& out) {
    if (!base(node, out)) {
      return false;
    }
    if (std::ranges::find(known, out) == known.end()) {
      node.findings.error(node.pointer, unknown_name(what, out, known), one_of(known));
      return false;
    }
    return true;
  };
  return type;
}

std::vector<std::string_view> figure_ids() {
  std::vector<std::string_view> ids;
  for (const Figure& figure : all_figures()) {
    ids.push_back(figure.id);
  }
  return ids;
}

std::vector<std::string_view> paper_ids() {
  std::vector<std::string_view> ids;
  for (const Paper& paper : all_papers()) {
    ids.push_back(paper.id);
  }
  return ids;
}

/// A name that the file itself gives: what results and paths can carry without quoting.
Type<std::string> own_name(std::string what, std::string example) {
  auto type = text(fmt::format("the name of {}: letters, digits, _ - .", what), std::move(example));
  type.schema.set("pattern", "^[A-Za-z0-9_.-]+$");
  type.schema.set("maxLength", number_value(100));
  type.read = [words = type, base = type.read](const Node& node, std::string& out) {
    if (!base(node, out)) {
      return false;
    }
    const bool good = out.size() <= 100 && out.find_first_not_of(
                                               "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstu"
                                               "vwxyz0123456789_.-") == std::string::npos;
    return good || words.reject(node);
  };
  return type;
}

/// One selector, or a list of them.
Type<Selector> selector() {
  Type<Selector> type{"hosts, such as \"broker[*]\", \"broker[1..2]\" or \"broker-2\"",
                      "\"broker[*]\"",
                      {},
                      {},
                      {}};
  type.schema =
      object({{"anyOf",
               array({object({{"type", "string"}}), object({{"type", "array"},
                                                            {"items", object({{"type", "string"}})},
                                                            {"minItems", number_value(1)}})})}});
  type.read = [words = type](const Node& node, Selector& out) {
    out.text.clear();
    if (const auto* one = node.value.get<std::string>()) {
      out.text = *one;
    } else if (const auto* several = node.value.get<List>()) {
      for (const Value& item : *several) {
        const auto* part = item.get<std::string>();
        if (!part) {
          return words.reject(node);
        }
        out.text += (out.text.empty() ? "" : ", ") + *part;
      }
    }
    return !out.text.empty() || words.reject(node);
  };
  return type;
}

// ----------------------------------------------------------------------------------- cluster

Type<Cluster> cluster() {
  const auto region =
      Shape<Region>("a region")
          .required("name", &Region::name, own_name("a region", "\"eu\""),
                    "Name of the region; its zones are called \"eu-1\", \"eu-2\", ...")
          .optional("zones", &Region::zones, count<std::uint32_t>(1, 64),
                    "Number of availability zones.");
  const auto host =
      Shape<HostGroup>("a group of equal hosts")
          .required("name", &HostGroup::name, own_name("the hosts", "\"broker\""),
                    "Name of the group. With a count its hosts are called \"broker-1\", "
                    "\"broker-2\", ...; without, there is one host and it has this name.")
          .optional("count", &HostGroup::count, maybe(count<std::uint32_t>(1, 100'000)),
                    "Number of hosts.")
          .required("type", &HostGroup::type,
                    catalogue_name("machine type", models::hardware_names()),
                    "Machine type of the hardware catalogue (`wavetank list hardware`).")
          .optional(
              "spread", &HostGroup::spread, text("\"zones\" or the name of a zone", "\"eu-1\""),
              "\"zones\": one after the other over all zones; or the zone they all stand in.");
  const auto network =
      Shape<Network>("a network")
          .optional("profile", &Network::profile,
                    catalogue_name("network profile", models::network_profile_names()),
                    "Named set of measured delays (`wavetank list networks`).")
          .optional("same_zone", &Network::same_zone, maybe(duration()),
                    "One-way delay between hosts of a zone, instead of the profile's.")
          .optional("same_region", &Network::same_region, maybe(duration()),
                    "One-way delay between zones of a region, instead of the profile's.")
          .optional("other_region", &Network::other_region, maybe(duration()),
                    "One-way delay between regions, instead of the profile's.")
          .optional("bandwidth", &Network::nic_bits_per_s, maybe(bandwidth()),
                    "Bandwidth of every host's network card, each direction, instead of the "
                    "hardware's.");
  return Shape<Cluster>("a cluster")
      .optional("regions", &Cluster::regions, list(region.type(), 1),
                "Regions of the cluster. Default: one region \"eu\" with three zones.")
      .required("hosts", &Cluster::groups, list(host.type(), 1), "The machines.")
      .optional("network", &Cluster::network, network.type(), "The network between them.")
      .optional("cost_table", &Cluster::cost_table,
                catalogue_name("cost table", models::cost_table_names()),
                "What a unit of work costs in CPU time (`wavetank list costs`).")
      .type();
}

// ---------------------------------------------------------------------------------- services

template <class M>
Type<M> without_default(Type<M> type) {
  type.show = {};
  return type;
}

/// What every topic can set; replication is required where it has no default.
Shape<log::TopicConfig> topic_sizes(std::string what, log::TopicConfig defaults) {
  using log::TopicConfig;
  return Shape<TopicConfig>(std::move(what), std::move(defaults))
      .optional("min_insync", &TopicConfig::min_insync, count<std::uint32_t>(1, 64),
                "Replicas in sync that a write with acks all needs; Kafka: min.insync.replicas.")
      .optional("segment_bytes", &TopicConfig::segment_bytes, bytes<std::uint64_t>(1024, 0x1p40),
                "Size of a segment file; Kafka: segment.bytes.")
      .optional("index_interval_bytes", &TopicConfig::index_interval_bytes,
                bytes<std::uint64_t>(1, 0x1p30),
                "Bytes between two entries of the offset index; Kafka: index.interval.bytes.");
}

Type<log::BrokerConfig> broker_settings() {
  using log::BrokerConfig;
  return Shape<BrokerConfig>("settings of the brokers")
      .optional("replica_lag_max", &BrokerConfig::replica_lag_max, positive_duration(),
                "A follower behind for this long leaves the in-sync set; Kafka: "
                "replica.lag.time.max.ms.")
      .optional("replica_fetch_wait_max", &BrokerConfig::replica_fetch_wait_max, duration(),
                "How long a follower's fetch waits for data; Kafka: replica.fetch.wait.max.ms.")
      .optional("replica_fetch_min_bytes", &BrokerConfig::replica_fetch_min_bytes,
                bytes<std::uint32_t>(1), "Kafka: replica.fetch.min.bytes.")
      .optional("replica_fetch_max_bytes", &BrokerConfig::replica_fetch_max_bytes,
                bytes<std::uint64_t>(1), "A partition; Kafka: replica.fetch.max.bytes.")
      .optional("replica_fetch_response_max_bytes", &BrokerConfig::replica_fetch_response_max_bytes,
                bytes<std::uint64_t>(1), "Kafka: replica.fetch.response.max.bytes.")
      .optional("heartbeat_interval", &BrokerConfig::heartbeat_interval, positive_duration(),
                "Kafka: broker.heartbeat.interval.ms.")
      .optional("retry_backoff", &BrokerConfig::retry_backoff, positive_duration(),
                "Before a failed request to the controller or a failed fetch is sent again.")
      .optional("request_timeout", &BrokerConfig::request_timeout, positive_duration(),
                "Of a follower's fetch and a request to the controller.")
      .optional("message_max_bytes", &BrokerConfig::message_max_bytes, bytes<std::uint64_t>(1024),
                "The greatest batch; Kafka: message.max.bytes.")
      .type();
}

Type<LogService> log_service() {
  const auto topic =
      topic_sizes("a topic", {})
          .required("name", &log::TopicConfig::name, own_name("a topic", "\"orders\""),
                    "Name of the topic.")
          .optional("partitions", &log::TopicConfig::partitions, count<std::uint32_t>(1, 1'000'000),
                    "Number of partitions.")
          .optional("replication", &log::TopicConfig::replication, count<std::uint32_t>(1, 64),
                    "Copies of every partition, on different brokers.");
  const LogService defaults;
  const auto offsets =
      topic_sizes("the topic of committed offsets", defaults.offsets)
          .optional("partitions", &log::TopicConfig::partitions, count<std::uint32_t>(1, 10'000),
                    "Number of its partitions (Kafka has 50).")
          .optional("replication", &log::TopicConfig::replication,
                    without_default(count<std::uint32_t>(1, 64)),
                    "Copies of every partition. Default: 3, or all brokers if there are fewer.");
  const auto control =
      Shape<log::ControllerConfig>("settings of the controller")
          .optional("session_timeout", &log::ControllerConfig::session_timeout, positive_duration(),
                    "A broker silent for this long is dead; Kafka: broker.session.timeout.ms.")
          .optional("leader_imbalance_check", &log::ControllerConfig::leader_imbalance_check,
                    duration(),
                    "How often leadership is given back to preferred leaders that are in sync; 0: "
                    "never. Kafka: leader.imbalance.check.interval.seconds.");
  return Shape<LogService>("a replicated log")
      .required("brokers", &LogService::brokers, selector(), "The hosts that run a broker.")
      .required("controller", &LogService::controller, selector(),
                "The host that runs the controller.")
      .required("topics", &LogService::topics, list(topic.type(), 1), "The topics.")
      .optional("offsets_topic", &LogService::offsets, offsets.type(),
                "The topic of committed offsets; it is added to the topics.")
      .optional("broker_settings", &LogService::broker, broker_settings(),
                "Settings of all brokers.")
      .optional("controller_settings", &LogService::control, control.type(),
                "Settings of the controller.")
      .type();
}

struct Services {
  LogService log;
};

/// "services": so far there is one.
Type<LogService> services() {
  const auto shape = Shape<Services>("services")
                         .required("log", &Services::log, log_service(),
                                   "The replicated log: brokers, a controller, topics.");
  Type<LogService> type{"services", shape.example(), {}, {}, shape.schema()};
  type.read = [shape](const Node& node, LogService& out) {
    Services all;
    const bool good = shape.read(node, all);
    out = std::move(all.log);
    return good;
  };
  return type;
}

// -------------------------------------------------------------------------------------- load

struct ConstantDraft {
  double value = 0;
};
struct UniformDraft {
  double min = 0;
  double max = 0;
};
struct ExponentialDraft {
  double mean = 0;
};
struct LognormalDraft {
  double p50 = 0;
  double p99 = 0;
};
struct ParetoDraft {
  double scale = 0;
  double shape = 1.5;
};
struct PointDraft {
  double quantile = 0;
  double value = 0;
};
struct EmpiricalDraft {
  std::vector<PointDraft> points;
};

/// A quantity in base units, as a double.
Type<double> amount(Dimension dimension) {
  return quantity<double>(
      dimension, {0, models::Distribution::kGreatest}, [](double v) { return v; }, {},
      [](double v) { return fmt::format("{:g}", v); });
}

std::vector<Alternative<models::Distribution>> distribution_alternatives(Dimension dimension) {
  using models::Distribution;
  const auto value = amount(dimension);
  std::vector<Alternative<Distribution>> laws;
  laws.push_back(alternative<Distribution, ConstantDraft>(
      "constant",
      tagged_shape<ConstantDraft>("dist", "constant", "a constant")
          .required("value", &ConstantDraft::value, value, "Always this."),
      "Always the same.", [](const ConstantDraft& d) { return Distribution::constant(d.value); }));
  laws.push_back(alternative<Distribution, UniformDraft>(
      "uniform",
      tagged_shape<UniformDraft>("dist", "uniform", "a uniform law")
          .required("min", &UniformDraft::min, value, "The least.")
          .required("max", &UniformDraft::max, value, "The greatest (never drawn itself)."),
      "All between min and max alike.",
      [](const UniformDraft& d) { return Distribution::uniform(d.min, d.max); }));
  laws.push_back(alternative<Distribution, ExponentialDraft>(
      "exponential",
      tagged_shape<ExponentialDraft>("dist", "exponential", "an exponential law")
          .required("mean", &ExponentialDraft::mean, value, "The mean."),
      "Exponential.", [](const ExponentialDraft& d) { return Distribution::exponential(d.mean); }));
  laws.push_back(alternative<Distribution, LognormalDraft>(
      "lognormal",
      tagged_shape<LognormalDraft>("dist", "lognormal", "a log-normal law")
          .required("p50", &LognormalDraft::p50, value, "The median.")
          .required("p99", &LognormalDraft::p99, value, "The 99th percentile."),
      "Log-normal through two percentiles.",
      [](const LognormalDraft& d) { return Distribution::lognormal(d.p50, d.p99); }));
  laws.push_back(alternative<Distribution, ParetoDraft>(
      "pareto",
      tagged_shape<ParetoDraft>("dist", "pareto", "a Pareto law")
          .required("scale", &ParetoDraft::scale, value, "The least value.")
          .optional("shape", &ParetoDraft::shape, number({1, 100, true}),
                    "The exponent; smaller is heavier."),
      "Heavy-tailed.",
      [](const ParetoDraft& d) { return Distribution::pareto(d.scale, d.shape); }));
  const auto point =
      Shape<PointDraft>("a point of a quantile function")
          .required("quantile", &PointDraft::quantile, number({0, 1}), "From 0 to 1.")
          .required("value", &PointDraft::value, value, "The value there.");
  laws.push_back(alternative<Distribution, EmpiricalDraft>(
      "empirical",
      tagged_shape<EmpiricalDraft>("dist", "empirical", "a measured law")
          .required("points", &EmpiricalDraft::points, list(point.type(), 2),
                    "Points of the quantile function, from quantile 0 to quantile 1."),
      "Linear between measured quantiles.", [](const EmpiricalDraft& d) {
        std::vector<Distribution::QuantilePoint> points;
        for (const PointDraft& p : d.points) {
          points.push_back({p.quantile, p.value});
        }
        return Distribution::empirical(std::move(points));
      }));
  return laws;
}

/// A law by name, or a plain quantity: that constant.
Type<models::Distribution> distribution(Dimension dimension, std::string expected) {
  auto named = tagged<models::Distribution>("dist", std::move(expected),
                                            distribution_alternatives(dimension));
  const auto plain = amount(dimension);
  Type<models::Distribution> type = named;
  type.example = plain.example;
  type.schema = object({{"anyOf", array({plain.schema, named.schema})}});
  type.read = [named, plain](const Node& node, models::Distribution& out) {
    if (node.value.get<Members>()) {
      return named.read(node, out);
    }
    double value = 0;
    if (!plain.read(node, value)) {
      return false;
    }
    auto made = models::Distribution::constant(value);
    if (!made) {
      node.findings.error(node.pointer, made.error().message);
      return false;
    }
    out = std::move(*made);
    return true;
  };
  return type;
}

struct KeyDraft {
  std::uint64_t n = 100'000;
  double s = 1;
  std::uint64_t hot = 1;
  double share = 0.5;
};

Type<models::KeyLaw> keys() {
  using models::KeyLaw;
  const auto how_many = count<std::uint64_t>(1, models::kKeysMax);
  const auto shape = [&](const char* name) {
    return tagged_shape<KeyDraft>("dist", name, "a law of keys")
        .optional("n", &KeyDraft::n, how_many, "Number of distinct keys.");
  };
  std::vector<Alternative<KeyLaw>> laws;
  laws.push_back(
      alternative<KeyLaw, KeyDraft>("uniform", shape("uniform"), "All keys alike.",
                                    [](const KeyDraft& d) { return KeyLaw::uniform(d.n); }));
  laws.push_back(alternative<KeyLaw, KeyDraft>(
      "zipf",
      shape("zipf").optional("s", &KeyDraft::s, number({0, 100, true}),
                             "The exponent; larger is more skewed."),
      "The k-th key with a probability proportional to 1/k^s.",
      [](const KeyDraft& d) { return KeyLaw::zipf(d.n, d.s); }));
  laws.push_back(alternative<KeyLaw, KeyDraft>(
      "hot",
      shape("hot")
          .optional("hot", &KeyDraft::hot, how_many, "Number of hot keys.")
          .optional("share", &KeyDraft::share, number({0, 1}), "Their share of the records."),
      "A few keys take a share of all records.",
      [](const KeyDraft& d) { return KeyLaw::hot(d.n, d.hot, d.share); }));
  return tagged<KeyLaw>("dist", "a law of keys", std::move(laws));
}

/// A list of exactly N factors.
template <std::size_t N>
Type<std::array<double, N>> factors() {
  const auto all = list(number({0, 1e6}), N);
  Type<std::array<double, N>> type{fmt::format("{} factors", N), "", {}, {}, all.schema};
  type.schema.set("maxItems", number_value(N));
  type.read = [all, words = type](const Node& node, std::array<double, N>& out) {
    std::vector<double> given;
    if (!all.read(node, given)) {
      return false;
    }
    if (given.size() != N) {
      return words.reject(node, fmt::format("the list has {} factors", given.size()));
    }
    std::ranges::copy(given, out.begin());
    return true;
  };
  return type;
}

models::Bursts default_bursts() {
  return {models::Distribution::constant(seconds(1)), models::Distribution::constant(seconds(9)),
          1.0, 0.0};
}

Type<ArrivalPattern> arrivals() {
  using models::Bursts;
  using models::Profile;
  using models::Spacing;
  const auto spacing =
      choice<Spacing>({{"poisson", Spacing::poisson, "Independent senders: exponential gaps."},
                       {"constant", Spacing::constant, "Even gaps."}});
  const auto length = distribution(Dimension::duration, "a duration or a law of durations");
  const auto bursts =
      Shape<Bursts>("bursts", default_bursts())
          .required("on", &Bursts::on, length, "Length of a burst.")
          .required("off", &Bursts::off, length, "Length of the pause between two bursts.")
          .optional("on_factor", &Bursts::on_factor, number({0, 1e6}),
                    "The rate in a burst, as a multiple of the workload's.")
          .optional("off_factor", &Bursts::off_factor, number({0, 1e6}),
                    "The rate between bursts, as a multiple of the workload's.");
  const auto profile =
      Shape<Profile>("a daily profile", Profile::flat())
          .optional("hour", &Profile::hour, factors<24>(), "Factor of each hour of the day.")
          .optional("weekday", &Profile::weekday, factors<7>(), "Factor of each day, Monday first.")
          .optional("month", &Profile::month, factors<12>(), "Factor of each month.")
          .optional("starts_at", &Profile::starts_at, duration(),
                    "Where in the year the run starts, from Monday, 1 January, 00:00.");
  const auto shape =
      Shape<ArrivalPattern>("a pattern of arrivals")
          .optional("spacing", &ArrivalPattern::spacing, spacing, "The gaps between records.")
          .optional("bursts", &ArrivalPattern::bursts, maybe(bursts.type(), default_bursts()),
                    "Bursts and pauses in turn.")
          .optional("profile", &ArrivalPattern::profile, maybe(profile.type(), Profile::flat()),
                    "The rhythm of days, weeks and seasons.");
  Type<ArrivalPattern> type{"\"poisson\", \"constant\", or an object", "\"poisson\"", {}, {}, {}};
  type.schema = object({{"anyOf", array({spacing.schema, shape.schema()})}});
  type.read = [shape, spacing](const Node& node, ArrivalPattern& out) {
    return node.value.get<Members>() ? shape.read(node, out) : spacing.read(node, out.spacing);
  };
  type.show = [spacing](const ArrivalPattern& p) { return spacing.show(p.spacing); };
  return type;
}

Type<log::ProducerConfig> producer_settings() {
  using log::Acks;
  using log::ProducerConfig;
  const auto acks =
      choice<Acks>({{"all", Acks::all, "All replicas in sync have it."},
                    {number_value(1), Acks::leader, "The leader has it: a crash may lose it."},
                    {number_value(0), Acks::none, "Nobody says anything."}});
  return Shape<ProducerConfig>("settings of the producers")
      .optional("acks", &ProducerConfig::acks, acks, "What a write waits for.")
      .optional("linger", &ProducerConfig::linger, duration(),
                "How long a batch waits to fill; Kafka: linger.ms.")
      .optional("batch_bytes", &ProducerConfig::batch_bytes, bytes<std::uint32_t>(1, 0x1p30),
                "A batch of this size is sent at once; Kafka: batch.size.")
      .optional("max_in_flight", &ProducerConfig::max_in_flight, count<std::uint32_t>(1, 1000),
                "Requests under way to a broker; Kafka: max.in.flight.requests.per.connection.")
      .optional(
          "idempotent", &ProducerConfig::idempotent, boolean(),
          "Batches carry sequence numbers, so that a retry is stored once. Default: true where "
          "acks is \"all\" and max_in_flight at most 5; Kafka: enable.idempotence.")
      .optional("request_timeout", &ProducerConfig::request_timeout, positive_duration(),
                "A request without an answer for this long has failed; Kafka: request.timeout.ms.")
      .optional("delivery_timeout", &ProducerConfig::delivery_timeout, positive_duration(),
                "A record not acknowledged for this long is given up; Kafka: delivery.timeout.ms.")
      .optional("retry_backoff", &ProducerConfig::retry_backoff, positive_duration(),
                "Before a failed request is sent again; Kafka: retry.backoff.ms.")
      .optional("metadata_max_age", &ProducerConfig::metadata_max_age, positive_duration(),
                "Leaders are asked for at least this often; Kafka: metadata.max.age.ms.")
      .optional("buffer_bytes", &ProducerConfig::buffer_bytes, bytes<std::uint64_t>(1024),
                "Memory for records that wait; Kafka: buffer.memory.")
      .optional("max_request_bytes", &ProducerConfig::max_request_bytes,
                bytes<std::uint32_t>(1024, 0x1p30), "Kafka: max.request.size.")
      .type();
}

Type<Workload> workload() {
  const auto orders =
      Shape<models::OrdersConfig>("the order model")
          .optional("customers", &models::OrdersConfig::customers,
                    count<std::uint64_t>(1, models::kKeysMax), "Number of customers.")
          .optional("customer_skew", &models::OrdersConfig::customer_skew, number({0, 100, true}),
                    "Exponent of the Zipf law by which customers order.")
          .optional("open_orders_max", &models::OrdersConfig::open_orders_max,
                    count<std::uint32_t>(1, models::kOpenOrdersLimit),
                    "Orders of a producer that are open at a time, at most.");
  const auto model = choice<LoadModel>(
      {{"order-lifecycle", LoadModel::order_lifecycle,
        "Change events of orders: created, modified, allocated, scheduled, shipped, backlog "
        "adjusted."},
       {"fixed", LoadModel::fixed, "Records without meaning: keys and sizes as given."}});
  return Shape<Workload>("a workload")
      .required("name", &Workload::name, own_name("a workload", "\"orders\""),
                "Name of the workload.")
      .optional("model", &Workload::model, model, "What its records are.")
      .required("topic", &Workload::topic, text("the name of a topic", "\"orders\""),
                "The topic it is written to.")
      .required("on", &Workload::on, selector(), "The hosts its producers run on.")
      .optional("producers", &Workload::producers, count<std::uint32_t>(1, models::kInstancesMax),
                "Number of producer processes, one after the other over the hosts.")
      .required("rate", &Workload::rate,
                rate({0, static_cast<double>(models::Rate::kGreatestPerSecond), true}),
                "Records a second of all its producers together.")
      .optional("arrivals", &Workload::arrivals, arrivals(),
                "How the intended send times lie around the rate.")
      .optional("keys", &Workload::keys, keys(),
                "Which keys the fixed model draws. Default: 100,000, all alike.")
      .optional("record_bytes", &Workload::record_bytes,
                distribution(Dimension::bytes, "a size or a law of sizes"),
                "Size of a record of the fixed model, key and value together. Default: 200 B.")
      .optional("random_share", &Workload::random_share, number({0, 1}),
                "Share of a value of the fixed model that does not compress.")
      .optional("orders", &Workload::orders, orders.type(), "Settings of the order model.")
      .optional("producer", &Workload::producer, producer_settings(),
                "Settings of its producers; Kafka's names and defaults.")
      .optional("start", &Workload::start, duration(), "When the load begins.")
      .optional("stop", &Workload::stop, maybe(positive_duration()),
                "When the load ends. Default: with the run.")
      .type();
}

Type<ConsumerGroup> consumer_group() {
  using log::ConsumerConfig;
  const auto settings =
      Shape<ConsumerConfig>("settings of the consumers")
          .optional("fetch_min_bytes", &ConsumerConfig::fetch_min_bytes, bytes<std::uint32_t>(1),
                    "Kafka: fetch.min.bytes.")
          .optional("fetch_max_wait", &ConsumerConfig::fetch_max_wait, duration(),
                    "How long a fetch waits for data; Kafka: fetch.max.wait.ms.")
          .optional("fetch_max_bytes", &ConsumerConfig::fetch_max_bytes, bytes<std::uint64_t>(1),
                    "Kafka: fetch.max.bytes.")
          .optional("max_partition_fetch_bytes", &ConsumerConfig::max_partition_fetch_bytes,
                    bytes<std::uint64_t>(1), "Kafka: max.partition.fetch.bytes.")
          .optional("commit_interval", &ConsumerConfig::commit_interval, positive_duration(),
                    "How often offsets are committed; Kafka: auto.commit.interval.ms.")
          .optional("request_timeout", &ConsumerConfig::request_timeout, positive_duration(),
                    "Kafka: request.timeout.ms.")
          .optional("retry_backoff", &ConsumerConfig::retry_backoff, positive_duration(),
                    "Kafka: retry.backoff.ms.")
          .optional("metadata_max_age", &ConsumerConfig::metadata_max_age, positive_duration(),
                    "Kafka: metadata.max.age.ms.");
  return Shape<ConsumerGroup>("a consumer group")
      .required("group", &ConsumerGroup::group, own_name("a group", "\"dashboard\""),
                "Name of the group.")
      .required("topic", &ConsumerGroup::topic, text("the name of a topic", "\"orders\""),
                "The topic it reads, from the beginning.")
      .required("on", &ConsumerGroup::on, selector(), "The hosts its members run on.")
      .optional("members", &ConsumerGroup::members, count<std::uint32_t>(1, 4096),
                "Number of consumer processes; they share the partitions.")
      .optional("consumer", &ConsumerGroup::consumer, settings.type(),
                "Settings of its members; Kafka's names and defaults.")
      .type();
}

// ------------------------------------------------------------------------------------- faults

struct Timing {
  Time at;
  std::optional<Duration> lasts;
};
template <class Action>
struct FaultDraft : Timing, Action {};

enum class Ends { may, must };

template <class Action>
Shape<FaultDraft<Action>> fault_shape(std::string what, Ends ends) {
  Shape<FaultDraft<Action>> shape(std::move(what));
  shape.required("at", &Timing::at, moment(), "When it begins, from the start of the run.");
  if (ends == Ends::must) {
    shape.required("for", &Timing::lasts, maybe(positive_duration()), "How long it lasts.");
  } else {
    shape.optional("for", &Timing::lasts, maybe(positive_duration()),
                   "How long it lasts. Default: for good.");
  }
  return shape;
}

template <class Action>
Alternative<Fault> verb(const char* name, Shape<FaultDraft<Action>> shape, const char* doc) {
  return alternative<Fault, FaultDraft<Action>>(
      name, std::move(shape), doc, [](const FaultDraft<Action>& d) -> Result<Fault> {
        return Fault{d.at, d.lasts, static_cast<const Action&>(d)};
      });
}

/// A fault whose verb names hosts.
template <class Action>
Shape<FaultDraft<Action>> on_hosts(const char* name, const char* what, Ends ends = Ends::may) {
  return fault_shape<Action>(what, ends)
      .required(name, &Action::hosts, selector(), "The hosts it strikes.");
}

std::vector<Alternative<Fault>> verbs() {
  const auto factor = number({1, 1e6, true});
  const auto unsynced =
      choice<Unsynced>({{"lost", Unsynced::lost, "They are gone."},
                        {"kept", Unsynced::kept, "They are all there: the process died alone."},
                        {"torn", Unsynced::torn, "Some are there, the last write in part."}});
  return {
      verb("crash",
           on_hosts<Crash>("crash", "a crash")
               .optional("unsynced", &Crash::unsynced, unsynced,
                         "What is left of bytes that were written and not synced."),
           "The machine dies, and restarts when the fault ends."),
      verb("pause", on_hosts<Pause>("pause", "a pause", Ends::must),
           "The processes sleep while the world goes on."),
      verb("partition",
           fault_shape<Partition>("a partition", Ends::must)
               .required("partition", &Partition::side, selector(), "One side.")
               .required("from", &Partition::from, selector(), "The other side.")
               .optional("one_way", &Partition::one_way, boolean(),
                         "Only messages to the other side vanish."),
           "Messages between the two sides vanish."),
      verb("slow_link",
           on_hosts<SlowLink>("slow_link", "a slow link")
               .optional("factor", &SlowLink::factor, factor, "How many times slower."),
           "The bandwidth of the network card shrinks."),
      verb("delay",
           on_hosts<Delay>("delay", "a delay")
               .optional("by", &Delay::added, positive_duration(), "What is added, one way."),
           "Messages to and from the hosts take longer."),
      verb("slow_disk",
           on_hosts<SlowDisk>("slow_disk", "a slow disk")
               .optional("factor", &SlowDisk::factor, factor, "How many times slower."),
           "The disk takes longer and moves less."),
      verb("stuck_disk", on_hosts<StuckDisk>("stuck_disk", "a stuck disk"),
           "No disk operation completes."),
      verb("slow_cpu",
           on_hosts<SlowCpu>("slow_cpu", "a slow CPU")
               .optional("factor", &SlowCpu::factor, factor, "How many times slower."),
           "Work takes longer."),
      verb("clock_step",
           on_hosts<ClockStep>("clock_step", "a step of a clock")
               .required("by", &ClockStep::by, any_duration(), "How far; negative: back."),
           "The clock jumps; where the fault ends, back again."),
      verb("clock_drift",
           on_hosts<ClockDrift>("clock_drift", "a drifting clock")
               .required("ppm", &ClockDrift::ppm, number({-100'000, 100'000}),
                         "Parts per million; negative: slow."),
           "The clock runs fast or slow."),
      verb("load_spike",
           fault_shape<LoadSpike>("a load spike", Ends::must)
               .required("load_spike", &LoadSpike::workload,
                         text("the name of a workload", "\"orders\""), "The workload.")
               .optional("factor", &LoadSpike::factor, number({0, 1e6}),
                         "Its rate, as a multiple of what it would be."),
           "A workload sends more, or less."),
  };
}

/// Faults are told apart by which verb is among their keys.
Type<Fault> fault() {
  const auto alternatives = std::make_shared<const std::vector<Alternative<Fault>>>(verbs());
  Type<Fault> type{"a fault",
                   R"({ "at": "60s", "crash": "broker-1", "for": "30s" })",
                   {},
                   {},
                   any_of_schema(*alternatives, "oneOf")};
  type.read = [words = type, alternatives](const Node& node, Fault& out) {
    const auto* members = node.value.get<Members>();
    if (!members) {
      return words.reject(node);
    }
    std::vector<std::string_view> known;
    std::vector<const Alternative<Fault>*> present;
    for (const auto& a : *alternatives) {
      known.push_back(a.name);
      if (node.value.member(a.name)) {
        present.push_back(&a);
      }
    }
    if (present.size() == 1) {
      return present.front()->read(node, out);
    }
    if (present.size() > 1) {
      return words.reject(
          node, fmt::format("two faults in one: {} and {}", present[0]->name, present[1]->name));
    }
    std::string message = "it names no kind of fault";
    for (const Member& member : *members) {
      if (const auto near = nearest(member.key, known); near && member.key.size() > 2) {
        message += fmt::format("; did you mean \"{}\" by \"{}\"?", *near, member.key);
      }
    }
    node.findings.error(node.pointer, message, one_of(known), words.example);
    return false;
  };
  return type;
}

// ----------------------------------------------------------------------------------- verdicts

Type<Slo> slo() {
  Type<Slo> type{"an objective", "\"e2e.p99 < 8s during fault\"", {}, {}, {}};
  type.schema = object({{"type", "string"}, {"minLength", number_value(1)}});
  type.read = [words = type](const Node& node, Slo& out) {
    const auto* given = node.value.get<std::string>();
    if (!given) {
      return words.reject(node);
    }
    auto parsed = parse_slo(*given);
    if (!parsed) {
      const auto& error = parsed.error();
      node.findings.error(
          node.pointer,
          fmt::format("{}, at character {} of \"{}\"", error.message, error.position + 1, *given),
          error.expected, words.example);
      return false;
    }
    out = std::move(*parsed);
    return true;
  };
  return type;
}

Type<Knee> knee() {
  const auto some_rate = rate({0, static_cast<double>(models::Rate::kGreatestPerSecond), true});
  return Shape<Knee>("a search for a knee")
      .required("figure", &Knee::figure, catalogue_name("figure", figure_ids()),
                "The figure whose limit is looked for.")
      .required("raise", &Knee::raise,
                text("the path of a workload's rate", "\"workload[0].rate\""), "What is raised.")
      .required("from", &Knee::from, some_rate, "Where the search begins.")
      .required("to", &Knee::to, some_rate, "Where it ends.")
      .optional("duration", &Knee::duration, positive_duration(), "Length of each probe.")
      .optional("warmup", &Knee::warmup, duration(), "Of each probe.")
      .optional("precision", &Knee::precision, number({0.001, 1}),
                "The search ends when it knows the knee to this share.")
      .type();
}

}  // namespace

const Type<Scenario>& scenario_type() {
  static const Type<Scenario> kType =
      Shape<Scenario>("a scenario")
          .known("$schema", object({{"type", "string"}}), "The schema, for editors.")
          .known("extends", object({{"type", "string"}}),
                 "A scenario this one starts from, relative to this file; what stands here "
                 "replaces what stands there (JSON Merge Patch, RFC 7396).")
          .known("set", object({{"type", "object"}}),
                 "Single values to change, by path: {\"workload[0].rate\": \"1k/s\"}.")
          .required("title", &Scenario::title, text("a title", "\"A broker dies at peak\""),
                    "What happens, in a few words.")
          .optional("paper", &Scenario::paper, catalogue_name("paper", paper_ids()),
                    "The paper whose system this is.")
          .optional("figures", &Scenario::figures, list(catalogue_name("figure", figure_ids())),
                    "Figures of the papers that it reproduces (`wavetank list figures`).")
          .optional("duration", &Scenario::duration, positive_duration(),
                    "How long the load lasts, warm-up included.")
          .optional("warmup", &Scenario::warmup, duration(), "Nothing is measured before its end.")
          .optional("drain", &Scenario::drain, duration(),
                    "How long the system may take to settle after the load.")
          .optional("seed", &Scenario::seed, count<std::uint64_t>(0, 1ULL << 53),
                    "Root of all random streams.")
          .optional(
              "regime", &Scenario::regime,
              choice<Regime>({{"realistic", Regime::realistic,
                               "Calibrated delays, production timeouts: figures mean "
                               "something."},
                              {"adversarial", Regime::adversarial,
                               "Small sizes, short timeouts: only verdicts mean something."}}),
              "What the results can be used for.")
          .required("cluster", &Scenario::cluster, cluster(), "The machines and their network.")
          .required("services", &Scenario::log, services(), "What runs on them.")
          .required("workload", &Scenario::workloads, list(workload(), 1), "What is sent.")
          .optional("consumers", &Scenario::consumers, list(consumer_group()), "Who reads it.")
          .optional("faults", &Scenario::faults, list(fault()), "What goes wrong.")
          .optional("slos", &Scenario::slos, list(slo()),
                    "What must hold: \"e2e.p99 < 8s during fault\", \"lost == 0\" "
                    "(`wavetank list metrics`).")
          .optional("knees", &Scenario::knees, list(knee()),
                    "Figures whose limit is looked for by raising the load.")
          .type();
  return kType;
}

}  // namespace wavetank::scenarios

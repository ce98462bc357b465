#include "scenarios/shape/parts.h"

#include <array>
#include <span>

#include "scenarios/limits.h"

namespace wavetank::scenarios::shape {

namespace {

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

Type<log::Compression> compression() {
  using log::Compression;
  return choice<Compression>({{"none", Compression::none, "Not at all."},
                              {"lz4", Compression::lz4, "LZ4: quick."},
                              {"zstd", Compression::zstd, "Zstandard, level 3: small."}});
}

}  // namespace

Type<log::ProducerConfig> producer_settings() {
  using log::Acks;
  using log::ProducerConfig;
  const auto acks =
      choice<Acks>({{"all", Acks::all, "All replicas in sync have it."},
                    {number_value(1), Acks::leader, "The leader has it: a crash may lose it."},
                    {number_value(0), Acks::none, "Nobody says anything."}});
  using log::Partitioning;
  const auto partitioning = choice<Partitioning>(
      {{"hash", Partitioning::hash, "By the hash of the key; without a key: sticky."},
       {"sticky", Partitioning::sticky,
        "A batch's worth to one partition, then to another; Kafka: partitioner.ignore.keys."},
       {"round_robin", Partitioning::round_robin, "Each record to the next partition."},
       {"sub_partitions", Partitioning::sub_partitions,
        "By the hash of the primary key; a hot one is spread by its secondary keys."}});
  return Shape<ProducerConfig>("settings of the producers")
      .optional("acks", &ProducerConfig::acks, acks, "What a write waits for.")
      .optional("linger", &ProducerConfig::linger, duration(),
                "How long a batch waits to fill; Kafka: linger.ms.")
      .optional("batch_bytes", &ProducerConfig::batch_bytes, bytes<std::uint32_t>(1, 0x1p30),
                "A batch of this size, as compressed as it is expected to be, is sent at once; "
                "Kafka: batch.size.")
      .optional("compression", &ProducerConfig::compression, compression(),
                "How the records of a batch are compressed; Kafka: compression.type.")
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
      .optional("transaction_timeout", &ProducerConfig::transaction_timeout, positive_duration(),
                "An open transaction is aborted after this; Kafka: transaction.timeout.ms.")
      .optional("metadata_max_age", &ProducerConfig::metadata_max_age, positive_duration(),
                "Leaders are asked for at least this often; Kafka: metadata.max.age.ms.")
      .optional("buffer_bytes", &ProducerConfig::buffer_bytes, bytes<std::uint64_t>(1024),
                "Memory for records that wait; Kafka: buffer.memory.")
      .optional("max_request_bytes", &ProducerConfig::max_request_bytes,
                bytes<std::uint32_t>(1024, 0x1p30), "Kafka: max.request.size.")
      .optional("partitioner", &ProducerConfig::partitioning, partitioning,
                "Which partition a record goes to.")
      .optional("primary_key_bytes", &ProducerConfig::primary_key_bytes,
                bytes<std::uint32_t>(0, 0x1p20),
                "The part of the key that is hashed; what follows is the secondary key. 0: all.")
      .optional("sub_partitions", &ProducerConfig::sub_partitions,
                count<std::uint32_t>(1, 1'000'000),
                "Over how many partitions the partitioner \"sub_partitions\" spreads a hot key.")
      .optional("hot_share", &ProducerConfig::hot_share, number({0, 1, true}),
                "A key with this share of a producer's records is hot.")
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
  const auto transactional =
      Shape<Transactional>("transactions")
          .optional("every", &Transactional::every, positive_duration(),
                    "A transaction is ended after this.")
          .optional("records", &Transactional::records, count<std::uint32_t>(0, 1'000'000),
                    "Or after so many records; 0: by time only.")
          .optional("abort_share", &Transactional::abort_share, number({0, 1}),
                    "Share of them that the application aborts.")
          .optional(
              "id", &Transactional::id, text("a transactional id", "\"payments\""),
              "Transactional id of all its producers: each fences the ones before it. Default: "
              "each has its own. Kafka: transactional.id.");
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
      .optional("secondary_keys", &Workload::secondary_keys,
                count<std::uint64_t>(0, models::kKeysMax),
                "Secondary keys of each key of the fixed model, such as a customer's orders: 8 "
                "bytes behind the 8 of the key. 0: none.")
      .optional("tombstone_share", &Workload::tombstone_share, number({0, 1}),
                "Share of the records of the fixed model that have a key and no value: in a "
                "compacted topic they delete the key.")
      .optional("orders", &Workload::orders, orders.type(), "Settings of the order model.")
      .optional("producer", &Workload::producer, producer_settings(),
                "Settings of its producers; Kafka's names and defaults.")
      .optional(
          "transactional", &Workload::transactional, maybe(transactional.type(), Transactional{}),
          "Its producers commit their records in transactions; a record counts as acknowledged "
          "with its transaction.")
      .optional("start", &Workload::start, duration(),
                "When its producers are started, and the load begins.")
      .optional("stop", &Workload::stop, maybe(positive_duration()),
                "When the load ends. Default: with the run.")
      .type();
}

namespace {

struct FromDraft {
  std::optional<Duration> time;
  std::optional<std::int64_t> offset;
};

/// "earliest", "latest", {"time": "10s"} or {"offset": 1000}.
Type<log::ReadFrom> read_from() {
  using log::ReadFrom;
  using Place = ReadFrom::Place;
  const auto end = choice<Place>({{"earliest", Place::earliest, "Where the log begins."},
                                  {"latest", Place::latest, "Only what comes from now on."}});
  const auto place =
      Shape<FromDraft>("a place to read from")
          .optional("time", &FromDraft::time, maybe(duration()),
                    "The first record that is not earlier, by the time in it, since the run began.")
          .optional("offset", &FromDraft::offset,
                    maybe(count<std::int64_t>(0, std::int64_t{1} << 40)),
                    "This offset, of every partition.");
  Type<ReadFrom> type{
      "\"earliest\", \"latest\", a time or an offset", "{ \"time\": \"10s\" }", {}, {}, {}};
  type.schema = object({{"anyOf", array({end.schema, place.schema()})}});
  type.read = [end, place, words = type](const Node& node, ReadFrom& out) {
    if (!node.value.get<Members>()) {
      return end.read(node, out.place);
    }
    FromDraft draft;
    if (!place.read(node, draft)) {
      return false;
    }
    if (draft.time.has_value() == draft.offset.has_value()) {
      return words.reject(node, "it says neither a time nor an offset, or both");
    }
    out.place = draft.time ? Place::time : Place::offset;
    out.timestamp_ms = draft.time.value_or(Duration()).ms();
    out.offset = log::Offset(draft.offset.value_or(0));
    return true;
  };
  return type;
}

/// One name, or a list of them.
Type<std::vector<std::string>> topic_names() {
  const auto one = text("the name of a topic, or a list of them", "\"orders\"");
  const auto several = list(text("the name of a topic", "\"orders\""), 1);
  Type<std::vector<std::string>> type{one.expected, one.example, {}, {}, {}};
  type.schema = object({{"anyOf", array({one.schema, several.schema})}});
  type.read = [one, several](const Node& node, std::vector<std::string>& out) {
    return node.value.get<List>() ? several.read(node, out) : one.read(node, out.emplace_back());
  };
  return type;
}

}  // namespace

Type<log::ConsumerConfig> consumer_settings() {
  using log::Assignor;
  using log::ConsumerConfig;
  const auto assignor = choice<Assignor>(
      {{"range", Assignor::range, "Contiguous runs of every topic."},
       {"roundrobin", Assignor::round_robin, "The partitions of all topics, dealt out in turn."},
       {"sticky", Assignor::sticky, "Evenly, and everybody keeps what he has as far as possible."},
       {"cooperative-sticky", Assignor::cooperative_sticky,
        "The same, and only what moves stands still while it does."}});
  using log::Isolation;
  const auto isolation = choice<Isolation>(
      {{"read_uncommitted", Isolation::read_uncommitted, "Everything, aborted or not."},
       {"read_committed", Isolation::read_committed, "Records of committed transactions only."}});
  const auto reset = choice<log::OffsetReset>(
      {{"earliest", log::OffsetReset::earliest, "It goes on where the log begins."},
       {"latest", log::OffsetReset::latest, "It goes on where the log ends."},
       {"none", log::OffsetReset::none, "It reads that partition no more."}});
  return Shape<ConsumerConfig>("settings of the consumers")
      .optional("assignor", &ConsumerConfig::assignor, assignor,
                "How the partitions are shared out; Kafka: partition.assignment.strategy.")
      .optional("session_timeout", &ConsumerConfig::session_timeout, positive_duration(),
                "A member silent for this long is lost; Kafka: session.timeout.ms.")
      .optional("heartbeat_interval", &ConsumerConfig::heartbeat_interval, positive_duration(),
                "Kafka: heartbeat.interval.ms.")
      .optional("rebalance_timeout", &ConsumerConfig::rebalance_timeout, positive_duration(),
                "How long a rebalance waits for a member that lives; Kafka: "
                "max.poll.interval.ms.")
      .optional("fetch_min_bytes", &ConsumerConfig::fetch_min_bytes, bytes<std::uint32_t>(1),
                "Kafka: fetch.min.bytes.")
      .optional("isolation", &ConsumerConfig::isolation, isolation,
                "What they get of transactions; Kafka: isolation.level.")
      .optional("fetch_max_wait", &ConsumerConfig::fetch_max_wait, duration(),
                "How long a fetch waits for data; Kafka: fetch.max.wait.ms.")
      .optional("fetch_max_bytes", &ConsumerConfig::fetch_max_bytes, bytes<std::uint64_t>(1),
                "Kafka: fetch.max.bytes.")
      .optional("max_partition_fetch_bytes", &ConsumerConfig::max_partition_fetch_bytes,
                bytes<std::uint64_t>(1), "Kafka: max.partition.fetch.bytes.")
      .optional("from", &ConsumerConfig::from, read_from(),
                "Where it begins to read what it has committed nothing for.")
      .optional("offset_reset", &ConsumerConfig::offset_reset, reset,
                "What it does when its offset is out of range; Kafka: auto.offset.reset, there "
                "\"latest\" by default.")
      .optional("commit_interval", &ConsumerConfig::commit_interval, positive_duration(),
                "How often offsets are committed; Kafka: auto.commit.interval.ms.")
      .optional("request_timeout", &ConsumerConfig::request_timeout, positive_duration(),
                "Kafka: request.timeout.ms.")
      .optional("retry_backoff", &ConsumerConfig::retry_backoff, positive_duration(),
                "Kafka: retry.backoff.ms.")
      .optional("metadata_max_age", &ConsumerConfig::metadata_max_age, positive_duration(),
                "Kafka: metadata.max.age.ms.")
      .type();
}

Type<ConsumerGroup> consumer_group() {
  return Shape<ConsumerGroup>("a consumer group")
      .required("group", &ConsumerGroup::group, own_name("a group", "\"dashboard\""),
                "Name of the group.")
      .required("topic", &ConsumerGroup::topics, topic_names(),
                "The topic it reads, or the topics.")
      .required("on", &ConsumerGroup::on, selector(), "The hosts its members run on.")
      .optional("members", &ConsumerGroup::members, count<std::uint32_t>(1, 4096),
                "Number of consumer processes; they share the partitions.")
      .optional("start", &ConsumerGroup::start, duration(), "When its first member is started.")
      .optional("start_spacing", &ConsumerGroup::start_spacing, duration(),
                "Each further member starts this much later than the one before.")
      .optional("static_members", &ConsumerGroup::static_members, boolean(),
                "Members keep their identity when they restart; Kafka: group.instance.id.")
      .optional("consumer", &ConsumerGroup::consumer, consumer_settings(),
                "Settings of its members; Kafka's names and defaults.")
      .type();
}

}  // namespace wavetank::scenarios::shape

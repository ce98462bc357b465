#include <fmt/format.h>

#include <algorithm>

#include "scenarios/validation/check.h"

namespace wavetank::scenarios::validation {

namespace {

class LoadCheck : private Check {
 public:
  explicit LoadCheck(const Check& check) : Check(check) {}

  void run() {
    check_workloads();
    check_consumers();
    check_processors();
  }

 private:
  void check_workloads() {
    check_unique(s_.workloads, "/workload", "name", "workloads",
                 [](const Workload& w) -> const std::string& { return w.name; });
    for (std::size_t i = 0; i < s_.workloads.size(); ++i) {
      const std::string pointer = fmt::format("/workload/{}", i);
      Workload& w = s_.workloads[i];
      resolve(w.on, pointer + "/on");
      resolve_topic(w.topic, w.topic_index, pointer + "/topic");
      check_times(w, pointer);
      check_model(w, pointer);
      check_producer(w.producer, pointer + "/producer");
      check_batches(w, pointer + "/producer");
      if (w.transactional && !w.producer.idempotent) {
        error(pointer + "/transactional", "transactions need idempotent producers",
              "acks \"all\" and 5 requests in flight at most");
      }
    }
  }

  /// Settings of the other model would be ignored in silence.
  void check_model(const Workload& w, const std::string& pointer) {
    const bool fixed = w.model == LoadModel::fixed;
    const auto foreign = fixed ? std::vector<const char*>{"orders"}
                               : std::vector<const char*>{"keys", "record_bytes", "random_share",
                                                          "secondary_keys", "tombstone_share"};
    for (const char* key : foreign) {
      const std::string at = join_pointer(pointer, key);
      if (given(at)) {
        findings_.error_at_key(at,
                               fmt::format("\"{}\" belongs to the model \"{}\"", key,
                                           fixed ? "order-lifecycle" : "fixed"),
                               fixed ? "\"keys\" and \"record_bytes\"" : "\"orders\"");
      }
    }
  }

  void check_producer(log::ProducerConfig& p, const std::string& pointer) {
    // As in Kafka: the default where the other settings allow it, an error where it is asked for.
    const bool possible = p.acks == log::Acks::all && p.max_in_flight <= 5;
    const bool asked_for = given(join_pointer(pointer, "idempotent"));
    if (p.acks == log::Acks::all && p.idempotent && !possible && !asked_for) {
      findings_.warning(
          pointer + "/max_in_flight",
          fmt::format("with {} requests in flight producers are not idempotent, since "
                      "brokers remember five batches: a retry may double records, "
                      "and reorder them",
                      p.max_in_flight),
          "5 at most, or \"idempotent\": false if that is meant");
    }
    p.idempotent = p.idempotent && (possible || asked_for);
    if (p.idempotent && p.acks != log::Acks::all) {
      error(pointer, "an idempotent producer needs acks \"all\"",
            "\"acks\": \"all\", or \"idempotent\": false");
    }
    if (p.idempotent && p.max_in_flight > 5) {
      error(pointer + "/max_in_flight",
            "a broker remembers five batches of an idempotent producer, no more",
            "5 at most, or \"idempotent\": false");
    }
    if (p.delivery_timeout < p.linger + p.request_timeout) {
      error(pointer,
            fmt::format("a delivery timeout of {} is over before linger and one request ({})",
                        to_text(p.delivery_timeout), to_text(p.linger + p.request_timeout)),
            "delivery_timeout >= linger + request_timeout");
    }
    if (p.buffer_bytes < p.batch_bytes) {
      error(pointer,
            fmt::format("a buffer of {} does not hold a batch of {}", bytes_text(p.buffer_bytes),
                        bytes_text(p.batch_bytes)),
            "buffer_bytes >= batch_bytes");
    }
  }

  void check_batches(const Workload& w, const std::string& pointer) {
    std::uint64_t greatest = s_.log.broker.message_max_bytes;
    if (w.topic_index < s_.log.topics.size()) {
      greatest = s_.log.topics[w.topic_index].max_message_bytes.value_or(greatest);
    }
    if (w.producer.batch_bytes > greatest) {
      error(pointer,
            fmt::format("a batch of {} is more than brokers take ({})",
                        bytes_text(w.producer.batch_bytes), bytes_text(greatest)),
            "batch_bytes <= message_max_bytes of the brokers, max_message_bytes of the topic");
    }
  }

  void check_consumers() {
    check_unique(s_.consumers, "/consumers", "group", "groups",
                 [](const ConsumerGroup& g) -> const std::string& { return g.group; });
    for (std::size_t i = 0; i < s_.consumers.size(); ++i) {
      ConsumerGroup& g = s_.consumers[i];
      const std::string pointer = fmt::format("/consumers/{}", i);
      g.consumer.group = g.group;
      resolve(g.on, pointer + "/on");
      const std::uint32_t partitions = resolve_topics(g, pointer + "/topic");
      check_membership(g.consumer, pointer + "/consumer");
      if (g.start >= s_.duration) {
        error(pointer + "/start",
              fmt::format("it would start after {}, when the run is over", to_text(g.start)),
              fmt::format("before {}", to_text(s_.duration)));
      }
      if (partitions > 0 && g.members > partitions) {
        findings_.warning(pointer + "/members",
                          fmt::format("{} members share {} partitions: some have nothing to do",
                                      g.members, partitions));
      }
      check_warmup(g);
    }
  }

  /// Faults, or objectives of more than what was counted in the end.
  [[nodiscard]] bool looks_at_times() const {
    return !s_.faults.empty() || std::ranges::any_of(s_.slos, [](const Slo& slo) {
      return slo.metric->kind != MetricKind::scalar;
    });
  }

  /// What is due before a group reads waits for that.
  void check_warmup(const ConsumerGroup& g) {
    const Duration joined = g.start + s_.log.broker.groups.initial_rebalance_delay;
    if (s_.regime == Regime::realistic && looks_at_times() && g.start < s_.warmup &&
        s_.warmup <= joined) {
      findings_.warning(
          "/warmup",
          fmt::format("it ends at {}, and group \"{}\" reads from {} on at the earliest "
                      "(initial_rebalance_delay): what is due in between is measured, and waits",
                      to_text(s_.warmup), g.group, to_text(joined)),
          "a second more than that");
    }
  }

  void check_processors() {
    check_unique(s_.processors, "/processors", "name", "applications",
                 [](const Processor& p) -> const std::string& { return p.name; });
    for (std::size_t i = 0; i < s_.processors.size(); ++i) {
      Processor& p = s_.processors[i];
      const std::string pointer = fmt::format("/processors/{}", i);
      p.consumer.group = p.name;
      p.consumer.auto_commit = false;
      if (p.exactly_once) {
        p.consumer.isolation = log::Isolation::read_committed;
      }
      resolve(p.on, pointer + "/on");
      resolve_topic(p.from, p.from_index, pointer + "/from");
      resolve_topic(p.to, p.to_index, pointer + "/to");
      check_membership(p.consumer, pointer + "/consumer");
      check_producer(p.producer, pointer + "/producer");
      if (p.from == p.to) {
        error(pointer + "/to", "it would read what it has written", "another topic");
      }
      if (std::ranges::find(s_.consumers, p.name, &ConsumerGroup::group) != s_.consumers.end()) {
        error(pointer + "/name", fmt::format("there is a consumer group named \"{}\"", p.name),
              "a name of its own: that of its group");
      }
      if (p.exactly_once && !p.producer.idempotent) {
        error(pointer + "/guarantee", "transactions need idempotent producers",
              "acks \"all\" and 5 requests in flight at most; or \"at-least-once\"");
      }
    }
  }

  /// The partitions of all of them, as far as they exist.
  std::uint32_t resolve_topics(ConsumerGroup& g, const std::string& pointer) {
    std::uint32_t partitions = 0;
    g.topic_indices.assign(g.topics.size(), 0);
    for (std::size_t t = 0; t < g.topics.size(); ++t) {
      resolve_topic(g.topics[t], g.topic_indices[t],
                    g.topics.size() == 1 ? pointer : fmt::format("{}/{}", pointer, t));
      if (g.topic_indices[t] < s_.log.topics.size()) {
        partitions += s_.log.topics[g.topic_indices[t]].partitions;
      }
    }
    return partitions;
  }

  void check_membership(const log::ConsumerConfig& c, const std::string& pointer) {
    const log::GroupConfig& groups = s_.log.broker.groups;
    if (c.session_timeout < groups.session_timeout_min ||
        c.session_timeout > groups.session_timeout_max) {
      error(pointer + "/session_timeout",
            fmt::format("coordinators refuse a session of {}", to_text(c.session_timeout)),
            fmt::format("{} to {} (broker_settings.groups)", to_text(groups.session_timeout_min),
                        to_text(groups.session_timeout_max)));
    }
    if (c.heartbeat_interval >= c.session_timeout) {
      error(
          pointer + "/heartbeat_interval",
          fmt::format("a session of {} ends before the next heartbeat", to_text(c.session_timeout)),
          "less than session_timeout; Kafka advises a third of it");
    }
  }
};

}  // namespace

void check_load(const Check& check) {
  LoadCheck(check).run();
}

}  // namespace wavetank::scenarios::validation

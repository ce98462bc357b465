#include "scenarios/adversary/knobs.h"

#include <fmt/format.h>

#include <initializer_list>

namespace wavetank::scenarios {

namespace {

/// A setting that may be changed, and the values it may take: all of them legal with all others.
struct Knob {
  const char* path;  ///< below its part of the document, as a JSON pointer
  std::initializer_list<Value> values;
};

class Knobs {
 public:
  Knobs(Random& random, Value& document) : random_(random), document_(document) {}

  void turn(const std::string& part, std::initializer_list<Knob> knobs) {
    constexpr double kTurned = 0.5;
    for (const Knob& knob : knobs) {
      const bool turned = random_.chance(kTurned);
      const Value& value = *(knob.values.begin() + random_.below(knob.values.size()));
      if (turned) {
        set_at(document_, part + knob.path, value);
      }
    }
  }

 private:
  Random& random_;
  Value& document_;
};

Value number(std::int64_t n) {
  return Value(Value::Data(n));
}
Value yes_or_no(bool b) {
  return Value(Value::Data(b));
}

/// Elections within a fraction of a second, so that a short run sees many.
void fit_quorum(const std::string& part, Value& document) {
  set_at(document, part + "/election_timeout_min", "200ms");
  set_at(document, part + "/election_timeout_max", "400ms");
  set_at(document, part + "/heartbeat_interval", "50ms");
  set_at(document, part + "/snapshot_entries", number(200));
}

void turn_quorum(const std::string& part, Knobs& knobs) {
  knobs.turn(part, {{"/election_timeout_min", {"100ms", "200ms", "300ms"}},
                    {"/election_timeout_max", {"300ms", "400ms", "1s"}},
                    {"/heartbeat_interval", {"20ms", "50ms"}},
                    {"/snapshot_entries", {number(20), number(200), number(2000)}},
                    {"/pre_vote", {yes_or_no(true), yes_or_no(false)}},
                    {"/check_quorum", {yes_or_no(true), yes_or_no(false)}}});
}

void turn_services(const Scenario& base, Knobs& knobs) {
  for (std::size_t t = 0; t < base.log.topics.size(); ++t) {
    knobs.turn(fmt::format("/services/log/topics/{}", t),
               {{"/segment_bytes", {"8KiB", "32KiB", "1MiB"}},
                {"/index_interval_bytes", {number(64), number(1024), "4KiB"}}});
  }
  if (!base.log.brokers.hosts.empty()) {
    // A session is at least three heartbeats, whichever are drawn.
    knobs.turn("/services/log",
               {{"/broker_settings/heartbeat_interval", {"50ms", "100ms", "200ms"}},
                {"/controller_settings/session_timeout", {"600ms", "1s", "2s"}},
                {"/broker_settings/replica_lag_max", {"300ms", "1s", "2s"}},
                {"/broker_settings/replica_fetch_wait_max", {"10ms", "100ms", "500ms"}},
                {"/broker_settings/replica_fetch_max_bytes", {"2KiB", "64KiB", "1MiB"}},
                {"/broker_settings/high_watermark_checkpoint_interval", {"100ms", "1s", "5s"}},
                {"/broker_settings/request_timeout", {"700ms", "2s"}}});
  }
  if (base.log.controller.hosts.size() > 1) {
    turn_quorum("/services/log/controller_settings/quorum", knobs);
  }
  if (!base.kv.servers.hosts.empty()) {
    turn_quorum("/services/kv/server_settings/quorum", knobs);
  }
  if (!base.coordination.servers.hosts.empty()) {
    knobs.turn("/services/coordination/server_settings",
               {{"/snap_count", {number(50), number(500), number(5000)}},
                {"/commit_log_count", {number(10), number(100), number(500)}}});
  }
}

void turn_load(const Scenario& base, Knobs& knobs) {
  for (std::size_t w = 0; w < base.workloads.size(); ++w) {
    knobs.turn(fmt::format("/workload/{}/producer", w),
               {{"/linger", {"0s", "2ms", "20ms"}},
                {"/batch_bytes", {"512B", "4KiB", "16KiB"}},
                {"/max_in_flight", {number(1), number(2), number(5)}},
                {"/request_timeout", {"300ms", "1s", "2s"}},
                {"/retry_backoff", {"10ms", "100ms"}}});
    if (base.workloads[w].transactional) {
      knobs.turn(fmt::format("/workload/{}/producer", w),
                 {{"/transaction_timeout", {"1500ms", "5s"}}});
    }
  }
  for (std::size_t c = 0; c < base.consumers.size(); ++c) {
    knobs.turn(fmt::format("/consumers/{}/consumer", c),
               {{"/commit_interval", {"100ms", "500ms", "2s"}},
                {"/session_timeout", {"1s", "2s"}},
                {"/request_timeout", {"1s", "3s"}}});
  }
  for (std::size_t p = 0; p < base.processors.size(); ++p) {
    knobs.turn(fmt::format("/processors/{}", p),
               {{"/commit_every", {"50ms", "200ms", "1s"}},
                {"/consumer/session_timeout", {"1s", "2s"}},
                {"/producer/transaction_timeout", {"1500ms", "5s"}}});
  }
}

}  // namespace

void fit_for_the_hunt(const Scenario& base, Value& document) {
  const auto shorten_consumer = [&](const std::string& consumer) {
    set_at(document, consumer + "/session_timeout", "2s");
    set_at(document, consumer + "/heartbeat_interval", "300ms");
    set_at(document, consumer + "/rebalance_timeout", "3s");
  };
  const auto shorten_producer = [&](const std::string& producer) {
    set_at(document, producer + "/request_timeout", "1s");
    set_at(document, producer + "/delivery_timeout", "10s");
    set_at(document, producer + "/transaction_timeout", "5s");
  };
  if (!base.log.brokers.hosts.empty()) {
    set_at(document, "/services/log/broker_settings/heartbeat_interval", "200ms");
    set_at(document, "/services/log/controller_settings/session_timeout", "2s");
    set_at(document, "/services/log/broker_settings/groups/session_timeout_min", "1s");
    set_at(document, "/services/log/broker_settings/transaction_abort_check", "1s");
    if (base.log.offsets.replication > 1 && base.log.offsets.min_insync < 2) {
      set_at(document, "/services/log/offsets_topic/min_insync", number(2));
    }
  }
  if (base.log.controller.hosts.size() > 1) {
    fit_quorum("/services/log/controller_settings/quorum", document);
  }
  if (!base.kv.servers.hosts.empty()) {
    fit_quorum("/services/kv/server_settings/quorum", document);
  }
  if (!base.coordination.servers.hosts.empty()) {
    set_at(document, "/services/coordination/server_settings/tick_time", "200ms");
    set_at(document, "/services/coordination/server_settings/min_session_timeout", "400ms");
  }
  for (std::size_t i = 0; i < base.clients.size(); ++i) {
    set_at(document, fmt::format("/clients/{}/client/session_timeout", i), "1s");
  }
  for (std::size_t i = 0; i < base.kv_clients.size(); ++i) {
    set_at(document, fmt::format("/kv_clients/{}/client/attempt_timeout", i), "300ms");
  }
  for (std::size_t i = 0; i < base.workloads.size(); ++i) {
    shorten_producer(fmt::format("/workload/{}/producer", i));
  }
  for (std::size_t i = 0; i < base.consumers.size(); ++i) {
    shorten_consumer(fmt::format("/consumers/{}/consumer", i));
  }
  for (std::size_t i = 0; i < base.processors.size(); ++i) {
    shorten_consumer(fmt::format("/processors/{}/consumer", i));
    shorten_producer(fmt::format("/processors/{}/producer", i));
  }
}

void turn_knobs(const Scenario& base, Random& random, Value& document) {
  Knobs knobs(random, document);
  turn_services(base, knobs);
  turn_load(base, knobs);
}

}  // namespace wavetank::scenarios

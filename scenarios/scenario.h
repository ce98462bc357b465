#pragma once

// A scenario: a system, its load, what goes wrong, and what must hold; as plain data. `load.h`
// makes one from a file. Everything in it has been checked: names resolve, quantities are in range
// and in base units, indices are valid.

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "engine/base/time.h"
#include "engine/coordination/config.h"
#include "engine/coordination/kv/config.h"
#include "engine/log/config.h"
#include "models/arrivals.h"
#include "models/costs.h"
#include "models/distribution.h"
#include "models/keys.h"
#include "models/orders.h"
#include "scenarios/event.h"
#include "scenarios/expectation.h"
#include "scenarios/meant_to_fail.h"
#include "scenarios/slo.h"

namespace wavetank::scenarios {

enum class Regime {
  realistic,    ///< calibrated delays and production timeouts: figures mean something
  adversarial,  ///< small sizes and short timeouts: only verdicts mean something
};

// ------------------------------------------------------------------------------------- cluster

struct Region {
  std::string name;
  std::uint32_t zones = 1;
};

/// One machine. Hosts of a group with a count are called "broker-1", "broker-2", ...
struct Host {
  std::string name;
  std::string type;         ///< name in the hardware catalogue
  std::uint32_t group = 0;  ///< index of the group it was declared by
  std::uint32_t zone = 0;   ///< index into Cluster::zones
};

struct Zone {
  std::string name;  ///< "eu-1"
  std::uint32_t region = 0;
};

struct HostGroup {
  std::string name;
  std::optional<std::uint32_t>
      count;  ///< without a count there is one, and it keeps the plain name
  std::string type;
  std::string spread = "zones";  ///< "zones": round robin over all; or the name of one zone
};

/// A profile of models/network_profile.h, and what differs from it. Delays are one way and stand
/// for the part that does not vary; the profile's jitter is kept.
struct Network {
  std::string profile = "cloud";
  std::optional<Duration> same_zone;
  std::optional<Duration> same_region;  ///< between zones of a region
  std::optional<Duration> other_region;
  std::optional<std::uint64_t> nic_bits_per_s;  ///< of every host's card
};

/// A cost table by its name; or one that was measured, which the scenario then carries itself.
struct Costs {
  std::string name = "kafka-jvm-2020";
  std::optional<models::MeasuredCosts> measured;
};

struct Cluster {
  std::vector<Region> regions{{"eu", 3}};
  std::vector<HostGroup> groups;
  Network network;
  Costs costs;
  std::vector<Zone> zones;  ///< of all regions, in order
  std::vector<Host> hosts;  ///< of all groups, in order
};

/// Some hosts of the cluster: "broker[*]" (all of a group), "broker[1..2]", "broker-2", "*".
struct Selector {
  std::string text;
  /// Indices into Cluster::hosts, ascending; empty only for those who play a part.
  std::vector<std::uint32_t> hosts;
  std::optional<Role> role;  ///< of faults: who plays it is known when the fault begins
};

// ------------------------------------------------------------------------------------ services

/// 8 partitions; its replication is 0 until the number of brokers is known.
log::TopicConfig default_offsets_topic();
/// The same, of transactions; two replicas must have what is written, if there are two.
log::TopicConfig default_transactions_topic();

/// The replicated log; absent if it has no brokers. The offsets topic is not among `topics`: the
/// runner adds it as the last.
struct LogService {
  /// Equal topics: "events-1" to "events-9"; without a count there is one, and it keeps the name.
  struct TopicGroup : log::TopicConfig {
    std::optional<std::uint32_t> count;
  };
  Selector brokers;
  Selector controller;  ///< one host, three or five; none: brokers register in the ensemble
  std::vector<TopicGroup> topic_groups;
  std::vector<log::TopicConfig> topics;                ///< of all groups, in order
  log::TopicConfig offsets = default_offsets_topic();  ///< named log::kOffsetsTopic
  /// Named log::kTransactionsTopic; the runner adds it behind the offsets topic if a workload is
  /// transactional.
  log::TopicConfig transactions = default_transactions_topic();
  log::BrokerConfig broker;
  log::ControllerConfig control;
  /// A supervisor starts a broker or controller that has ended itself again; nothing: nobody does.
  std::optional<Duration> restart_after;
};

/// An ensemble of coordination servers; absent if it has none.
struct CoordinationService {
  Selector servers;    ///< one voter on each
  Selector observers;  ///< one on each; may be none
  coordination::ServerConfig server;
};

/// A key-value service on a Raft quorum; absent if it has no servers.
struct KvService {
  Selector servers;  ///< one on each: one host, or an odd number
  kv::ServerConfig server;
};

struct Services {
  LogService log;
  CoordinationService coordination;
  KvService kv;
};

// ---------------------------------------------------------------------------------------- load

/// How a workload's intended send times lie around its rate; see models/arrivals.h.
struct ArrivalPattern {
  models::Spacing spacing = models::Spacing::poisson;
  std::optional<models::Profile> profile;
  std::optional<models::Bursts> bursts;
};

enum class LoadModel {
  fixed,            ///< records without meaning: keys and sizes as given
  order_lifecycle,  ///< orders created, modified, allocated, scheduled, shipped, backlog adjusted
};

/// How a workload's producers put their records into transactions, one after the other.
struct Transactional {
  std::string id;                      ///< of all its producers; empty: one for each
  Duration every = milliseconds(100);  ///< a transaction is ended after this
  std::uint32_t records = 0;           ///< or after so many records; 0: by time only
  double abort_share = 0;              ///< of them end with an abort
};

struct Workload {
  Workload();

  std::string name;
  LoadModel model = LoadModel::fixed;
  std::string topic;
  std::uint32_t topic_index = 0;  ///< into LogService::topics
  Selector on;
  std::uint32_t producers = 1;  ///< processes, round robin over `on`
  double rate = 0;              ///< records/s of all its producers together
  ArrivalPattern arrivals;
  // Of the fixed model:
  models::KeyLaw keys;
  models::Distribution record_bytes;  ///< key and value together
  double random_share = 1;            ///< of a value that does not compress
  std::uint64_t secondary_keys = 0;   ///< of each key, such as a customer's orders; 0: none
  double tombstone_share = 0;         ///< of records without a value
  // Of the order model; its `instance` is the runner's to fill:
  models::OrdersConfig orders;

  log::ProducerConfig producer;
  std::optional<Transactional> transactional;
  Duration start{};              ///< of its producers and the load, after the start of the run
  std::optional<Duration> stop;  ///< default: the end of the run
};

struct ConsumerGroup {
  std::string group;
  std::vector<std::string> topics;
  std::vector<std::uint32_t> topic_indices;  ///< into LogService::topics; not empty
  std::uint32_t members = 1;                 ///< processes, round robin over `on`
  Selector on;
  Duration start{};              ///< of its first member, after the start of the run
  Duration start_spacing{};      ///< between the starts of one member and the next
  bool static_members = false;   ///< each has a group.instance.id
  log::ConsumerConfig consumer;  ///< its `group` is the group's name; the runner gives instance ids
};

/// An application that reads a topic, works out what every record means, and writes that to
/// another.
struct Processor {
  std::string name;  ///< and of its group; its transactional ids begin with it
  std::string from;
  std::string to;
  std::uint32_t from_index = 0;  ///< into LogService::topics
  std::uint32_t to_index = 0;
  Selector on;
  std::uint32_t members = 1;  ///< processes, round robin over `on`
  bool exactly_once = true;   ///< else at least once
  Duration commit_every = milliseconds(100);
  log::ConsumerConfig consumer;  ///< its `group` is the name
  log::ProducerConfig producer;
};

/// Clients of the coordination service, each with a session of its own. Either each keeps a window
/// of requests full (closed loop), or they ask at a rate, whatever is answered (open loop).
struct CoordinationClients {
  std::string name;
  Selector on;
  std::optional<Selector> servers;  ///< that they connect to; default: all of the ensemble
  std::uint32_t clients = 1;        ///< processes, round robin over `on`
  std::uint32_t outstanding = 1;    ///< closed loop: requests of a client under way
  std::optional<double> rate;       ///< open loop: requests/s of all of them together
  double read_share = 0.5;
  double create_share = 0;       ///< of what is not read: creations, each removed without waiting
  double sequential_share = 0;   ///< of creations
  double multi_share = 0;        ///< of what is not read: changes of two nodes at once
  double conditional_share = 0;  ///< of sets: those that name a version; of multis: the refused
  double watch_share = 0;        ///< of reads
  double sync_share = 0;         ///< of reads: those behind a sync
  std::uint32_t value_bytes = 1024;
  coordination::ClientConfig client;
  Duration start{};              ///< of the clients, after the start of the run
  std::optional<Duration> stop;  ///< default: the end of the run
};

/// Clients of the key-value service. Each keeps a window of requests full (closed loop), or asks at
/// times that depend on nothing (open loop).
struct KvClients {
  std::string name;
  Selector on;
  std::optional<Selector> servers;  ///< that they know; default: all
  std::uint32_t clients = 1;        ///< processes, round robin over `on`
  std::uint32_t outstanding = 1;    ///< requests of a client under way
  std::optional<double> rate;       ///< requests/s of all together: an open loop, Poisson arrivals
  double read_share = 0.5;
  double serializable_share = 0;  ///< of reads; the others are linearizable
  double compare_share = 0;       ///< of changes: puts on the condition that nothing has changed
  double remove_share = 0;        ///< of changes
  std::uint64_t keys = 100;       ///< drawn from, alike; of all that name as many
  bool new_keys = false;          ///< every put is of a key that nobody else has
  std::uint32_t key_bytes = 8;
  std::uint32_t value_bytes = 256;
  kv::ClientConfig client;
  std::optional<Duration> stop;  ///< default: the end of the run
};

// -------------------------------------------------------------------------------------- faults

/// What a crash leaves of the bytes that were written and not synced.
enum class Unsynced { lost, kept, torn };

/// The machine dies at once and loses its memory; it restarts when the fault ends.
struct Crash {
  Selector hosts;
  Unsynced unsynced = Unsynced::lost;
};
/// The processes sleep while the world goes on.
struct Pause {
  Selector hosts;
};
/// Messages between the two sides vanish; one way: only those from `side` to `from`.
struct Partition {
  Selector side;
  Selector from;
  bool one_way = false;
};
/// The link's bandwidth is divided by `factor`.
struct SlowLink {
  Selector hosts;
  double factor = 10;
};
/// Every message to and from these hosts takes this much longer.
struct Delay {
  Selector hosts;
  Duration added = milliseconds(100);
};
/// The disk's bandwidth is divided and its latency multiplied by `factor`.
struct SlowDisk {
  Selector hosts;
  double factor = 10;
};
/// No disk operation completes until the fault ends.
struct StuckDisk {
  Selector hosts;
};
/// Work takes `factor` times as long.
struct SlowCpu {
  Selector hosts;
  double factor = 10;
};
/// The clock jumps; where the fault ends, it jumps back.
struct ClockStep {
  Selector hosts;
  Duration by{};
};
/// The clock runs fast by so many parts per million (negative: slow).
struct ClockDrift {
  Selector hosts;
  double ppm = 0;
};
/// The processes end at once; what they had written is in the page cache of a system that lives.
/// They are started again when the fault ends.
struct ProcessKill {
  Selector hosts;
};
/// The machine dies, and returns with empty disks when the fault ends.
struct Wipe {
  Selector hosts;
};
/// Appends find no room.
struct DiskFull {
  Selector hosts;
};
/// Writes and syncs of the disk fail; what was to be written counts as clean and is not there.
struct FailedFsync {
  Selector hosts;
};
/// A bit flips in one of the stored files that `files` means, where `*` stands for any characters.
struct BitRot {
  Selector hosts;
  std::string files = "*.log";
};
/// All hosts of a place at once.
enum class PlaceLoss { power, network };
/// A zone loses its power, or everything between it and the rest of the world.
struct ZoneLoss {
  Selector hosts;  ///< named by the zone
  PlaceLoss of = PlaceLoss::power;
};
struct RegionLoss {
  Selector hosts;  ///< named by the region
  PlaceLoss of = PlaceLoss::power;
};
/// One host after the other: its processes are stopped, and started again.
struct RollingRestart {
  Selector hosts;
  /// They are asked to end, and brokers let others lead first; what still lives when it is to start
  /// is killed. Else they are killed at once.
  bool controlled = false;
  Duration down = seconds(2);      ///< from stop to start
  Duration between = seconds(10);  ///< from the start of one to the stop of the next
  /// From the first stop to the last start.
  [[nodiscard]] Duration takes() const {
    const auto count = static_cast<std::int64_t>(hosts.hosts.size());
    return down * count + between * (count - 1);
  }
};
/// A share of the segments to and from these hosts is lost; TCP sends them again.
struct Loss {
  Selector hosts;
  double share = 0.01;
};
/// Every message to and from these hosts takes longer by an exponential time of this mean.
struct Jitter {
  Selector hosts;
  Duration mean = milliseconds(10);
};
/// All connections between the two sides are reset, once.
struct ConnectionReset {
  Selector side;
  Selector from;
};
/// An operator has partitions moved to other brokers (KIP-455). If it lasts for a time, what has
/// not moved by then stays where it was.
struct Reassign {
  std::string what;  ///< a topic, or one partition of it: "orders", "orders-3"
  Selector to;       ///< hosts of brokers, as many as a partition has replicas or more
  /// What each broker may send, and may fetch, for replicas that are being added (KIP-73).
  std::optional<std::uint64_t> throttle_bits_per_s;
};
/// The workload's rate is multiplied by `factor`.
struct LoadSpike {
  std::string workload;
  std::uint32_t workload_index = 0;
  double factor = 2;
};

using FaultAction =
    std::variant<Crash, Pause, Partition, SlowLink, Delay, SlowDisk, StuckDisk, SlowCpu, ClockStep,
                 ClockDrift, LoadSpike, ProcessKill, Wipe, DiskFull, FailedFsync, BitRot, ZoneLoss,
                 RegionLoss, RollingRestart, Loss, Jitter, ConnectionReset, Reassign>;

/// A fault that comes again and again.
struct Repetition {
  std::uint32_t times = 2;      ///< the first included
  Duration every = seconds(1);  ///< from one to the next
  Duration spread{};            ///< each comes later by a time drawn uniformly below this
};

struct Fault {
  Time at;                        ///< bound to an event: known when it has happened
  std::optional<Duration> lasts;  ///< absent: for good
  FaultAction action;
  /// None is left once the scenario has been checked: each time is a fault of its own.
  std::optional<Repetition> repeat = std::nullopt;
  std::optional<When> when = std::nullopt;  ///< instead of a date
  /// It strikes nobody if those it would strike are all the brokers left that are in sync in some
  /// partition: what they have not synced is nowhere else.
  bool spares_last_copy = false;

  [[nodiscard]] std::optional<Time> until() const {
    return lasts ? std::optional(at + *lasts) : std::nullopt;
  }
};

/// "crash", "slow_link", ...: the verb that scenario files use.
std::string_view kind(const FaultAction& action);
/// What it strikes, as written: "broker-2", "broker[1..2] | broker-3", "orders".
std::string target(const FaultAction& action);

// ------------------------------------------------------------------------------------- verdicts

/// Asks at which load a figure stops holding: the scenario without its faults is run again at
/// rates between `from` and `to`.
struct Knee {
  std::string figure;          ///< id of a paper figure
  std::string raise;           ///< path of the rate that is raised, as written
  std::uint32_t workload = 0;  ///< whose rate that is
  double from = 0;             ///< records/s
  double to = 0;
  Duration duration = seconds(10);
  Duration warmup = seconds(3);
  double precision = 0.05;  ///< the search ends when the bracket is this share of its middle
};

/// Of a scenario that the hunt wrote: what it breaks, and where it comes from.
struct Found {
  std::string rule;   ///< the name of an invariant: "log/lost-write"
  std::string first;  ///< the first bad event, for people
  std::uint64_t seed = 0;
  bool unlimited = false;  ///< beyond what the scenario's services promise to survive
  std::string scenario;    ///< sha256 of the scenario that was hunted
  std::string program;     ///< version that found it
};

struct Scenario : Services {
  std::string title;
  std::string paper;                 ///< id of a paper, or empty
  std::vector<std::string> figures;  ///< ids of paper figures that it reproduces
  Duration duration = seconds(60);   ///< of the load, warm-up included
  Duration warmup = seconds(5);      ///< measured from its end on
  Duration drain = seconds(60);      ///< greatest time after the load for everything to settle
  std::uint64_t seed = 1;
  Regime regime = Regime::realistic;
  Cluster cluster;
  std::vector<Workload> workloads;
  std::vector<ConsumerGroup> consumers;
  std::vector<Processor> processors;
  std::vector<CoordinationClients> clients;
  std::vector<KvClients> kv_clients;
  std::vector<Fault> faults;
  std::vector<Slo> slos;
  std::optional<MeantToFail> meant_to_fail;
  std::vector<Knee> knees;
  std::vector<Expectation> expect;  ///< published figures, for `wavetank figures`
  std::optional<Found> found;       ///< only of failures that the hunt has found

  std::string source;          ///< the file's name as given
  std::string effective_json;  ///< after `extends`, `set` and overrides; sorted keys, one line
  std::string sha256;          ///< of effective_json without its seed: runs that differ only in
                               ///< their seed share it
};

/// The same scenario as a probe of its knee: at this rate, without faults and objectives, for the
/// knee's duration.
Scenario at_rate(const Scenario& scenario, const Knee& knee, double rate);

/// Key and value together; of the order model an estimate.
double mean_record_bytes(const Workload& workload);
/// Records expected over the whole load, spikes included.
double expected_records(const Scenario& scenario);
/// A rough upper estimate of what running it takes: records are stored once, replicas share them.
double estimated_memory_bytes(const Scenario& scenario);
/// A rough upper estimate of the kernel's events: those of the records, and those of the long polls
/// between every two processes that go on without any.
double estimated_events(const Scenario& scenario);

}  // namespace wavetank::scenarios

#include "scenarios/shape/parts.h"

namespace wavetank::scenarios::shape {

namespace {

struct Timing {
  std::optional<Time> at;
  std::optional<When> when;
  std::optional<Duration> lasts;
  std::optional<Repetition> repeat;
  bool spares_last_copy = false;
};
template <class Action>
struct FaultDraft : Timing, Action {};

/// What a broker has not synced, or has, is gone with it.
template <class Action>
constexpr bool loses_data = std::is_same_v<Action, Crash> || std::is_same_v<Action, Wipe> ||
                            std::is_same_v<Action, FailedFsync> || std::is_same_v<Action, BitRot> ||
                            std::is_same_v<Action, ZoneLoss> || std::is_same_v<Action, RegionLoss>;

/// Whether a fault's length is given: it may be for good, it must end, or it says itself how long.
enum class Ends { may, must, by_itself };

template <class Action>
Shape<FaultDraft<Action>> fault_shape(std::string what, Ends ends) {
  const auto repetition =
      Shape<Repetition>("a repetition")
          .optional("times", &Repetition::times, count<std::uint32_t>(2, 100'000),
                    "How often it comes, the first time included.")
          .optional("every", &Repetition::every, positive_duration(), "From one time to the next.")
          .optional("spread", &Repetition::spread, duration(),
                    "Each time it comes later by a time drawn uniformly below this.");
  Shape<FaultDraft<Action>> shape(std::move(what));
  shape.optional("at", &Timing::at, maybe(moment()), "When it begins, from the start of the run.");
  if constexpr (!std::is_same_v<Action, LoadSpike>) {  // a spike is part of the arrivals
    shape.optional("when", &Timing::when, maybe(when()),
                   "The event of the run at which it begins, instead of \"at\".");
  }
  if (ends != Ends::by_itself) {
    shape.optional("repeat", &Timing::repeat, maybe(repetition.type()),
                   "Comes again and again. Default: once.");
  }
  if constexpr (loses_data<Action>) {
    shape.optional(
        "spares_last_copy", &Timing::spares_last_copy, boolean(),
        "It does not strike where these hosts have all the brokers left that are in sync "
        "in some partition: no replication promises what those lose.");
  }
  if (ends == Ends::must) {
    shape.required("for", &Timing::lasts, maybe(positive_duration()), "How long it lasts.");
  } else if (ends == Ends::may) {
    shape.optional("for", &Timing::lasts, maybe(positive_duration()),
                   "How long it lasts. Default: for good.");
  }
  return shape;
}

template <class Action>
Alternative<Fault> verb(const char* name, Shape<FaultDraft<Action>> shape, const char* doc) {
  return alternative<Fault, FaultDraft<Action>>(
      name, std::move(shape), doc, [](const FaultDraft<Action>& d) -> Result<Fault> {
        return Fault{
            d.at.value_or(Time()), d.lasts, static_cast<const Action&>(d), d.repeat, d.when,
            d.spares_last_copy};
      });
}

/// A fault whose verb names hosts.
template <class Action>
Shape<FaultDraft<Action>> on_hosts(const char* name, const char* what, Ends ends = Ends::may) {
  return fault_shape<Action>(what, ends)
      .required(
          name, &Action::hosts, selector(),
          "The hosts it strikes; or who plays a part when it begins: \"leader_of: orders-0\", "
          "\"follower_of: orders-0\", \"controller: active\", \"kv: leader\", "
          "\"coordination: leader\", \"host_of: event\".");
}

std::vector<Alternative<Fault>> verbs() {
  const auto factor = number({1, 1e6, true});
  const auto unsynced =
      choice<Unsynced>({{"lost", Unsynced::lost, "They are gone."},
                        {"kept", Unsynced::kept, "They are all there: the process died alone."},
                        {"torn", Unsynced::torn, "Some are there, the last write in part."}});
  const auto place_loss = choice<PlaceLoss>(
      {{"power", PlaceLoss::power, "Its machines die, and restart when the fault ends."},
       {"network", PlaceLoss::network, "Messages between it and all other hosts vanish."}});
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
      verb("process_kill", on_hosts<ProcessKill>("process_kill", "a killed process"),
           "The processes die, the machine lives; they start again when the fault ends."),
      verb("wipe", on_hosts<Wipe>("wipe", "a wipe"),
           "The machine dies, and comes back with empty disks when the fault ends."),
      verb("disk_full", on_hosts<DiskFull>("disk_full", "a full disk"),
           "Appends find no room: brokers and controllers that meet this end themselves (see "
           "\"restart_after\")."),
      verb("failed_fsync", on_hosts<FailedFsync>("failed_fsync", "failing syncs"),
           "Writes to the disk fail, which a sync reports; what was to be written is not there."),
      verb("bit_rot",
           on_hosts<BitRot>("bit_rot", "a rotten bit", Ends::by_itself)
               .optional("files", &BitRot::files, text("names of files", "\"orders-3/*.log\""),
                         "Where; * stands for any characters."),
           "One bit flips in one stored file of each host."),
      verb("zone_loss",
           on_hosts<ZoneLoss>("zone_loss", "the loss of a zone")
               .optional("of", &ZoneLoss::of, place_loss, "What it loses."),
           "All hosts of a zone at once."),
      verb("region_loss",
           on_hosts<RegionLoss>("region_loss", "the loss of a region")
               .optional("of", &RegionLoss::of, place_loss, "What it loses."),
           "All hosts of a region at once."),
      verb("rolling_restart",
           on_hosts<RollingRestart>("rolling_restart", "a rolling restart", Ends::by_itself)
               .optional("down", &RollingRestart::down, positive_duration(),
                         "From the stop of a host's processes to their start.")
               .optional("between", &RollingRestart::between, duration(),
                         "From the start of one host to the stop of the next.")
               .optional("controlled", &RollingRestart::controlled, boolean(),
                         "The processes are asked to end, and brokers let others lead first. "
                         "Default: they are killed."),
           "The processes of one host after the other are stopped and started."),
      verb("loss",
           on_hosts<Loss>("loss", "a lossy network")
               .required("share", &Loss::share, number({0, 1, true}),
                         "Of the segments, 0 to 1; 1 is a cut."),
           "Segments to and from the hosts are lost, and TCP sends them again."),
      verb("jitter",
           on_hosts<Jitter>("jitter", "jitter")
               .required("mean", &Jitter::mean, positive_duration(),
                         "Of what every message takes longer; exponential."),
           "Messages to and from the hosts take longer, each by another time."),
      verb("connection_reset",
           fault_shape<ConnectionReset>("a reset of connections", Ends::by_itself)
               .required("connection_reset", &ConnectionReset::side, selector(), "One side.")
               .required("from", &ConnectionReset::from, selector(), "The other side."),
           "All connections between the two sides are reset, and what is on the way is lost."),
      verb("reassign",
           fault_shape<Reassign>("a move of partitions", Ends::may)
               .required("reassign", &Reassign::what,
                         text("a topic or a partition", "\"orders-3\""), "What moves.")
               .required("to", &Reassign::to, selector(),
                         "The brokers it moves to, as many as there are replicas or more: the "
                         "partitions of a topic begin with one after the other.")
               .optional("throttle", &Reassign::throttle_bits_per_s, maybe(bandwidth()),
                         "What each broker may send, and may fetch, for new replicas. Default: no "
                         "bound."),
           "Partitions move to other brokers; what has not when it ends stays where it was."),
      verb("load_spike",
           fault_shape<LoadSpike>("a load spike", Ends::must)
               .required("load_spike", &LoadSpike::workload,
                         text("the name of a workload", "\"orders\""), "The workload.")
               .optional("factor", &LoadSpike::factor, number({0, 1e6}),
                         "Its rate, as a multiple of what it would be."),
           "A workload sends more, or less."),
  };
}

}  // namespace

namespace {

/// A fault has a date, or an event that it waits for.
bool says_when(const Node& fault) {
  const bool at = fault.value.member("at") != nullptr;
  const bool when = fault.value.member("when") != nullptr;
  if (at != when) {
    return true;
  }
  fault.findings.error(fault.pointer,
                       at ? "\"at\" and \"when\" both say when it begins" : "\"at\" is missing",
                       "\"at\", a date, or \"when\", an event of the run", "\"at\": \"60s\"");
  return false;
}

}  // namespace

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
      const bool timed = says_when(node);
      return present.front()->read(node, out) && timed;
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

}  // namespace wavetank::scenarios::shape

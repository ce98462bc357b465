#include "scenarios/adversary/faults.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

namespace wavetank::scenarios {

namespace {

using Hosts = std::vector<std::uint32_t>;

/// Of one fault. What is shorter passes unnoticed, what is longer leaves no time for others.
constexpr Duration kShortest = milliseconds(30);
constexpr Duration kLongest = seconds(3);
/// Within this share of the run misfortune comes; the rest shows whether the system recovers.
constexpr double kBegins = 0.1;
constexpr double kEnds = 0.75;
/// How often a member of a group is away, whatever else a plan allows itself: what groups are for.
constexpr double kAway = 0.12;
/// Tries to find a place for a fault that no other of its kind holds.
constexpr int kTries = 8;

/// A kind of fault that a plan may allow itself.
enum class Kind {
  kill,
  swizzle,   ///< some stop one by one, and start again in another order
  blackout,  ///< power fails while disks are slow, and comes back in another order
  crash,
  pause,
  cut,
  reset,
  slow_link,
  delay,
  loss,
  jitter,
  slow_disk,
  stuck_disk,
  disk_full,
  slow_cpu,
  clock_step,
  clock_drift,
  load_spike,
  cut_off_leader,  ///< from the servers, while clients still reach it: it writes what it must cut
  lost_successor,  ///< a leader dies, and who leads after it is struck as it begins
  client_away,     ///< for about as long as its session lasts
};
constexpr int kKinds = 21;

/// What takes from a broker what it had not synced, or even what it had. A rotten bit is the last:
/// nothing in a log looks for one before somebody reads it, so that none is promised to be mended.
enum class Damage { lost, torn, wipe, failed_fsync, bit_rot };
constexpr int kDamages = 5;

/// A time during which a host has had enough of one quality of fault.
struct Taken {
  std::string quality;
  std::uint32_t host = 0;
  Time from;
  Time to;
};

class Drawing {
 public:
  Drawing(const Scenario& base, const Ground& ground, Random& random, const PlanOptions& options)
      : base_(base), ground_(ground), random_(random), options_(options) {}

  List draw() {
    const Time begin = Time() + std::max(base_.warmup, share(kBegins));
    const Time end = Time() + share(kEnds);
    allow_some_kinds();
    if (ground_.voters.size() > 1 && random_.chance(ground_.brokers.empty() ? 0.5 : 0.2)) {
      draw_storm(begin, end);
    } else if (options_.unlimited || ground_.expendable == 0 || random_.chance(0.5)) {
      draw_calm(begin, end, true);
    } else {
      // First what a cluster gets over without losing a byte; then, when all is well again, worse.
      const Time middle = begin + milliseconds((end - begin).ns() / 3'000'000);
      draw_calm(begin, middle, false);
      draw_damages(middle, end);
    }
    return std::move(faults_);
  }

 private:
  // -------------------------------------------------------------------------------- drawing

  [[nodiscard]] Duration share(double of_the_run) const {
    return milliseconds(static_cast<std::int64_t>(base_.duration.seconds() * 1e3 * of_the_run));
  }
  template <class T>
  const T& one_of(const std::vector<T>& list) {
    return list[random_.below(list.size())];
  }
  /// Short ones are as likely as long ones, whatever the scale.
  double log_uniform(double least, double most) {
    return least * std::exp(random_.uniform() * std::log(most / least));
  }
  Duration length(Duration most) {
    const double ms = log_uniform(kShortest.seconds() * 1e3,
                                  std::max(most, kShortest + milliseconds(1)).seconds() * 1e3);
    return milliseconds(static_cast<std::int64_t>(ms));
  }
  Time moment(Time from, Time to) {
    const auto span = static_cast<std::uint64_t>(std::max<std::int64_t>((to - from).ns(), 1));
    return Time() +
           milliseconds(((from - Time()).ns() + static_cast<std::int64_t>(random_.below(span))) /
                        1'000'000);
  }
  /// Some of them in an order of their own: at least `least`.
  Hosts some_of(Hosts hosts, std::size_t least) {
    for (std::size_t i = hosts.size(); i > 1; --i) {
      std::swap(hosts[i - 1], hosts[random_.below(i)]);
    }
    least = std::min(least, hosts.size());
    hosts.resize(least + random_.below(hosts.size() - least + 1));
    return hosts;
  }

  void allow_some_kinds() {
    while (allowed_.empty()) {
      for (int kind = 0; kind < kKinds; ++kind) {
        const bool chosen = random_.chance(0.4);
        if (chosen && can_strike(static_cast<Kind>(kind))) {
          allowed_.push_back(static_cast<Kind>(kind));
        }
      }
    }
  }

  [[nodiscard]] bool can_strike(Kind kind) const {
    switch (kind) {
      case Kind::disk_full:
        return !ground_.brokers.empty();  // the others do not meet it
      case Kind::load_spike:
        return !base_.workloads.empty();
      case Kind::swizzle:
        return ground_.servers.size() > 1;
      case Kind::blackout:
        return ground_.voters.size() > 1;
      case Kind::cut_off_leader:
      case Kind::lost_successor:
        return !ground_.led.empty();
      case Kind::client_away:
        return !ground_.clients.empty();
      default:
        return true;
    }
  }

  // --------------------------------------------------------------------------------- writing

  [[nodiscard]] std::string names(const Hosts& hosts) const {
    std::vector<std::string_view> names;
    for (const std::uint32_t host : hosts) {
      names.push_back(base_.cluster.hosts[host].name);
    }
    return fmt::format("{}", fmt::join(names, ", "));
  }
  static std::string ms(Duration duration) {
    return fmt::format("{}ms", duration.ns() / 1'000'000);
  }
  static Value number(double value) {
    // As it will be read again: a few digits say enough.
    return Value(Value::Data(std::strtod(fmt::format("{:.3g}", value).c_str(), nullptr)));
  }

  using Words = std::vector<std::pair<std::string, Value>>;
  void add(Time at, Words words, std::optional<Duration> lasts) {
    Value fault{Value::Data(Members{})};
    fault.set("at", ms(at - Time()));
    add(std::move(fault), std::move(words), lasts);
  }
  void add(Value fault, Words words, std::optional<Duration> lasts) {
    for (auto& [key, value] : words) {
      fault.set(key, std::move(value));
    }
    if (lasts) {
      fault.set("for", ms(*lasts));
    }
    faults_.push_back(std::move(fault));
  }
  [[nodiscard]] bool full() const { return faults_.size() >= options_.faults_max; }

  /// Takes the hosts for this time; false if one of them is taken by a fault of this quality.
  bool take(const std::string& quality, const Hosts& hosts, Time from, Time to) {
    const bool free = std::ranges::none_of(taken_, [&](const Taken& taken) {
      return taken.quality == quality && from <= taken.to && taken.from <= to &&
             std::ranges::find(hosts, taken.host) != hosts.end();
    });
    if (free) {
      for (const std::uint32_t host : hosts) {
        taken_.push_back({quality, host, from, to});
      }
    }
    return free;
  }

  // ------------------------------------------------------------------------------------ calm

  void draw_calm(Time begin, Time end, bool bound_to_events) {
    const std::uint64_t wanted = 1 + random_.below(options_.faults_max);
    may_bind_ = bound_to_events && !ground_.events.empty();
    calm_until_ = end;
    for (std::uint64_t i = 0; i < wanted && !full(); ++i) {
      if (options_.unlimited && random_.chance(0.3) && !ground_.brokers.empty()) {
        const Time at = moment(begin, end);
        damage(at, length(std::min(kLongest, end - at)));
      } else if (may_bind_ && random_.chance(0.4)) {
        draw_bound(begin, end);
      } else if (!ground_.members.empty() && random_.chance(kAway)) {
        draw_dated(Kind::client_away, begin, end);
      } else {
        draw_dated(one_of(allowed_), begin, end);
      }
    }
  }

  void draw_dated(Kind kind, Time begin, Time end) {
    for (int i = 0; i < kTries; ++i) {
      const Time at = moment(begin, end);
      const Duration lasts = length(std::min(kLongest, end - at));
      if (strike(kind, at, lasts)) {
        return;
      }
    }
  }

  /// Bound to an event of the run: on the host where it happens.
  void draw_bound(Time begin, Time end) {
    const When when{one_of(ground_.events), "", static_cast<std::uint32_t>(1 + random_.below(5)),
                    moment(begin, end), random_.chance(0.5) ? soon() : Duration{}};
    const Role where{Part::host_of_event, ""};
    if (!complaint_about(when, base_) && !complaint_about(where, &when, base_)) {
      add_bound(when);
    }
  }
  /// About as long as sessions and replica lags last.
  Duration a_session() { return milliseconds(static_cast<std::int64_t>(log_uniform(600, 3000))); }
  /// At once or some time later: none of a protocol's steps is much shorter or longer.
  Duration soon() { return milliseconds(static_cast<std::int64_t>(log_uniform(1, 200)) - 1); }

  void add_bound(const When& when) {
    Value event{Value::Data(Members{})};
    event.set("event", name(when.event));
    event.set("occurrence", Value(Value::Data(static_cast<std::int64_t>(when.occurrence))));
    event.set("not_before", ms(when.not_before - Time()));
    if (when.after > Duration()) {
      event.set("after", ms(when.after));
    }
    Value fault{Value::Data(Members{})};
    fault.set("when", std::move(event));
    static const std::vector<std::string> kVerbs{"process_kill", "process_kill", "pause",
                                                 "stuck_disk",   "slow_cpu",     "partition"};
    const std::string& verb = one_of(kVerbs);
    Words words{{verb, "host_of: event"}};
    if (verb == "partition") {
      words.emplace_back("from", names(ground_.servers));
    }
    add(std::move(fault), std::move(words), length(kLongest));
  }

  /// False if there is no room for it then.
  bool strike(Kind kind, Time at, Duration lasts) {
    switch (kind) {
      case Kind::kill:
        return on_hosts("process_kill", "down", ground_.all, at, lasts);
      case Kind::swizzle:
        return swizzle(at, lasts);
      case Kind::blackout:
        return blackout(at, lasts);
      case Kind::crash:
        return crash(at, lasts);
      case Kind::pause:
        return on_hosts("pause", "pause", ground_.all, at, lasts);
      case Kind::cut:
        return cut(at, lasts);
      case Kind::reset:
        return reset(at);
      case Kind::slow_link:
        return on_hosts("slow_link", "slow_link", ground_.all, at, lasts,
                        {{"factor", number(log_uniform(2, 1000))}});
      case Kind::delay:
        return on_hosts("delay", "delay", ground_.all, at, lasts, {{"by", ms(length(kLongest))}});
      case Kind::loss:
        return on_hosts("loss", "loss", ground_.all, at, lasts,
                        {{"share", number(log_uniform(0.001, 0.5))}});
      case Kind::jitter:
        return on_hosts("jitter", "jitter", ground_.all, at, lasts,
                        {{"mean", ms(length(milliseconds(500)))}});
      case Kind::slow_disk:
        return on_hosts("slow_disk", "slow_disk", ground_.servers, at, lasts,
                        {{"factor", number(log_uniform(2, 1000))}});
      case Kind::stuck_disk:
        return on_hosts("stuck_disk", "stuck_disk", ground_.servers, at, lasts);
      case Kind::disk_full:
        return on_hosts("disk_full", "disk_full", ground_.brokers, at, lasts);
      case Kind::slow_cpu:
        return on_hosts("slow_cpu", "slow_cpu", ground_.all, at, lasts,
                        {{"factor", number(log_uniform(2, 1000))}});
      case Kind::clock_step:
        return on_hosts("clock_step", "clock_step", ground_.all, at, lasts,
                        {{"by", (random_.chance(0.5) ? "-" : "") + ms(length(seconds(10)))}});
      case Kind::clock_drift:
        return on_hosts(
            "clock_drift", "clock_drift", ground_.all, at, lasts,
            {{"ppm", number((random_.chance(0.5) ? -1 : 1) * log_uniform(100, 50'000))}});
      case Kind::load_spike:
        return load_spike(at, lasts);
      case Kind::cut_off_leader:
        return cut_off_leader(at);
      case Kind::lost_successor:
        return lost_successor(at, lasts);
      case Kind::client_away:
        return client_away(at);
    }
    return false;
  }

  /// One host, seldom several; or whoever plays a part then.
  bool on_hosts(const char* verb, const std::string& quality, const Hosts& among, Time at,
                Duration lasts, Words words = {}) {
    if (among.empty()) {
      return false;
    }
    if (!ground_.parts.empty() && random_.chance(0.4)) {
      const std::string& part = one_of(ground_.parts);
      // Whoever it turns out to be: for the servers of a key-value service, any of them.
      if (part.starts_with("kv") && !take(quality, base_.kv.servers.hosts, at, at + lasts)) {
        return false;
      }
      words.insert(words.begin(), {verb, part});
    } else {
      const Hosts hosts = random_.chance(0.2) ? some_of(among, 1) : Hosts{one_of(among)};
      if (!take(quality, hosts, at, at + lasts)) {
        return false;
      }
      words.insert(words.begin(), {verb, names(hosts)});
    }
    add(at, std::move(words), lasts);
    return true;
  }

  bool swizzle(Time at, Duration lasts) {
    const Hosts hosts = some_of(ground_.servers, 2);
    const Time end = at + lasts;
    if (hosts.size() < 2 || faults_.size() + hosts.size() > options_.faults_max ||
        !take("down", hosts, at, end)) {
      return false;
    }
    const Time middle = at + milliseconds(lasts.ns() / 2'000'000);
    for (const std::uint32_t host : hosts) {
      const Time stop = moment(at, middle);
      add(stop, {{"process_kill", names({host})}},
          std::max(moment(middle, end) - stop, milliseconds(1)));
    }
    return true;
  }

  /// Those who force to disk what they acknowledge: some write slowly, and often elect, when the
  /// power of most of them fails, so that who comes back first has not what the others had.
  bool blackout(Time at, Duration lasts) {
    const Hosts slow = some_of(ground_.voters, 1);
    const Hosts dark = some_of(ground_.voters, 2);
    const Time end = at + lasts;
    if (faults_.size() + 2 + dark.size() > options_.faults_max ||
        !take("slow_disk", slow, at, end) || !take("down", dark, at, end)) {
      return false;
    }
    const Time failure = moment(at, at + lasts / 2);
    add(at, {{"slow_disk", names(slow)}, {"factor", number(log_uniform(10, 1000))}}, lasts);
    const Hosts asleep{one_of(ground_.voters)};
    if (random_.chance(0.5) && take("pause", asleep, at, failure)) {
      add(at, {{"pause", names(asleep)}}, std::max(failure - at, milliseconds(1)));
    }
    for (const std::uint32_t host : dark) {
      const Time stop = failure + milliseconds(static_cast<std::int64_t>(random_.below(10)));
      add(stop, {{"crash", names({host})}, {"unsynced", "lost"}},
          std::max(moment(stop, end) - stop, milliseconds(1)));
    }
    return true;
  }

  /// Of those who force to disk what they acknowledge; of brokers, what they wrote is kept.
  bool crash(Time at, Duration lasts) {
    static const std::vector<std::string> kLeft{"lost", "torn", "kept"};
    const bool voter = !ground_.voters.empty() && (ground_.brokers.empty() || random_.chance(0.5));
    const Hosts& among = voter ? ground_.voters : ground_.brokers;
    if (among.empty()) {
      return false;
    }
    const Hosts hosts = random_.chance(0.3) ? some_of(among, 1) : Hosts{one_of(among)};
    if (!take("down", hosts, at, at + lasts)) {
      return false;
    }
    add(at, {{"crash", names(hosts)}, {"unsynced", voter ? one_of(kLeft) : "kept"}}, lasts);
    return true;
  }

  /// Two sides that do not hear each other: one host or a half, and the others, the other servers
  /// (clients reach both) or one of them.
  std::optional<std::pair<std::string, std::string>> sides() {
    if (ground_.all.size() < 2 || ground_.servers.empty()) {
      return std::nullopt;
    }
    const bool by_part = !ground_.parts.empty() && random_.chance(0.3);
    Hosts side{one_of(ground_.servers)};
    if (random_.chance(0.4)) {
      side = some_of(ground_.all, 1);
    }
    Hosts rest;
    std::ranges::copy_if(
        random_.chance(0.4) ? ground_.servers : ground_.all, std::back_inserter(rest),
        [&](std::uint32_t host) { return by_part || std::ranges::find(side, host) == side.end(); });
    if (rest.empty()) {
      return std::nullopt;
    }
    if (!by_part && random_.chance(0.3)) {
      rest = {one_of(rest)};
    }
    return std::pair(by_part ? one_of(ground_.parts) : names(side), names(rest));
  }
  bool cut(Time at, Duration lasts) {
    const auto both = sides();
    if (!both) {
      return false;
    }
    Words words{{"partition", both->first}, {"from", both->second}};
    if (random_.chance(0.3)) {
      words.emplace_back("one_way", Value(Value::Data(true)));
    }
    add(at, std::move(words), lasts);
    return true;
  }
  bool reset(Time at) {
    const auto both = sides();
    if (!both) {
      return false;
    }
    add(at, {{"connection_reset", both->first}, {"from", both->second}}, {});
    return true;
  }

  bool cut_off_leader(Time at) {
    const Duration lasts = std::min(a_session(), calm_until_ - at);
    const bool of_all = random_.chance(0.6);  // else only of those who copy it
    add(at,
        {{"partition", "leader_of: " + one_of(ground_.led)},
         {"from", names(of_all ? ground_.servers : ground_.brokers)}},
        lasts);
    return true;
  }
  bool lost_successor(Time at, Duration lasts) {
    const std::string& partition = one_of(ground_.led);
    static const std::vector<std::string> kVerbs{"process_kill", "pause"};
    add(at, {{one_of(kVerbs), "leader_of: " + partition}}, lasts);
    if (may_bind_ && !full()) {
      add_bound({RunEvent::leader_elected, "", static_cast<std::uint32_t>(1 + random_.below(3)), at,
                 random_.chance(0.5) ? soon() : Duration{}});
    }
    return true;
  }
  bool client_away(Time at) {
    const Hosts hosts{one_of(ground_.members.empty() ? ground_.clients : ground_.members)};
    // Sessions last for one or two seconds; and the others must have heard of the end.
    const Duration away = std::min(milliseconds(static_cast<std::int64_t>(log_uniform(1200, 3500))),
                                   calm_until_ - at);
    if (random_.chance(0.5)) {
      add(at, {{"partition", names(hosts)}, {"from", names(ground_.servers)}}, away);
      return true;
    }
    if (!take("pause", hosts, at, at + away)) {
      return false;
    }
    add(at, {{"pause", names(hosts)}}, away);
    return true;
  }

  bool load_spike(Time at, Duration lasts) {
    if (base_.workloads.empty()) {
      return false;
    }
    const auto workload = static_cast<std::uint32_t>(random_.below(base_.workloads.size()));
    if (!take("load", {workload}, at, at + lasts)) {
      return false;
    }
    add(at,
        {{"load_spike", base_.workloads[workload].name}, {"factor", number(log_uniform(0.1, 5))}},
        lasts);
    return true;
  }

  // ----------------------------------------------------------------------------------- storm

  /// Of a quorum: one trouble of its leader, its power or its disks on top of the other.
  void draw_storm(Time begin, Time end) {
    for (Time at = begin; at < end && !full();) {
      const Duration lasts = milliseconds(static_cast<std::int64_t>(log_uniform(200, 2000)));
      if (random_.chance(0.5)) {
        blackout(at, lasts);
      } else if (random_.chance(0.5)) {
        cut_off_a_voter(at, lasts);
      } else if (take("down", ground_.voters, at, at + lasts)) {
        add(at, {{"crash", leader_or_any()}, {"unsynced", "lost"}}, lasts);
      }
      at = at + milliseconds(static_cast<std::int64_t>(log_uniform(50, 2000)));
    }
  }
  /// From the others, not from its clients.
  void cut_off_a_voter(Time at, Duration lasts) {
    const std::uint32_t voter = one_of(ground_.voters);
    Hosts others = ground_.voters;
    std::erase(others, voter);
    if (!ground_.quorum_leader.empty()) {
      add(at, {{"partition", ground_.quorum_leader}, {"from", names(ground_.voters)}}, lasts);
    } else {
      add(at, {{"partition", names({voter})}, {"from", names(others)}}, lasts);
    }
  }
  std::string leader_or_any() {
    return ground_.quorum_leader.empty() ? names({one_of(ground_.voters)}) : ground_.quorum_leader;
  }

  // --------------------------------------------------------------------------------- damages

  /// One after the other, each on a broker whose data others have, with time to mend.
  void draw_damages(Time from, Time end) {
    for (Time at = from + kShortest + ground_.mending; at < end && !full();) {
      const Duration lasts = length(std::min(kLongest, end - at));
      damage(at, lasts);
      at = at + lasts + ground_.mending;
    }
  }

  void damage(Time at, Duration lasts) {
    const Hosts host{one_of(ground_.brokers)};
    const auto what =
        static_cast<Damage>(random_.below(options_.unlimited ? kDamages : kDamages - 1));
    const bool room =
        what == Damage::bit_rot
            ? take("bit_rot", host, at, Time::never())
            : take(what == Damage::failed_fsync ? "failed_fsync" : "down", host, at, at + lasts);
    if (!room) {
      return;
    }
    const auto strike = [&](const char* verb, Words words, std::optional<Duration> length) {
      words.emplace_back(verb, names(host));
      if (!options_.unlimited) {
        words.emplace_back("spares_last_copy", Value{Value::Data(true)});
      }
      add(at, std::move(words), length);
    };
    switch (what) {
      case Damage::lost:
        return strike("crash", {{"unsynced", "lost"}}, lasts);
      case Damage::torn:
        return strike("crash", {{"unsynced", "torn"}}, lasts);
      case Damage::wipe:
        return strike("wipe", {}, lasts);
      case Damage::failed_fsync:
        return strike("failed_fsync", {}, lasts);
      case Damage::bit_rot:
        return strike("bit_rot", {}, {});
    }
  }

  const Scenario& base_;
  const Ground& ground_;
  Random& random_;
  const PlanOptions& options_;
  std::vector<Kind> allowed_;
  std::vector<Taken> taken_;
  Time calm_until_;        ///< what is drawn now must be over then
  bool may_bind_ = false;  ///< to events: nobody knows when they come
  List faults_;
};

}  // namespace

List draw_faults(const Scenario& base, const Ground& ground, Random& random,
                 const PlanOptions& options) {
  return Drawing(base, ground, random, options).draw();
}

}  // namespace wavetank::scenarios

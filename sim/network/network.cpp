#include "sim/network/network.h"

#include <fmt/format.h>
#include <tsl/robin_map.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "engine/base/ensure.h"
#include "engine/base/random.h"

namespace wavetank::sim {

namespace {

constexpr std::uint32_t kNone = ~std::uint32_t{0};
constexpr std::uint64_t kNsPerS = 1'000'000'000;
constexpr std::uint32_t kChannelNumbers = 1 << 16;
/// Below this, bytes x 10^9 fits 64 bits.
constexpr std::uint64_t kBulkBytesMax = std::uint64_t{1} << 32;
static_assert(kHostsMax < (1 << 16), "a host's id is 16 bits of a channel's key");
/// A card is divided between messages and bulk transfers in sixteenths: few enough steps that
/// SimGrid seldom solves its sharing anew.
constexpr std::uint64_t kShareSteps = 16;
constexpr std::uint64_t kShareStepsMin = 2;
constexpr std::uint64_t kShareStepsMax = 8;

struct KeyHash {
  std::size_t operator()(std::uint64_t key) const {
    const std::uint64_t mixed = key * 0x9e3779b97f4a7c15ULL;
    return mixed ^ (mixed >> 32);
  }
};
using Index = tsl::robin_map<std::uint64_t, std::uint32_t, KeyHash>;

Duration time_to_move(std::uint64_t bytes, std::uint64_t bytes_per_s) {
  return nanoseconds(static_cast<std::int64_t>((bytes * kNsPerS + bytes_per_s - 1) / bytes_per_s));
}

/// One direction of a card, as messages see it.
struct Port {
  Time free_at;                    // the last message queued is through
  std::uint64_t message_rate = 0;  // bytes per second that messages are served at
  std::uint32_t flows = 0;
  // Demand of messages: bytes offered since the window began, and the rate of the window before.
  Time window_began;
  Time last_offer;
  std::uint64_t offered_bytes = 0;
  std::uint64_t last_demand = 0;

  static std::uint64_t rate(std::uint64_t bytes, Duration time) {
    return static_cast<std::uint64_t>(static_cast<unsigned __int128>(bytes) * kNsPerS /
                                      static_cast<std::uint64_t>(time.ns()));
  }
  void offer(std::uint64_t bytes, Time now, Duration window) {
    if (now - window_began >= window) {
      last_demand = rate(offered_bytes, now - window_began);
      offered_bytes = 0;
      window_began = now;
    }
    offered_bytes += bytes;
    last_offer = now;
  }
  [[nodiscard]] std::uint64_t demand(Time now, Duration window) const {
    if (offered_bytes == 0 || (free_at <= now && now - last_offer >= 2 * window)) {
      return 0;
    }
    const Duration elapsed = now - window_began;
    const std::uint64_t offered = elapsed >= window
                                      ? rate(offered_bytes, elapsed)
                                      : std::max(last_demand, rate(offered_bytes, window));
    const Duration backlog = std::max(free_at - now, Duration());
    const double windows = backlog.seconds() / window.seconds();
    return offered + static_cast<std::uint64_t>(windows * static_cast<double>(message_rate));
  }
  /// Takes the next place in the queue; returns when service begins.
  Time enqueue(Time now, Duration service) {
    const Time begin = std::max(now, free_at);
    free_at = begin + service;
    return begin;
  }
};

struct Card {
  std::uint64_t nominal_rate = 0;
  std::uint64_t rate = 0;  // less than nominal while the card is slow
  Port out;
  Port in;
  NicCounters counters;
  bool on = true;

  [[nodiscard]] bool has_flows() const { return out.flows + in.flows > 0; }
};

/// From one host to another.
struct Route {
  Duration latency;  // of the platform
  Duration extra;
  Duration jitter_mean;
  std::optional<Random> jitter;
  bool is_cut = false;
};

enum class Stage : std::uint8_t {
  queued,    ///< waits for its turn on the channel, or is lost and waits for the retransmission
  leaving,   ///< a bulk message: waits until the card has sent the messages before it
  flowing,   ///< a bulk message: a flow of SimGrid's
  on_wire,   ///< its first bit has not arrived
  arriving,  ///< queued at the receiver's card
  arrived,   ///< waits for those before it
};

struct Message {
  Receiver* receiver = nullptr;
  std::uint64_t payload = 0;
  std::uint64_t bytes = 0;
  std::uint64_t bytes_to_move = 0;  // less than `bytes` when a bulk transfer resumes
  Time last_bit;                    // at the receiver's card
  FlowId flow;
  std::uint32_t channel = 0;
  std::uint32_t next = kNone;
  std::uint32_t generation = 0;  // of the place: events of a message that is gone are stale
  Stage stage = Stage::queued;
};

/// A queue of undelivered messages in the order sent. Those before `first_unsent` are on the way,
/// and so may be some behind it when one was lost.
struct Channel {
  HostId src;
  HostId dst;
  std::uint32_t route = 0;
  std::uint32_t head = kNone;
  std::uint32_t tail = kNone;
  std::uint32_t first_unsent = kNone;
  std::uint32_t losses = 0;  // in a row
  std::uint32_t generation = 0;
  bool is_backing_off = false;
  bool bulk_is_moving = false;
};

enum class What : std::uint64_t { first_bit, last_bit, begin_flow, retransmit, share, tick };

// An event's payload: what, the generation of the place it is about, the place.
constexpr unsigned kGenerationBits = 28;
constexpr std::uint32_t kGenerationMask = (1u << kGenerationBits) - 1;

constexpr std::uint64_t pack(What what, std::uint32_t generation, std::uint32_t place) {
  return static_cast<std::uint64_t>(what) << (32 + kGenerationBits) |
         std::uint64_t{generation & kGenerationMask} << 32 | place;
}

struct Gone {
  Receiver* receiver;
  std::uint64_t payload;
};

}  // namespace

class Network::Impl final : public EventTarget, public FlowObserver {
 public:
  Impl(Kernel& kernel, Platform& platform, std::uint64_t root_seed, NetworkOptions options);

  void transmit(HostId src, HostId dst, std::uint32_t channel, std::uint64_t bytes,
                Receiver& receiver, std::uint64_t payload);
  void cut(HostId from, HostId to);
  void set_jitter(HostId from, HostId to, Duration mean);
  void slow(HostId nic, double factor);
  void drop_host(HostId host);
  void set_power(HostId host, bool on);
  Route& route(HostId from, HostId to) { return routes_[route_index(from, to)]; }
  Card& card(HostId host) {
    ENSURE(host.value() < cards_.size(), "no such host");
    return cards_[host.value()];
  }
  [[nodiscard]] std::uint64_t in_flight() const { return in_flight_; }
  [[nodiscard]] std::uint64_t retransmissions() const { return retransmissions_; }

  void fire(std::uint64_t payload) override;
  void flow_ended(std::uint64_t payload, bool failed) override;

 private:
  std::uint32_t route_index(HostId from, HostId to);
  std::uint32_t channel_index(HostId src, HostId dst, std::uint32_t number);
  std::uint32_t take_message();
  void append(Channel& channel, std::uint32_t place);
  Gone remove_head(Channel& channel);

  // A message's way.
  void send_unsent(std::uint32_t channel_place);
  void send(std::uint32_t place);
  void send_through_card(std::uint32_t place);
  void meet_first_bit(std::uint32_t place);
  void arrive(std::uint32_t place);
  Duration draw_jitter(Route& route);

  // Bulk.
  void make_room(HostId host, const Port& port);
  void begin_flow(std::uint32_t place);
  void leave_cards(std::uint32_t place, std::uint64_t bytes_moved);
  void divide_card(HostId host);
  void follow_flows();
  void divide_all();
  void set_whole(HostId host);

  // Loss.
  [[nodiscard]] bool passes(const Channel& channel) const {
    return !routes_[channel.route].is_cut && cards_[channel.dst.value()].on;
  }
  void lose(std::uint32_t place);
  [[nodiscard]] Duration time_out(const Channel& channel);
  void retransmit(std::uint32_t channel_place);
  void empty(std::uint32_t channel_place, std::vector<Gone>& gone);
  static void tell(const std::vector<Gone>& gone);

  Kernel& kernel_;
  Platform& platform_;
  const std::uint64_t root_seed_;
  const NetworkOptions options_;
  std::vector<Card> cards_;
  std::vector<Route> routes_;
  std::vector<Channel> channels_;
  std::vector<Message> messages_;
  std::vector<std::uint32_t> free_messages_;
  std::vector<std::uint32_t> flowing_;  // messages that are flows, in the order started
  std::vector<HostId> shared_cards_;    // cards with flows, in the order they came
  Index route_of_;
  Index channel_of_;
  std::uint64_t in_flight_ = 0;
  std::uint64_t retransmissions_ = 0;
  bool is_ticking_ = false;
};

Network::Impl::Impl(Kernel& kernel, Platform& platform, std::uint64_t root_seed,
                    NetworkOptions options)
    : kernel_(kernel), platform_(platform), root_seed_(root_seed), options_(options) {
  ENSURE(options.bulk_bytes <= kBulkBytesMax, "messages are at most 4 GiB");
  ENSURE(options.share_interval.ns() > 0 && options.rto_min.ns() > 0, "intervals take time");
  for (std::uint32_t i = 0; i < platform.host_count(); ++i) {
    Card card;
    card.nominal_rate = card.rate = platform.nic_rate(HostId(i));
    card.out.message_rate = card.in.message_rate = card.rate;
    cards_.push_back(card);
  }
}

std::uint32_t Network::Impl::route_index(HostId from, HostId to) {
  const std::uint64_t key = std::uint64_t{from.value()} << 16 | to.value();
  const auto [found, is_new] = route_of_.insert({key, static_cast<std::uint32_t>(routes_.size())});
  if (is_new) {
    Route route;
    route.latency = platform_.latency(from, to);
    routes_.push_back(route);
  }
  return found->second;
}

std::uint32_t Network::Impl::channel_index(HostId src, HostId dst, std::uint32_t number) {
  const std::uint64_t key =
      std::uint64_t{src.value()} << 32 | std::uint64_t{dst.value()} << 16 | number;
  const auto found = channel_of_.find(key);
  if (found != channel_of_.end()) {
    return found->second;
  }
  const auto place = static_cast<std::uint32_t>(channels_.size());
  channel_of_.insert({key, place});
  Channel channel;
  channel.src = src;
  channel.dst = dst;
  channel.route = route_index(src, dst);
  channels_.push_back(channel);
  return place;
}

std::uint32_t Network::Impl::take_message() {
  ENSURE(in_flight_ < options_.messages_max, "too many undelivered messages");
  ++in_flight_;
  if (free_messages_.empty()) {
    messages_.emplace_back();
    return static_cast<std::uint32_t>(messages_.size() - 1);
  }
  const std::uint32_t place = free_messages_.back();
  free_messages_.pop_back();
  return place;
}

void Network::Impl::append(Channel& channel, std::uint32_t place) {
  if (channel.tail == kNone) {
    channel.head = place;
  } else {
    messages_[channel.tail].next = place;
  }
  channel.tail = place;
}

Gone Network::Impl::remove_head(Channel& channel) {
  const std::uint32_t place = channel.head;
  Message& message = messages_[place];
  channel.head = message.next;
  if (channel.head == kNone) {
    channel.tail = kNone;
  }
  if (channel.first_unsent == place) {
    channel.first_unsent = message.next;
  }
  ++message.generation;
  free_messages_.push_back(place);
  --in_flight_;
  return {message.receiver, message.payload};
}

void Network::Impl::transmit(HostId src, HostId dst, std::uint32_t number, std::uint64_t bytes,
                             Receiver& receiver, std::uint64_t payload) {
  ENSURE(bytes > 0, "a message has bytes");
  ENSURE(number < kChannelNumbers, "no such channel");
  ENSURE(card(src).on, "a host without power sends nothing");
  const std::uint32_t channel_place = channel_index(src, dst, number);
  const std::uint32_t place = take_message();
  Message& message = messages_[place];
  message.receiver = &receiver;
  message.payload = payload;
  message.bytes = message.bytes_to_move = bytes;
  message.channel = channel_place;
  message.next = kNone;
  message.stage = Stage::queued;
  Channel& channel = channels_[channel_place];
  append(channel, place);
  if (channel.first_unsent == kNone) {
    channel.first_unsent = place;
    send_unsent(channel_place);
  }
}

void Network::Impl::send_unsent(std::uint32_t channel_place) {
  Channel& channel = channels_[channel_place];
  while (channel.first_unsent != kNone && !channel.is_backing_off && !channel.bulk_is_moving) {
    const std::uint32_t place = channel.first_unsent;
    channel.first_unsent = messages_[place].next;
    if (messages_[place].stage == Stage::queued) {
      send(place);
    }
  }
}

void Network::Impl::send(std::uint32_t place) {
  Message& message = messages_[place];
  Channel& channel = channels_[message.channel];
  if (channel.src == channel.dst) {
    message.stage = Stage::arriving;
    kernel_.schedule(kernel_.now() + routes_[channel.route].latency, *this,
                     pack(What::last_bit, message.generation, place));
  } else if (message.bytes >= options_.bulk_bytes) {
    channel.bulk_is_moving = true;
    message.stage = Stage::leaving;
    kernel_.schedule(std::max(kernel_.now(), cards_[channel.src.value()].out.free_at), *this,
                     pack(What::begin_flow, message.generation, place));
  } else {
    send_through_card(place);
  }
}

void Network::Impl::send_through_card(std::uint32_t place) {
  Message& message = messages_[place];
  const Channel& channel = channels_[message.channel];
  Card& card = cards_[channel.src.value()];
  Route& route = routes_[channel.route];
  const Time now = kernel_.now();
  card.out.offer(message.bytes, now, options_.share_interval);
  make_room(channel.src, card.out);
  const Duration service = time_to_move(message.bytes, card.out.message_rate);
  const Time first_bit =
      card.out.enqueue(now, service) + route.latency + route.extra + draw_jitter(route);
  card.counters.bytes_sent += message.bytes;
  card.counters.busy_out += time_to_move(message.bytes, card.nominal_rate);
  message.last_bit = first_bit + service;
  message.stage = Stage::on_wire;
  kernel_.schedule(first_bit, *this, pack(What::first_bit, message.generation, place));
}

Duration Network::Impl::draw_jitter(Route& route) {
  if (route.jitter_mean == Duration()) {
    return {};
  }
  return nanoseconds(static_cast<std::int64_t>(
      route.jitter->exponential(static_cast<double>(route.jitter_mean.ns()))));
}

void Network::Impl::meet_first_bit(std::uint32_t place) {
  Message& message = messages_[place];
  const Channel& channel = channels_[message.channel];
  if (!passes(channel)) {
    lose(place);
    return;
  }
  Card& card = cards_[channel.dst.value()];
  card.in.offer(message.bytes, kernel_.now(), options_.share_interval);
  make_room(channel.dst, card.in);
  const Duration service = time_to_move(message.bytes, card.in.message_rate);
  card.in.enqueue(kernel_.now(), service);
  message.stage = Stage::arriving;
  kernel_.schedule(std::max(card.in.free_at, message.last_bit), *this,
                   pack(What::last_bit, message.generation, place));
}

void Network::Impl::arrive(std::uint32_t place) {
  messages_[place].stage = Stage::arrived;
  const std::uint32_t channel_place = messages_[place].channel;
  // A receiver may send, or drop a host: nothing is remembered across its call.
  while (channels_[channel_place].head != kNone &&
         messages_[channels_[channel_place].head].stage == Stage::arrived) {
    Channel& channel = channels_[channel_place];
    const std::uint64_t bytes = messages_[channel.head].bytes;
    if (channel.src != channel.dst) {
      Card& card = cards_[channel.dst.value()];
      card.counters.bytes_received += bytes;
      card.counters.busy_in += nanoseconds(
          static_cast<std::int64_t>(static_cast<double>(bytes) * static_cast<double>(kNsPerS) /
                                    static_cast<double>(card.nominal_rate)));
    }
    if (!channel.is_backing_off) {
      channel.losses = 0;
    }
    const Gone message = remove_head(channel);
    message.receiver->delivered(message.payload);
  }
}

void Network::Impl::begin_flow(std::uint32_t place) {
  Message& message = messages_[place];
  const Channel& channel = channels_[message.channel];
  if (!passes(channel)) {
    lose(place);
    return;
  }
  for (const HostId host : {channel.src, channel.dst}) {
    if (!card(host).has_flows()) {
      shared_cards_.push_back(host);
    }
    ++(host == channel.src ? card(host).out : card(host).in).flows;
    divide_card(host);
  }
  message.stage = Stage::flowing;
  message.flow = platform_.start_flow(channel.src, channel.dst, message.bytes_to_move, *this,
                                      pack(What::begin_flow, message.generation, place));
  flowing_.push_back(place);
  // It takes bandwidth from the moment on that its latency has passed (and SimGrid has noticed).
  kernel_.schedule(kernel_.now() + routes_[channel.route].latency + nanoseconds(2), *this,
                   pack(What::share, 0, 0));
  if (!is_ticking_) {
    is_ticking_ = true;
    kernel_.schedule(kernel_.now() + options_.share_interval, *this, pack(What::tick, 0, 0));
  }
}

/// The flow of this message has ended, or is about to be cancelled.
void Network::Impl::leave_cards(std::uint32_t place, std::uint64_t bytes_moved) {
  const Channel& channel = channels_[messages_[place].channel];
  flowing_.erase(std::find(flowing_.begin(), flowing_.end(), place));
  Card& sender = card(channel.src);
  sender.counters.bytes_sent += bytes_moved;
  sender.counters.busy_out += nanoseconds(
      static_cast<std::int64_t>(static_cast<double>(bytes_moved) * static_cast<double>(kNsPerS) /
                                static_cast<double>(sender.nominal_rate)));
  --sender.out.flows;
  --card(channel.dst).in.flows;
  for (const HostId host : {channel.src, channel.dst}) {
    if (!card(host).has_flows()) {
      shared_cards_.erase(std::find(shared_cards_.begin(), shared_cards_.end(), host));
      set_whole(host);
    }
  }
}

void Network::Impl::flow_ended(std::uint64_t payload, bool failed) {
  const auto place = static_cast<std::uint32_t>(payload);
  Message& message = messages_[place];
  const std::uint32_t channel_place = message.channel;
  if (failed) {
    leave_cards(place, 0);
    lose(place);
    follow_flows();
    return;
  }
  leave_cards(place, message.bytes_to_move);
  follow_flows();
  Route& route = routes_[channels_[channel_place].route];
  message.stage = Stage::arriving;
  kernel_.schedule(kernel_.now() + route.extra + draw_jitter(route), *this,
                   pack(What::last_bit, message.generation, place));
  channels_[channel_place].bulk_is_moving = false;
  send_unsent(channel_place);
}

/// Flows have all of the card, and here comes a message.
void Network::Impl::make_room(HostId host, const Port& port) {
  if (port.flows > 0 && port.message_rate < card(host).rate / kShareSteps * kShareStepsMin) {
    divide_card(host);
    follow_flows();
  }
}

/// Allows flows what the messages' share leaves of the card.
void Network::Impl::divide_card(HostId host) {
  Card& shared = card(host);
  const auto flow_capacity = [&](const Port& port) {
    const std::uint64_t step = std::max<std::uint64_t>(shared.rate / kShareSteps, 1);
    const std::uint64_t demand = port.demand(kernel_.now(), options_.share_interval);
    const std::uint64_t steps =
        demand == 0 ? 0 : std::clamp((demand + step - 1) / step, kShareStepsMin, kShareStepsMax);
    return static_cast<double>(shared.rate) * static_cast<double>(kShareSteps - steps) /
           static_cast<double>(kShareSteps);
  };
  platform_.set_flow_capacity(host, flow_capacity(shared.out), flow_capacity(shared.in));
}

/// Serves messages at what flows leave at this moment.
void Network::Impl::follow_flows() {
  const auto left = [](const Card& shared, double used) {
    // Once messages come, room is made for them: the bound keeps a division from failing.
    return std::max(shared.rate - std::min(shared.rate, static_cast<std::uint64_t>(used)),
                    std::max<std::uint64_t>(shared.rate / kShareSteps, 1));
  };
  for (const HostId host : shared_cards_) {
    const Platform::FlowUsage used = platform_.flow_usage(host);
    Card& shared = card(host);
    shared.out.message_rate = left(shared, used.out_bytes_per_s);
    shared.in.message_rate = left(shared, used.in_bytes_per_s);
  }
}

void Network::Impl::divide_all() {
  for (const HostId host : shared_cards_) {
    divide_card(host);
  }
  follow_flows();
  is_ticking_ = !shared_cards_.empty();
  if (is_ticking_) {
    kernel_.schedule(kernel_.now() + options_.share_interval, *this, pack(What::tick, 0, 0));
  }
}

void Network::Impl::set_whole(HostId host) {
  Card& whole = card(host);
  whole.out.message_rate = whole.in.message_rate = whole.rate;
  platform_.set_flow_capacity(host, static_cast<double>(whole.rate),
                              static_cast<double>(whole.rate));
}

Duration Network::Impl::time_out(const Channel& channel) {
  const Route& there = routes_[channel.route];
  const Duration round_trip = 2 * (there.latency + there.extra);
  Duration time_out = std::max(options_.rto_min, 2 * round_trip);
  for (std::uint32_t i = 1; i < channel.losses && time_out < options_.rto_max; ++i) {
    time_out = 2 * time_out;
  }
  return std::min(time_out, options_.rto_max);
}

void Network::Impl::lose(std::uint32_t place) {
  Message& message = messages_[place];
  const std::uint32_t channel_place = message.channel;
  Channel& channel = channels_[channel_place];
  message.stage = Stage::queued;
  channel.bulk_is_moving = false;
  if (channel.is_backing_off) {
    return;
  }
  channel.is_backing_off = true;
  ++channel.losses;
  kernel_.schedule(kernel_.now() + time_out(channel), *this,
                   pack(What::retransmit, channel.generation, channel_place));
}

void Network::Impl::retransmit(std::uint32_t channel_place) {
  Channel& channel = channels_[channel_place];
  ++retransmissions_;
  if (passes(channel)) {
    channel.is_backing_off = false;
    channel.first_unsent = channel.head;
    send_unsent(channel_place);
    return;
  }
  if (channel.losses >= options_.retransmissions_max) {
    std::vector<Gone> gone;
    empty(channel_place, gone);
    tell(gone);
    return;
  }
  ++channel.losses;
  kernel_.schedule(kernel_.now() + time_out(channel), *this,
                   pack(What::retransmit, channel.generation, channel_place));
}

/// The channel starts anew; what was undelivered is appended to `gone`.
void Network::Impl::empty(std::uint32_t channel_place, std::vector<Gone>& gone) {
  Channel& channel = channels_[channel_place];
  while (channel.head != kNone) {
    const std::uint32_t place = channel.head;
    if (messages_[place].stage == Stage::flowing) {
      const std::uint64_t left = platform_.flow_remaining_bytes(messages_[place].flow);
      platform_.cancel_flow(messages_[place].flow);
      leave_cards(place, messages_[place].bytes_to_move - left);
    }
    gone.push_back(remove_head(channel));
  }
  channel.first_unsent = kNone;
  channel.losses = 0;
  channel.is_backing_off = false;
  channel.bulk_is_moving = false;
  ++channel.generation;
}

void Network::Impl::tell(const std::vector<Gone>& gone) {
  for (const Gone& message : gone) {
    message.receiver->dropped(message.payload);
  }
}

void Network::Impl::cut(HostId from, HostId to) {
  Route& cut_route = route(from, to);
  if (cut_route.is_cut) {
    return;
  }
  cut_route.is_cut = true;
  const std::vector<std::uint32_t> flowing = flowing_;
  for (const std::uint32_t place : flowing) {
    Message& message = messages_[place];
    const Channel& channel = channels_[message.channel];
    if (channel.src == from && channel.dst == to) {
      const std::uint64_t left =
          std::max<std::uint64_t>(platform_.flow_remaining_bytes(message.flow), 1);
      platform_.cancel_flow(message.flow);
      leave_cards(place, message.bytes_to_move - std::min(left, message.bytes_to_move));
      message.bytes_to_move = std::min(left, message.bytes_to_move);
      lose(place);
    }
  }
  follow_flows();
}

void Network::Impl::set_jitter(HostId from, HostId to, Duration mean) {
  Route& shaken = route(from, to);
  shaken.jitter_mean = mean;
  if (!shaken.jitter) {
    shaken.jitter.emplace(root_seed_, fmt::format("net/{}->{}", from.value(), to.value()));
  }
}

void Network::Impl::slow(HostId nic, double factor) {
  ENSURE(factor > 0 && factor <= 1, "a card is slowed to a part of its rate");
  Card& slowed = card(nic);
  slowed.rate = std::max<std::uint64_t>(
      static_cast<std::uint64_t>(static_cast<double>(slowed.nominal_rate) * factor), 1);
  if (slowed.has_flows()) {
    divide_card(nic);
    follow_flows();
  } else {
    set_whole(nic);
  }
}

void Network::Impl::drop_host(HostId host) {
  std::vector<Gone> gone;
  for (std::uint32_t place = 0; place < channels_.size(); ++place) {
    if (channels_[place].src == host || channels_[place].dst == host) {
      empty(place, gone);
    }
  }
  card(host).out.free_at = card(host).in.free_at = kernel_.now();
  follow_flows();
  tell(gone);
}

void Network::Impl::set_power(HostId host, bool on) {
  if (card(host).on == on) {
    return;
  }
  card(host).on = on;
  if (!on) {
    drop_host(host);
  }
  platform_.set_host_on(host, on);
}

void Network::Impl::fire(std::uint64_t payload) {
  const auto what = static_cast<What>(payload >> (32 + kGenerationBits));
  const auto generation = static_cast<std::uint32_t>(payload >> 32) & kGenerationMask;
  const auto place = static_cast<std::uint32_t>(payload);
  const auto message_is_there = [&] {
    return (messages_[place].generation & kGenerationMask) == generation;
  };
  switch (what) {
    case What::first_bit:
      return message_is_there() ? meet_first_bit(place) : void();
    case What::last_bit:
      return message_is_there() ? arrive(place) : void();
    case What::begin_flow:
      return message_is_there() ? begin_flow(place) : void();
    case What::retransmit:
      return (channels_[place].generation & kGenerationMask) == generation ? retransmit(place)
                                                                           : void();
    case What::share:
      return follow_flows();
    case What::tick:
      return divide_all();
  }
}

Network::Network(Kernel& kernel, Platform& platform, std::uint64_t root_seed,
                 NetworkOptions options)
    : impl_(std::make_unique<Impl>(kernel, platform, root_seed, options)) {}
Network::~Network() = default;

void Network::transmit(HostId src, HostId dst, std::uint32_t channel, std::uint64_t bytes,
                       Receiver& receiver, std::uint64_t payload) {
  impl_->transmit(src, dst, channel, bytes, receiver, payload);
}

void Network::cut(HostId a, HostId b, bool both_ways) {
  impl_->cut(a, b);
  if (both_ways) {
    impl_->cut(b, a);
  }
}

void Network::heal(HostId a, HostId b, bool both_ways) {
  impl_->route(a, b).is_cut = false;
  if (both_ways) {
    impl_->route(b, a).is_cut = false;
  }
}

void Network::set_extra_delay(HostId a, HostId b, Duration extra) {
  ENSURE(extra.ns() >= 0, "a delay takes time");
  impl_->route(a, b).extra = extra;
}

void Network::set_jitter(HostId a, HostId b, Duration mean) {
  ENSURE(mean.ns() >= 0, "a jitter takes time");
  impl_->set_jitter(a, b, mean);
}

void Network::slow(HostId nic, double factor) {
  impl_->slow(nic, factor);
}
void Network::drop_host(HostId host) {
  impl_->drop_host(host);
}
void Network::set_power(HostId host, bool on) {
  impl_->set_power(host, on);
}

const NicCounters& Network::counters(HostId host) const {
  return impl_->card(host).counters;
}
std::uint64_t Network::in_flight() const {
  return impl_->in_flight();
}
std::uint64_t Network::retransmissions() const {
  return impl_->retransmissions();
}

}  // namespace wavetank::sim

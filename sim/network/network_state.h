#pragma once

// Private to sim/network: what the network keeps of cards, routes, channels and messages, and who
// works on it. A message's way is in network.cpp, bulk transfers and the division of cards are in
// network_bulk.cpp, losses and faults in network_faults.cpp.

#include <tsl/robin_map.h>

#include <algorithm>
#include <deque>
#include <optional>
#include <vector>

#include "engine/base/random.h"
#include "sim/network/network.h"

namespace wavetank::sim {

namespace network {

inline constexpr std::uint32_t kNone = ~std::uint32_t{0};
inline constexpr std::uint64_t kNsPerS = 1'000'000'000;
inline constexpr std::uint32_t kChannelNumbers = 1 << 16;
/// Below this, bytes x 10^9 fits 64 bits.
inline constexpr std::uint64_t kBulkBytesMax = std::uint64_t{1} << 32;
static_assert(kHostsMax < (1 << 16), "a host's id is 16 bits of a channel's key");
/// What a channel hands to the card at a time, and what it may send in its turn: the greatest
/// segment that Linux gives to a card (GSO).
inline constexpr std::uint64_t kFrameBytes = 64 << 10;
/// While a card has less than this before it, it is given more.
inline constexpr std::uint64_t kAheadBytes = kFrameBytes / 4;
/// A card is divided between messages and bulk transfers in this many steps: few enough that
/// SimGrid seldom solves its sharing anew.
inline constexpr std::uint64_t kShareSteps = 32;
/// Messages are served at this part of a card at least. Where that is more than bulk transfers
/// leave at the moment, these give it back in the next interval.
inline constexpr std::uint64_t kLeastShare = 8;

struct KeyHash {
  std::size_t operator()(std::uint64_t key) const {
    const std::uint64_t mixed = key * 0x9e3779b97f4a7c15ULL;
    return mixed ^ (mixed >> 32);
  }
};
using Index = tsl::robin_map<std::uint64_t, std::uint32_t, KeyHash>;

inline Duration time_to_move(std::uint64_t bytes, std::uint64_t bytes_per_s) {
  return nanoseconds(static_cast<std::int64_t>((bytes * kNsPerS + bytes_per_s - 1) / bytes_per_s));
}

/// One direction of a card, as messages see it.
struct Port {
  Time free_at;                    // all that the card was given is through
  std::uint64_t message_rate = 0;  // bytes per second that messages are served at
  std::uint32_t flows = 0;
  bool has_share = false;  // flows leave something to messages
  // Outwards: channels that wait for their turn, and when the next is given.
  std::deque<std::uint32_t> turns;
  Time next_turn = Time::never();
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
    if (!turns.empty()) {
      return offered + message_rate;  // they take what they get
    }
    const Duration backlog = std::max(free_at - now, Duration());
    const double windows = backlog.seconds() / window.seconds();
    return offered + static_cast<std::uint64_t>(windows * static_cast<double>(message_rate));
  }
  /// The card is through with what it was given, or nearly.
  [[nodiscard]] bool takes_more(Time now) const {
    return free_at <= now || free_at - now < time_to_move(kAheadBytes, message_rate);
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
  Duration added_jitter_mean;
  std::optional<Random> jitter;
  double loss = 0;  // share of segments
  std::optional<Random> losses;
  bool is_cut = false;
};

enum class Stage : std::uint8_t {
  queued,    ///< not all of it is sent, or it is lost and waits for the retransmission
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
  std::uint64_t bytes_unsent = 0;   // of a message that is sent frame by frame
  Time last_bit;                    // at the receiver's card
  Time flow_began;
  std::uint32_t losses = 0;
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
  Time paced_until;          // where segments are lost: what TCP can have moved by then is in
  std::uint64_t credit = 0;  // bytes that it may send at its turn
  std::uint32_t generation = 0;
  bool waits_for_turn = false;
  bool is_backing_off = false;
  Time backs_off_until;
  bool bulk_is_moving = false;
};

enum class What : std::uint64_t {
  frame,      ///< the first bit of a frame that is not its message's last
  first_bit,  ///< of a message's last frame
  last_bit,
  turn,  ///< of the channels at a card
  begin_flow,
  retransmit,
  share,
  tick,
};

// An event's payload: what, the generation of the place it is about, the place.
inline constexpr unsigned kGenerationBits = 28;
inline constexpr std::uint32_t kGenerationMask = (1u << kGenerationBits) - 1;

constexpr std::uint64_t pack(What what, std::uint32_t generation, std::uint32_t place) {
  return static_cast<std::uint64_t>(what) << (32 + kGenerationBits) |
         std::uint64_t{generation & kGenerationMask} << 32 | place;
}

struct Gone {
  Receiver* receiver;
  std::uint64_t payload;
};

}  // namespace network

using namespace network;

class Network::Impl final : public EventTarget, public FlowObserver {
 public:
  Impl(Kernel& kernel, Platform& platform, std::uint64_t root_seed, NetworkOptions options);

  void transmit(HostId src, HostId dst, std::uint32_t channel, std::uint64_t bytes,
                Receiver& receiver, std::uint64_t payload);
  void renew(HostId src, HostId dst, std::uint32_t channel);
  void cut(HostId from, HostId to);
  void heal(HostId from, HostId to) { route(from, to).is_cut = false; }
  void set_jitter(HostId from, HostId to, Duration mean) { shaken(from, to).jitter_mean = mean; }
  void set_extra_jitter(HostId from, HostId to, Duration mean) {
    shaken(from, to).added_jitter_mean = mean;
  }
  void set_loss(HostId from, HostId to, double share);
  void reset(HostId a, HostId b);
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
  [[nodiscard]] std::uint64_t bulk_transfers() const { return bulk_transfers_; }

  [[nodiscard]] std::vector<OnTheWay> on_the_way() const;

  void fire(std::uint64_t payload) override;
  [[nodiscard]] std::string describe(std::uint64_t payload) const override;
  void flow_ended(std::uint64_t payload, bool failed) override;

 private:
  std::uint32_t route_index(HostId from, HostId to);
  static std::uint64_t channel_key(HostId src, HostId dst, std::uint32_t number) {
    return std::uint64_t{src.value()} << 32 | std::uint64_t{dst.value()} << 16 | number;
  }
  std::uint32_t channel_index(HostId src, HostId dst, std::uint32_t number);
  std::uint32_t take_message();
  void append(Channel& channel, std::uint32_t place);
  Gone remove_head(Channel& channel);

  // A message's way.
  [[nodiscard]] std::uint32_t next_unsent(Channel& channel) const;
  [[nodiscard]] bool passes_by_the_card(const Message& message) const;
  void send_unsent(std::uint32_t channel_place);
  void send_past_the_card(std::uint32_t place);
  bool take_turn(std::uint32_t channel_place);
  void wait_for_turn(std::uint32_t channel_place);
  void arrange_turns(HostId host);
  void give_turns(HostId host);
  void send_frame(std::uint32_t place, std::uint64_t bytes);
  void meet_frame(const Channel& channel, std::uint64_t bytes);
  void meet_first_bit(std::uint32_t place);
  void arrive(std::uint32_t place);
  Duration draw_jitter(Route& route);
  Route& shaken(HostId from, HostId to);

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
    const Route& route = routes_[channel.route];
    return !route.is_cut && route.loss < 1 && cards_[channel.dst.value()].on;
  }
  void lose(std::uint32_t place, std::optional<Duration> repaired_after = {});
  std::optional<Duration> draw_loss(std::uint32_t place);
  [[nodiscard]] static Duration round_trip(const Route& route) {
    return 2 * (route.latency + route.extra);
  }
  [[nodiscard]] static std::uint64_t lossy_rate(const Route& route);
  void stop_flows(HostId from, HostId to);
  void give_up(std::uint32_t channel_place);
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
  std::uint64_t bulk_transfers_ = 0;
  bool is_ticking_ = false;
};

}  // namespace wavetank::sim

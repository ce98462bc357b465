// Losses, retransmissions, and the ways in which the network goes wrong.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "engine/base/ensure.h"
#include "sim/network/network_state.h"

namespace wavetank::sim {

namespace {
/// What Ethernet's 1,500 bytes leave of a segment.
constexpr std::uint64_t kSegmentBytes = 1460;
/// Of segments behind a lost one: so many acknowledgements tell the sender (RFC 5681).
constexpr std::uint64_t kDuplicateAcks = 3;
/// Two ticks of Linux's clock, on top of two round trips (RFC 8985, tail-loss probe).
constexpr Duration kTailProbeSlack = milliseconds(2);
}  // namespace

Duration Network::Impl::time_out(const Channel& channel) {
  const Route& there = routes_[channel.route];
  Duration time_out = std::max(options_.rto_min, 2 * round_trip(there));
  for (std::uint32_t i = 1; i < channel.losses && time_out < options_.rto_max; ++i) {
    time_out = 2 * time_out;
  }
  return std::min(time_out, options_.rto_max);
}

/// TCP's rate over a route that loses this share of its segments, by Mathis, Semke, Mahdavi and
/// Ott, "The Macroscopic Behavior of the TCP Congestion Avoidance Algorithm" (1997).
std::uint64_t Network::Impl::lossy_rate(const Route& route) {
  constexpr double kMathis = 1.2247;  // the root of 3/2: every segment is acknowledged
  const double round_trip_s = std::max(round_trip(route), microseconds(1)).seconds();
  const double rate =
      static_cast<double>(kSegmentBytes) / round_trip_s * kMathis / std::sqrt(route.loss);
  return std::max<std::uint64_t>(static_cast<std::uint64_t>(rate), 1);
}

/// If a segment of this message is lost: when the sender sends it again.
std::optional<Duration> Network::Impl::draw_loss(std::uint32_t place) {
  Message& message = messages_[place];
  Channel& channel = channels_[message.channel];
  Route& route = routes_[channel.route];
  if (route.loss == 0) {
    return std::nullopt;
  }
  const std::uint64_t segments = (message.bytes_to_move + kSegmentBytes - 1) / kSegmentBytes;
  if (route.losses->chance(std::pow(1 - route.loss, static_cast<double>(segments)))) {
    return std::nullopt;
  }
  const std::uint64_t behind = segments - 1 - route.losses->below(segments);
  message.bytes_to_move = std::min(message.bytes_to_move, kSegmentBytes);
  channel.losses = message.losses++;
  Duration repair;  // since the last bit was sent
  if (message.losses == 1 && behind >= kDuplicateAcks) {
    repair = round_trip(route);
  } else if (message.losses == 1 && segments > 1) {
    repair = 2 * round_trip(route) + kTailProbeSlack;
  } else {
    ++channel.losses;
    repair = time_out(channel);
    --channel.losses;
  }
  const Time last_bit_sent = message.last_bit - route.latency - route.extra;
  return std::max(last_bit_sent + repair - kernel_.now(), Duration());
}

/// The message is lost, and sent again after a retransmission time-out, if nothing else is said.
void Network::Impl::lose(std::uint32_t place, std::optional<Duration> repaired_after) {
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
  channel.backs_off_until = kernel_.now() + repaired_after.value_or(time_out(channel));
  kernel_.schedule(channel.backs_off_until, *this,
                   pack(What::retransmit, channel.generation, channel_place));
}

void Network::Impl::retransmit(std::uint32_t channel_place) {
  Channel& channel = channels_[channel_place];
  ++retransmissions_;
  const bool passes_now = passes(channel);
  if (channel.losses > options_.retransmissions_max ||
      (channel.losses == options_.retransmissions_max && !passes_now)) {
    give_up(channel_place);
    return;
  }
  if (passes_now) {
    channel.is_backing_off = false;
    channel.first_unsent = channel.head;
    send_unsent(channel_place);
    return;
  }
  ++channel.losses;
  channel.backs_off_until = kernel_.now() + time_out(channel);
  kernel_.schedule(channel.backs_off_until, *this,
                   pack(What::retransmit, channel.generation, channel_place));
}

/// The sender's system closes the connection, and says so to who has sent the first message.
void Network::Impl::give_up(std::uint32_t channel_place) {
  std::vector<Gone> gone;
  empty(channel_place, gone);
  gone.front().receiver->given_up(gone.front().payload);
  gone.erase(gone.begin());
  tell(gone);
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
  channel.credit = 0;
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
  if (!cut_route.is_cut) {
    cut_route.is_cut = true;
    stop_flows(from, to);
  }
}

/// Transfers under way lose what has not arrived.
void Network::Impl::stop_flows(HostId from, HostId to) {
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

void Network::Impl::set_loss(HostId from, HostId to, double share) {
  Route& lossy = route(from, to);
  lossy.loss = share;
  if (!lossy.losses) {
    lossy.losses.emplace(root_seed_, fmt::format("loss/{}->{}", from.value(), to.value()));
  }
  if (share >= 1) {
    stop_flows(from, to);
  }
}

Route& Network::Impl::shaken(HostId from, HostId to) {
  Route& it = route(from, to);
  if (!it.jitter) {
    it.jitter.emplace(root_seed_, fmt::format("net/{}->{}", from.value(), to.value()));
  }
  return it;
}

void Network::Impl::reset(HostId a, HostId b) {
  std::vector<Gone> gone;
  for (std::uint32_t place = 0; place < channels_.size(); ++place) {
    const Channel& channel = channels_[place];
    if ((channel.src == a && channel.dst == b) || (channel.src == b && channel.dst == a)) {
      empty(place, gone);
    }
  }
  follow_flows();
  tell(gone);
}

void Network::Impl::drop_host(HostId host) {
  std::vector<Gone> gone;
  for (std::uint32_t place = 0; place < channels_.size(); ++place) {
    if (channels_[place].src == host || channels_[place].dst == host) {
      empty(place, gone);
    }
  }
  Card& it = card(host);
  it.out.free_at = it.in.free_at = kernel_.now();
  for (const std::uint32_t channel : std::exchange(it.out.turns, {})) {
    channels_[channel].waits_for_turn = false;
  }
  it.out.next_turn = Time::never();
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

}  // namespace wavetank::sim

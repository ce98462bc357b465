// Bulk transfers, and how messages and they share a card.

#include <algorithm>

#include "engine/base/ensure.h"
#include "sim/network/network_state.h"

namespace wavetank::sim {

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
  message.flow_began = kernel_.now();
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
  Channel& channel = channels_[channel_place];
  Route& route = routes_[channel.route];
  message.stage = Stage::arriving;
  Time in = kernel_.now() + route.extra + draw_jitter(route);
  if (route.loss > 0) {
    channel.paced_until = std::max(channel.paced_until, message.flow_began) +
                          time_to_move(message.bytes_to_move, lossy_rate(route));
    in = std::max(in, channel.paced_until);
  }
  kernel_.schedule(in, *this, pack(What::last_bit, message.generation, place));
  channels_[channel_place].bulk_is_moving = false;
  send_unsent(channel_place);
}

/// Flows have all of the card, and here comes a message.
void Network::Impl::make_room(HostId host, const Port& port) {
  if (port.flows > 0 && !port.has_share) {
    divide_card(host);
    follow_flows();
  }
}

/// Allows flows what the messages' share leaves of the card.
void Network::Impl::divide_card(HostId host) {
  Card& shared = card(host);
  const auto flow_capacity = [&](Port& port) {
    const std::uint64_t step = std::max<std::uint64_t>(shared.rate / kShareSteps, 1);
    const std::uint64_t demand = port.demand(kernel_.now(), options_.share_interval);
    // Channels that wait and flows get equal parts; all messages together get half at least.
    const std::uint64_t flows = std::max<std::uint64_t>(port.flows, 1);
    const std::uint64_t channels = std::max<std::uint64_t>(port.turns.size(), flows);
    const std::uint64_t most = kShareSteps * channels / (channels + flows);
    const std::uint64_t steps = std::min((demand + step - 1) / step, most);
    port.has_share = steps > 0;
    return static_cast<double>(shared.rate) * static_cast<double>(kShareSteps - steps) /
           static_cast<double>(kShareSteps);
  };
  platform_.set_flow_capacity(host, flow_capacity(shared.out), flow_capacity(shared.in));
}

/// Serves messages at what flows leave at this moment.
void Network::Impl::follow_flows() {
  const auto left = [](const Card& shared, double used) {
    return std::max(shared.rate - std::min(shared.rate, static_cast<std::uint64_t>(used)),
                    std::max<std::uint64_t>(shared.rate / kLeastShare, 1));
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

}  // namespace wavetank::sim

#include "sim/network/network.h"

#include <algorithm>

#include "engine/base/ensure.h"
#include "sim/network/network_state.h"

namespace wavetank::sim {

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
  const std::uint64_t key = channel_key(src, dst, number);
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

/// An empty one is as good as new.
void Network::Impl::renew(HostId src, HostId dst, std::uint32_t number) {
  const auto found = channel_of_.find(channel_key(src, dst, number));
  if (found != channel_of_.end() && channels_[found->second].head != kNone) {
    channel_of_.erase(found);
  }
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
  bulk_transfers_ += src != dst && bytes >= options_.bulk_bytes ? 1 : 0;
  const std::uint32_t channel_place = channel_index(src, dst, number);
  const std::uint32_t place = take_message();
  Message& message = messages_[place];
  message.receiver = &receiver;
  message.payload = payload;
  message.bytes = message.bytes_to_move = bytes;
  message.bytes_unsent = 0;
  message.losses = 0;
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

/// The first message that has something to send, if the channel may send it now.
std::uint32_t Network::Impl::next_unsent(Channel& channel) const {
  while (channel.first_unsent != kNone && messages_[channel.first_unsent].stage != Stage::queued) {
    channel.first_unsent = messages_[channel.first_unsent].next;
  }
  return channel.is_backing_off || channel.bulk_is_moving ? kNone : channel.first_unsent;
}

bool Network::Impl::passes_by_the_card(const Message& message) const {
  const Channel& channel = channels_[message.channel];
  return channel.src == channel.dst || message.bytes >= options_.bulk_bytes;
}

/// Sends what the card takes at once. The rest waits for its turn.
void Network::Impl::send_unsent(std::uint32_t channel_place) {
  Channel& channel = channels_[channel_place];
  while (!channel.waits_for_turn) {
    const std::uint32_t place = next_unsent(channel);
    if (place == kNone) {
      return;
    }
    const Port& out = cards_[channel.src.value()].out;
    if (passes_by_the_card(messages_[place])) {
      send_past_the_card(place);
    } else if (!out.turns.empty() || !out.takes_more(kernel_.now()) || !take_turn(channel_place)) {
      wait_for_turn(channel_place);
      arrange_turns(channel.src);
    }
  }
}

/// To the host itself, or as a bulk transfer.
void Network::Impl::send_past_the_card(std::uint32_t place) {
  Message& message = messages_[place];
  Channel& channel = channels_[message.channel];
  if (channel.src == channel.dst) {
    message.stage = Stage::arriving;
    kernel_.schedule(kernel_.now() + routes_[channel.route].latency, *this,
                     pack(What::last_bit, message.generation, place));
  } else {
    channel.bulk_is_moving = true;
    message.stage = Stage::leaving;
    kernel_.schedule(std::max(kernel_.now(), cards_[channel.src.value()].out.free_at), *this,
                     pack(What::begin_flow, message.generation, place));
  }
}

/// Sends what the channel's credit allows. True if nothing is left that would need a turn.
bool Network::Impl::take_turn(std::uint32_t channel_place) {
  Channel& channel = channels_[channel_place];
  channel.credit += kFrameBytes;
  for (;;) {
    const std::uint32_t place = next_unsent(channel);
    if (place == kNone || passes_by_the_card(messages_[place])) {
      channel.credit = 0;  // who has nothing to send saves nothing up
      return true;
    }
    Message& message = messages_[place];
    if (message.bytes_unsent == 0) {
      message.bytes_unsent = message.bytes_to_move;
    }
    const std::uint64_t frame = std::min(message.bytes_unsent, kFrameBytes);
    if (frame > channel.credit) {
      return false;
    }
    channel.credit -= frame;
    send_frame(place, frame);
  }
}

void Network::Impl::wait_for_turn(std::uint32_t channel_place) {
  Channel& channel = channels_[channel_place];
  Port& out = cards_[channel.src.value()].out;
  channel.waits_for_turn = true;
  out.turns.push_back(channel_place);
}

/// Somebody waits: turns are given when the card is through with what it has.
void Network::Impl::arrange_turns(HostId host) {
  Port& out = cards_[host.value()].out;
  if (!out.turns.empty() && out.free_at < out.next_turn) {
    out.next_turn = out.free_at;
    kernel_.schedule(out.free_at, *this, pack(What::turn, 0, host.value()));
  }
}

/// The card is through with what it was given: channels send by turns until it has enough again.
void Network::Impl::give_turns(HostId host) {
  Port& out = cards_[host.value()].out;
  if (out.next_turn != kernel_.now()) {
    return;  // it was called off
  }
  out.next_turn = Time::never();
  while (!out.turns.empty() && out.takes_more(kernel_.now())) {
    const std::uint32_t channel_place = out.turns.front();
    out.turns.pop_front();
    channels_[channel_place].waits_for_turn = false;
    if (take_turn(channel_place)) {
      send_unsent(channel_place);  // it may go on with a bulk transfer
    } else {
      wait_for_turn(channel_place);
    }
  }
  arrange_turns(host);
}

void Network::Impl::send_frame(std::uint32_t place, std::uint64_t bytes) {
  Message& message = messages_[place];
  Channel& channel = channels_[message.channel];
  Card& card = cards_[channel.src.value()];
  Route& route = routes_[channel.route];
  const Time now = kernel_.now();
  card.out.offer(bytes, now, options_.share_interval);
  make_room(channel.src, card.out);
  const Duration service = time_to_move(bytes, card.out.message_rate);
  Time first_bit = card.out.enqueue(now, service) + route.latency + route.extra;
  card.counters.bytes_sent += bytes;
  card.counters.busy_out += time_to_move(bytes, card.nominal_rate);
  message.bytes_unsent -= bytes;
  if (message.bytes_unsent > 0) {
    kernel_.schedule(first_bit, *this, pack(What::frame, message.generation, place));
    return;
  }
  first_bit += draw_jitter(route);
  message.last_bit = first_bit + service;
  message.stage = Stage::on_wire;
  kernel_.schedule(first_bit, *this, pack(What::first_bit, message.generation, place));
}

Duration Network::Impl::draw_jitter(Route& route) {
  Duration drawn;
  for (const Duration mean : {route.jitter_mean, route.added_jitter_mean}) {
    if (mean > Duration()) {
      drawn += nanoseconds(
          static_cast<std::int64_t>(route.jitter->exponential(static_cast<double>(mean.ns()))));
    }
  }
  return drawn;
}

void Network::Impl::meet_frame(const Channel& channel, std::uint64_t bytes) {
  Card& card = cards_[channel.dst.value()];
  card.in.offer(bytes, kernel_.now(), options_.share_interval);
  make_room(channel.dst, card.in);
  card.in.enqueue(kernel_.now(), time_to_move(bytes, card.in.message_rate));
}

/// Whether a message has got through is decided when its last frame arrives.
void Network::Impl::meet_first_bit(std::uint32_t place) {
  Message& message = messages_[place];
  const Channel& channel = channels_[message.channel];
  if (!passes(channel)) {
    lose(place);
    return;
  }
  if (const auto repaired_after = draw_loss(place)) {
    lose(place, repaired_after);
    return;
  }
  meet_frame(channel, (message.bytes_to_move - 1) % kFrameBytes + 1);
  message.stage = Stage::arriving;
  kernel_.schedule(std::max(cards_[channel.dst.value()].in.free_at, message.last_bit), *this,
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

std::string Network::Impl::describe(std::uint64_t payload) const {
  const auto what = static_cast<What>(payload >> (32 + kGenerationBits));
  const auto generation = static_cast<std::uint32_t>(payload >> 32) & kGenerationMask;
  const auto place = static_cast<std::uint32_t>(payload);
  const auto message = [&](const char* of_it) {
    const Message& it = messages_[place];
    return (it.generation & kGenerationMask) != generation
               ? std::string("network: a message that is gone")
               : of_it + it.receiver->describe_message(it.payload);
  };
  switch (what) {
    case What::frame:
      return message("network: a frame of ");
    case What::first_bit:
      return message("network: the first bit of ");
    case What::last_bit:
      return message("network: the last bit of ");
    case What::begin_flow:
      return message("network: begins to move in bulk ");
    case What::turn:
      return "network: the card of host " + std::to_string(place) + " is free";
    case What::retransmit:
      return "network: channel " + std::to_string(place) + " transmits again";
    case What::share:
    case What::tick:
      return "network: cards are divided anew";
  }
  return "network";
}

void Network::Impl::fire(std::uint64_t payload) {
  const auto what = static_cast<What>(payload >> (32 + kGenerationBits));
  const auto generation = static_cast<std::uint32_t>(payload >> 32) & kGenerationMask;
  const auto place = static_cast<std::uint32_t>(payload);
  const auto message_is_there = [&] {
    return (messages_[place].generation & kGenerationMask) == generation;
  };
  switch (what) {
    case What::frame:
      return message_is_there() ? meet_frame(channels_[messages_[place].channel], kFrameBytes)
                                : void();
    case What::turn:
      return give_turns(HostId(place));
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

std::vector<OnTheWay> Network::Impl::on_the_way() const {
  using Where = OnTheWay::Where;
  std::vector<OnTheWay> all;
  for (const Channel& channel : channels_) {
    for (std::uint32_t at = channel.head; at != kNone; at = messages_[at].next) {
      const Message& message = messages_[at];
      OnTheWay it{message.receiver, message.payload, Where::queued, routes_[channel.route].is_cut,
                  channel.losses,   Time::never()};
      switch (message.stage) {
        case Stage::queued:
        case Stage::leaving:
          it.where = channel.is_backing_off ? Where::backing_off : Where::queued;
          it.expected = channel.is_backing_off ? channel.backs_off_until : Time::never();
          break;
        case Stage::on_wire:
          it.where = Where::on_wire;
          it.expected = message.last_bit;
          break;
        case Stage::flowing:
          it.where = Where::arriving;
          break;
        case Stage::arriving:
          it.where = Where::arriving;
          it.expected = std::max(cards_[channel.dst.value()].in.free_at, message.last_bit);
          break;
        case Stage::arrived:
          it.where = Where::behind;
          it.expected = channel.is_backing_off ? channel.backs_off_until : Time::never();
          break;
      }
      all.push_back(it);
    }
  }
  return all;
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
  impl_->heal(a, b);
  if (both_ways) {
    impl_->heal(b, a);
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

void Network::set_extra_jitter(HostId a, HostId b, Duration mean) {
  ENSURE(mean.ns() >= 0, "a jitter takes time");
  impl_->set_extra_jitter(a, b, mean);
}

void Network::set_loss(HostId a, HostId b, double share) {
  ENSURE(share >= 0 && share <= 1, "a loss is a share");
  impl_->set_loss(a, b, share);
}

void Network::reset(HostId a, HostId b) {
  impl_->reset(a, b);
}

void Network::renew(HostId src, HostId dst, std::uint32_t channel) {
  impl_->renew(src, dst, channel);
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
std::uint64_t Network::bulk_transfers() const {
  return impl_->bulk_transfers();
}
std::vector<OnTheWay> Network::on_the_way() const {
  return impl_->on_the_way();
}

}  // namespace wavetank::sim

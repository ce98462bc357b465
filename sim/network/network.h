#pragma once

// The network as hosts see it: reliable, ordered channels between any two hosts, over network cards
// that queue and routes that take time, and every way in which it goes wrong.
//
// Two paths, one interface. Messages below `bulk_bytes` pass two queues in closed form: out at the
// sender's card, then the latency of the route, then in at the receiver's card, which the first bit
// joins when it arrives (so an idle path takes latency + bytes / rate, as a flow does). A sender's
// card that is busy serves its channels by turns, frame by frame, with a deficit round robin
// (Shreedhar and Varghese, "Efficient Fair Queueing Using Deficit Round-Robin", 1995), as Linux
// does between its sockets: it is never idle while somebody waits, and a short message waits for a
// frame of each other channel, not for all their bytes. A receiver's card serves frames as they
// come. Larger messages are SimGrid flows that share links max-min fairly.
//
// How the two share a card. While bulk transfers use a card, its messages are served at what these
// leave, and an eighth of the card at least. The flows are allowed the rate less the messages'
// share, and that share follows the messages' demand (bytes offered in the last `share_interval`,
// and bytes still queued): nothing while there is none, else up to the part of the channels that
// wait among them and the flows, or half. That is two classes served fairly, after Demers, Keshav
// and Shenker, "Analysis and Simulation of a Fair Queueing Algorithm" (1989). A frame keeps the
// rate that it was given when it left its channel, and a bulk transfer starts when those before it
// are out.
//
// Fault model. A channel is a TCP connection. What reaches a cut is lost; the sender notices after
// a retransmission time-out, max(200 ms, 2 round trips), doubled on every further loss up to 120 s
// (RFC 6298; Linux's bounds), and gives up after 15 (Linux's tcp_retries2): then everything
// undelivered on the channel is dropped, and the channel starts anew. Whatever is sent meanwhile
// queues behind the lost message. After healing it goes out at the next retransmission, not before.
// A bulk transfer resumes with the bytes that had not arrived. A host without power is silent like
// a cut; what it had sent or was to receive is dropped, and its channels start anew.
//
// Losses on a route: a share of its segments vanishes, and the sender repairs that as TCP does, by
// fast retransmission, tail-loss probe or time-out; until then all that follows on the channel
// waits. The law is in models/cards/loss.md. A channel never duplicates or reorders: what TCP does
// of that is hidden from its users.
//
// Not modelled: packets, congestion windows and slow start, incast, limits of socket buffers,
// acknowledgements (cutting one direction leaves the other one whole), and, for messages, the
// capacity between zones and regions (flows do share it). After a bulk transfer the next message of
// the same channel starts when the transfer is in, one latency later than TCP would.

#include <cstdint>
#include <memory>
#include <vector>

#include "engine/base/time.h"
#include "sim/kernel/kernel.h"
#include "sim/platform/platform.h"

namespace wavetank::sim {

/// Where messages of a channel go. Exactly one of these is called for every message, once.
class Receiver {
 public:
  /// The last byte is in at the destination.
  virtual void delivered(std::uint64_t payload) = 0;
  /// The message is gone: whoever owns the payload frees it. Nobody in the simulated world knows.
  virtual void dropped(std::uint64_t payload) = 0;
  /// Dropped, since the sender's system has given the channel up: the sender's process is told.
  virtual void given_up(std::uint64_t payload) { dropped(payload); }
  /// For EventTarget::describe.
  [[nodiscard]] virtual std::string describe_message(std::uint64_t /*payload*/) const {
    return "a message";
  }

 protected:
  ~Receiver() = default;
};

struct NetworkOptions {
  /// From this size on a message is a flow: beyond a producer's greatest request.
  std::uint64_t bulk_bytes = 2 << 20;
  Duration share_interval = milliseconds(5);
  Duration rto_min = milliseconds(200);
  Duration rto_max = seconds(120);
  std::uint32_t retransmissions_max = 15;
  std::uint32_t messages_max = 1 << 20;  ///< undelivered at once; one more is a defect above
};

/// What a host's card has done so far.
struct NicCounters {
  std::uint64_t bytes_sent = 0;  ///< payload that has left or is queued, retransmissions included
  std::uint64_t bytes_received = 0;  ///< payload delivered
  /// Time that the bytes keep a card of the specified rate busy: utilisation is this by the time.
  Duration busy_out;
  Duration busy_in;
};

/// A message that a channel has not delivered, for observers.
struct OnTheWay {
  enum class Where : std::uint8_t {
    queued,       ///< at the sender: behind others of its channel, or for its turn at the card
    on_wire,      ///< sent; its first bit has not arrived
    arriving,     ///< comes in
    behind,       ///< is there, and waits for one sent before it
    backing_off,  ///< was lost, or stands behind one that was: sent again at `expected`
  };
  const Receiver* receiver = nullptr;
  std::uint64_t payload = 0;
  Where where{};
  bool is_cut = false;            ///< nothing passes from its source to its destination
  std::uint32_t losses = 0;       ///< of its channel, in a row
  Time expected = Time::never();  ///< what happens to it next; never: that is not known
};

class Network {
 public:
  /// REQUIRES: kernel and platform outlive it, and it outlives the kernel's last run.
  Network(Kernel& kernel, Platform& platform, std::uint64_t root_seed, NetworkOptions options = {});
  ~Network();

  /// Sends a message of `bytes`. Messages of one (src, dst, channel) are delivered in the order
  /// sent; different channels do not wait for each other. Never calls `receiver` from within.
  /// REQUIRES: bytes > 0, src has power, channel < 2^16.
  void transmit(HostId src, HostId dst, std::uint32_t channel, std::uint64_t bytes,
                Receiver& receiver, std::uint64_t payload);

  /// The ends have opened another connection: what is sent on the channel from now on does not
  /// wait for what it has not delivered, which goes its own way.
  void renew(HostId src, HostId dst, std::uint32_t channel);

  // --- faults, each with its undoing ---

  /// Nothing passes from a to b (or either way) until healed. Cutting twice is cutting once.
  void cut(HostId a, HostId b, bool both_ways);
  void heal(HostId a, HostId b, bool both_ways);
  /// Adds to the propagation time from a to b; zero undoes it. Replaces what was set before.
  void set_extra_delay(HostId a, HostId b, Duration extra);
  /// Adds an exponential time of this mean to each message from a to b; zero undoes it. Draws from
  /// the stream "net/<a>-><b>".
  void set_jitter(HostId a, HostId b, Duration mean);
  /// On top of `set_jitter`, from the same stream; zero undoes it.
  void set_extra_jitter(HostId a, HostId b, Duration mean);
  /// This share of the segments from a to b is lost; zero undoes it, 1 is a cut. Draws from the
  /// stream "loss/<a>-><b>". REQUIRES: 0 <= share <= 1.
  void set_loss(HostId a, HostId b, double share);
  /// All channels between the two start anew, and what is on them is dropped.
  void reset(HostId a, HostId b);
  /// The card runs at `factor` of its rate, both ways; 1 undoes it. REQUIRES: 0 < factor <= 1.
  void slow(HostId nic, double factor);
  /// Whatever is on the way to or from the host is dropped, and its channels start anew: the fate
  /// of connections when the process at one end dies. The host can send and receive at once.
  void drop_host(HostId host);
  /// Off: drop_host, its transfers fail, and what is sent to it meets silence. On: undoes that.
  void set_power(HostId host, bool on);

  // --- observation ---

  [[nodiscard]] const NicCounters& counters(HostId host) const;
  /// Messages given to `transmit` that are neither delivered nor dropped.
  [[nodiscard]] std::uint64_t in_flight() const;
  [[nodiscard]] std::uint64_t retransmissions() const;
  /// Messages between hosts that were large enough to be flows.
  [[nodiscard]] std::uint64_t bulk_transfers() const;
  /// All that is undelivered, channel by channel in the order sent.
  [[nodiscard]] std::vector<OnTheWay> on_the_way() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace wavetank::sim

#pragma once

// The event kernel: it owns simulated time and the order in which things happen. Events are ordered
// by (time, sequence), so that events of one date fire in the order in which they were scheduled,
// and a run is the same run every time.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/ensure.h"
#include "engine/base/time.h"

namespace wavetank::sim {

/// What an event is addressed to. The payload is the target's own affair: usually an index into a
/// slab. It enters the digest of the run, so it must not hold an address.
class EventTarget {
 public:
  virtual void fire(std::uint64_t payload) = 0;
  /// What the event that is about to fire is, for people who look for the first difference between
  /// two runs: "broker-1: timer 3". Holds no address.
  [[nodiscard]] virtual std::string describe(std::uint64_t payload) const;

 protected:
  ~EventTarget() = default;
};

/// An event, as it begins to fire.
struct Firing {
  std::uint64_t number = 0;  ///< from 1
  Time at;
  std::uint64_t sequence = 0;  ///< events scheduled before it
  const EventTarget& target;
  std::uint64_t payload = 0;
};

/// Sees every event of a run that is looked into.
class EventTracer {
 public:
  virtual void fires(const Firing& event) = 0;
  /// It is over, and `scheduled` events have been scheduled in all, by it and those before.
  virtual void fired(std::uint64_t digest, std::uint64_t scheduled) = 0;

 protected:
  ~EventTracer() = default;
};

/// Something with a clock of its own that must be kept in step with the kernel: SimGrid.
class Companion {
 public:
  /// The earliest date at which something happens inside, `Time::never()` when idle. Exact or
  /// early, never late, and never before the kernel's date. Whoever makes it earlier from within an
  /// event calls `Kernel::companion_changed()`.
  virtual Time next_date() = 0;
  /// Brings the clock up to `date`. What happens inside by then is scheduled into the kernel, at
  /// `date`. REQUIRES: date <= next_date().
  virtual void advance_to(Time date) = 0;

 protected:
  ~Companion() = default;
};

/// A queue of events and the clock that it drives.
///
/// The companion is only consulted at its own dates: between two of them nothing changes inside it,
/// and the kernel runs freely. On a date that both share, the kernel's events fire first.
class Kernel {
 public:
  /// Events that may be pending at once; one more is a defect of the model that schedules them.
  static constexpr std::size_t kPendingEventsMax = std::size_t{1} << 22;

  Kernel();
  Kernel(const Kernel&) = delete;
  Kernel& operator=(const Kernel&) = delete;

  [[nodiscard]] Time now() const { return Time(now_ns_); }

  /// Calls `target.fire(payload)` at `at`. REQUIRES: at >= now(), and the target lives until then.
  void schedule(Time at, EventTarget& target, std::uint64_t payload);

  /// REQUIRES: no companion is attached yet; it outlives the kernel's last run.
  void attach(Companion& companion);
  /// The companion's next date may have become earlier.
  void companion_changed() {
    if (horizon_ns_ > now_ns_) {
      horizon_ns_ = now_ns_;
    }
  }

  /// Fires all events with a date up to and including `end`. now() == end afterwards, unless
  /// stopped. REQUIRES: end >= now(), and no run is under way.
  void run_until(Time end);
  /// Ends the run after the event that is firing. The next run goes on from there.
  void stop() {
    stopped_ = true;
    horizon_ns_ = -1;
  }

  [[nodiscard]] std::uint64_t events_fired() const { return fired_; }
  [[nodiscard]] std::size_t pending() const { return keys_.size() - (root_is_vacant_ ? 1 : 0); }

  /// A rolling digest over (time, sequence, payload) of every event fired, and the facts mixed in.
  /// Equal runs have equal digests.
  [[nodiscard]] std::uint64_t digest() const { return digest_; }
  void mix(std::uint64_t fact);

  /// `tracer` sees the events from the next run_until on; null: nobody does, which costs nothing.
  void trace(EventTracer* tracer) { tracer_ = tracer; }

 private:
  // A key is 16 bytes, so that the four children of a heap node share a cache line. The sequence
  // and the place of the event's body are one word: the sequence alone decides, being unique.
  static constexpr unsigned kSlotBits = 22;
  static_assert(kPendingEventsMax == std::size_t{1} << kSlotBits);
  static constexpr std::uint64_t kSlotMask = (std::uint64_t{1} << kSlotBits) - 1;
  static constexpr std::uint64_t kSequenceMax = ~std::uint64_t{0} >> kSlotBits;

  struct Key {
    std::int64_t at_ns;
    std::uint64_t order;  // sequence << kSlotBits | slot
    /// One comparison without a branch that cannot be foretold. Dates are not negative.
    [[nodiscard]] unsigned __int128 rank() const {
      return static_cast<unsigned __int128>(static_cast<std::uint64_t>(at_ns)) << 64 | order;
    }
    friend bool operator<(const Key& a, const Key& b) { return a.rank() < b.rank(); }
  };
  struct Body {
    EventTarget* target;
    std::uint64_t payload;
  };

  template <bool kTraced>
  void fire_up_to_horizon();
  void close_vacancy();
  void sift_up(Key key);
  void sift_down_from_root(Key key);
  std::uint64_t take_slot();

  std::vector<Key> keys_;  // a 4-ary heap, the earliest first
  std::vector<Body> bodies_;
  std::vector<std::uint32_t> free_slots_;
  Companion* companion_ = nullptr;
  EventTracer* tracer_ = nullptr;
  std::int64_t now_ns_ = 0;
  std::int64_t horizon_ns_ = -1;  // events up to here may fire without asking anybody
  std::uint64_t next_sequence_ = 0;
  std::uint64_t fired_ = 0;
  std::uint64_t digest_ = 0;
  // While an event fires, its key is gone and the root is vacant: the first event that it schedules
  // takes the place, which saves one of the two walks through the heap.
  bool root_is_vacant_ = false;
  bool running_ = false;
  bool stopped_ = false;
};

}  // namespace wavetank::sim

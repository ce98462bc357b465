#pragma once

// A process that uses the key-value service: it reads and changes keys that all such clients share
// (or puts keys of its own), with a window of requests that it keeps full (closed loop) or at
// random times (open loop). Every value begins with the number of the change that made it, which no
// other change has: that is how what is read is told apart.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "engine/base/random.h"
#include "engine/coordination/kv/client.h"
#include "engine/port/role.h"
#include "sim/check/kv_call.h"

namespace wavetank::sim {

/// What the clients of one declaration do.
struct KvMix {
  std::uint32_t outstanding = 1;  ///< requests of a client under way
  double rate = 0;                ///< of this client, requests/s; 0: a closed loop
  double read_share = 0.5;
  double serializable_share = 0;  ///< of reads
  double compare_share = 0;       ///< of changes: compare-and-put
  double remove_share = 0;        ///< of changes
  std::uint64_t keys = 1;
  bool new_keys = false;
  std::uint32_t key_bytes = 8;
  std::uint32_t value_bytes = 256;
  Time stop;  ///< nothing is asked from here on
};

/// Watches a client; changes nothing. Times are the observer's own affair.
class KvWatcher {
 public:
  virtual ~KvWatcher() = default;
  virtual void client_began(std::uint32_t client) = 0;
  /// `late`: how long ago it was meant to be asked.
  virtual void asked(std::uint32_t client, kv::RequestId request, const KvCall& call,
                     Duration late) = 0;
  virtual void answered(std::uint32_t client, kv::RequestId request, kv::ErrorCode error,
                        const kv::Outcome& outcome) = 0;
  /// The client had too many requests open for one more.
  virtual void shed(std::uint32_t client) = 0;
  [[nodiscard]] virtual Time now() const = 0;
};

class KvClient final : public port::Role, private kv::ClientUser {
 public:
  struct Place {
    std::uint32_t client = 0;  ///< among all of the run
    std::uint32_t life = 0;    ///< processes before this one
    std::uint64_t seed = 0;
  };

  KvClient(Place place, const KvMix& mix, const kv::ClientConfig& config,
           std::vector<NodeId> servers, KvWatcher& watcher);

  void start(port::Now now, port::Ports& ports) override;
  void on_message(port::Now now, NodeId from, port::Lane lane, const port::Message& message,
                  port::Ports& ports) override;
  void on_timer(port::Now now, port::TimerId timer, port::Ports& ports) override;
  void on_reset(port::Now now, NodeId peer, port::Ports& ports) override;
  void describe(port::Description& out) const override;

 private:
  /// What the client saw last of a key.
  struct Seen {
    kv::Revision modified;
    std::int64_t number = 0;
  };

  void answered(const port::Step& step, kv::RequestId request, kv::ErrorCode error,
                const kv::Outcome& outcome) override;

  void fill(const port::Step& step);
  void ask_on_time(const port::Step& step);
  Duration draw_gap();
  void ask(const port::Step& step, Duration late);
  KvCall next();
  std::string key(std::uint64_t number) const;
  kv::Transaction transaction_of(const KvCall& call);
  void note(const KvCall& call, const kv::Outcome& outcome);

  Place place_;
  KvMix mix_;
  KvWatcher& watcher_;
  kv::Client client_;
  Random random_;
  Bytes filling_;  ///< of values, behind their number
  std::uint64_t changes_ = 0;
  Time next_at_;  ///< of an open loop: when the next is meant to be asked
  std::map<kv::RequestId, KvCall> under_way_;
  std::map<std::string, Seen> seen_;  ///< kept if there are compare-and-puts
};

}  // namespace wavetank::sim

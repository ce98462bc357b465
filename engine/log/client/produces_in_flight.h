#pragma once

// The produce requests that a producer has sent and has no answer to, and which batches each holds.

#include <cstddef>
#include <vector>

#include "engine/log/client/network_client.h"
#include "engine/log/client/record_accumulator.h"

namespace wavetank::log {

class ProducesInFlight {
 public:
  /// The batches of a request; null: expired meanwhile.
  using Batches = std::vector<ProducerBatch*>;

  explicit ProducesInFlight(std::size_t brokers) : requests_(brokers) {}

  [[nodiscard]] std::size_t brokers() const { return requests_.size(); }
  [[nodiscard]] std::size_t count(BrokerIndex broker) const { return requests_[broker].size(); }

  void add(BrokerIndex broker, CorrelationId correlation, Batches batches);
  /// It is answered, or lost. REQUIRES: it is in flight.
  Batches take(BrokerIndex broker, CorrelationId correlation);
  /// Nobody waits for what becomes of a batch any more that was sent.
  void forget(const ProducerBatch& batch);

  /// An empty list for the next request.
  Batches fresh_list();
  /// Its memory is used again.
  void recycle(Batches&& batches);

  /// For who looks: the requests, in the order sent to each broker.
  void describe(port::Description& out, const NetworkClient& network) const;

 private:
  struct Request {
    CorrelationId correlation = 0;
    Batches batches;
  };
  std::vector<std::vector<Request>> requests_;  ///< by broker index, in the order sent
  std::vector<Batches> spare_lists_;
};

}  // namespace wavetank::log

#include "engine/log/client/produces_in_flight.h"

#include <algorithm>
#include <utility>

#include "engine/base/ensure.h"

namespace wavetank::log {

void ProducesInFlight::add(BrokerIndex broker, CorrelationId correlation, Batches batches) {
  requests_[broker].push_back({correlation, std::move(batches)});
}

ProducesInFlight::Batches ProducesInFlight::take(BrokerIndex broker, CorrelationId correlation) {
  std::vector<Request>& requests = requests_[broker];
  const auto found = std::ranges::find(requests, correlation, &Request::correlation);
  ENSURE(found != requests.end(), "a pending produce request has its batches");
  Batches batches = std::move(found->batches);
  requests.erase(found);
  return batches;
}

void ProducesInFlight::forget(const ProducerBatch& batch) {
  for (Request& it : requests_[batch.sent_to]) {
    std::ranges::replace(it.batches, const_cast<ProducerBatch*>(&batch), nullptr);
  }
}

ProducesInFlight::Batches ProducesInFlight::fresh_list() {
  if (spare_lists_.empty()) {
    return {};
  }
  Batches list = std::move(spare_lists_.back());
  spare_lists_.pop_back();
  return list;
}

void ProducesInFlight::recycle(Batches&& batches) {
  batches.clear();
  spare_lists_.push_back(std::move(batches));
}

}  // namespace wavetank::log

#include "engine/log/protocol/transactions.h"

#include "engine/log/protocol/encoding.h"

namespace wavetank::log {

void fields(auto& f, Is<FindTransactionCoordinatorRequest> auto& m) {
  f(m.transactional_id);
}
void fields(auto& f, Is<FindTransactionCoordinatorResponse> auto& m) {
  f(m.error), f(m.coordinator);
}
void fields(auto& f, Is<AddPartitionsToTxnRequest> auto& m) {
  f(m.transactional_id), f(m.producer), f(m.epoch), f(m.partitions);
}
void fields(auto& f, Is<AddPartitionsToTxnResponse> auto& m) {
  f(m.error);
}
void fields(auto& f, Is<AddOffsetsToTxnRequest> auto& m) {
  f(m.transactional_id), f(m.producer), f(m.epoch), f(m.group);
}
void fields(auto& f, Is<AddOffsetsToTxnResponse> auto& m) {
  f(m.error);
}
void fields(auto& f, Is<EndTxnRequest> auto& m) {
  f(m.transactional_id), f(m.producer), f(m.epoch), f(m.outcome);
}
void fields(auto& f, Is<EndTxnResponse> auto& m) {
  f(m.error);
}
void fields(auto& f, Is<WriteTxnMarkersRequest::Marker> auto& m) {
  f(m.partition), f(m.leader_epoch), f(m.producer), f(m.epoch), f(m.outcome),
      f(m.coordinator_epoch);
}
void fields(auto& f, Is<WriteTxnMarkersRequest> auto& m) {
  f(m.markers);
}
void fields(auto& f, Is<WriteTxnMarkersResponse> auto& m) {
  f(m.errors);
}

WAVETANK_MESSAGE(FindTransactionCoordinatorRequest)
WAVETANK_MESSAGE(FindTransactionCoordinatorResponse)
WAVETANK_MESSAGE(AddPartitionsToTxnRequest)
WAVETANK_MESSAGE(AddPartitionsToTxnResponse)
WAVETANK_MESSAGE(AddOffsetsToTxnRequest)
WAVETANK_MESSAGE(AddOffsetsToTxnResponse)
WAVETANK_MESSAGE(EndTxnRequest)
WAVETANK_MESSAGE(EndTxnResponse)
WAVETANK_MESSAGE(WriteTxnMarkersRequest)
WAVETANK_MESSAGE(WriteTxnMarkersResponse)

}  // namespace wavetank::log

#include "engine/log/protocol/clients.h"

#include "engine/log/protocol/encoding.h"

namespace wavetank::log {

void fields(auto&, Is<MetadataRequest> auto&) {}
void fields(auto& f, Is<MetadataResponse::Partition> auto& m) {
  f(m.leader), f(m.leader_epoch);
}
void fields(auto& f, Is<MetadataResponse> auto& m) {
  f(m.version), f(m.alive), f(m.partitions);
}
void fields(auto& f, Is<InitProducerIdRequest> auto& m) {
  f(m.transactional_id), f(m.timeout), f(m.producer), f(m.epoch);
}
void fields(auto& f, Is<InitProducerIdResponse> auto& m) {
  f(m.error), f(m.producer), f(m.epoch);
}
void fields(auto& f, Is<ProduceRequest::Partition> auto& m) {
  f(m.partition), f(m.batch);
}
void fields(auto& f, Is<ProduceRequest> auto& m) {
  f(m.client), f(m.acks), f(m.timeout), f(m.partitions);
}
void fields(auto& f, Is<ProduceResponse::Partition> auto& m) {
  f(m.partition), f(m.error), f(m.base_offset);
}
void fields(auto& f, Is<ProduceResponse> auto& m) {
  f(m.throttle), f(m.partitions);
}
void fields(auto& f, Is<FetchRequest::Partition> auto& m) {
  f(m.partition), f(m.leader_epoch), f(m.offset), f(m.last_epoch);
}
void fields(auto& f, Is<FetchRequest> auto& m) {
  f(m.client), f(m.replica), f(m.broker_epoch), f(m.max_wait), f(m.min_bytes), f(m.max_bytes),
      f(m.max_partition_bytes), f(m.isolation);
  f(m.session), f(m.session_epoch), f(m.partitions), f(m.forgotten);
}
void fields(auto& f, Is<FetchResponse::Aborted> auto& m) {
  f(m.producer), f(m.first);
}
void fields(auto& f, Is<FetchResponse::Partition> auto& m) {
  f(m.partition), f(m.error), f(m.high_watermark), f(m.last_stable), f(m.log_start),
      f(m.diverging_epoch), f(m.diverging_end);
  f(m.aborted), f(m.batches);
}
void fields(auto& f, Is<FetchResponse> auto& m) {
  f(m.error), f(m.throttle), f(m.session), f(m.partitions);
}
void fields(auto& f, Is<ListOffsetsRequest::Partition> auto& m) {
  f(m.partition), f(m.leader_epoch), f(m.timestamp_ms);
}
void fields(auto& f, Is<ListOffsetsRequest> auto& m) {
  f(m.partitions);
}
void fields(auto& f, Is<ListOffsetsResponse::Partition> auto& m) {
  f(m.partition), f(m.error), f(m.offset), f(m.timestamp_ms);
}
void fields(auto& f, Is<ListOffsetsResponse> auto& m) {
  f(m.partitions);
}

WAVETANK_MESSAGE(MetadataRequest)
WAVETANK_MESSAGE(MetadataResponse)
WAVETANK_MESSAGE(InitProducerIdRequest)
WAVETANK_MESSAGE(InitProducerIdResponse)
WAVETANK_MESSAGE(ProduceRequest)
WAVETANK_MESSAGE(ProduceResponse)
WAVETANK_MESSAGE(FetchRequest)
WAVETANK_MESSAGE(FetchResponse)
WAVETANK_MESSAGE(ListOffsetsRequest)
WAVETANK_MESSAGE(ListOffsetsResponse)

}  // namespace wavetank::log

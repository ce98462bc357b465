#include "engine/log/protocol/cluster.h"

#include "engine/log/protocol/encoding.h"

namespace wavetank::log {

void fields(auto& f, Is<PartitionState> auto& m) {
  f(m.partition), f(m.leader), f(m.leader_epoch), f(m.partition_epoch), f(m.replicas), f(m.in_sync),
      f(m.adding), f(m.removing);
}
void fields(auto& f, Is<MetadataDelta> auto& m) {
  f(m.to), f(m.partitions), f(m.alive), f(m.replication_throttle);
}

void fields(auto& f, Is<RegisterBrokerRequest> auto& m) {
  f(m.incarnation);
}
void fields(auto& f, Is<RegisterBrokerResponse> auto& m) {
  f(m.error), f(m.broker_epoch), f(m.metadata), f(m.controller);
}
void fields(auto& f, Is<BrokerHeartbeatRequest> auto& m) {
  f(m.broker_epoch), f(m.metadata_version), f(m.want_shut_down);
}
void fields(auto& f, Is<BrokerHeartbeatResponse> auto& m) {
  f(m.error), f(m.metadata), f(m.controller), f(m.should_shut_down);
}
void fields(auto& f, Is<AlterPartitionRequest::Partition> auto& m) {
  f(m.partition), f(m.leader_epoch), f(m.partition_epoch), f(m.in_sync), f(m.broker_epochs);
}
void fields(auto& f, Is<AlterPartitionRequest> auto& m) {
  f(m.broker_epoch), f(m.partitions);
}
void fields(auto& f, Is<AlterPartitionResponse::Partition> auto& m) {
  f(m.error), f(m.state);
}
void fields(auto& f, Is<AlterPartitionResponse> auto& m) {
  f(m.error), f(m.partitions), f(m.controller);
}
void fields(auto& f, Is<MetadataPush> auto& m) {
  f(m.metadata);
}

void fields(auto& f, Is<UpdateClusterRequest> auto& m) {
  f(m.controller_epoch), f(m.broker_epoch), f(m.metadata);
}
void fields(auto& f, Is<UpdateClusterResponse> auto& m) {
  f(m.error), f(m.version);
}

void fields(auto& f, Is<AlterPartitionReassignmentsRequest::Partition> auto& m) {
  f(m.partition), f(m.replicas);
}
void fields(auto& f, Is<AlterPartitionReassignmentsRequest> auto& m) {
  f(m.throttle), f(m.partitions);
}
void fields(auto& f, Is<AlterPartitionReassignmentsResponse::Partition> auto& m) {
  f(m.partition), f(m.error);
}
void fields(auto& f, Is<AlterPartitionReassignmentsResponse> auto& m) {
  f(m.error), f(m.partitions), f(m.controller);
}

WAVETANK_MESSAGE(RegisterBrokerRequest)
WAVETANK_MESSAGE(RegisterBrokerResponse)
WAVETANK_MESSAGE(BrokerHeartbeatRequest)
WAVETANK_MESSAGE(BrokerHeartbeatResponse)
WAVETANK_MESSAGE(AlterPartitionRequest)
WAVETANK_MESSAGE(AlterPartitionResponse)
WAVETANK_MESSAGE(MetadataPush)
WAVETANK_MESSAGE(UpdateClusterRequest)
WAVETANK_MESSAGE(UpdateClusterResponse)
WAVETANK_MESSAGE(AlterPartitionReassignmentsRequest)
WAVETANK_MESSAGE(AlterPartitionReassignmentsResponse)

}  // namespace wavetank::log

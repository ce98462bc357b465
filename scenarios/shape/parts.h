#pragma once

// The parts that a scenario file is described in: a file for each, put together by
// scenarios/scenario_shape.cpp.

#include <string>
#include <string_view>
#include <vector>

#include "scenarios/description.h"
#include "scenarios/scenario.h"

namespace wavetank::scenarios::shape {

// names.cpp

/// A name from a catalogue: the schema lists them, the parser suggests the nearest.
Type<std::string> catalogue_name(std::string what, const std::vector<std::string_view>& known);
/// Ids of the papers' figures, and of the papers.
std::vector<std::string_view> figure_ids();
std::vector<std::string_view> paper_ids();
/// A name that the file itself gives: what results and paths can carry without quoting.
Type<std::string> own_name(std::string what, std::string example);
/// Hosts: "broker[*]", "broker[1..2]", "broker-2", "*".
Type<Selector> selector();

// The others, by their file.

Type<Cluster> cluster();
Type<Costs> costs();
Type<Services> services();
Type<Workload> workload();
Type<ConsumerGroup> consumer_group();
Type<log::ProducerConfig> producer_settings();
Type<log::ConsumerConfig> consumer_settings();
Type<Processor> processor();
/// services.coordination and clients.
Type<CoordinationService> coordination_service();
Type<CoordinationClients> coordination_clients();
/// services.kv and kv_clients.
Type<KvService> kv_service();
Type<KvClients> kv_clients();
/// Settings of a Raft quorum: controllers, key-value servers.
Type<raft::Config> quorum_settings(raft::Config defaults);
Type<When> when();
Type<Fault> fault();
Type<Slo> slo();
Type<MeantToFail> meant_to_fail();
Type<Knee> knee();
Type<Expectation> expectation();
Type<Found> found();

}  // namespace wavetank::scenarios::shape

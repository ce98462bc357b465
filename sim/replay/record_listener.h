#pragma once

// Who follows records on their way, beside the transitions of processes: hears what applications do
// to them (RecordTrace), and what brokers and their processes do. Each listens to what it has a use
// for.

#include <cstdint>
#include <string>
#include <string_view>

#include "sim/observe/record_trace.h"

namespace wavetank::sim {

class RecordListener : public RecordTrace {
 public:
  virtual void appended(NodeId /*broker*/, log::PartitionId /*p*/, log::Offset /*base*/,
                        log::Offset /*last*/, log::LeaderEpoch /*epoch*/, bool /*as_leader*/) {}
  virtual void high_watermark_advanced(NodeId /*leader*/, log::PartitionId /*p*/,
                                       log::Offset /*to*/) {}
  virtual void truncated(NodeId /*broker*/, log::PartitionId /*p*/, log::Offset /*old_end*/,
                         log::Offset /*new_end*/) {}
  virtual void log_start_advanced(NodeId /*broker*/, log::PartitionId /*p*/,
                                  log::Offset /*start*/) {}
  virtual void log_cleaned(NodeId /*broker*/, log::PartitionId /*p*/, log::Offset /*up_to*/) {}
  virtual void became_leader(NodeId /*broker*/, log::PartitionId /*p*/, log::LeaderEpoch /*epoch*/,
                             log::Offset /*end*/) {}
  virtual void log_recovered(NodeId /*broker*/, log::PartitionId /*p*/, log::Offset /*end*/) {}
  virtual void replica_removed(NodeId /*broker*/, log::PartitionId /*p*/) {}
  virtual void offset_committed(std::string_view /*group*/, log::PartitionId /*p*/,
                                log::Offset /*offset*/) {}
  virtual void process_ended(NodeId /*broker*/, const std::string& /*how*/) {}
};

}  // namespace wavetank::sim

#pragma once

// What an answer refuses, for who observes: the whole request, or partitions of it.

#include "engine/log/probe.h"
#include "engine/log/protocol/protocol.h"

namespace wavetank::log {

/// Of an answer that `by` gives, or of what becomes one: all that is told is its `error` and that
/// of its `partitions`, of which it need not have both.
template <class Response>
void tell_refusals(Probe& probe, NodeId by, const Response& response) {
  if constexpr (requires { response.error; }) {
    if (response.error != ErrorCode::none) {
      probe.whole_request_refused(by, response.error);
    }
  }
  if constexpr (requires { response.partitions; }) {
    for (const auto& partition : response.partitions) {
      if (partition.error == ErrorCode::none) {
        continue;
      }
      if constexpr (requires { partition.state; }) {
        probe.request_refused(by, partition.state.partition, partition.error);
      } else {
        probe.request_refused(by, partition.partition, partition.error);
      }
    }
  }
}

}  // namespace wavetank::log

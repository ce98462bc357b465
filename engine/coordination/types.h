#pragma once

// The identities and errors of the coordination service. Names follow ZooKeeper (Hunt et al.,
// "ZooKeeper: wait-free coordination for internet-scale systems", USENIX ATC 2010) and Zab
// (Junqueira, Reed, Serafini, "Zab: high-performance broadcast for primary-backup systems", DSN
// 2011).

#include <cstdint>
#include <string_view>

#include "engine/base/ids.h"
#include "engine/base/strong.h"

namespace wavetank::coordination {

/// The reign of one leader; 0 before the first.
using Epoch = Strong<struct EpochTag, std::uint32_t>;
/// Places a transaction in the total order: the epoch in the upper 32 bits, a counter in the lower.
using Zxid = Strong<struct ZxidTag, std::uint64_t>;
/// Given by the server a client first connected to; 0 is nobody's.
using SessionId = Strong<struct SessionIdTag, std::uint64_t>;
/// Numbers the requests of one client process, from 1.
using Xid = Strong<struct XidTag, std::uint32_t>;

inline constexpr NodeId kNoServer{~std::uint32_t{0}};
inline constexpr SessionId kNoSession{0};
/// The version that a conditional update gives to mean: whatever it is.
inline constexpr std::int32_t kAnyVersion = -1;

constexpr Epoch epoch_of(Zxid zxid) {
  return Epoch(static_cast<std::uint32_t>(zxid.value() >> 32));
}
constexpr std::uint32_t counter_of(Zxid zxid) {
  return static_cast<std::uint32_t>(zxid.value());
}
constexpr Zxid make_zxid(Epoch epoch, std::uint32_t counter) {
  return Zxid((std::uint64_t{epoch.value()} << 32) | counter);
}

enum class ErrorCode : std::uint8_t {
  ok,
  runtime_inconsistency,  ///< another part of the same multi failed
  connection_loss,        ///< the connection broke: what was asked may or may not have happened
  bad_arguments,
  no_node,
  bad_version,
  no_children_for_ephemerals,
  node_exists,
  not_empty,
  session_expired,
  session_moved,  ///< the session belongs to another server by now
};
/// "BadVersion": the name the field knows it by.
std::string_view name(ErrorCode error);

}  // namespace wavetank::coordination

#pragma once

// The vocabulary of the key-value service. Names follow etcd's version 3 interface and, for
// sessions, Ongaro's thesis ("Consensus: Bridging Theory and Practice", 2014, section 6.3).

#include <cstdint>
#include <string_view>

#include "engine/base/ids.h"
#include "engine/base/strong.h"

namespace wavetank::kv {

/// Counts the changes of the store; all that one transaction changes has the same. An empty store
/// stands at 1.
using Revision = Strong<struct RevisionTag, std::uint64_t>;
/// A client as the log knows it: the index of the entry that opened it; 0 is nobody's.
using SessionId = Strong<struct SessionIdTag, std::uint64_t>;
/// Numbers the transactions of one session, from 1.
using Sequence = Strong<struct SequenceTag, std::uint64_t>;

inline constexpr NodeId kNoServer{~std::uint32_t{0}};
inline constexpr SessionId kNoSession{0};

enum class ErrorCode : std::uint8_t {
  ok,
  not_leader,         ///< not asked of the leader, or it leads no more: ask again
  too_many_requests,  ///< nothing has happened: ask again later
  bad_request,        ///< nothing has happened, nor ever will: a bound is exceeded, or no request
  session_expired,    ///< the session is forgotten: whether it has happened is not known any more
  timed_out,          ///< said by the client: it may have happened, and may still
};
/// "NotLeader": as reports write it.
std::string_view name(ErrorCode error);

/// How new what is read must be.
enum class Consistency : std::uint8_t {
  linearizable,  ///< as new as anything acknowledged before the read was asked for
  serializable,  ///< some state that once was: what the server that is asked happens to have
};

}  // namespace wavetank::kv

#pragma once

// The vocabulary of the quorum (Ongaro and Ousterhout, "In search of an understandable consensus
// algorithm", 2014, section 5).

#include <cstdint>

#include "engine/base/bytes.h"
#include "engine/base/ids.h"
#include "engine/base/strong.h"

namespace wavetank::raft {

/// Counts elections; at most one leader a term.
using Term = Strong<struct TermTag, std::uint64_t>;
/// Place of an entry in the replicated log. The first is 1; 0 stands before it.
using LogIndex = Strong<struct LogIndexTag, std::uint64_t>;

struct Entry {
  Term term;
  Bytes command;  ///< empty: the entry with which a leader begins its term
};

/// What a server is to the others.
enum class Standing : std::uint8_t {
  follower,
  pre_candidate,  ///< asks whether it would be elected, without raising its term
  candidate,
  leader,
};

}  // namespace wavetank::raft

#pragma once

// What a read tells about a znode besides its data (ZooKeeper: Stat).

#include <cstdint>

#include "engine/coordination/types.h"
#include "engine/port/message_codec.h"

namespace wavetank::coordination {

struct Stat {
  Zxid created;           ///< czxid
  Zxid modified;          ///< mzxid: the last change of the data
  Zxid children_changed;  ///< pzxid: the last child created or deleted
  std::int64_t created_ms = 0;
  std::int64_t modified_ms = 0;
  std::int32_t version = 0;   ///< changes of the data
  std::int32_t cversion = 0;  ///< children created and deleted
  SessionId ephemeral_owner = kNoSession;
  std::uint32_t data_bytes = 0;
  std::uint32_t children = 0;

  friend bool operator==(const Stat&, const Stat&) = default;
};

void fields(auto& f, port::Is<Stat> auto& s) {
  f(s.created), f(s.modified), f(s.children_changed), f(s.created_ms), f(s.modified_ms);
  f(s.version), f(s.cversion), f(s.ephemeral_owner), f(s.data_bytes), f(s.children);
}

}  // namespace wavetank::coordination

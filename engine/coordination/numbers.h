#pragma once

// Numbers of the coordination service as people read them.

#include <charconv>
#include <string>

#include "engine/coordination/types.h"

namespace wavetank::coordination {

/// "3:42", epoch and counter.
inline std::string text(Zxid zxid) {
  return std::to_string(epoch_of(zxid).value()) + ":" + std::to_string(counter_of(zxid));
}
/// "0x7f3a"; "none" for nobody's.
inline std::string text(SessionId session) {
  if (session == kNoSession) {
    return "none";
  }
  char digits[16];
  const auto end = std::to_chars(digits, digits + sizeof digits, session.value(), 16).ptr;
  return "0x" + std::string(digits, end);
}

}  // namespace wavetank::coordination

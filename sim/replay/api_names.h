#pragma once

// What requests are called, whatever system they are of.

#include <cstdint>
#include <string>

namespace wavetank::sim {

/// "append_entries"; "api 200" for a key that nobody has.
std::string api_name(std::uint8_t key);

}  // namespace wavetank::sim

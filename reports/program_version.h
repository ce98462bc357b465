#pragma once

#include <string_view>

namespace wavetank::reports {

/// Which program this is: "0.1.0+5f70bf18", its version and a digest of its sources
/// (cmake/ProgramVersion.cmake). Of two that differ, the same scenario and seed may give other
/// events.
std::string_view program_version();

}  // namespace wavetank::reports

#pragma once

// Surroundings that a result must not depend on. A process in other ones has
//
//   - its code, heap and stack at other addresses: the layout is randomised if the parent's is not,
//     and fixed if it is, where the system allows that; a greater environment moves the stack;
//   - blocks in another order: a heap with holes (`scramble_heap`), no cache of freed blocks, and
//     big ones in mappings of their own;
//   - other bytes in memory that nobody has written to, and in memory that was freed;
//   - another environment: time zone, locale, size.

#include <string>
#include <vector>

namespace wavetank::sim {

/// Turns this process into the program command[0] in such surroundings; returns only if there is no
/// such program.
void become_elsewhere(const std::vector<std::string>& command);
/// The same in this process's own surroundings.
void become(const std::vector<std::string>& command);

/// For a process elsewhere, before it does anything else.
void scramble_heap();

}  // namespace wavetank::sim

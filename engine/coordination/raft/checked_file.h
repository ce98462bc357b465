#pragma once

// Small files that are replaced as a whole: a version, the content, a checksum over both.

#include <optional>
#include <string_view>

#include "engine/base/bytes.h"
#include "engine/port/step.h"

namespace wavetank::raft {

void replace_checked(const port::Step& step, std::string_view name, ByteView content,
                     port::StorageToken token);
/// The content of such a file; nothing if it is damaged.
std::optional<ByteView> checked_content(ByteView file);

}  // namespace wavetank::raft

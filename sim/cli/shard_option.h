#pragma once

// --shard 2/8 of the verbs whose runs several machines can share.

#include <optional>
#include <string>

#include "reports/study/sweep.h"

namespace CLI {
class App;
}

namespace wavetank::cli {

/// Adds the option; `text` outlives the parse.
void add_shard(CLI::App& verb, std::string& text);
/// "2/8"; the whole if the text is empty; nothing: it is neither, and stderr says what was
/// expected.
std::optional<reports::Shard> parse_shard(const std::string& text);

}  // namespace wavetank::cli

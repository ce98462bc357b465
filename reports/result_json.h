#pragma once

// `result.json` and `run.meta.json`. The names are a public contract, described by
// reports/result.schema.json (JSON Schema, draft-07).

#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "reports/result.h"

namespace wavetank::reports {

/// Deterministic to the byte: fixed order of keys, the shortest numbers that read back as the same
/// value, "\n" at line ends, no locale. Bytes of text that are no UTF-8 are replaced.
std::string write_result(const RunResult& result);

/// Reads what `write_result` wrote; keys that it does not know are skipped. Errors name the place
/// as a JSON pointer: not JSON, another schema version, a missing or wrong value.
Result<RunResult> read_result(std::string_view json);

std::string write_meta(const RunMeta& meta);
/// The command in what `write_meta` wrote; empty if there is none.
std::string read_command(std::string_view meta);

}  // namespace wavetank::reports

#pragma once

// Paths of znodes: "/", "/brokers", "/brokers/ids".

#include <string>
#include <string_view>

namespace wavetank::coordination {

/// Absolute, no empty, "." or ".." element, no trailing slash, no control character, of bounded
/// length.
bool valid_path(std::string_view path);
/// "/brokers" of "/brokers/ids". REQUIRES: valid, not "/".
std::string_view parent_of(std::string_view path);
/// "ids" of "/brokers/ids". REQUIRES: valid, not "/".
std::string_view name_of(std::string_view path);
std::string child_path(std::string_view parent, std::string_view name);
/// The path of a sequential node: ten digits behind it.
std::string sequential_path(std::string_view path, std::int32_t sequence);

}  // namespace wavetank::coordination

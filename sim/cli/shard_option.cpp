#include "sim/cli/shard_option.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>

#include "sim/cli/diagnostics.h"

namespace wavetank::cli {

namespace {

/// 0 for what is no number.
std::uint32_t number_in(std::string_view digits) {
  std::uint32_t number = 0;
  const char* const end = digits.data() + digits.size();
  const auto [rest, error] = std::from_chars(digits.data(), end, number);
  return error == std::errc{} && rest == end ? number : 0;
}

}  // namespace

void add_shard(CLI::App& verb, std::string& text) {
  verb.add_option("--shard", text,
                  "One of several parts, such as 2/8; `wavetank merge` puts them together");
}

std::optional<reports::Shard> parse_shard(const std::string& text) {
  if (text.empty()) {
    return reports::Shard{};
  }
  const std::size_t slash = std::min(text.find('/'), text.size() - 1);
  const std::string_view all = text;
  const reports::Shard shard{number_in(all.substr(0, slash)), number_in(all.substr(slash + 1))};
  if (shard.index < 1 || shard.index > shard.count || shard.count > reports::kMaxShards) {
    complain(fmt::format("--shard {}: expected a part and the number of parts, such as 2/8, up to "
                         "{} (limit shards)",
                         text, reports::kMaxShards),
             reports::ExitCode::usage);
    return std::nullopt;
  }
  return shard;
}

}  // namespace wavetank::cli

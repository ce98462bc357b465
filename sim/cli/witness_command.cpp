#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <cstdio>
#include <memory>

#include "scenarios/load.h"
#include "sim/cli/command.h"
#include "sim/cli/diagnostics.h"
#include "sim/cli/output.h"
#include "sim/verify/surroundings.h"
#include "sim/verify/witness.h"

namespace wavetank::cli {

namespace {

using reports::ExitCode;

struct WitnessArguments {
  std::string file;
  std::vector<std::string> overrides;
  std::optional<std::uint64_t> seed;
  std::string events;
  std::string baseline;
  bool elsewhere = false;
  bool no_knee = false;
};

/// "12..34"
std::optional<sim::Stretch> parse_stretch(const std::string& text) {
  sim::Stretch stretch;
  const char* const end = text.data() + text.size();
  const auto first = std::from_chars(text.data(), end, stretch.first);
  if (first.ec != std::errc() || !std::string_view(first.ptr, end).starts_with("..")) {
    return std::nullopt;
  }
  const auto last = std::from_chars(first.ptr + 2, end, stretch.last);
  const bool good = last.ec == std::errc() && last.ptr == end && !stretch.is_empty();
  return good ? std::optional(stretch) : std::nullopt;
}

ExitCode testify(const WitnessArguments& arguments) {
  if (arguments.elsewhere) {
    sim::scramble_heap();
  }
  const std::optional<sim::Stretch> stretch =
      arguments.events.empty() ? sim::Stretch{} : parse_stretch(arguments.events);
  if (!stretch) {
    fmt::print(stderr, "wavetank: --events: expected a range, such as 120..140\n");
    return ExitCode::usage;
  }
  const scenarios::Loaded loaded =
      scenarios::load_file(arguments.file, {arguments.overrides, arguments.seed, {}});
  if (!loaded.scenario) {
    print_diagnostics(loaded.diagnostics, stderr);
    return loaded.unreadable ? ExitCode::input_output : ExitCode::scenario_invalid;
  }
  std::optional<reports::Baseline> baseline;
  if (!arguments.baseline.empty()) {
    auto kept = load_baseline(arguments.baseline);
    if (!kept) {
      return complain(kept.error().message, ExitCode::input_output);
    }
    baseline = std::move(*kept);
  }
  sim::RunHooks hooks;
  hooks.baseline = baseline ? &*baseline : nullptr;
  sim::testify(
      *loaded.scenario, *stretch, !arguments.no_knee,
      [](std::string_view text) { fmt::print("{}", text); }, std::move(hooks));
  return ExitCode::ok;
}

}  // namespace

void add_witness(CLI::App& app, const GlobalOptions& /*options*/, ExitCode& exit_code) {
  auto arguments = std::make_shared<WitnessArguments>();
  CLI::App* verb =
      app.add_subcommand("witness", "Run a scenario and print what it did, event by event");
  verb->group("");  // for --verify, and for who looks into what that has found: docs/determinism.md
  verb->add_option("FILE", arguments->file, "A scenario")->required();
  verb->add_option("--set", arguments->overrides, "Change a value: path=value")
      ->take_all()
      ->allow_extra_args(false);
  verb->add_option("--seed", arguments->seed, "Root of all random streams")
      ->check(CLI::Range(0.0, 0x1p53));
  verb->add_option("--events", arguments->events, "Print these events in full, and end: 120..140");
  verb->add_flag("--elsewhere", arguments->elsewhere, "With holes in the heap, as --verify does");
  verb->add_option("--baseline", arguments->baseline, "What `baseline` means in objectives");
  verb->add_flag("--no-knee", arguments->no_knee, "Do not search for knees of figures");
  verb->callback([arguments, &exit_code] { exit_code = testify(*arguments); });
}

}  // namespace wavetank::cli

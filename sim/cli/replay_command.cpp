#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "reports/printable.h"
#include "sim/cli/command.h"
#include "sim/cli/diagnostics.h"
#include "sim/cli/progress.h"
#include "sim/cli/signals.h"
#include "sim/cli/subject.h"
#include "sim/cli/terminal.h"
#include "sim/replay/show.h"

namespace wavetank::cli {

namespace {

using reports::ExitCode;

struct ReplayArguments {
  std::string path;
  std::string at;
  std::vector<std::string> show;
  std::string against;
  std::string events;
  std::vector<std::string> overrides;
  std::optional<std::uint64_t> seed;
  std::size_t transitions = 20;
  bool all = false;
  bool unchecked = false;
};

void print(const sim::Replayed& seen, const ReplayArguments& arguments,
           const GlobalOptions& options) {
  const sim::ShowOptions how{stdout_style(options), arguments.all};
  if (options.json) {
    fmt::print("{}", sim::replay_json(seen));
    return;
  }
  if (!arguments.against.empty()) {
    fmt::print("{}", sim::show_difference(seen, how));
  } else if (!seen.nodes.empty()) {
    fmt::print("{}", sim::show_nodes(seen, how));
  }
  if (!seen.stories.empty()) {
    fmt::print("{}", sim::show_stories(seen, how));
  }
  if (seen.checked && !options.quiet) {
    fmt::print("the run is the one that was: digest {}\n", seen.digest);
  }
}

ExitCode replay(const ReplayArguments& arguments, const GlobalOptions& options) {
  if (arguments.at.empty() && arguments.events.empty()) {
    fmt::print(stderr, "wavetank: say what to show: --at T --show NODE, or --events A..B\n");
    return ExitCode::usage;
  }
  if (arguments.at.empty() != arguments.show.empty()) {
    fmt::print(stderr, "wavetank: --at and --show belong together: a moment, and whose state\n");
    return ExitCode::usage;
  }
  if (!arguments.against.empty() && arguments.show.size() != 1) {
    fmt::print(stderr, "wavetank: --diff holds one node against the one that --show names\n");
    return ExitCode::usage;
  }
  sim::ReplayRequest request;
  if (!arguments.at.empty()) {
    const Result<sim::Moment> moment = sim::parse_moment(arguments.at);
    if (!moment) {
      fmt::print(stderr, "wavetank: {}\n", reports::printable(moment.error().message));
      return ExitCode::usage;
    }
    request.at = *moment;
  }
  const Subject subject = load_subject({arguments.path, arguments.overrides, arguments.seed});
  if (!subject.scenario) {
    return subject.code;
  }
  request.nodes = arguments.show;
  if (!arguments.against.empty()) {
    request.nodes.push_back(arguments.against);
  }
  if (!arguments.events.empty()) {
    request.events = arguments.events;
  }
  request.transitions = arguments.transitions;
  request.digest = arguments.unchecked ? std::nullopt : subject.digest;

  catch_signals();
  Progress progress(wants_progress(options));
  const sim::ReplayHooks hooks{[&](Time now, Time end) { progress.simulated(now, end); },
                               interruption};
  const Result<sim::Replayed> seen = sim::replay(*subject.scenario, request, hooks);
  progress.clear();
  if (!seen) {
    const auto stopped = interruption(Time(), Time());
    return complain(arguments.path + ": " + seen.error().message,
                    stopped ? stopped->code : ExitCode::failure);
  }
  print(*seen, arguments, options);
  return ExitCode::ok;
}

}  // namespace

void add_replay(CLI::App& app, const GlobalOptions& options, ExitCode& exit_code) {
  auto arguments = std::make_shared<ReplayArguments>();
  CLI::App* verb = app.add_subcommand("replay", "Run a result again, and look into it");
  verb->footer(
      "T is a time of the run (\"83.2s\": all that is dated until then has happened), or a moment\n"
      "that the run gives: first-failure, fault-2, fault-2-end, end.\n"
      "A result is run to its end, and its digest compared: what is shown is what was.\n\n"
      "Examples:\n"
      "  wavetank replay wavetank-out/orders-seed7 --at 83.2s --show broker-2\n"
      "  wavetank replay repro.json --at first-failure --show broker-2 --diff broker-3\n"
      "  wavetank replay out/ --events events-0@1187..1190      records by their offsets\n"
      "  wavetank replay out/ --events 1187                     by number, as \"lost: event "
      "1187\"\n"
      "  wavetank replay out/ --events 2/17..20                 of the third producer process\n");
  verb->add_option("RESULT", arguments->path,
                   "A result.json, the folder it is in, or a scenario file")
      ->required();
  verb->add_option("--at", arguments->at, "The moment to stop at");
  verb->add_option("--show", arguments->show, "Processes to show, or hosts that have one")
      ->allow_extra_args(false)
      ->take_all();
  verb->add_option("--diff", arguments->against, "Show only what differs at this process");
  verb->add_option("--events", arguments->events,
                   "Records to follow: A..B, PRODUCER/A..B or PARTITION@A..B");
  verb->add_option("--last", arguments->transitions, "Transitions to show of each process");
  verb->add_flag("--all", arguments->all,
                 "Every row of long lists; with --diff what is equal, too");
  verb->add_flag("--unchecked", arguments->unchecked,
                 "Do not run to the end to compare the digest with the result's");
  verb->add_option("--set", arguments->overrides, "Change a value of a scenario file: path=value")
      ->take_all()
      ->allow_extra_args(false);
  verb->add_option("--seed", arguments->seed, "Of a scenario file, instead of its own")
      ->check(CLI::Range(0.0, 0x1p53));
  verb->callback([arguments, &options, &exit_code] { exit_code = replay(*arguments, options); });
}

}  // namespace wavetank::cli

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string_view>
#include <type_traits>

#include "reports/export/alert_rehearsal.h"
#include "reports/export/dates.h"
#include "reports/export/exported.h"
#include "reports/export/trace.h"
#include "reports/printable.h"
#include "scenarios/quantity.h"
#include "sim/cli/command.h"
#include "sim/cli/diagnostics.h"
#include "sim/cli/output.h"
#include "sim/cli/progress.h"
#include "sim/cli/signals.h"
#include "sim/cli/subject.h"
#include "sim/cli/terminal.h"
#include "sim/replay/trace_run.h"

namespace wavetank::cli {

namespace {

using reports::ExitCode;
using reports::Exported;

struct ExportArguments {
  std::vector<std::string> results;
  std::string format;
  std::string output;
  std::string epoch;
  std::string latency = "e2e";
  std::string detail;
  std::string alert_over = "5min";
  std::string alert_for = "2min";
  std::string alert_limit = "100ms";
};

struct File {
  std::string path;  ///< empty: stdout
  std::string content;
};

/// What a format needs besides the results.
struct Wishes {
  std::int64_t epoch_s = reports::kDefaultEpoch_s;
  PackedHistogram reports::LatencyInterval::*latency = &reports::LatencyInterval::e2e;
  reports::AlertRule alert;
  std::optional<reports::Span> detail;  ///< of traces
  std::string output;
};

using Subjects = std::vector<Exported>;

struct Format {
  const char* name;
  bool takes_many;
  std::function<Result<std::vector<File>>(const Subjects&, const Wishes&)> write;
};

std::vector<File> one_file(const Wishes& wishes, std::string content) {
  return {{wishes.output, std::move(content)}};
}

/// Runs the result again with `look`, which says what it has seen, or why it has not.
template <class Look>
auto look_again(const std::string& path, const GlobalOptions& options, ExitCode& code, Look&& look)
    -> std::optional<typename std::invoke_result_t<Look, const scenarios::Scenario&,
                                                   const sim::ReplayHooks&>::value_type> {
  const Subject rerun = load_subject({path, {}, {}});
  code = rerun.code;
  if (!rerun.scenario) {
    return std::nullopt;
  }
  catch_signals();
  Progress progress(wants_progress(options));
  const sim::ReplayHooks hooks{[&](Time now, Time end) { progress.simulated(now, end); },
                               interruption};
  auto seen = look(*rerun.scenario, hooks);
  progress.clear();
  if (!seen) {
    const auto stopped = interruption(Time(), Time());
    code =
        complain(path + ": " + seen.error().message, stopped ? stopped->code : ExitCode::failure);
    return std::nullopt;
  }
  return std::move(*seen);
}

/// The formats that speak of more than a result keeps: the run is looked into again.
bool runs_again(const std::string& format) {
  return format == "omb" || format == "otlp" || format == "perfetto";
}

ExitCode write_rerun(const std::string& format, const std::string& path, const Exported& subject,
                     const Wishes& wishes, const GlobalOptions& options, std::vector<File>& files) {
  ExitCode code = ExitCode::ok;
  if (format == "omb") {
    const auto sending =
        look_again(path, options, code,
                   [&](const scenarios::Scenario& scenario, const sim::ReplayHooks& hooks) {
                     return sim::sending_of(scenario, subject.run, hooks);
                   });
    if (sending) {
      files = one_file(wishes, reports::to_omb(subject, *sending));
    }
    return code;
  }
  const reports::Span detail = wishes.detail.value_or(sim::usual_detail(subject.run));
  const auto trace = look_again(
      path, options, code, [&](const scenarios::Scenario& scenario, const sim::ReplayHooks& hooks) {
        return sim::trace_run(scenario, subject.run, detail, hooks);
      });
  if (!trace) {
    return code;
  }
  for (const std::string& sentence : trace->left_out) {
    if (!options.quiet) {
      fmt::print(stderr, "wavetank: {}\n", sentence);
    }
  }
  files = one_file(wishes, format == "otlp" ? reports::to_otlp(*trace, wishes.epoch_s)
                                            : reports::to_perfetto(*trace));
  return code;
}

/// Two files: the test names the rules, which stand beside it.
Result<std::vector<File>> write_alert_test(const Subjects& subjects, const Wishes& wishes) {
  namespace fs = std::filesystem;
  if (wishes.output.empty()) {
    return fail("it is two files, a test and the rules it tests: say where with -o TEST.yml");
  }
  const fs::path test = wishes.output;
  const fs::path rules = fs::path(test).replace_extension(".rules.yml");
  const auto rehearsal =
      reports::rehearse_alert(subjects.front(), wishes.alert, rules.filename().string());
  if (!rehearsal) {
    return tl::unexpected<Error>(rehearsal.error());
  }
  return std::vector<File>{{test.string(), rehearsal->test}, {rules.string(), rehearsal->rules}};
}

const std::vector<Format>& formats() {
  static const std::vector<Format> kFormats{
      {"csv", true,
       [](const Subjects& all, const Wishes& wishes) {
         return one_file(wishes, reports::to_csv(all));
       }},
      {"gbench", true,
       [](const Subjects& all, const Wishes& wishes) {
         return one_file(wishes, reports::to_gbench(all, wishes.epoch_s));
       }},
      {"hgrm", false,
       [](const Subjects& all, const Wishes& wishes) {
         const Exported& it = all.front();
         return one_file(wishes, reports::to_hgrm(reports::measured(it.latencies, wishes.latency,
                                                                    it.run.warmup)));
       }},
      {"hlog", false,
       [](const Subjects& all, const Wishes& wishes) {
         return one_file(wishes, reports::write_latency_log(all.front().latencies, wishes.epoch_s));
       }},
      {"junit", true,
       [](const Subjects& all, const Wishes& wishes) {
         return one_file(wishes, reports::to_junit(all));
       }},
      {"openmetrics", true,
       [](const Subjects& all, const Wishes& wishes) {
         return one_file(wishes, reports::to_openmetrics(all, wishes.epoch_s));
       }},
      {"promtool-test", false, write_alert_test}};
  return kFormats;
}

std::set<std::string> format_names() {
  std::set<std::string> names{"omb", "otlp", "perfetto"};
  for (const Format& format : formats()) {
    names.insert(format.name);
  }
  return names;
}

/// A positive time in whole milliseconds, which is all that Prometheus knows.
Result<Duration> alert_time(const char* option, const std::string& text, bool may_be_zero) {
  const Result<double> ns = scenarios::parse_quantity(text, scenarios::Dimension::duration);
  if (!ns) {
    return fail(fmt::format("{}: {}", option, ns.error().message));
  }
  const double ms = *ns / 1e6;
  constexpr double kMost_ms = 1e9;
  if (ms < (may_be_zero ? 0 : 1) || ms > kMost_ms ||
      ms != static_cast<double>(Duration(static_cast<std::int64_t>(*ns)).ms())) {
    return fail(
        fmt::format("{}: expected whole milliseconds, at most {:.0f} s", option, kMost_ms / 1e3));
  }
  return Duration(static_cast<std::int64_t>(*ns));
}

Result<Wishes> wishes_of(const ExportArguments& arguments) {
  Wishes wishes;
  wishes.output = arguments.output == "-" ? "" : arguments.output;
  if (!arguments.epoch.empty()) {
    const auto epoch = reports::parse_date(arguments.epoch);
    if (!epoch) {
      return fail(
          "--epoch: expected a day or a second of UTC, as 2026-01-31 or "
          "2026-01-31T12:00:00Z, found " +
          arguments.epoch);
    }
    wishes.epoch_s = *epoch;
  }
  if (arguments.latency != "e2e") {
    wishes.latency = &reports::LatencyInterval::publish;
  }
  if (!arguments.detail.empty()) {
    const std::size_t dots = arguments.detail.find("..");
    const auto moment = [&](std::string_view text) {
      return scenarios::parse_quantity(text, scenarios::Dimension::duration);
    };
    const auto from = moment(std::string_view(arguments.detail).substr(0, dots));
    const auto to = moment(
        dots == std::string::npos ? "" : std::string_view(arguments.detail).substr(dots + 2));
    if (!from || !to || !(*from >= 0 && *from < *to && *to < 1e18)) {
      return fail("--detail: expected FROM..TO, as 8s..8.1s, found " + arguments.detail);
    }
    wishes.detail = reports::Span{Time(std::llround(*from)), Time(std::llround(*to))};
  }
  const auto over = alert_time("--alert-over", arguments.alert_over, false);
  const auto hold = alert_time("--alert-for", arguments.alert_for, true);
  const auto limit = alert_time("--alert-limit", arguments.alert_limit, false);
  for (const Result<Duration>* time : {&over, &hold, &limit}) {
    if (!*time) {
      return tl::unexpected<Error>(time->error());
    }
  }
  wishes.alert = {*over, *hold, *limit};
  return wishes;
}

/// The results, each of another run.
ExitCode load_subjects(const std::vector<std::string>& paths, Subjects& subjects) {
  std::set<std::string> digests;
  for (const std::string& path : paths) {
    Result<Exported> subject = load_whole_result(path);
    if (!subject) {
      return complain(subject.error().message, ExitCode::input_output);
    }
    if (!digests.insert(subject->run.provenance.digest).second) {
      return complain(path + ": it is the same run as one before it", ExitCode::usage);
    }
    subjects.push_back(std::move(*subject));
  }
  return ExitCode::ok;
}

ExitCode write_files(const std::string& format, const std::vector<File>& files,
                     const GlobalOptions& options) {
  nlohmann::ordered_json written = nlohmann::ordered_json::array();
  for (const File& file : files) {
    if (file.path.empty()) {
      fmt::print("{}", file.content);
      continue;
    }
    if (const Status kept = write_file(file.path, file.content); !kept) {
      return complain(kept.error().message, ExitCode::input_output);
    }
    written.push_back({{"path", file.path}, {"bytes", file.content.size()}});
    if (!options.json && !options.quiet) {
      fmt::print("{}\n", reports::printable(file.path));
    }
  }
  if (options.json && !written.empty()) {
    const nlohmann::ordered_json said = {{"format", format}, {"files", written}};
    fmt::print("{}\n", said.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
  }
  return ExitCode::ok;
}

ExitCode export_results(const ExportArguments& arguments, const GlobalOptions& options) {
  const auto format = std::ranges::find_if(
      formats(), [&](const Format& it) { return it.name == arguments.format; });
  const bool takes_many = format != formats().end() && format->takes_many;
  if (!takes_many && arguments.results.size() > 1) {
    return complain(fmt::format("{} is of one run: name one RESULT", arguments.format),
                    ExitCode::usage);
  }
  const Result<Wishes> wishes = wishes_of(arguments);
  if (!wishes) {
    return complain(wishes.error().message, ExitCode::usage);
  }
  Subjects subjects;
  if (const ExitCode code = load_subjects(arguments.results, subjects); code != ExitCode::ok) {
    return code;
  }
  std::vector<File> files;
  if (runs_again(arguments.format)) {
    const ExitCode code = write_rerun(arguments.format, arguments.results.front(), subjects.front(),
                                      *wishes, options, files);
    if (code != ExitCode::ok) {
      return code;
    }
  } else if (auto made = format->write(subjects, *wishes)) {
    files = std::move(*made);
  } else {
    return complain(fmt::format("{}: {}", arguments.format, made.error().message), ExitCode::usage);
  }
  return write_files(arguments.format, files, options);
}

}  // namespace

void add_export(CLI::App& app, const GlobalOptions& options, ExitCode& exit_code) {
  auto arguments = std::make_shared<ExportArguments>();
  CLI::App* verb = app.add_subcommand("export", "Write a result in a format that other tools read");
  verb->footer(
      "Formats:\n"
      "  csv            the series of the charts, a line a second\n"
      "  gbench         Google Benchmark's JSON; several results of one scenario are repetitions\n"
      "  hgrm, hlog     HdrHistogram: the percentile plot, and the latencies of every second\n"
      "  junit          objectives and invariants as test cases\n"
      "  omb            the OpenMessaging Benchmark's result file\n"
      "  openmetrics    for promtool tsdb create-blocks-from openmetrics, and so for Grafana\n"
      "  otlp           OpenTelemetry traces of records, stage by stage (.jsonl)\n"
      "  perfetto       a trace for ui.perfetto.dev: hosts, steps, records, messages, faults\n"
      "  promtool-test  an alert on the p99, rehearsed on the run: a rule file and its test\n"
      "omb, otlp and perfetto run the result again: the same program must have made it.\n\n"
      "Examples:\n"
      "  wavetank export wavetank-out/quickstart-seed1 --format openmetrics -o run.om\n"
      "  wavetank export out/seed1 out/seed2 out/seed3 --format gbench -o new.json\n"
      "  wavetank export out --format perfetto --detail 8s..8.05s -o trace.json\n"
      "  wavetank export out --format promtool-test --alert-limit 50ms -o alert.yml\n");
  verb->add_option("RESULT", arguments->results, "A folder that a run has left, or its result.json")
      ->required();
  verb->add_option("--format", arguments->format, "The format to write")
      ->required()
      ->check(CLI::IsMember(format_names()));
  verb->add_option("-o,--output", arguments->output, "File to write (default: stdout)");
  verb->add_option("--epoch", arguments->epoch,
                   "What the run's start is dated (default: 2026-01-01T00:00:00Z)");
  verb->add_option("--latency", arguments->latency, "Of hgrm: e2e or publish")
      ->check(CLI::IsMember({"e2e", "publish"}));
  verb->add_option("--detail", arguments->detail,
                   "Of perfetto: FROM..TO, whose single steps and messages it has (default: 0.1 s "
                   "about the first fault)");
  verb->add_option("--alert-over", arguments->alert_over,
                   "Of promtool-test: the window of the percentile (5min)");
  verb->add_option("--alert-limit", arguments->alert_limit,
                   "Of promtool-test: what it must exceed (100ms)");
  verb->add_option("--alert-for", arguments->alert_for,
                   "Of promtool-test: for how long, until the alert fires (2min)");
  verb->callback(
      [arguments, &options, &exit_code] { exit_code = export_results(*arguments, options); });
}

}  // namespace wavetank::cli

#include "sim/cli/sweep_folder.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <utility>

#include "sim/cli/output.h"

namespace wavetank::cli {

namespace {

constexpr const char* kPlan = "/plan.json";
constexpr const char* kRuns = "/runs.jsonl";

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    if (end == std::string::npos) {
      break;  // cut off
    }
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) {
    text += line;
    text += '\n';
  }
  return text;
}

/// The runs of the lines, by number. What stands there twice must be the same: two processes may
/// have worked in one folder.
Result<std::map<std::uint64_t, std::pair<reports::SweepRun, std::string>>> runs_of(
    const reports::SweepPart& part) {
  std::map<std::uint64_t, std::pair<reports::SweepRun, std::string>> runs;
  for (const std::string& line : part.lines) {
    Result<reports::SweepRun> run = reports::read_run(line);
    if (!run) {
      return fail(fmt::format("{}{}: {}", part.name, kRuns, run.error().message));
    }
    const std::uint64_t number = run->run;
    const auto [there, first] = runs.try_emplace(number, std::move(*run), line);
    if (!first && there->second.second != line) {
      return fail(
          fmt::format("{}{}: run {} stands there twice, and differs", part.name, kRuns, number));
    }
  }
  return runs;
}

}  // namespace

Result<reports::SweepPart> read_sweep(const std::string& folder) {
  const Result<std::string> plan_text = read_file(folder + kPlan);
  if (!plan_text) {
    return tl::unexpected<Error>(plan_text.error());
  }
  const Result<reports::SweepPlan> plan = reports::read_plan(*plan_text);
  if (!plan) {
    return fail(fmt::format("{}{}: {}", folder, kPlan, plan.error().message));
  }
  reports::SweepPart part{folder, *plan, {}};
  if (std::filesystem::exists(folder + kRuns)) {
    const Result<std::string> text = read_file(folder + kRuns);
    if (!text) {
      return tl::unexpected<Error>(text.error());
    }
    part.lines = lines_of(*text);
  }
  return part;
}

Result<SweepFolder> SweepFolder::open(const std::string& folder, const reports::SweepPlan& plan) {
  if (Status ready = prepare_folder_for("plan.json", folder); !ready) {
    return tl::unexpected<Error>(ready.error());
  }
  SweepFolder it(folder, plan);
  if (!std::filesystem::exists(folder + kPlan)) {
    if (Status written = write_file(folder + kPlan, reports::write_plan(plan)); !written) {
      return tl::unexpected<Error>(written.error());
    }
    return it;
  }
  const Result<reports::SweepPart> there = read_sweep(folder);
  if (!there) {
    return tl::unexpected<Error>(there.error());
  }
  if (!(there->plan == plan)) {
    return fail(fmt::format(
        "{} holds another sweep (another scenario, program, grid, range of seeds or shard): choose "
        "another folder",
        folder));
  }
  const auto runs = runs_of(*there);
  if (!runs) {
    return tl::unexpected<Error>(runs.error());
  }
  for (const auto& [number, run] : *runs) {
    it.found_.emplace(number, run.first.figure);
  }
  // Drops what was cut off, so that the next line begins where a line begins.
  if (Status written = write_file(folder + kRuns, joined(there->lines)); !written) {
    return tl::unexpected<Error>(written.error());
  }
  return it;
}

Status SweepFolder::add(const std::string& line) {
  std::ofstream out(folder_ + kRuns, std::ios::binary | std::ios::app);
  out << line << '\n';
  out.close();
  if (!out) {
    return fail(fmt::format("cannot write {}{}: {}", folder_, kRuns, std::strerror(errno)));
  }
  return {};
}

Result<reports::SweepTable> SweepFolder::conclude() {
  const Result<reports::SweepPart> there = read_sweep(folder_);
  if (!there) {
    return tl::unexpected<Error>(there.error());
  }
  auto all = runs_of(*there);
  if (!all) {
    return tl::unexpected<Error>(all.error());
  }
  std::vector<std::string> lines;
  std::vector<reports::SweepRun> runs;
  for (auto& [number, it] : *all) {
    runs.push_back(std::move(it.first));
    lines.push_back(std::move(it.second));
  }
  return write_sweep(folder_, plan_, lines, runs);
}

Result<reports::SweepTable> write_sweep(const std::string& folder, const reports::SweepPlan& plan,
                                        const std::vector<std::string>& lines,
                                        const std::vector<reports::SweepRun>& runs) {
  reports::SweepTable table = reports::tabulate(plan, runs);
  const std::pair<std::string, std::string> files[] = {
      {kPlan, reports::write_plan(plan)},
      {kRuns, joined(lines)},
      {"/sweep.json", reports::sweep_json(table)},
      {"/sweep.md", reports::sweep_markdown(table)},
      {"/report.html", reports::sweep_page(table)}};
  for (const auto& [name, content] : files) {
    if (Status written = write_file(folder + name, content); !written) {
      return tl::unexpected<Error>(written.error());
    }
  }
  return table;
}

}  // namespace wavetank::cli

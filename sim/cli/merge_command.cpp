#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>
#include <utility>

#include "reports/printable.h"
#include "sim/cli/command.h"
#include "sim/cli/diagnostics.h"
#include "sim/cli/output.h"
#include "sim/cli/sweep_folder.h"
#include "sim/cli/terminal.h"
#include "sim/hunt/record.h"

namespace wavetank::cli {

namespace {

using reports::ExitCode;

constexpr const char* kHuntFile = "/hunt.json";

struct MergeArguments {
  std::vector<std::string> folders;
  std::string output;
};

ExitCode merge_sweeps(const MergeArguments& arguments, const GlobalOptions& options) {
  std::vector<reports::SweepPart> parts;
  for (const std::string& folder : arguments.folders) {
    Result<reports::SweepPart> part = read_sweep(folder);
    if (!part) {
      return complain(part.error().message, ExitCode::input_output);
    }
    parts.push_back(std::move(*part));
  }
  const Result<reports::MergedSweep> merged = reports::merge(std::move(parts));
  if (!merged) {
    return complain(merged.error().message, ExitCode::input_output);
  }
  if (const Status ready = prepare_folder_for("plan.json", arguments.output); !ready) {
    return complain(ready.error().message, ExitCode::input_output);
  }
  const Result<reports::SweepTable> table =
      write_sweep(arguments.output, merged->plan, merged->lines, merged->runs);
  if (!table) {
    return complain(table.error().message, ExitCode::input_output);
  }
  if (options.json) {
    fmt::print("{}", reports::sweep_json(*table));
  } else if (!options.quiet) {
    fmt::print("{}\nfiles: {}/sweep.json, sweep.md, report.html\n",
               reports::sweep_text(*table, stdout_style(options).ascii),
               reports::printable(arguments.output));
  }
  return table->has_broken_invariant ? ExitCode::invariant_broken : ExitCode::ok;
}

/// The files of what was found, from the folder of the part that found it.
Status copy_finds(const sim::HuntPart& part, const std::string& to) {
  for (const sim::HuntRecord::Find& find : part.record.finds) {
    if (std::filesystem::path(find.file).filename() != find.file) {
      return fail(fmt::format("{}: {} is no file of its folder", part.name, find.file));
    }
    const Result<std::string> content = read_file(part.name + "/" + find.file);
    if (!content) {
      return tl::unexpected<Error>(content.error());
    }
    if (Status written = write_file(to + "/" + find.file, *content); !written) {
      return written;
    }
  }
  return {};
}

Result<std::vector<sim::HuntPart>> read_hunts(const std::vector<std::string>& folders) {
  std::vector<sim::HuntPart> parts;
  for (const std::string& folder : folders) {
    const Result<std::string> text = read_file(folder + kHuntFile);
    if (!text) {
      return tl::unexpected<Error>(text.error());
    }
    Result<sim::HuntRecord> record = sim::read_record(*text);
    if (!record) {
      return fail(fmt::format("{}{}: {}", folder, kHuntFile, record.error().message));
    }
    parts.push_back({folder, std::move(*record)});
  }
  return parts;
}

Status write_hunt(const std::vector<sim::HuntPart>& parts, const sim::HuntRecord& whole,
                  const std::string& to) {
  if (Status ready = prepare_folder_for("hunt.json", to); !ready) {
    return ready;
  }
  for (const sim::HuntPart& part : parts) {
    if (Status copied = copy_finds(part, to); !copied) {
      return copied;
    }
  }
  return write_file(to + kHuntFile, sim::write_record(whole));
}

ExitCode merge_hunts(const MergeArguments& arguments, const GlobalOptions& options) {
  const Result<std::vector<sim::HuntPart>> parts = read_hunts(arguments.folders);
  if (!parts) {
    return complain(parts.error().message, ExitCode::input_output);
  }
  const Result<sim::HuntRecord> whole = sim::merge(*parts);
  if (!whole) {
    return complain(whole.error().message, ExitCode::input_output);
  }
  if (const Status written = write_hunt(*parts, *whole, arguments.output); !written) {
    return complain(written.error().message, ExitCode::input_output);
  }
  if (options.json) {
    fmt::print("{}", sim::write_record(*whole));
  } else if (!options.quiet) {
    fmt::print("{} plans, {} broke a rule; {} marks reached\n", whole->trials.size(),
               whole->finds.size(), whole->marks.size());
    for (const sim::HuntRecord::Find& find : whole->finds) {
      fmt::print("seed {:<6} {}\n            wavetank run {}/{}\n", find.seed,
                 reports::printable(find.rule), reports::printable(arguments.output),
                 reports::printable(find.file));
    }
  }
  return whole->finds.empty() ? ExitCode::ok : ExitCode::invariant_broken;
}

}  // namespace

void add_merge(CLI::App& app, const GlobalOptions& options, ExitCode& exit_code) {
  auto arguments = std::make_shared<MergeArguments>();
  CLI::App* verb = app.add_subcommand("merge", "Put the shards of a sweep or a hunt together");
  verb->footer(
      "What comes out is the same to the byte as what one machine would have left. A shard that "
      "is\n"
      "missing, unfinished, or of another scenario, grid or program is named, and nothing is "
      "written.\n\n"
      "Example:\n  wavetank merge out/part-* -o out/whole\n");
  verb->add_option("DIR", arguments->folders, "Folders that shards have left")->required();
  verb->add_option("-o,--output", arguments->output, "Folder for the whole")->required();
  verb->callback([arguments, &options, &exit_code] {
    const bool is_hunt = std::filesystem::exists(arguments->folders.front() + kHuntFile);
    exit_code = is_hunt ? merge_hunts(*arguments, options) : merge_sweeps(*arguments, options);
  });
}

}  // namespace wavetank::cli

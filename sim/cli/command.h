#pragma once

// What the verbs share: the flags that all of them take, and how each is added to the command line.

#include <string>

#include "reports/exit_code.h"

namespace CLI {
class App;
}

namespace wavetank::cli {

struct GlobalOptions {
  bool json = false;   ///< one JSON document on stdout instead of text
  bool plain = false;  ///< no colour, ASCII only
  bool quiet = false;  ///< only errors
  bool no_progress = false;
  std::string color = "auto";
};

/// Adds one verb. When it has run, `exit_code` holds how the program ends.
void add_run(CLI::App& app, const GlobalOptions& options, reports::ExitCode& exit_code);
void add_calibrate(CLI::App& app, const GlobalOptions& options, reports::ExitCode& exit_code);
void add_capacity(CLI::App& app, const GlobalOptions& options, reports::ExitCode& exit_code);
void add_check(CLI::App& app, const GlobalOptions& options, reports::ExitCode& exit_code);
void add_compare(CLI::App& app, const GlobalOptions& options, reports::ExitCode& exit_code);
void add_explain(CLI::App& app, const GlobalOptions& options, reports::ExitCode& exit_code);
void add_export(CLI::App& app, const GlobalOptions& options, reports::ExitCode& exit_code);
void add_figures(CLI::App& app, const GlobalOptions& options, reports::ExitCode& exit_code);
void add_gate(CLI::App& app, const GlobalOptions& options, reports::ExitCode& exit_code);
/// help, completion and man: about the command line itself, and so the last to be added.
void add_help(CLI::App& app, const GlobalOptions& options, reports::ExitCode& exit_code);
void add_hunt(CLI::App& app, const GlobalOptions& options, reports::ExitCode& exit_code);
void add_import(CLI::App& app, const GlobalOptions& options, reports::ExitCode& exit_code);
void add_init(CLI::App& app, const GlobalOptions& options, reports::ExitCode& exit_code);
void add_list(CLI::App& app, const GlobalOptions& options, reports::ExitCode& exit_code);
void add_marks(CLI::App& app, const GlobalOptions& options, reports::ExitCode& exit_code);
void add_merge(CLI::App& app, const GlobalOptions& options, reports::ExitCode& exit_code);
void add_replay(CLI::App& app, const GlobalOptions& options, reports::ExitCode& exit_code);
void add_report(CLI::App& app, const GlobalOptions& options, reports::ExitCode& exit_code);
void add_schema(CLI::App& app, const GlobalOptions& options, reports::ExitCode& exit_code);
void add_shrink(CLI::App& app, const GlobalOptions& options, reports::ExitCode& exit_code);
void add_sweep(CLI::App& app, const GlobalOptions& options, reports::ExitCode& exit_code);
void add_witness(CLI::App& app, const GlobalOptions& options, reports::ExitCode& exit_code);

/// Prints what there is of a topic that `list` knows, as a table or as JSON.
void list_topic(const std::string& topic, const GlobalOptions& options);

}  // namespace wavetank::cli

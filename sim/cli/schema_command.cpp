#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "scenarios/load.h"
#include "sim/cli/command.h"

namespace wavetank::cli {

void add_schema(CLI::App& app, const GlobalOptions& /*options*/, reports::ExitCode& /*exit_code*/) {
  CLI::App* verb =
      app.add_subcommand("schema", "Print the JSON Schema of scenario files, for editors");
  verb->footer("Example:\n  wavetank schema > wavetank.schema.json\n");
  verb->callback([] { fmt::print("{}", scenarios::schema_text()); });
}

}  // namespace wavetank::cli

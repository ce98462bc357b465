#pragma once

// `explain FILE --tornado`.

#include <string>
#include <vector>

#include "sim/cli/command.h"

namespace wavetank::cli {

struct TornadoArguments {
  std::string file;                ///< a scenario
  std::string metric = "e2e.p99";  ///< what objectives speak of
  std::vector<std::string> knobs;  ///< parts of paths, or "all"; empty: the usual ones
  std::vector<std::string> overrides;
  std::string output;  ///< of the drawing; empty: beside other results
  std::size_t jobs = 0;
};

reports::ExitCode tornado(const TornadoArguments& arguments, const GlobalOptions& options);

}  // namespace wavetank::cli

#pragma once

// A measured cost table as the file that scenarios name ("cost_table": "my-machine.json").

#include <string>

#include "models/costs.h"

namespace wavetank::sim {

std::string cost_file_text(const models::MeasuredCosts& costs);

}  // namespace wavetank::sim

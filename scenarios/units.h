#pragma once

#include <string>
#include <vector>

#include "scenarios/quantity.h"

namespace wavetank::scenarios {

/// Every unit that quantities of a dimension are written in; of counts, what multiplies.
std::vector<std::string> unit_names(Dimension dimension);

}  // namespace wavetank::scenarios

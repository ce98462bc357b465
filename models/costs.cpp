#include "models/costs.h"

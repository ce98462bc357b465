#include "models/arrivals.h"

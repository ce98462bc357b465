#include "models/distribution.h"

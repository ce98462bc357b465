#include "models/hardware.h"

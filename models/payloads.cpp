#include "models/payloads.h"

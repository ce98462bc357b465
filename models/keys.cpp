#include "models/keys.h"

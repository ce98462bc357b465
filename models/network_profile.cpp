#include "models/network_profile.h"

#include "models/orders.h"

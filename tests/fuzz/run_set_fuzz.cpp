#include "run_set_target.h"

CCOG_FUZZER(run_set);

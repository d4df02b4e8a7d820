#include "record_target.h"

CCOG_FUZZER(record);

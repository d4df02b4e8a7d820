#include "file_store_target.h"

CCOG_FUZZER(file_store);

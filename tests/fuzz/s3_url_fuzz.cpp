#include "s3_url_target.h"

CCOG_FUZZER(s3_url);

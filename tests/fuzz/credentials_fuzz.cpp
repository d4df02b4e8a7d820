#include "credentials_target.h"

CCOG_FUZZER(credentials);

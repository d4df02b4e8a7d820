#include "template_target.h"

CCOG_FUZZER(template);

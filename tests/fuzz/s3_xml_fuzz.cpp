#include "s3_xml_target.h"

CCOG_FUZZER(s3_xml);

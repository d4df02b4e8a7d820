#pragma once

#include <nanobind/nanobind.h>

#include "ccog/store/s3_options.h"

namespace ccog::python {

/// `ccog._stores.s3_arguments` as the core takes them. `credentials` is a
/// `ccog.credentials.Credentials`, a callable that returns one each time it is asked, or None where
/// requests are not signed.
S3Options s3_options_of(const nanobind::dict& given, const nanobind::object& credentials);

}  // namespace ccog::python

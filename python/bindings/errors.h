#pragma once

#include <nanobind/nanobind.h>

#include <string>

#include "ccog/base/error.h"

namespace ccog::python {

/// What the core is to see of an exception that a user's code raised: one of ccog's keeps its code
/// and its words; of any other one `where` says whose it is. Needs the GIL.
Error error_of(const nanobind::python_error& raised, const std::string& where);

}  // namespace ccog::python

#pragma once

#include <nanobind/nanobind.h>

#include "ccog/pipeline/write_plan.h"

namespace ccog::python {

/// Python's `WritePlan`. Its arguments are what is pickled: both sides build the same plan of them.
struct PyPlan {
  WritePlan plan;
  nanobind::dict arguments;
};

}  // namespace ccog::python

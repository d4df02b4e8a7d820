#pragma once

#include <nanobind/nanobind.h>

#include "ccog/parts/request_counts.h"

namespace ccog::python {

/// (requests, retries, throttles): a tuple, so that it can be pickled.
inline nanobind::tuple tuple_of(const RequestCounts& counts) {
  return nanobind::make_tuple(counts.requests, counts.retries, counts.throttles);
}

}  // namespace ccog::python

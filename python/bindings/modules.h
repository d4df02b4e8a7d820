#pragma once

#include <nanobind/nanobind.h>

namespace ccog::python {

// One function a source file; each adds its part to the extension module `ccog._core`.
void bind_errors(nanobind::module_& module);
void bind_plan(nanobind::module_& module);
void bind_store(nanobind::module_& module);
void bind_folder(nanobind::module_& module);
void bind_pipeline(nanobind::module_& module);

}  // namespace ccog::python

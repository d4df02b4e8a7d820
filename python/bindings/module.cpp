#include <nanobind/stl/string.h>

#include "ccog/codec/tile_encoder.h"
#include "modules.h"

NB_MODULE(_core, m) {
  m.doc() = "The C++ core of ccog.";
  m.attr("__version__") = CCOG_VERSION;
  m.def("library_versions", &ccog::library_versions,
        "Versions of the codec libraries, which decide the bytes.");
  ccog::python::bind_errors(m);
  ccog::python::bind_plan(m);
  ccog::python::bind_store(m);
  ccog::python::bind_pipeline(m);
}

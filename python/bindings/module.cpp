#include "modules.h"

NB_MODULE(_core, m) {
  m.doc() = "The C++ core of ccog.";
  m.attr("__version__") = CCOG_VERSION;
  ccog::python::bind_errors(m);
  ccog::python::bind_plan(m);
  ccog::python::bind_store(m);
  ccog::python::bind_folder(m);
  ccog::python::bind_pipeline(m);
}

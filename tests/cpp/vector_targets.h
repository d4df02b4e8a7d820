#pragma once

#include <gtest/gtest.h>

#include "ccog/base/vector_targets.h"

namespace ccog::testing {

/// Calls `f` once for each target that this processor and the build have, with kernels dispatched
/// to that one.
template <typename F>
void for_each_vector_target(const F& f) {
  const auto dispatch_to = [](std::int64_t targets) {
    hwy::SetSupportedTargetsForTest(targets);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  };
  for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
    SCOPED_TRACE(hwy::TargetName(target));
    dispatch_to(target);
    f();
  }
  dispatch_to(0);
}

}  // namespace ccog::testing

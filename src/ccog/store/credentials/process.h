#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "ccog/store/credentials/environment.h"

namespace ccog {

struct ProcessLimits {
  double timeout_s = 60;
  std::size_t max_output_bytes = std::size_t{64} << 10;
};

/// Runs a program without a shell and returns what it wrote to its standard output; nothing goes to
/// its standard input, and what it says on its standard error is dropped, since it may be a secret.
/// It leads a process group of its own, which ends with it.
///
/// Throws `kStore` where it cannot be started, fails, says too much or takes too long, in words
/// that follow its name and hold none of its arguments or output: "ended with status 3".
std::string run_process(const std::vector<std::string>& arguments, const Environment& environment,
                        const ProcessLimits& limits = {});

}  // namespace ccog

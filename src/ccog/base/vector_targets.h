#pragma once

/// What a file with kernels includes in place of `<hwy/targets.h>`: the instruction sets that it is
/// compiled for, one of which is chosen at run time. Tests include it to go through all of them.
///
/// A kernel is a function between `HWY_BEFORE_NAMESPACE();` and `HWY_AFTER_NAMESPACE();`, in a
/// namespace that ends in `HWY_NAMESPACE`: in a file `*_kernels.cpp` beside the one that calls it
/// where it is long, such as predictor_kernels.cpp, or in that file itself, such as half.cpp. The
/// file is compiled once a target, so what is in there is
/// - Highway's vectors, or plain loops, which become vector code of that target as well: plain ones
///   where they are as fast (docs/decisions/0010-kernels.md has the figures);
/// - the same to the bit on every target, under the options that CMakeLists.txt sets for all of
///   them: no fused multiply-add, no other order of sums. Each is tested on every target against
///   the scalar reference (`for_each_vector_target` in tests/cpp/vector_targets.h);
/// - not called by tile rows or less, where that can be had: a call through the table is no inline.
/// Lambdas need `HWY_ATTR` after their parameters. HWY_SCALAR has no vectors of more than a lane.
///
/// Left out are SSSE3 and SSE4, which only processors from before 2013 need, each of which would
/// take as long to compile as AVX2, and vectors whose size is not known to the compiler, which
/// cannot be in arrays; NEON serves those processors.
#define HWY_DISABLED_TARGETS \
  (HWY_SSSE3 | HWY_SSE4 | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)

#include <hwy/targets.h>

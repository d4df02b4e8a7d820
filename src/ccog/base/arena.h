#pragma once

#include <cstddef>
#include <functional>

namespace ccog {

/// Calls `work(i, slot)` for each i below `count`, in any order, on up to `threads` threads, the
/// calling one among them; `slot` is below `threads`, and no two calls at once have the same. What
/// a call has written is there for later ones of its slot, and for the caller afterwards. What a
/// call throws is thrown, after those under way have ended.
void for_each_in_arena(int threads, std::size_t count,
                       const std::function<void(std::size_t, std::size_t)>& work);

}  // namespace ccog

#include "ccog/base/crew.h"

#include <algorithm>
#include <mutex>

#include "ccog/base/arena.h"

namespace ccog {
namespace {

/// Of this process.
struct AtWork {
  std::mutex mutex;
  int tasks = 0;
  int threads = 0;  ///< of those tasks, helpers included
};

AtWork& at_work() {
  static AtWork the_one;
  return the_one;
}

void count(int tasks, int threads) {
  AtWork& all = at_work();
  const std::lock_guard lock(all.mutex);
  all.tasks += tasks;
  all.threads += threads;
}

}  // namespace

Crew::Crew(int most_threads) : most_threads_(std::max(1, most_threads)) { count(1, 1); }

Crew::~Crew() { count(-1, -1); }

Crew::Team Crew::team(std::size_t most_threads) const {
  AtWork& all = at_work();
  const std::lock_guard lock(all.mutex);
  const int share = (most_threads_ + all.tasks - 1) / all.tasks;
  const int wanted = static_cast<int>(std::min(most_threads, static_cast<std::size_t>(share)));
  const int helpers = std::clamp(wanted - 1, 0, std::max(0, most_threads_ - all.threads));
  all.threads += helpers;
  return Team(1 + helpers);
}

Crew::Team::~Team() {
  if (threads_ > 1) count(0, 1 - threads_);
}

void Crew::Team::for_each(std::size_t count,
                          const std::function<void(std::size_t, std::size_t)>& work) const {
  if (threads_ == 1) {
    for (std::size_t i = 0; i < count; ++i) work(i, 0);
    return;
  }
  for_each_in_arena(threads_, count, work);
}

}  // namespace ccog

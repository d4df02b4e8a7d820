#include "ccog/base/arena.h"

#include <tbb/info.h>
#include <tbb/parallel_for.h>
#include <tbb/partitioner.h>
#include <tbb/task_arena.h>

#include <algorithm>

#if defined(CCOG_SANITIZE_THREAD)
#include <sanitizer/tsan_interface.h>

#include <vector>
#endif

namespace ccog {
namespace {

#if defined(CCOG_SANITIZE_THREAD)
/// Tells ThreadSanitizer, which sees nothing of what oneTBB does, in what order it lets the calls
/// run: each after what the caller has done and after those before it in its slot, and the caller
/// goes on after all of them. Calls of two slots are in no order, so races between them are found.
class Order {
 public:
  explicit Order(int threads) : slots_(static_cast<std::size_t>(threads)) {
    for (char& slot : slots_) __tsan_release(&slot);
  }
  ~Order() {
    for (char& slot : slots_) __tsan_acquire(&slot);
  }
  Order(const Order&) = delete;
  Order& operator=(const Order&) = delete;

  class Call {
   public:
    Call(Order& order, std::size_t slot) : slot_(order.slots_.at(slot)) { __tsan_acquire(&slot_); }
    ~Call() { __tsan_release(&slot_); }
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;

   private:
    char& slot_;
  };

 private:
  std::vector<char> slots_;
};
#else
struct Order {
  explicit Order(int /*threads*/) {}
  struct Call {
    Call(Order& /*order*/, std::size_t /*slot*/) {}
  };
};
#endif

}  // namespace

void for_each_in_arena(int threads, std::size_t count,
                       const std::function<void(std::size_t, std::size_t)>& work) {
  // An arena of its own, so that a thread that waits here takes up no other task's work; of no more
  // threads than there are cores, for oneTBB has none beyond and warns.
  tbb::task_arena arena(std::min(threads, tbb::info::default_concurrency()));
  Order order(threads);
  arena.execute([&] {
    tbb::parallel_for(
        std::size_t{0}, count,
        [&](std::size_t i) {
          const auto slot = static_cast<std::size_t>(tbb::this_task_arena::current_thread_index());
          const Order::Call call(order, slot);
          work(i, slot);
        },
        tbb::simple_partitioner());
  });
}

}  // namespace ccog

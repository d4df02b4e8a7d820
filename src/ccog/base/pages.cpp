#include "ccog/base/pages.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <mutex>
#include <new>
#include <optional>
#include <vector>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(memory, size)    // NOLINT(cppcoreguidelines-macro-usage)
#define ASAN_UNPOISON_MEMORY_REGION(memory, size)  // NOLINT(cppcoreguidelines-macro-usage)
#endif

namespace ccog {
namespace {

constexpr std::uint64_t kMapFrom_bytes = 128 << 10;
constexpr std::uint64_t kHugePagesFrom_bytes = 2 << 20;
/// Compressed tiles differ in size: what one has left should do for the next.
constexpr std::uint64_t kMapStep_bytes = 64 << 10;
/// Larger pieces are few, and of huge pages.
constexpr std::uint64_t kKeepTo_bytes = kIdlePages_bytes / 4;

struct Mapping {
  std::byte* memory;
  std::uint64_t size_bytes;
};

void unmap(const Mapping& mapping) noexcept {
  ASAN_UNPOISON_MEMORY_REGION(mapping.memory, mapping.size_bytes);
  ::munmap(mapping.memory, mapping.size_bytes);
}

/// Pieces that were let go, for whoever wants some next: a fault for each 4 KiB of a new one costs
/// more than what is done with most of them. They and those in use are together no more than were
/// in use at once, so that what is kept adds nothing to that peak. Those longest unused go.
class IdlePages {
 public:
  void add_thread() {
    const std::lock_guard lock(mutex_);
    ++threads_;
  }
  void remove_thread() noexcept {
    {
      const std::lock_guard lock(mutex_);
      --threads_;
    }
    unmap_surplus();
  }

  /// The smallest piece that is large enough and a quarter too large at most, lately used if there
  /// are several. Where `memory` is null there is none, and one of that size is to be mapped: it
  /// counts as in use, as what is taken does.
  Mapping take(std::uint64_t size_bytes) noexcept {
    const Mapping out = find(size_bytes);
    if (out.memory == nullptr) unmap_surplus();
    return out;
  }

  /// Throws nothing, for it is called where a pointer is let go: what cannot be listed is unmapped.
  void give(Mapping mapping) noexcept {
    if (!list(mapping)) unmap(mapping);
    unmap_surplus();
  }

  /// What was to be mapped could not be.
  void forget(std::uint64_t size_bytes) noexcept {
    const std::lock_guard lock(mutex_);
    used_bytes_ -= size_bytes;
  }

 private:
  Mapping find(std::uint64_t size_bytes) noexcept {
    const std::lock_guard lock(mutex_);
    auto found = idle_.end();
    for (auto it = idle_.begin(); it != idle_.end(); ++it) {
      const bool fits =
          it->size_bytes >= size_bytes && it->size_bytes <= size_bytes + size_bytes / 4;
      if (fits && (found == idle_.end() || it->size_bytes <= found->size_bytes)) found = it;
    }
    if (found == idle_.end()) {
      count_use(size_bytes);
      return {nullptr, 0};
    }
    const Mapping out = *found;
    idle_.erase(found);
    idle_bytes_ -= out.size_bytes;
    count_use(out.size_bytes);
    ASAN_UNPOISON_MEMORY_REGION(out.memory, out.size_bytes);
    return out;
  }

  void count_use(std::uint64_t size_bytes) noexcept {
    used_bytes_ += size_bytes;
    most_used_bytes_ = std::max(most_used_bytes_, used_bytes_);
  }

  bool list(Mapping mapping) noexcept {
    const std::lock_guard lock(mutex_);
    used_bytes_ -= mapping.size_bytes;
    if (mapping.size_bytes > kKeepTo_bytes) return false;
    try {
      idle_.push_back(mapping);
    } catch (const std::bad_alloc&) {
      return false;
    }
    ASAN_POISON_MEMORY_REGION(mapping.memory, mapping.size_bytes);
    idle_bytes_ += mapping.size_bytes;
    return true;
  }

  /// One at a time, since others need not wait for the system.
  void unmap_surplus() noexcept {
    while (const std::optional<Mapping> one = take_surplus()) unmap(*one);
  }

  std::optional<Mapping> take_surplus() noexcept {
    const std::lock_guard lock(mutex_);
    const std::uint64_t room_bytes = most_used_bytes_ - used_bytes_;
    if (idle_bytes_ <= std::min(room_bytes, threads_ * kIdlePages_bytes)) return std::nullopt;
    const Mapping out = idle_.front();
    idle_.erase(idle_.begin());
    idle_bytes_ -= out.size_bytes;
    return out;
  }

  std::mutex mutex_;
  std::vector<Mapping> idle_;  ///< in the order in which they were let go
  std::uint64_t idle_bytes_ = 0;
  std::uint64_t used_bytes_ = 0;
  std::uint64_t most_used_bytes_ = 0;
  std::uint64_t threads_ = 0;  ///< that have asked for pieces
};

/// Never destroyed: threads and static objects may let go of pieces after all else is.
IdlePages& idle_pages() {
  static auto& pages = *new IdlePages;
  return pages;
}

Mapping map(std::uint64_t size_bytes) {
  thread_local const struct Thread {
    Thread() { idle_pages().add_thread(); }
    ~Thread() { idle_pages().remove_thread(); }
    Thread(const Thread&) = delete;
    Thread& operator=(const Thread&) = delete;
  } thread;
  static_cast<void>(thread);
  size_bytes = (size_bytes + kMapStep_bytes - 1) / kMapStep_bytes * kMapStep_bytes;
  if (const Mapping idle = idle_pages().take(size_bytes); idle.memory != nullptr) return idle;
  void* memory =
      ::mmap(nullptr, size_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) {
    idle_pages().forget(size_bytes);
    throw std::bad_alloc();
  }
  if (size_bytes >= kHugePagesFrom_bytes) ::madvise(memory, size_bytes, MADV_HUGEPAGE);
  return {static_cast<std::byte*>(memory), size_bytes};
}

}  // namespace

std::shared_ptr<std::byte> allocate_pages(std::uint64_t size_bytes) {
  if (size_bytes < kMapFrom_bytes) {
    const std::uint64_t rounded =
        (size_bytes + kPagesAlignment_bytes) / kPagesAlignment_bytes * kPagesAlignment_bytes;
    void* memory = std::aligned_alloc(kPagesAlignment_bytes, rounded);
    if (memory == nullptr) throw std::bad_alloc();
    return {static_cast<std::byte*>(memory), [](std::byte* p) { std::free(p); }};
  }
  const Mapping mapping = map(size_bytes);
  return {mapping.memory, [mapping](std::byte*) { idle_pages().give(mapping); }};
}

}  // namespace ccog

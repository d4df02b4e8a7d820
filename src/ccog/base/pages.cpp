#include "ccog/base/pages.h"

#include <sys/mman.h>

#include <cstdlib>
#include <new>

namespace ccog {
namespace {

constexpr std::uint64_t kMapFrom_bytes = 128 << 10;
constexpr std::uint64_t kHugePagesFrom_bytes = 2 << 20;
constexpr std::uint64_t kAlignment_bytes = 64;

}  // namespace

std::shared_ptr<std::byte> allocate_pages(std::uint64_t size_bytes) {
  if (size_bytes < kMapFrom_bytes) {
    const std::uint64_t rounded =
        (size_bytes + kAlignment_bytes) / kAlignment_bytes * kAlignment_bytes;
    void* memory = std::aligned_alloc(kAlignment_bytes, rounded);
    if (memory == nullptr) throw std::bad_alloc();
    return {static_cast<std::byte*>(memory), [](std::byte* p) { std::free(p); }};
  }
  void* memory =
      ::mmap(nullptr, size_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  // A fault for each 4 KiB costs more than what is done with most of them.
  if (size_bytes >= kHugePagesFrom_bytes) ::madvise(memory, size_bytes, MADV_HUGEPAGE);
  return {static_cast<std::byte*>(memory), [size_bytes](std::byte* p) { ::munmap(p, size_bytes); }};
}

}  // namespace ccog

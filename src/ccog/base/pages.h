#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace ccog {

/// What a process keeps at most of the pieces that were let go, for each of its threads that asks
/// for some, and only while all pieces are fewer than were in use at once before: what a task of
/// 32 MB lets go does for the next one
/// (docs/decisions/0011-memory-traffic.md).
constexpr std::uint64_t kIdlePages_bytes = 64 << 20;

constexpr std::uint64_t kPagesAlignment_bytes = 64;

/// Uninitialised memory, aligned to `kPagesAlignment_bytes`.
///
/// A worker allocates and frees megabytes for every chunk. glibc would raise its threshold for
/// mapping them apart and keep them in its arenas, one a thread, where what is freed between live
/// residues stays resident. Pieces of 128 KiB and more are therefore mapped here; smaller ones come
/// from malloc. Where Linux has huge pages on request, those of 2 MiB and more are made of them.
/// What is let go serves whoever asks next, in any thread, or goes back to the system.
/// Throws `std::bad_alloc`.
std::shared_ptr<std::byte> allocate_pages(std::uint64_t size_bytes);

}  // namespace ccog

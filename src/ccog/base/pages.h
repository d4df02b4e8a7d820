#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace ccog {

/// Uninitialised memory, 64-byte aligned, that goes back to the system as soon as it is let go.
///
/// A worker allocates and frees megabytes for every chunk. glibc would raise its threshold for
/// mapping them apart and keep them in its arenas, one a thread, where what is freed between live
/// residues stays resident. Pieces of 128 KiB and more are therefore mapped here; smaller ones come
/// from malloc. Where Linux has huge pages on request, those of 2 MiB and more are made of them.
/// Throws `std::bad_alloc`.
std::shared_ptr<std::byte> allocate_pages(std::uint64_t size_bytes);

}  // namespace ccog

// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

// The allocator: the only door through which storage takes and gives back memory. It is the one
// place that knows jemalloc; built without it (EBB_JEMALLOC=OFF, the sanitizer presets) the same
// functions run on the C library.
//
// Thread: every function may be called from any thread.
namespace ebb::memory {

// Returns `size` > 0 bytes aligned to 16 (to `kCacheLine` with AllocateAligned), never null:
// running out of memory ends the process with a message, as the kernel's overcommit would do with
// less of one.
void* Allocate(size_t size);

// As Allocate, but null when the memory cannot be had. For sizes that a client chose.
void* TryAllocate(size_t size);

// As TryAllocate, but all bytes are zero. Pages fresh from the kernel are not touched for it, so
// even the largest block is had at once.
void* TryAllocateZeroed(size_t size);

// Says that `size` bytes could not be had and ends the process.
[[noreturn]] void OutOfMemory(size_t size);

inline constexpr size_t kCacheLine = 64;

// What smaller requests are treated as: jemalloc aligns blocks of up to 8 bytes to 8 only.
inline constexpr size_t kMinSize = 16;

// Cache-line aligned memory; free it with FreeAligned and the same size. The second one answers
// null when it cannot be had.
void* AllocateAligned(size_t size);
void* TryAllocateAligned(size_t size);
void FreeAligned(void* memory, size_t size);

// Makes a block of Allocate or TryAllocate larger where it lies: to `size + extra` bytes if there
// is room for them behind it, else to `size`. Answers what it can hold then: less than `size` when
// nothing has changed, as with every block of kMaxSlabBlock or less.
size_t TryExpand(void* memory, size_t size, size_t extra);

// Gives back memory from Allocate, TryAllocate or TryExpand. `size` is the size asked for, or
// anything up to what UsableSize answered for it; it spares the allocator a look-up. Null is
// ignored.
void Free(void* memory, size_t size);

// As Free, for blocks that may be of many megabytes: of these the system gets the pages back
// portion by portion first. In one go it would keep every other thread from mapping memory
// meanwhile.
void FreeAnySize(void* memory, size_t size);

// The size of the block that a request for `size` bytes really gets. Pure, a few nanoseconds:
// nothing is allocated.
size_t GoodSize(size_t size);

// The bytes that the block at `memory` can hold, at least what was asked for.
size_t UsableSize(const void* memory);

// Bytes that the process has allocated and not freed, all counted threads: exact for the calling
// thread, others may lag by what they are doing at this moment. O(threads), some tens of
// nanoseconds, no statistics refresh.
size_t UsedMemory();

// Counts this thread's allocations into UsedMemory until it ends, those before included. Each
// thread of the server makes one first; memory may be freed by another thread than took it, so a
// thread that is not counted would leave errors behind. At most 64 threads at a time.
class ThreadAccount {
 public:
  ThreadAccount();
  ~ThreadAccount();
  ThreadAccount(const ThreadAccount&) = delete;
  ThreadAccount& operator=(const ThreadAccount&) = delete;
};

// Allocator's figures for INFO memory, in bytes; zero where the build has no statistics.
struct AllocatorStats {
  size_t allocated = 0;
  size_t active = 0;
  size_t resident = 0;
  size_t retained = 0;
  size_t dirty = 0;    // free pages, resident
  size_t muzzy = 0;    // free pages that the system may take, not in `resident`
  size_t padding = 0;  // of `active`: pages behind large blocks, which nobody touches
  size_t purged = 0;   // given back to the system since the start, by whomever
};
AllocatorStats Stats();

// Has the allocator sum its figures up anew; Stats does. Some tens of microseconds.
void RefreshStatistics();

// Has the allocator's own thread give free pages back to the system, about a second after they
// became free, also when the process does nothing; the calling thread never does that itself. After
// any fork: threads do not survive one. False when that thread cannot be had; then somebody has to
// call ReturnDuePages ten times a second, who gives them back then.
bool StartReturningPages();
void ReturnDuePages();

// Gives all free pages, and what the calling thread keeps for itself, back to the system now; after
// it they are there, also those that another thread was about to give back. Takes about 0.2 ms a
// megabyte: not for the engine thread.
void Purge();

// What the allocator says of itself, for people. Empty where it says nothing. Some milliseconds.
std::string Report();

// Name and version, as in INFO's mem_allocator ("jemalloc-5.3.0", "libc").
std::string_view Name();

}  // namespace ebb::memory

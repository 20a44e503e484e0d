// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "storage/memory/extent_hooks.h"

#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <new>
#include <utility>

#include "storage/memory/page_returns.h"
#include "storage/memory/start_thread.h"

#ifdef EBB_JEMALLOC
#include <jemalloc/jemalloc.h>

#include <string>
#endif

namespace ebb::memory {

// Never destroyed: threads free memory to the end.
PageReturns& PagesOnTheirWay() {
  alignas(PageReturns) static std::byte place[sizeof(PageReturns)];
  static auto* const returns = new (place) PageReturns;
  return *returns;
}

#ifdef EBB_JEMALLOC
namespace {

const size_t kPage = static_cast<size_t>(sysconf(_SC_PAGESIZE));

extent_alloc_t* map_extent = nullptr;
// Bytes since the start; less than none where what was there before has gone.
std::atomic<ptrdiff_t> committed = 0;

// jemalloc begins its thread with all signals blocked, and tells nobody.
void TakeSignalsOnce() {
  static thread_local bool taken = false;
  if (!std::exchange(taken, true)) TakeSignalsOfFailures();
}

// In jemalloc's words, it decommits what is to go back to the system, and commits it before it is
// used again. It keeps the addresses.
bool Decommit(extent_hooks_t*, void* extent, size_t, size_t offset, size_t bytes, unsigned) {
  TakeSignalsOnce();
  committed.fetch_sub(static_cast<ptrdiff_t>(bytes), std::memory_order_relaxed);
  PagesOnTheirWay().Add(static_cast<char*>(extent) + offset, bytes);
  return false;
}

thread_local bool block_grows = false;
bool large_blocks_are_padded = false;

// Whether so many pages are a slab. By malloc_conf those of the sizes that matter most, blocks of
// up to 512 bytes, have 1, 2 or 4 pages, or 10, 12, 14 or 16, as some others' have. No large block
// has: with the page of padding behind it, which nobody touches, it is of 5 to 9 pages, or 11, 13,
// 15, 17, and so on.
bool AreSlab(size_t pages) {
  if (!large_blocks_are_padded || block_grows) return false;
  return pages == 1 || pages == 2 || pages == 4 || (pages >= 10 && pages <= 16 && pages % 2 == 0);
}

// A slab is soon written to from one end to the other. To have the system bring its pages at once
// takes half as long as a fault for each (7 us a page instead of 14 in a virtual machine with Linux
// 6.18, where SETs of new keys took 10 % less CPU). Who holds little has nothing brought: what is
// left of each size's last slab would count. No other thread gets new pages of the arena meanwhile.
// Where the system will not, as before Linux 5.14, it is not asked again; short of memory, it is.
void Fetch(char* slab, size_t bytes) {
  constexpr ptrdiff_t kLittle = ptrdiff_t{8} << 20;
  static std::atomic<bool> brings = true;
  if (!brings.load(std::memory_order_relaxed)) return;
  if (committed.load(std::memory_order_relaxed) < kLittle) return;
  const int error_before = errno;  // which whoever allocates may look at later
  if (madvise(slab, bytes, MADV_POPULATE_WRITE) != 0 && errno != ENOMEM && errno != EFAULT) {
    brings.store(false, std::memory_order_relaxed);
  }
  errno = error_before;
}

bool Commit(extent_hooks_t*, void* extent, size_t, size_t offset, size_t bytes, unsigned) {
  char* const begin = static_cast<char*>(extent) + offset;
  PagesOnTheirWay().Reuse(begin, bytes);
  committed.fetch_add(static_cast<ptrdiff_t>(bytes), std::memory_order_relaxed);
  if (AreSlab(bytes / kPage)) Fetch(begin, bytes);
  return false;
}

// What is mapped ahead, to be used bit by bit, is as good as decommitted: so Commit hears of each
// part when its turn comes.
void* Map(extent_hooks_t* hooks, void* at, size_t size, size_t alignment, bool* zero, bool* commit,
          unsigned arena) {
  const bool used_at_once = *commit;
  void* const extent = map_extent(hooks, at, size, alignment, zero, commit, arena);
  *commit = used_at_once && *commit;
  return extent;
}

// Whether jemalloc maps memory that may be used at once. Where the kernel does not overcommit
// (vm.overcommit_memory 2), or does not say, what is new cannot be touched before the hook that
// commits has mapped it anew: that is jemalloc's own to do then. Elsewhere its decommit refuses.
bool MapsWhatIsUsable(extent_hooks_t* hooks, unsigned arena) {
  void* probe = mmap(nullptr, kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (probe == MAP_FAILED) return false;
  const bool refused = hooks->decommit(hooks, probe, kPage, 0, kPage, arena);
  munmap(probe, kPage);
  return refused;
}

}  // namespace

GrowingBlock::GrowingBlock() {
  block_grows = true;
}

GrowingBlock::~GrowingBlock() {
  block_grows = false;
}

void TakePagesInHand(unsigned arena) {
  const std::string name = "arena." + std::to_string(arena) + ".extent_hooks";
  extent_hooks_t* given = nullptr;
  size_t size = sizeof(given);
  if (mallctl(name.c_str(), &given, &size, nullptr, 0) != 0) return;
  if (!MapsWhatIsUsable(given, arena) || PagesOnTheirWay().Start()) return;
  size = sizeof(large_blocks_are_padded);
  mallctl("opt.cache_oblivious", &large_blocks_are_padded, &size, nullptr, 0);
  static extent_hooks_t hooks = *given;
  map_extent = given->alloc;
  hooks.alloc = Map;
  hooks.dalloc = nullptr;
  hooks.decommit = Decommit;
  hooks.commit = Commit;
  extent_hooks_t* ours = &hooks;
  mallctl(name.c_str(), nullptr, nullptr, &ours, sizeof(ours));
}

#endif

}  // namespace ebb::memory

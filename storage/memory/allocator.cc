// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "storage/memory/allocator.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cassert>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string>
#include <thread>

#include "storage/memory/extent_hooks.h"
#include "storage/memory/page_returns.h"
#include "storage/memory/slabs.h"
#include "storage/memory/start_thread.h"

#ifdef EBB_JEMALLOC
#include <jemalloc/jemalloc.h>

// What jemalloc reads at its start; the environment's MALLOC_CONF goes before it.
//
// Slabs of 16 to 64 KiB: jemalloc gives many classes a page, and each slab costs a descriptor of
// 128 bytes that never goes back (of 1.3 GiB of values up to 500 bytes, 9 MiB remained after
// FLUSHALL with slabs of 32 KiB, 7 with 64). To give 600 MB of emptied slabs back to the system
// took 156 ms in pieces of a page, 23 ms in 32 KiB. The larger classes, of which a server that
// holds little has a region or two each, stay at half of it: more would be address space that
// counts as slack and that nobody ever touched; of how many pages exactly is chosen so that little
// is left behind the last region (of 32 KiB, 2 KiB in slabs for 2,560 and 3,072 bytes: 6 % of such
// values). A page that was freed goes back after a second, not ten. One thread sees to that: where
// a further one could not be started, jemalloc would try for ever.
const char* malloc_conf =
    "slab_sizes:1-64:4|65-512:16|513-1024:8|1025-1280:10|1281-1536:6|1537-1792:7|1793-2048:8|"
    "2049-2560:10|2561-3072:12|3073-3584:7|3585-4096:8,"
    "dirty_decay_ms:1000,muzzy_decay_ms:0,max_background_threads:1";
#else
#include <malloc.h>
#endif

namespace ebb::memory {

void OutOfMemory(size_t size) {
  std::fprintf(stderr, "ebb: out of memory: could not allocate %zu bytes\n", size);
  std::abort();
}

void* Allocate(size_t size) {
  void* memory = TryAllocate(size);
  if (memory == nullptr) [[unlikely]]
    OutOfMemory(size);
  return memory;
}

void* AllocateAligned(size_t size) {
  void* memory = TryAllocateAligned(size);
  if (memory == nullptr) [[unlikely]]
    OutOfMemory(size);
  return memory;
}

namespace {

void GiveBackInPortions(void* memory, size_t size) {
  constexpr uintptr_t kPortion = uintptr_t{4} << 20;  // a multiple of every size of huge pages
  static const auto page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  const auto begin = reinterpret_cast<uintptr_t>(memory);
  const uintptr_t end = (begin + size) & ~(page - 1);
  uintptr_t at = (begin + page - 1) & ~(page - 1);
  while (at < end) {
    const uintptr_t next = std::min(end, (at / kPortion + 1) * kPortion);
    madvise(reinterpret_cast<void*>(at), next - at, MADV_DONTNEED);
    at = next;
  }
}

}  // namespace

void FreeAnySize(void* memory, size_t size) {
  constexpr size_t kLarge = size_t{4} << 20;
  if (size >= kLarge) [[unlikely]]
    GiveBackInPortions(memory, size);
  Free(memory, size);
}

#ifdef EBB_JEMALLOC

// jemalloc counts, per thread, the bytes that the thread ever took and gave back. A thread may free
// what another one took, so only the sum over all threads means something.
namespace {

struct ThreadCounters {
  const uint64_t* allocated = nullptr;
  const uint64_t* deallocated = nullptr;
  int64_t settled =
      0;  // of their difference, what an earlier account of the thread left in `residue`
};

// Guards what follows; held for nanoseconds, and rarely wanted by two threads at once.
class SpinLock {
 public:
  SpinLock() {
    while (flag_.test_and_set(std::memory_order_acquire)) std::this_thread::yield();
  }
  ~SpinLock() { flag_.clear(std::memory_order_release); }
  SpinLock(const SpinLock&) = delete;
  SpinLock& operator=(const SpinLock&) = delete;

 private:
  static inline std::atomic_flag flag_;
};

constexpr size_t kMaxThreads = 64;
std::array<ThreadCounters, kMaxThreads> threads;
size_t thread_count = 0;

// What threads that ended have left: allocated minus deallocated.
int64_t residue = 0;

const uint64_t* CounterOf(const char* name) {
  static const uint64_t none = 0;
  const uint64_t* counter = nullptr;
  size_t size = sizeof(counter);
  return mallctl(name, &counter, &size, nullptr, 0) == 0 ? counter
                                                         : &none;  // a build without statistics
}

thread_local int64_t settled_balance = 0;

ThreadCounters OwnCounters() {
  return {CounterOf("thread.allocatedp"), CounterOf("thread.deallocatedp"), settled_balance};
}

// Bytes that a thread took more than it gave back. The owner writes its counters with plain stores;
// an aligned word is read whole.
int64_t Balance(const ThreadCounters& thread) {
  return static_cast<int64_t>(__atomic_load_n(thread.allocated, __ATOMIC_RELAXED) -
                              __atomic_load_n(thread.deallocated, __ATOMIC_RELAXED)) -
         thread.settled;
}

template <typename T>
T ReadStatistic(const char* name) {
  T value = 0;
  size_t size = sizeof(value);
  return mallctl(name, &value, &size, nullptr, 0) == 0 ? value : 0;
}

// jemalloc takes a page more for a block that lies in no slab, so that it can begin at a cache line
// by chance. One that has to begin a page leaves that page untouched: 100 MB of blocks of 16 KiB
// were 123 MB resident without, 99 with; of 32 KiB 110 and 98. Past the thread's cache, which
// keeps such blocks but is not asked for them: a SET of 20 KB takes 10 to 15 % longer so.
constexpr int kLargeFlags = MALLOCX_LG_ALIGN(12) | MALLOCX_TCACHE_NONE;

// Larger pages than that have larger slabs, and what this is about is little there.
const bool small_pages = ReadStatistic<size_t>("arenas.page") == 4096;

bool IsLarge(size_t size) {
  return size > kMaxSlabBlock && small_pages;
}

}  // namespace

void* TryAllocate(size_t size) {
  assert(size > 0);
  return IsLarge(size) ? mallocx(size, kLargeFlags) : malloc(std::max(size, kMinSize));
}

void* TryAllocateZeroed(size_t size) {
  assert(size > 0);
  return IsLarge(size) ? mallocx(size, kLargeFlags | MALLOCX_ZERO)
                       : calloc(1, std::max(size, kMinSize));
}

size_t TryExpand(void* memory, size_t size, size_t extra) {
  const GrowingBlock grows;
  return xallocx(memory, size, extra, 0);
}

void* TryAllocateAligned(size_t size) {
  return mallocx(size, MALLOCX_ALIGN(kCacheLine));
}

void FreeAligned(void* memory, size_t size) {
  if (memory != nullptr) sdallocx(memory, size, MALLOCX_ALIGN(kCacheLine));
}

void Free(void* memory, size_t size) {
  if (memory != nullptr) {
    sdallocx(memory, std::max(size, kMinSize), IsLarge(size) ? MALLOCX_TCACHE_NONE : 0);
  }
}

size_t GoodSize(size_t size) {
  return nallocx(std::max(size, kMinSize), 0);
}

size_t UsableSize(const void* memory) {
  return sallocx(memory, 0);
}

ThreadAccount::ThreadAccount() {
  const ThreadCounters own = OwnCounters();
  const SpinLock lock;
  if (thread_count == kMaxThreads) {
    std::fprintf(stderr, "ebb: more than %zu threads want their memory counted\n", kMaxThreads);
    std::abort();
  }
  threads[thread_count++] = own;
}

ThreadAccount::~ThreadAccount() {
  const ThreadCounters own = OwnCounters();
  const SpinLock lock;
  residue += Balance(own);
  settled_balance += Balance(own);
  for (size_t i = 0; i < thread_count; ++i) {
    if (threads[i].allocated != own.allocated) continue;
    threads[i] = threads[--thread_count];
    return;
  }
}

size_t UsedMemory() {
  const SpinLock lock;
  int64_t sum = residue;
  for (size_t i = 0; i < thread_count; ++i) sum += Balance(threads[i]);
  return sum > 0 ? static_cast<size_t>(sum) : 0;
}

void RefreshStatistics() {
  uint64_t epoch = 1;
  size_t size = sizeof(epoch);
  mallctl("epoch", &epoch, &size, &epoch, size);
}

AllocatorStats Stats() {
  RefreshStatistics();
  static_assert(MALLCTL_ARENAS_ALL == 4096);
  AllocatorStats stats;
  stats.allocated = ReadStatistic<size_t>("stats.allocated");
  stats.active = ReadStatistic<size_t>("stats.active");
  stats.resident = ReadStatistic<size_t>("stats.resident");
  stats.retained = ReadStatistic<size_t>("stats.retained");
  const auto page = ReadStatistic<size_t>("arenas.page");
  const size_t on_their_way = PagesOnTheirWay().bytes();
  stats.resident += on_their_way;
  stats.dirty = ReadStatistic<size_t>("stats.arenas.4096.pdirty") * page + on_their_way;
  stats.muzzy = ReadStatistic<size_t>("stats.arenas.4096.pmuzzy") * page;
  stats.purged = ReadStatistic<uint64_t>("stats.arenas.4096.dirty_purged") * page;
  if (ReadStatistic<bool>("opt.cache_oblivious")) stats.padding = LargeBlocks() * page;
  return stats;
}

namespace {

// The arena of the thread that allocates the data, where nearly all free pages are.
unsigned data_arena = 0;

// What frees memory gives whole runs of 8 MiB of free pages back itself, unless told not to: 1 to
// 2 ms in which a thread that others wait for was found in sdallocx.
void LeavePagesToOthers() {
  const std::string name = "arena." + std::to_string(data_arena) + ".oversize_threshold";
  size_t never = SIZE_MAX;
  mallctl(name.c_str(), nullptr, nullptr, &never, sizeof(never));
}

void PurgeAllArenas() {
  mallctl("arena.4096.purge", nullptr, nullptr, nullptr, 0);
}

// How often the data's arena has given pages back, by whichever thread.
uint64_t Sweeps() {
  RefreshStatistics();
  char name[48];  // no string, which would need memory
  std::snprintf(name, sizeof(name), "stats.arenas.%u.dirty_npurge", data_arena);
  return ReadStatistic<uint64_t>(name);
}

// So that a sweep finds something in any case. False where there is no memory for it.
bool LeaveADirtyPage() {
  constexpr size_t kOwnPages = size_t{16} << 10;  // the least that is no part of a slab
  const int flags = static_cast<int>(MALLOCX_ARENA(data_arena)) | MALLOCX_TCACHE_NONE;
  void* pages = mallocx(kOwnPages, flags);
  if (pages == nullptr) return false;
  sdallocx(pages, kOwnPages, MALLOCX_TCACHE_NONE);
  return true;
}

// Ends after a sweep of the data's arena has ended, be it another thread's.
//
// While one thread purges an arena, jemalloc has a second one pass by without a word, and the pages
// that the first one took out stay resident until their turn comes.
void Sweep() {
  constexpr int kTries = 1000;  // more than the largest sweep takes
  constexpr std::chrono::milliseconds kPause(1);
  const uint64_t before = Sweeps();
  const bool certain = LeaveADirtyPage();
  PurgeAllArenas();
  for (int tries = 0; certain && Sweeps() == before && tries < kTries; ++tries) {
    std::this_thread::sleep_for(kPause);
  }
}

bool SetBackgroundThread(bool on) {
  return mallctl("background_thread", nullptr, nullptr, &on, sizeof(on)) == 0;
}

// Begins jemalloc's own thread, on a thread that gives way, as it will then.
bool StartAllocatorThread() {
  bool begun = false;
  const auto begin = [&begun] { begun = SetBackgroundThread(true); };
  std::thread thread;
  const std::error_code error = StartThread(&thread, "ebb-start", begin);
  error ? begin() : thread.join();
  // It would be taken to be there, and nobody else give pages back.
  if (!begun) SetBackgroundThread(false);
  return begun;
}

bool allocator_thread = false;

}  // namespace

bool StartReturningPages() {
  size_t size = sizeof(data_arena);
  mallctl("thread.arena", &data_arena, &size, nullptr, 0);
  allocator_thread = StartAllocatorThread();
  if (!allocator_thread) return false;
  LeavePagesToOthers();
  static std::once_flag in_hand;
  std::call_once(in_hand, [] { TakePagesInHand(data_arena); });
  return true;
}

void ReturnDuePages() {
  if (!allocator_thread) mallctl("arena.4096.decay", nullptr, nullptr, nullptr, 0);
}

void Purge() {
  static std::mutex one_at_a_time;
  FlushThreadCache();
  const std::lock_guard lock(one_at_a_time);
  Sweep();  // perhaps what the allocator's own thread had begun
  Sweep();
  PagesOnTheirWay().GiveBack();
}

std::string Report() {
  std::string text;
  malloc_stats_print(
      [](void* target, const char* piece) { *static_cast<std::string*>(target) += piece; }, &text,
      nullptr);
  return text;
}

std::string_view Name() {
  static const std::string name = [] {
    const char* version = nullptr;
    size_t size = sizeof(version);
    if (mallctl("version", &version, &size, nullptr, 0) != 0) return std::string("jemalloc");
    const std::string_view text(version);  // "5.3.0-0-g54eaed1d8b56b1aa528be3bdd1877e59c56fa90c"
    return "jemalloc-" + std::string(text.substr(0, text.find('-')));
  }();
  return name;
}

#else  // the C library

namespace {

std::atomic<size_t> used{0};

void* Count(void* memory) {
  if (memory != nullptr) used.fetch_add(malloc_usable_size(memory), std::memory_order_relaxed);
  return memory;
}

void CountedFree(void* memory) {
  if (memory == nullptr) return;
  used.fetch_sub(malloc_usable_size(memory), std::memory_order_relaxed);
  std::free(memory);
}

}  // namespace

// Really asks for GoodSize, so that callers may use what it promises under the sanitizers too.
void* TryAllocate(size_t size) {
  assert(size > 0);
  return Count(std::malloc(GoodSize(size)));
}

void* TryAllocateZeroed(size_t size) {
  assert(size > 0);
  return Count(std::calloc(1, GoodSize(size)));
}

void* TryAllocateAligned(size_t size) {
  void* memory = nullptr;
  return posix_memalign(&memory, kCacheLine, size) == 0 ? Count(memory) : nullptr;
}

void FreeAligned(void* memory, [[maybe_unused]] size_t size) {
  CountedFree(memory);
}

size_t TryExpand(void* memory, size_t, size_t) {
  return malloc_usable_size(memory);
}

void Free(void* memory, [[maybe_unused]] size_t size) {
  CountedFree(memory);
}

size_t GoodSize(size_t size) {
  return size > SIZE_MAX - 15 ? size : (size + 15) & ~size_t{15};
}

size_t UsableSize(const void* memory) {
  return malloc_usable_size(const_cast<void*>(memory));
}

ThreadAccount::ThreadAccount() = default;
ThreadAccount::~ThreadAccount() = default;

size_t UsedMemory() {
  return used.load(std::memory_order_relaxed);
}

void RefreshStatistics() {}

void ReturnDuePages() {}

AllocatorStats Stats() {
  return {};
}

bool StartReturningPages() {
  return true;
}

void Purge() {}

std::string Report() {
  return {};
}

std::string_view Name() {
  return "libc";
}

#endif

}  // namespace ebb::memory

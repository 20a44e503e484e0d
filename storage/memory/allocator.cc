// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "storage/memory/allocator.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cassert>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>

#ifdef EBB_JEMALLOC
#include <jemalloc/jemalloc.h>
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

#ifdef EBB_JEMALLOC

// jemalloc counts, per thread, the bytes that the thread ever took and gave back. A thread may free
// what another one took, so only the sum over all threads means something.
namespace {

struct ThreadCounters {
  std::atomic<bool> taken{false};
  std::atomic<const uint64_t*> allocated{nullptr};
  std::atomic<const uint64_t*> deallocated{nullptr};
};

constexpr size_t kMaxThreads = 64;
std::array<ThreadCounters, kMaxThreads> threads;

// What threads that ended have left: allocated minus deallocated.
std::atomic<int64_t> residue{0};

// Readers that may hold pointers into a thread's counters. A thread must not end under them.
std::atomic<int> readers{0};

const uint64_t* CounterOf(const char* name) {
  uint64_t* counter = nullptr;
  size_t size = sizeof(counter);
  if (mallctl(name, &counter, &size, nullptr, 0) != 0) return nullptr;
  return counter;
}

// The owner writes the counter with plain stores; an aligned word is read whole.
int64_t Read(const uint64_t* counter) {
  return counter == nullptr ? 0 : static_cast<int64_t>(__atomic_load_n(counter, __ATOMIC_RELAXED));
}

template <typename T>
T ReadStatistic(const char* name) {
  T value = 0;
  size_t size = sizeof(value);
  return mallctl(name, &value, &size, nullptr, 0) == 0 ? value : 0;
}

thread_local ThreadCounters* own_counters = nullptr;

}  // namespace

// jemalloc aligns blocks of up to 8 bytes to 8 only; nobody here wants those.
constexpr size_t kMinSize = 16;

void* TryAllocate(size_t size) {
  assert(size > 0);
  return malloc(std::max(size, kMinSize));
}

void* AllocateAligned(size_t size) {
  void* memory = mallocx(size, MALLOCX_ALIGN(kCacheLine));
  if (memory == nullptr) [[unlikely]]
    OutOfMemory(size);
  return memory;
}

void FreeAligned(void* memory, size_t size) {
  if (memory != nullptr) sdallocx(memory, size, MALLOCX_ALIGN(kCacheLine));
}

void Free(void* memory, size_t size) {
  if (memory != nullptr) sdallocx(memory, std::max(size, kMinSize), 0);
}

size_t GoodSize(size_t size) {
  return nallocx(size, 0);
}

size_t UsableSize(const void* memory) {
  return sallocx(memory, 0);
}

ThreadAccount::ThreadAccount() {
  assert(own_counters == nullptr);
  for (ThreadCounters& slot : threads) {
    if (slot.taken.exchange(true)) continue;
    slot.allocated.store(CounterOf("thread.allocatedp"));
    slot.deallocated.store(CounterOf("thread.deallocatedp"));
    own_counters = &slot;
    return;
  }
  std::fprintf(stderr, "ebb: more than %zu threads want their memory counted\n", kMaxThreads);
  std::abort();
}

ThreadAccount::~ThreadAccount() {
  const uint64_t* allocated = own_counters->allocated.exchange(nullptr);
  const uint64_t* deallocated = own_counters->deallocated.exchange(nullptr);
  residue.fetch_add(Read(allocated) - Read(deallocated));
  while (readers.load() != 0) std::this_thread::yield();
  own_counters->taken.store(false);
  own_counters = nullptr;
}

size_t UsedMemory() {
  readers.fetch_add(1);
  int64_t sum = residue.load();
  for (const ThreadCounters& slot : threads) {
    if (!slot.taken.load(std::memory_order_acquire)) continue;
    sum += Read(slot.allocated.load()) - Read(slot.deallocated.load());
  }
  readers.fetch_sub(1);
  return sum > 0 ? static_cast<size_t>(sum) : 0;
}

AllocatorStats Stats() {
  uint64_t epoch = 1;
  size_t size = sizeof(epoch);
  mallctl("epoch", &epoch, &size, &epoch, size);
  static_assert(MALLCTL_ARENAS_ALL == 4096);
  AllocatorStats stats;
  stats.allocated = ReadStatistic<size_t>("stats.allocated");
  stats.active = ReadStatistic<size_t>("stats.active");
  stats.resident = ReadStatistic<size_t>("stats.resident");
  stats.retained = ReadStatistic<size_t>("stats.retained");
  stats.muzzy =
      ReadStatistic<size_t>("stats.arenas.4096.pmuzzy") * ReadStatistic<size_t>("arenas.page");
  return stats;
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

void* AllocateAligned(size_t size) {
  void* memory = nullptr;
  if (posix_memalign(&memory, kCacheLine, size) != 0) OutOfMemory(size);
  return Count(memory);
}

void FreeAligned(void* memory, [[maybe_unused]] size_t size) {
  CountedFree(memory);
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

AllocatorStats Stats() {
  return {};
}

std::string_view Name() {
  return "libc";
}

#endif

}  // namespace ebb::memory

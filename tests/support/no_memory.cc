// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
//
// The linker sends the program's calls of malloc and its kin here (--wrap), and `new` is replaced.
#include "tests/support/no_memory.h"

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <new>

namespace ebb::test {
namespace {

std::atomic<bool> refusing{false};
std::atomic<uint64_t> refusals_so_far{0};
thread_local bool spared = false;

bool Refuses() {
  if (!refusing.load(std::memory_order_relaxed) || spared) return false;
  refusals_so_far.fetch_add(1, std::memory_order_relaxed);
  return true;
}

}  // namespace

NoMemory::NoMemory(For whom) {
  spared = whom == For::kOtherThreads;
  refusals_so_far = 0;
  refusing = true;
}

NoMemory::~NoMemory() {
  refusing = false;
  spared = false;
}

uint64_t NoMemory::refusals() const {
  return refusals_so_far;
}

}  // namespace ebb::test

extern "C" {

void* __real_malloc(size_t size);
void* __real_calloc(size_t count, size_t size);
int __real_posix_memalign(void** memory, size_t alignment, size_t size);

void* __wrap_malloc(size_t size) {
  return ebb::test::Refuses() ? nullptr : __real_malloc(size);
}

void* __wrap_calloc(size_t count, size_t size) {
  return ebb::test::Refuses() ? nullptr : __real_calloc(count, size);
}

int __wrap_posix_memalign(void** memory, size_t alignment, size_t size) {
  return ebb::test::Refuses() ? ENOMEM : __real_posix_memalign(memory, alignment, size);
}

#ifdef EBB_JEMALLOC
void* __real_mallocx(size_t size, int flags);

void* __wrap_mallocx(size_t size, int flags) {
  return ebb::test::Refuses() ? nullptr : __real_mallocx(size, flags);
}
#endif

}  // extern "C"

void* operator new(size_t size) {
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}

void operator delete(void* memory) noexcept {
  std::free(memory);
}

void operator delete(void* memory, size_t) noexcept {
  std::free(memory);
}

// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "storage/memory/slabs.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>

#include "storage/memory/allocator.h"

#ifdef EBB_JEMALLOC
#include <jemalloc/jemalloc.h>
#endif

namespace ebb::memory {

#ifdef EBB_JEMALLOC

namespace {

// A name of jemalloc's control interface, looked up once.
class Control {
 public:
  explicit Control(const char* name) { known_ = mallctlnametomib(name, mib_.data(), &depth_) == 0; }

  bool known() const { return known_; }

  // With `index` in the place of the number at `level` of the name.
  template <typename T>
  T Read(size_t level, size_t index) const {
    T value = 0;
    size_t size = sizeof(value);
    std::array<size_t, 8> mib = mib_;
    mib[level] = index;
    mallctlbymib(mib.data(), depth_, &value, &size, nullptr, 0);
    return value;
  }

  bool Exchange(void* out, size_t out_size, const void* in, size_t in_size) {
    size_t size = out_size;
    return mallctlbymib(mib_.data(), depth_, out, &size, const_cast<void*>(in), in_size) == 0 &&
           size == out_size;
  }

 private:
  std::array<size_t, 8> mib_{};
  size_t depth_ = 8;
  bool known_ = false;
};

Control& SlabQuery() {
  static Control query("experimental.utilization.batch_query");
  return query;
}

// Whether the answer about a block of our own is what it must be.
bool Try() {
  if (!SlabQuery().known()) return false;
  void* const block = Allocate(100);
  SlabUse use{};
  const bool answered = SlabQuery().Exchange(&use, sizeof(use), &block, sizeof(block));
  const bool sensible =
      use.regions > 1 && use.free_regions < use.regions && use.regions * GoodSize(100) <= use.bytes;
  Free(block, 100);
  return answered && sensible;
}

}  // namespace

std::string_view SlabsUnknown() {
  static const bool known = Try();
  return known ? std::string_view()
               : "this build of jemalloc does not tell how full its slabs are "
                 "(experimental.utilization.batch_query)";
}

void QuerySlabs(std::span<const void* const> blocks, std::span<SlabUse> uses) {
  if (blocks.empty()) return;
  SlabQuery().Exchange(uses.data(), uses.size_bytes(), blocks.data(), blocks.size_bytes());
}

size_t ReadSizeClasses(std::span<SizeClass, kMaxSizeClasses> classes) {
  static Control region_bytes("arenas.bin.0.size");
  static Control regions("arenas.bin.0.nregs");
  static Control slab_bytes("arenas.bin.0.slab_size");
  static Control used("stats.arenas.4096.bins.0.curregs");  // 4096: all arenas together
  static Control slabs("stats.arenas.4096.bins.0.curslabs");
  static_assert(MALLCTL_ARENAS_ALL == 4096);
  if (!SlabsUnknown().empty() || !used.known() || !slabs.known()) return 0;
  RefreshStatistics();
  unsigned count = 0;
  size_t size = sizeof(count);
  mallctl("arenas.nbins", &count, &size, nullptr, 0);
  count = static_cast<unsigned>(std::min<size_t>(count, kMaxSizeClasses));
  for (unsigned i = 0; i < count; ++i) {
    classes[i] = {.region_bytes = region_bytes.Read<size_t>(2, i),
                  .slab_bytes = slab_bytes.Read<size_t>(2, i),
                  .regions_per_slab = regions.Read<uint32_t>(2, i),
                  .slabs = slabs.Read<size_t>(4, i),
                  .regions_used = used.Read<size_t>(4, i)};
  }
  return count;
}

size_t LargeBlocks() {
  static Control count("stats.arenas.4096.lextents.0.curlextents");
  if (!count.known()) return 0;
  unsigned sizes = 0;
  size_t size = sizeof(sizes);
  mallctl("arenas.nlextents", &sizes, &size, nullptr, 0);
  size_t blocks = 0;
  for (unsigned i = 0; i < sizes; ++i) blocks += count.Read<size_t>(4, i);
  return blocks;
}

namespace {

int FlagsOf(bool cache_aligned) {
  return MALLOCX_TCACHE_NONE | (cache_aligned ? MALLOCX_ALIGN(kCacheLine) : 0);
}

}  // namespace

void* AllocateDense(size_t size, bool cache_aligned) {
  return mallocx(std::max(size, kMinSize), FlagsOf(cache_aligned));
}

void FreeSparse(void* memory, size_t size, bool cache_aligned) {
  sdallocx(memory, std::max(size, kMinSize), FlagsOf(cache_aligned));
}

void FlushThreadCache() {
  mallctl("thread.tcache.flush", nullptr, nullptr, nullptr, 0);
}

#else  // the C library

std::string_view SlabsUnknown() {
  return "built without jemalloc";
}

void QuerySlabs(std::span<const void* const>, std::span<SlabUse>) {}

size_t ReadSizeClasses(std::span<SizeClass, kMaxSizeClasses>) {
  return 0;
}

size_t LargeBlocks() {
  return 0;
}

void* AllocateDense(size_t size, bool cache_aligned) {
  return cache_aligned ? TryAllocateAligned(size) : TryAllocate(size);
}

void FreeSparse(void* memory, size_t size, bool cache_aligned) {
  cache_aligned ? FreeAligned(memory, size) : Free(memory, size);
}

void FlushThreadCache() {}

#endif

}  // namespace ebb::memory

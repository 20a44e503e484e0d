// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "storage/memory/allocator.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <limits>
#include <thread>
#include <utility>
#include <vector>

#ifdef EBB_JEMALLOC
#include <jemalloc/jemalloc.h>
#endif

namespace ebb::memory {
namespace {

uintptr_t AddressOf(const void* memory) {
  return reinterpret_cast<uintptr_t>(memory);
}

TEST(AllocatorTest, BlocksAreAlignedAndAsLargeAsPromised) {
  std::vector<std::pair<void*, size_t>> blocks;
  for (size_t size = 1; size < 5000; size += size < 300 ? 1 : 97) {
    void* memory = Allocate(size);
    EXPECT_EQ(AddressOf(memory) % 16, 0u) << size;
    EXPECT_GE(GoodSize(size), size);
    EXPECT_EQ(GoodSize(GoodSize(size)), GoodSize(size)) << size;
    EXPECT_GE(UsableSize(memory), GoodSize(size)) << size;
    std::memset(memory, 0xab, GoodSize(size));
    blocks.emplace_back(memory, size);
  }
  bool free_with_good_size = false;
  for (const auto& [memory, size] : blocks) {
    Free(memory, free_with_good_size ? GoodSize(size) : size);
    free_with_good_size = !free_with_good_size;
  }
  Free(nullptr, 0);
}

TEST(AllocatorTest, AlignedBlocksBeginACacheLine) {
  for (size_t size = kCacheLine; size <= 8192; size += kCacheLine) {
    void* memory = AllocateAligned(size);
    EXPECT_EQ(AddressOf(memory) % kCacheLine, 0u) << size;
    std::memset(memory, 0xab, size);
    FreeAligned(memory, size);
  }
}

// The sanitizers answer null only with allocator_may_return_null, which their test presets set.
TEST(AllocatorTest, TryAllocateSaysNo) {
  EXPECT_EQ(TryAllocate(std::numeric_limits<size_t>::max() / 4), nullptr);
}

TEST(AllocatorTest, ExpandsWhereThereIsRoomAndSaysNoElsewhere) {
  constexpr size_t kSize = size_t{1} << 20;
  Free(Allocate(7 * kSize), 7 * kSize);  // so that there is room
  void* memory = Allocate(kSize);
  std::memset(memory, 0xab, kSize);
  const size_t usable = TryExpand(memory, kSize + 1, kSize - 1);
  EXPECT_EQ(usable, UsableSize(memory));
#ifdef EBB_JEMALLOC
  EXPECT_EQ(usable, 2 * kSize);
#endif
  EXPECT_LT(TryExpand(memory, std::numeric_limits<size_t>::max() / 4, 0), size_t{1} << 40);
  EXPECT_EQ(static_cast<unsigned char*>(memory)[kSize - 1], 0xab);
  Free(memory, usable);

  void* const in_slab = Allocate(1000);
  EXPECT_EQ(TryExpand(in_slab, 2000, 0), UsableSize(in_slab));
  Free(in_slab, 1000);
}

TEST(AllocatorTest, UsedMemoryFollowsThisThread) {
  ThreadAccount account;
  const size_t before = UsedMemory();
  void* memory = Allocate(100000);
  EXPECT_GE(UsedMemory() - before, 100000u);
  EXPECT_LE(UsedMemory() - before, 140000u);
  Free(memory, 100000);
  EXPECT_EQ(UsedMemory(), before);
}

TEST(AllocatorTest, UsedMemoryKeepsWhatEndedThreadsLeft) {
  ThreadAccount account;
  const size_t before = UsedMemory();
  void* memory = nullptr;
  std::thread([&memory] {
    ThreadAccount own;
    memory = Allocate(1 << 20);
  }).join();
  EXPECT_GE(UsedMemory() - before, size_t{1} << 20);
  // Freed by another thread than took it.
  Free(memory, 1 << 20);
  // The thread itself may have left a few bytes of the C library's.
  EXPECT_LT(UsedMemory() - before, 65536u);
}

TEST(AllocatorTest, ThreadsComeAndGoWhileOthersRead) {
  ThreadAccount account;
  void* memory = Allocate(1 << 20);
  std::thread churn([] {
    for (int i = 0; i < 200; ++i) {
      std::thread([] {
        ThreadAccount own;
        Free(Allocate(1000), 1000);
      }).join();
    }
  });
  for (int i = 0; i < 100000; ++i) ASSERT_GE(UsedMemory(), size_t{1} << 20);
  churn.join();
  Free(memory, 1 << 20);
}

TEST(AllocatorTest, StatsAndName) {
  EXPECT_FALSE(Name().empty());
  if (Name() == "libc") {
    EXPECT_EQ(Stats().allocated, 0u);
    return;
  }
  EXPECT_EQ(Name().substr(0, 9), "jemalloc-");
  const AllocatorStats before = Stats();
  constexpr size_t kSize = 8 << 20;
  void* memory = Allocate(kSize);
  std::memset(memory, 1, kSize);
  const AllocatorStats after = Stats();
  // What the thread had in its cache may have gone meanwhile.
  constexpr size_t kCached = 1 << 20;
  EXPECT_GE(after.allocated + kCached, before.allocated + kSize);
  EXPECT_GE(after.active, after.allocated);
  EXPECT_GE(after.resident, after.active);
  Free(memory, kSize);
  EXPECT_LT(Stats().allocated, after.allocated);
}

#ifdef EBB_JEMALLOC
// Whatever has become free lies there until the allocator's own thread comes, which here it never
// does.
TEST(AllocatorTest, WhoFreesGivesNoPagesBack) {
  ssize_t hour_ms = 3'600'000;
  ASSERT_EQ(mallctl("arena.0.dirty_decay_ms", nullptr, nullptr, &hour_ms, sizeof(hour_ms)), 0);
  ASSERT_TRUE(StartReturningPages());
  constexpr size_t kBlock = size_t{64} << 10;
  constexpr size_t kBlocks = 1024;
  std::vector<void*> blocks(kBlocks);
  for (void*& block : blocks) block = Allocate(kBlock);
  const size_t before = Stats().dirty;
  for (void* block : blocks) Free(block, kBlock);
  EXPECT_GE(Stats().dirty, before + kBlock * kBlocks);
}

const size_t kPage = static_cast<size_t>(sysconf(_SC_PAGESIZE));

bool IsResident(void* memory) {
  unsigned char present = 0;
  void* const page = static_cast<char*>(memory) - AddressOf(memory) % kPage;
  EXPECT_EQ(mincore(page, 1, &present), 0);
  return (present & 1) != 0;
}

bool SystemBringsPagesWhenAsked() {
  void* const page =
      mmap(nullptr, kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  const bool brings = madvise(page, kPage, MADV_POPULATE_WRITE) == 0;
  munmap(page, kPage);
  return brings;
}

// Nobody writes to these blocks.
TEST(AllocatorTest, SlabsOfSmallBlocksComeWithTheirPagesWhereMuchIsHeld) {
  if (!SystemBringsPagesWhenAsked()) GTEST_SKIP() << "before Linux 5.14";
  // Where the system takes huge pages unasked, what nobody writes to comes beside what somebody
  // does.
  ASSERT_EQ(prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0), 0);
  ASSERT_TRUE(StartReturningPages());
  const auto take = [](size_t size, size_t bytes) {
    std::vector<void*> blocks(bytes / size);
    for (void*& block : blocks) block = Allocate(size);
    return blocks;
  };
  const std::vector<void*> little = take(128, size_t{4} << 20);
  EXPECT_LT(std::ranges::count_if(little, IsResident), little.size() / 8);
  const std::vector<void*> much = take(128, size_t{16} << 20);
  constexpr size_t kShort = size_t{256} << 10;
  constexpr size_t kLong = size_t{320} << 10;
  void* const growing = Allocate(kShort);
  EXPECT_GE(TryExpand(growing, kLong, 0), kLong);
  EXPECT_FALSE(IsResident(static_cast<char*>(growing) + kLong - kPage))
      << "sixteen pages that came to a block";
  // Not freed before the others: it is what they would be made of.
  for (const size_t size : {16, 48, 96, 128, 512}) {
    const std::vector<void*> small = take(size, size_t{4} << 20);
    EXPECT_GT(std::ranges::count_if(small, IsResident), small.size() * 3 / 4) << size;
    for (void* block : small) Free(block, size);
  }
  const std::vector<void*> large = take(size_t{32} << 10, size_t{16} << 20);
  EXPECT_LT(std::ranges::count_if(large, IsResident), large.size() / 4);
  for (void* block : large) Free(block, size_t{32} << 10);
  Free(growing, kLong);
  for (void* block : much) Free(block, 128);
  for (void* block : little) Free(block, 128);
}

// Another thread has taken the pages out and not yet given them back, as the allocator's own may.
TEST(AllocatorTest, APurgeIsOverWhenAllPagesAreBackWhoeverGaveThem) {
  ASSERT_TRUE(StartReturningPages());
  constexpr size_t kBlock = size_t{64} << 10;
  constexpr size_t kBlocks = 4096;
  std::vector<void*> blocks(kBlocks);
  for (void*& block : blocks) {
    block = Allocate(kBlock);
    std::memset(block, 1, kBlock);
  }
  const AllocatorStats full = Stats();
  for (void* block : blocks) Free(block, kBlock);
  std::thread first([] { mallctl("arena.0.purge", nullptr, nullptr, nullptr, 0); });
  while (Stats().dirty > kBlock * kBlocks / 2) continue;
  Purge();
  EXPECT_GE(Stats().purged, full.purged + kBlock * kBlocks);
  first.join();
}
#endif

TEST(AllocatorDeathTest, OutOfMemoryEndsTheProcess) {
  EXPECT_DEATH(Allocate(std::numeric_limits<size_t>::max() / 4), "out of memory");
}

}  // namespace
}  // namespace ebb::memory

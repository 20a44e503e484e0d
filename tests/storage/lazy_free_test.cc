// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "storage/memory/lazy_free.h"

#include <gtest/gtest.h>

#include <atomic>
#include <climits>
#include <cstring>
#include <thread>
#include <utility>
#include <vector>

#ifdef EBB_JEMALLOC
#include <jemalloc/jemalloc.h>
#endif

#include "storage/memory/allocator.h"
#include "tests/support/await.h"

namespace ebb {
namespace {

using test::Await;

// Garbage that writes down how it is freed: `slices` slices of ten objects each.
struct Rubbish {
  explicit Rubbish(int count) : slices(count) {}

  Garbage Wrap(size_t bytes) {
    return Garbage(this, 7, Free, static_cast<size_t>(slices) * 10, bytes,
                   static_cast<size_t>(slices) * 10);
  }

  static Garbage::Slice Free(void* what, uint32_t note) {
    EXPECT_EQ(note, 7u);
    auto* rubbish = static_cast<Rubbish*>(what);
    rubbish->freed_by = std::this_thread::get_id();
    if (rubbish->next != nullptr) rubbish->lazy_free->Add(rubbish->next->Wrap(1));
    return {.parts = 10, .more = ++rubbish->freed < rubbish->slices};
  }

  const int slices;
  std::atomic<int> freed{0};
  std::thread::id freed_by;
  LazyFree* lazy_free = nullptr;  // where a slice throws `next` away
  Rubbish* next = nullptr;
};

TEST(GarbageTest, IsFreedWithItsObject) {
  Rubbish rubbish(3);
  {
    Garbage garbage = rubbish.Wrap(100);
    EXPECT_TRUE(garbage.FreeSlice());
    const Garbage moved = std::move(garbage);
    EXPECT_EQ(rubbish.freed, 1);
  }
  EXPECT_EQ(rubbish.freed, 3);
}

TEST(LazyFreeTest, StepFreesSliceBySliceAndCounts) {
  Rubbish first(4);
  Rubbish second(1);
  LazyFree lazy_free;
  lazy_free.Add(first.Wrap(1000));
  lazy_free.Add(second.Wrap(50));
  EXPECT_EQ(lazy_free.pending_objects(), 50u);
  EXPECT_EQ(lazy_free.pending_bytes(), 1050u);
  EXPECT_TRUE(lazy_free.Step());
  EXPECT_EQ(first.freed, 1);
  EXPECT_EQ(lazy_free.pending_objects(), 40u);
  EXPECT_EQ(lazy_free.pending_bytes(), 800u);
  EXPECT_EQ(lazy_free.freed_objects(), 10u);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(lazy_free.Step());
  EXPECT_EQ(first.freed, 4);
  EXPECT_EQ(second.freed, 0);
  EXPECT_TRUE(lazy_free.Step());
  EXPECT_EQ(second.freed, 1);
  EXPECT_FALSE(lazy_free.Step());
  EXPECT_EQ(lazy_free.pending_objects(), 0u);
  EXPECT_EQ(lazy_free.pending_bytes(), 0u);
  EXPECT_EQ(lazy_free.freed_objects(), 50u);
  lazy_free.ResetFreed();
  EXPECT_EQ(lazy_free.freed_objects(), 0u);
}

TEST(LazyFreeTest, WithoutAThreadTheDestructorFreesTheRest) {
  Rubbish rubbish(4);
  {
    LazyFree lazy_free;
    lazy_free.Add(rubbish.Wrap(1));
    lazy_free.Step();
  }
  EXPECT_EQ(rubbish.freed, 4);
}

TEST(LazyFreeTest, TheThreadFreesInItsOwnTime) {
  Rubbish rubbish(1000);
  LazyFree lazy_free;
  lazy_free.Start();
  lazy_free.Add(rubbish.Wrap(12345));
  ASSERT_TRUE(Await([&] { return lazy_free.pending_objects() == 0; }));
  EXPECT_EQ(rubbish.freed, 1000);
  EXPECT_EQ(lazy_free.pending_bytes(), 0u);
  EXPECT_EQ(lazy_free.freed_objects(), 10'000u);
  EXPECT_NE(rubbish.freed_by, std::this_thread::get_id());
}

#ifdef EBB_JEMALLOC
// The allocator's own thread would leave the pages for an hour.
TEST(LazyFreeTest, TheThreadGivesPagesBack) {
  ssize_t hour_ms = 3'600'000;
  ASSERT_EQ(mallctl("arena.0.dirty_decay_ms", nullptr, nullptr, &hour_ms, sizeof(hour_ms)), 0);
  ASSERT_TRUE(memory::StartReturningPages());
  constexpr size_t kBlock = size_t{64} << 10;
  constexpr size_t kBlocks = 2000;
  std::vector<void*> blocks(kBlocks);
  for (void*& block : blocks) block = memory::Allocate(kBlock);
  const auto free_all = [](void* what, uint32_t) {
    for (void* block : *static_cast<std::vector<void*>*>(what)) memory::Free(block, kBlock);
    return Garbage::Slice{.parts = kBlocks};
  };
  const size_t before = memory::Stats().purged;
  LazyFree lazy_free;
  lazy_free.Start();
  lazy_free.Add(Garbage(&blocks, 0, free_all, kBlocks, kBlocks * kBlock, kBlocks));
  EXPECT_TRUE(Await([&] { return memory::Stats().purged >= before + kBlocks * kBlock; }));
}
#endif

TEST(LazyFreeTest, KnowsWhetherWhatCameBeforeIsFreed) {
  Rubbish first(2);
  Rubbish second(1);
  LazyFree lazy_free;
  EXPECT_TRUE(lazy_free.HasFreed(lazy_free.added()));
  lazy_free.Add(first.Wrap(1));
  const uint64_t before = lazy_free.added();
  lazy_free.Add(second.Wrap(1));
  EXPECT_FALSE(lazy_free.HasFreed(before));
  while (first.freed < 2) lazy_free.Step();
  EXPECT_TRUE(lazy_free.HasFreed(before));
  EXPECT_FALSE(lazy_free.HasFreed(lazy_free.added()));
  while (lazy_free.Step()) {
  }
  EXPECT_TRUE(lazy_free.HasFreed(lazy_free.added()));
}

// Who holds its lock while it frees would wait here for itself.
TEST(LazyFreeTest, NoLockIsHeldWhileSomethingIsFreed) {
  Rubbish second(1);
  Rubbish first(1);
  LazyFree lazy_free;
  first.lazy_free = &lazy_free;
  first.next = &second;
  lazy_free.Start();
  lazy_free.Add(first.Wrap(1));
  ASSERT_TRUE(Await([&] { return lazy_free.freed_objects() == 20; }));
  EXPECT_EQ(second.freed, 1);
}

TEST(LazyFreeTest, ManyThreadsMayThrowAway) {
  constexpr int kThreads = 3;
  constexpr int kEach = 2000;
  LazyFree lazy_free;
  lazy_free.Start();
  std::atomic<int> freed{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      const auto free = [](void* what, uint32_t) {
        ++*static_cast<std::atomic<int>*>(what);
        return Garbage::Slice{.parts = 1};
      };
      for (int i = 0; i < kEach; ++i) lazy_free.Add(Garbage(&freed, 0, free, 1, 3, 1));
    });
  }
  for (std::thread& thread : threads) thread.join();
  ASSERT_TRUE(Await([&] { return lazy_free.pending_objects() == 0; }));
  EXPECT_EQ(freed, kThreads * kEach);
  EXPECT_EQ(lazy_free.pending_bytes(), 0u);
}

// Garbage without an end: who waited for it would never come back. Where leaks are looked for, the
// rest is freed after all, so there it has one.
#ifdef __SANITIZE_ADDRESS__
constexpr int kEnd = 1000;
#else
constexpr int kEnd = INT_MAX;
#endif

TEST(LazyFreeTest, EndsAfterTheSliceAtHand) {
  static std::atomic<int> slices{0};
  const auto free = [](void*, uint32_t) {
    return Garbage::Slice{.parts = 0, .more = ++slices < kEnd};
  };
  {
    LazyFree lazy_free;
    lazy_free.Start();
    lazy_free.Add(Garbage(&slices, 0, free, 1, 1, 1));
    lazy_free.Add(Garbage(&slices, 0, free, 1, 1, 1));
    ASSERT_TRUE(Await([&] { return slices > 100; }));
  }
  EXPECT_GT(slices, 100);
}

TEST(LazyFreeTest, WhatTheThreadFreesIsCountedAsFreed) {
  const memory::ThreadAccount account;
  LazyFree lazy_free;
  lazy_free.Start();
  const size_t before = memory::UsedMemory();
  constexpr size_t kBytes = 1 << 20;
  const auto free = [](void* block, uint32_t) {
    memory::FreeAnySize(block, kBytes);
    return Garbage::Slice{.parts = 1};
  };
  for (int i = 0; i < 20; ++i) {
    void* block = memory::Allocate(kBytes);
    std::memset(block, 1, kBytes);
    lazy_free.Add(Garbage(block, 0, free, 1, kBytes, 1));
  }
  ASSERT_TRUE(Await([&] { return lazy_free.pending_objects() == 0; }));
  EXPECT_LE(memory::UsedMemory(), before + kBytes);
}

}  // namespace
}  // namespace ebb

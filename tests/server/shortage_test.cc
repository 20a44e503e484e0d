// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
//
// No memory and no threads to be had: what is dead is freed nevertheless.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <functional>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include "storage/hash.h"
#include "storage/key_writer.h"
#include "storage/memory/block_mover.h"
#include "storage/types/string.h"
#include "tests/support/await.h"
#include "tests/support/engine_fixture.h"
#include "tests/support/keyspace_fixture.h"
#include "tests/support/no_memory.h"
#include "tests/support/no_threads.h"

namespace ebb::test {
namespace {

using ::testing::HasSubstr;

class ShortageTest : public EngineTest {
 protected:
  static constexpr int kElements = 20'000;

  // What is garbage of its own when it dies: one of each type, with prefix `name`.
  void FillBig(const std::string& name) {
    Run({"SET", name + "string", std::string(500'000, 'x')});
    Fill("SADD", name + "set", [](int i) { return std::vector{Text(i)}; });
    Fill("SADD", name + "integers", [](int i) { return std::vector{std::to_string(i)}; });
    Fill("RPUSH", name + "list", [](int i) { return std::vector{Text(i)}; });
    Fill("HSET", name + "hash", [](int i) { return std::vector{Text(i), Text(-i)}; });
    Fill("ZADD", name + "zset", [](int i) {
      return std::vector{std::to_string(i % 999), Text(i)};
    });
  }

  static std::string Text(int i) { return "element:" + std::to_string(i); }

  void DeleteBig(const std::string& name) {
    Run({"LTRIM", name + "list", "0", "9"});
    Run({"ZREMRANGEBYRANK", name + "zset", "10", "15000"});
    const Reply deleted = Run({"DEL", name + "string", name + "set", name + "integers",
                               name + "list", name + "hash", name + "zset"});
    EXPECT_EQ(deleted, Reply::Integer(6));
  }

  bool AwaitFreed() {
    const LazyFree& lazy_free = engine().lazy_free();
    return Await([&] { return lazy_free.HasFreed(lazy_free.added()); });
  }

 private:
  void Fill(const std::string& command, const std::string& key,
            const std::function<std::vector<std::string>(int)>& element) {
    std::vector<std::string> words = {command, key};
    for (int i = 0; i < kElements; ++i) std::ranges::copy(element(i), std::back_inserter(words));
    ASSERT_EQ(Run(words).kind, Reply::Kind::kInteger) << key;
  }
};

// Everything that the lazy-free thread may meet.
TEST_F(ShortageTest, TheLazyFreeThreadNeedsNoMemory) {
  AllowDebug();
  FillBig("first:");
  Run({"FLUSHALL", "SYNC"});
  const size_t empty = memory::UsedMemory();
  FillBig("one:");
  FillBig("flushed:");
  Run({"DEBUG", "POPULATE", "100000"});
  engine().StartThreads();
  const NoMemory shortage(NoMemory::For::kOtherThreads);
  DeleteBig("one:");
  Run({"FLUSHALL"});
  Run({"CONFIG", "SET", "trash-ttl", "1"});
  Run({"DEBUG", "POPULATE", "1000", "trashed"});
  for (int i = 0; i < 1000; ++i) Run({"DEL", "trashed:" + std::to_string(i)});
  Run({"DEBUG", "POPULATE", "1000", "trashed"});
  Run({"FLUSHALL"});
  AdvanceTime(2000);
  do {
    engine().cron().RunSlice();
  } while (engine().cron().work_pending());
  ASSERT_TRUE(AwaitFreed());
  EXPECT_GT(engine().lazy_free().freed_objects(), 100'000u);
  // It may have asked in vain for the page that a purge likes to have.
  EXPECT_LE(memory::UsedMemory(), empty + 500'000);
}

class ShortageOfMemoryInKeyspaceTest : public KeyspaceFixture {};

// Chosen keys have brought more large values into one chunk of the table than can be put aside.
TEST_F(ShortageOfMemoryInKeyspaceTest, ACrowdOfLargeValuesNeedsNone) {
  constexpr size_t kCrowd = 600;
  const std::string large(70'000, 'x');
  for (int i = 0; db_.size() < kCrowd; ++i) {
    const std::string key = std::to_string(i);
    if (HashBytes(key) % 64 == 0) {
      KeyWriter writer(db_, key);
      AssignString(writer, large);
    }
  }
  ASSERT_EQ(db_.table().Stats().largest_chunk, kCrowd);
  db_.Flush();
  ASSERT_EQ(lazy_free_.pending_objects(), kCrowd);
  uint64_t refusals = 0;
  {
    const NoMemory shortage(NoMemory::For::kAllThreads);
    FreeAll();
    refusals = shortage.refusals();
  }
  EXPECT_EQ(refusals, 0u);
  EXPECT_EQ(lazy_free_.pending_objects(), 0u);
}

// It would like some, to be sure of what it has done, and does it without.
TEST_F(ShortageTest, ThePurgeNeedsNoMemory) {
  constexpr size_t kFree = size_t{4} << 20;
  void* const block = memory::Allocate(kFree);
  std::memset(block, 1, kFree);
  memory::Free(block, kFree);
  const NoMemory shortage(NoMemory::For::kOtherThreads);
  client().Send("MEMORY PURGE\r\n");
  while (engine().reclaim().pending()) engine().reclaim().RunSlice();
  EXPECT_EQ(client().Receive(), Reply::Ok());
  EXPECT_LT(memory::Stats().dirty, kFree / 4);
}

TEST(ShortageOfMemoryTest, ABlockThatCannotMoveStays) {
  const memory::DefragAdvisor advisor;
  memory::BlockMover mover(advisor);
  void* const block = memory::Allocate(100);
  void* const aligned = memory::AllocateAligned(memory::kCacheLine);
  void* moved = nullptr;
  void* moved_aligned = nullptr;
  {
    const NoMemory shortage(NoMemory::For::kAllThreads);
    moved = mover.Move(block, 100);
    moved_aligned = mover.Move(aligned, memory::kCacheLine, true);
  }
  EXPECT_EQ(moved, block);
  EXPECT_EQ(moved_aligned, aligned);
  EXPECT_EQ(mover.counters().moved, 0u);
  memory::Free(block, 100);
  memory::FreeAligned(aligned, memory::kCacheLine);
}

TEST_F(ShortageTest, WithoutALazyFreeThreadTheEngineFrees) {
  FillBig("first:");
  Run({"FLUSHALL", "SYNC"});
  const size_t empty = memory::UsedMemory();
  {
    const NoThreads shortage;
    engine().StartThreads();
  }
  FillBig("one:");
  DeleteBig("one:");
  EXPECT_EQ(engine().lazy_free().pending_objects(), 0u);
  EXPECT_LE(memory::UsedMemory(), empty + 500'000);
  FillBig("flushed:");
  Run({"FLUSHALL", "ASYNC"});
  EXPECT_EQ(engine().lazy_free().pending_objects(), 0u);
  EXPECT_LE(memory::UsedMemory(), empty + 500'000);
}

TEST_F(ShortageTest, APurgeThatGetsNoThreadSaysSo) {
  {
    const NoThreads shortage;
    client().Send("MEMORY PURGE\r\n");
    while (engine().reclaim().pending()) engine().reclaim().RunSlice();
    EXPECT_EQ(client().Receive(), Reply::Error("ERR Error purging dirty pages"));
    client().Send("MEMORY RECLAIM\r\n");
    while (engine().reclaim().pending()) engine().reclaim().RunSlice();
    EXPECT_EQ(client().Receive().kind, Reply::Kind::kArray);
  }
  // Once there are threads again, so is the purge.
  client().Send("MEMORY PURGE\r\n");
  while (engine().reclaim().pending()) engine().reclaim().RunSlice();
  EXPECT_EQ(client().Receive(), Reply::Ok());
}

}  // namespace
}  // namespace ebb::test

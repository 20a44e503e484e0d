// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
//
// How much is freed at once where the trash lets go of something, or a flush has none, and what is
// left to the lazy-free thread: here, to the test.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "storage/key_writer.h"
#include "storage/trash.h"
#include "storage/types/set.h"
#include "storage/types/string.h"
#include "tests/support/keyspace_fixture.h"

namespace ebb::test {
namespace {

class TrashEffortTest : public KeyspaceFixture {
 protected:
  static constexpr int64_t kTtlMs = 10'000;
  // Values of some work, which are freed at once nevertheless, and as many as a few are.
  static constexpr size_t kBytes = 10'000;
  static constexpr size_t kEffort = kBytes / kEffortBytes;
  static constexpr size_t kFew = Disposer::kInlineEffort;

  TrashEffortTest() {
    clock_.steady_ms = 1'000'000'000;
    context_.trash = &trash_;
    Limit(size_t{1} << 30);
  }

  void Limit(size_t bytes) {
    trash_.SetLimits({.ttl_ms = kTtlMs, .max_bytes = bytes, .events = 3});
  }
  void Set(std::string_view key, size_t bytes) {
    KeyWriter writer(db_, key);
    AssignString(writer, std::string(bytes, 'v'));
  }
  void SetFew(size_t bytes) {
    for (size_t i = 0; i < kFew; ++i) Set("key:" + std::to_string(i), bytes);
  }
  void SetLarge(Keyspace& db) {
    std::vector<std::string> members;
    for (int i = 0; i < 20'000; ++i) members.push_back("member:" + std::to_string(i));
    const std::vector<std::string_view> views(members.begin(), members.end());
    KeyWriter writer(db, "large");
    AddMembers(writer, views);
  }
  void Delete(const std::string& key, size_t bytes) {
    Set(key, bytes);
    ASSERT_TRUE(db_.Remove(key));
  }
  void Flush() {
    trash_.BeginFlush(nullptr, db_.CountBytes() + other_.CountBytes());
    db_.Flush();
    other_.Flush();
  }
  size_t CountSlices() {
    size_t slices = 0;
    while (lazy_free_.Step()) ++slices;
    return slices;
  }

  Trash trash_{clock_, context_.disposer};
  Keyspace other_{1, context_};
};

TEST_F(TrashEffortTest, FewKeysThatHoldMuchAreHandedOver) {
  trash_.SetLimits({});
  SetFew(kBytes);
  const size_t used = memory::UsedMemory();
  db_.Flush(DisposeCause::kAsync);
  EXPECT_EQ(lazy_free_.pending_objects(), kFew);
  EXPECT_GE(memory::UsedMemory(), used);
  FreeAll();
  EXPECT_LT(memory::UsedMemory(), used - kFew * kBytes);
}

TEST_F(TrashEffortTest, FewKeysThatHoldLittleAreFreedHere) {
  trash_.SetLimits({});
  SetFew(10);
  db_.Flush(DisposeCause::kAsync);
  EXPECT_EQ(lazy_free_.added(), 0u);
}

TEST_F(TrashEffortTest, FlushesThatEndAreHandedOver) {
  constexpr size_t kFlushes = 3;
  const size_t empty = memory::UsedMemory();
  for (size_t i = 0; i < kFlushes; ++i) {
    SetFew(kBytes);
    Flush();
  }
  ASSERT_EQ(trash_.flush_count(), kFlushes);
  clock_.steady_ms += kTtlMs;
  const size_t used = memory::UsedMemory();
  EXPECT_FALSE(trash_.SweepStep());
  EXPECT_EQ(trash_.flush_count(), 0u);
  EXPECT_EQ(trash_.bytes(), 0u);
  EXPECT_EQ(trash_.counters().purged_expired, kFlushes * kFew);
  EXPECT_EQ(lazy_free_.pending_objects(), kFlushes * kFew);
  EXPECT_GE(memory::UsedMemory() + kBytes, used);
  EXPECT_EQ(CountSlices(), kFlushes);
  EXPECT_EQ(lazy_free_.pending_bytes(), 0u);
  EXPECT_LE(memory::UsedMemory(), empty + kBytes);
}

TEST_F(TrashEffortTest, AStepEndsAsManyVersionsAsTheirValuesAllow) {
  for (int i = 0; i < 500; ++i) Delete("key:" + std::to_string(i), kBytes);
  clock_.steady_ms += kTtlMs;
  size_t most = 0;
  for (bool more = true; more;) {
    const size_t before = trash_.versions();
    more = trash_.SweepStep();
    most = std::max(most, before - trash_.versions());
  }
  EXPECT_EQ(trash_.versions(), 0u);
  EXPECT_GE(most, 10u);
  EXPECT_LE(most, 600 / kEffort);
}

// A removal pays a debt by what it frees, of which it frees no more than that.
TEST_F(TrashEffortTest, ARemovalMakesRoomByAsManyVersionsAsTheirValuesAllow) {
  for (int i = 0; i < 1000; ++i) Delete("key:" + std::to_string(i), kBytes);
  Limit(20 * kBytes);
  const size_t before = trash_.versions();
  Delete("small", 1);
  EXPECT_NE(trash_.Find(0, "small"), nullptr);
  const size_t gone = before + 1 - trash_.versions();
  EXPECT_GE(gone, 100u);
  EXPECT_LE(gone, 2200 / kEffort);
}

TEST_F(TrashEffortTest, AllIsHandedOverAtOnceHoweverManyFlushesThereAre) {
  constexpr size_t kFlushes = 1000;
  const size_t empty = memory::UsedMemory();
  for (size_t i = 0; i < kFlushes; ++i) {
    Set("key", 10);
    Flush();
  }
  Delete("key", 10);
  trash_.PurgeAll();
  EXPECT_EQ(lazy_free_.added(), 1u);
  EXPECT_EQ(lazy_free_.pending_objects(), kFlushes + 1);
  EXPECT_EQ(trash_.counters().purged_asked, kFlushes + 1);
  EXPECT_EQ(trash_.flush_count(), 0u);
  EXPECT_EQ(trash_.flushed_keys(), 0u);
  EXPECT_EQ(trash_.bytes(), 0u);
  EXPECT_GE(CountSlices(), kFlushes);
  EXPECT_EQ(lazy_free_.pending_bytes(), 0u);
  EXPECT_LE(memory::UsedMemory(), empty + kBytes);
  // And the next one is as new.
  Set("key", 10);
  Flush();
  ASSERT_NE(trash_.FindFlush(0), nullptr);
  EXPECT_EQ(trash_.FindFlush(0)->keys(), 1u);
}

// By itself as with all others, whichever of its tables they are in.
TEST_F(TrashEffortTest, LargeValuesOfAFlushAreFreedInParts) {
  for (const bool all : {false, true}) {
    const size_t empty = memory::UsedMemory();
    Set("small", 10);
    SetLarge(db_);
    SetLarge(other_);
    Flush();
    const uint64_t added = lazy_free_.added();
    all ? trash_.PurgeAll() : trash_.PurgeFlush(trash_.flushes().front().id);
    EXPECT_EQ(lazy_free_.added(), added + 1);
    EXPECT_EQ(lazy_free_.pending_objects(), 3u);
    EXPECT_GT(CountSlices(), 100u);
    EXPECT_EQ(lazy_free_.pending_bytes(), 0u);
    EXPECT_LE(memory::UsedMemory(), empty + kBytes);
  }
}

TEST_F(TrashEffortTest, FlushesAreFoundByTheirNumbers) {
  std::vector<uint64_t> ids;
  for (int i = 0; i < 10; ++i) {
    Set("key", 10);
    Flush();
    ids.push_back(trash_.flushes().back().id);
    Delete("deleted", 10);
  }
  for (const uint64_t id : ids) {
    ASSERT_NE(trash_.FindFlush(id), nullptr);
    EXPECT_EQ(trash_.FindFlush(id)->id, id);
    EXPECT_EQ(trash_.FindFlush(id + 1), nullptr) << "that is a version of a key";
  }
  EXPECT_EQ(trash_.FindFlush(0)->id, ids.back());
  trash_.PurgeFlush(ids[4]);
  EXPECT_EQ(trash_.FindFlush(ids[4]), nullptr);
  EXPECT_EQ(trash_.FindFlush(ids[5])->id, ids[5]);
  EXPECT_EQ(trash_.flush_count(), 9u);
  clock_.steady_ms += kTtlMs;
  EXPECT_EQ(trash_.FindFlush(0), nullptr);
  EXPECT_EQ(trash_.FindFlush(ids[0]), nullptr);
}

}  // namespace
}  // namespace ebb::test

// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
//
// How the bytes of flushes that were guessed are put right.
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "storage/key_writer.h"
#include "storage/trash.h"
#include "storage/types/set.h"
#include "storage/types/string.h"
#include "tests/support/keyspace_fixture.h"

namespace ebb::test {
namespace {

class TrashCountTest : public KeyspaceFixture {
 protected:
  static constexpr int64_t kTtlMs = 10'000;
  static constexpr size_t kGuess = 1000;
  static constexpr size_t kMega = 1'000'000;
  // What a flush takes beside its tables.
  static constexpr size_t kOwn = 1000;

  TrashCountTest() {
    clock_.steady_ms = 1'000'000'000;
    context_.trash = &trash_;
    Limit(100 * kMega);
  }

  void Limit(size_t bytes) {
    trash_.SetLimits({.ttl_ms = kTtlMs, .max_bytes = bytes, .events = 3});
  }
  static void Set(Keyspace& db, std::string_view key, size_t bytes) {
    KeyWriter writer(db, key);
    AssignString(writer, std::string(bytes, 'v'));
  }
  static void Fill(Keyspace& db, size_t keys) {
    for (size_t i = 0; i < keys; ++i) Set(db, "key:" + std::to_string(i), 20);
  }
  // Values of all sorts.
  static void FillMixed(Keyspace& db, size_t keys) {
    Fill(db, keys);
    Set(db, "large", kMega);
    std::vector<std::string> members;
    for (int i = 0; i < 5000; ++i) members.push_back("member:" + std::to_string(i));
    const std::vector<std::string_view> views(members.begin(), members.end());
    KeyWriter writer(db, "set");
    AddMembers(writer, views);
  }

  // Flushes both databases, with a guess at each; answers the flush's number.
  uint64_t Flush(size_t guess, bool estimated = true) {
    trash_.BeginFlush(nullptr, 2 * guess, estimated);
    db_.Flush(DisposeCause::kUserFlush, guess);
    other_.Flush(DisposeCause::kUserFlush, guess);
    return trash_.flushes().back().id;
  }
  // To the end of all counts; answers the bytes of what has been found too big.
  size_t CountAll() {
    size_t too_big = 0;
    while (true) {
      const Trash::CountResult result = trash_.CountStep();
      too_big += result.too_big;
      if (!result.more) return too_big;
    }
  }
  size_t BytesOfFlush(uint64_t id) {
    const TrashedFlush* flush = trash_.FindFlush(id);
    return flush == nullptr ? 0 : flush->bytes;
  }

  Trash trash_{clock_, context_.disposer};
  Keyspace other_{1, context_};
};

TEST_F(TrashCountTest, PutsAGuessRightWhetherItWasTooLittleOrTooMuch) {
  for (const size_t guess : {kGuess, 40 * kMega}) {
    FillMixed(db_, 3000);
    Fill(other_, 2000);
    const size_t bytes = db_.CountBytes();
    const size_t other_bytes = other_.CountBytes();
    const uint64_t id = Flush(guess);
    EXPECT_GE(trash_.bytes(), 2 * guess);
    EXPECT_LE(trash_.bytes(), 2 * guess + kOwn);
    EXPECT_EQ(CountAll(), 0u);
    const TrashedFlush* flush = trash_.FindFlush(id);
    ASSERT_NE(flush, nullptr);
    ASSERT_EQ(flush->parts.size(), 2u);
    EXPECT_EQ(flush->parts[0].bytes, bytes);
    EXPECT_EQ(flush->parts[1].bytes, other_bytes);
    EXPECT_GE(flush->bytes, bytes + other_bytes);
    EXPECT_LE(flush->bytes, bytes + other_bytes + kOwn);
    EXPECT_EQ(trash_.bytes(), flush->bytes);
    trash_.PurgeFlush(id);
    EXPECT_EQ(trash_.bytes(), 0u);
    FreeAll();
  }
}

// The guess counts until the last key has been looked at, of all tables.
TEST_F(TrashCountTest, LooksAtSomeHundredKeysAStep) {
  constexpr size_t kKeys = 20'000;
  constexpr size_t kMostAStep = 300;
  Fill(db_, kKeys);
  Fill(other_, kKeys);
  const uint64_t id = Flush(kGuess);
  size_t steps = 0;
  for (; trash_.FindFlush(id)->to_count; ++steps) {
    EXPECT_LE(BytesOfFlush(id), 2 * kGuess + kOwn);
    ASSERT_TRUE(trash_.CountStep().more);
  }
  EXPECT_GE(steps, 2 * kKeys / kMostAStep);
  EXPECT_GT(BytesOfFlush(id), 2 * kKeys * 20);
}

TEST_F(TrashCountTest, LeavesAloneWhatIsKnown) {
  Fill(db_, 2000);
  const uint64_t id = Flush(kGuess, false);
  EXPECT_EQ(CountAll(), 0u);
  EXPECT_EQ(trash_.FindFlush(id)->parts[0].bytes, kGuess);
}

TEST_F(TrashCountTest, CountsFlushesInTurn) {
  std::vector<std::pair<uint64_t, size_t>> flushes;
  for (size_t i = 1; i <= 6; ++i) {
    Fill(db_, 1000 * i);
    const size_t bytes = db_.CountBytes();
    const bool estimated = i % 3 != 0;
    flushes.emplace_back(Flush(kGuess, estimated), estimated ? bytes : kGuess);
    // Some begin while the count is in the midst of an earlier one.
    trash_.CountStep();
  }
  EXPECT_EQ(CountAll(), 0u);
  size_t sum = 0;
  for (const auto& [id, bytes] : flushes) {
    const TrashedFlush* flush = trash_.FindFlush(id);
    ASSERT_NE(flush, nullptr);
    EXPECT_EQ(flush->parts[0].bytes, bytes);
    sum += flush->bytes;
  }
  EXPECT_EQ(trash_.bytes(), sum);
}

TEST_F(TrashCountTest, StopsWithItsFlush) {
  enum class End { kTaken, kPurged, kYielded, kAllPurged, kDue };
  for (const End end : {End::kTaken, End::kPurged, End::kYielded, End::kAllPurged, End::kDue}) {
    const size_t empty = memory::UsedMemory();
    FillMixed(db_, 10'000);
    const uint64_t id = Flush(kGuess);
    for (int i = 0; i < 10; ++i) ASSERT_TRUE(trash_.CountStep().more);
    ASSERT_TRUE(trash_.FindFlush(id)->to_count);
    switch (end) {
      case End::kTaken: {
        TrashedFlush flush = trash_.TakeFlush(id);
        EXPECT_EQ(flush.parts[0].bytes, kGuess);
        DisposeTable(std::move(flush.parts[0].table), kGuess, DisposeCause::kAsync,
                     context_.disposer);
        break;
      }
      case End::kPurged:
        trash_.PurgeFlush(id);
        break;
      case End::kYielded:
        trash_.YieldStep(1);
        break;
      case End::kAllPurged:
        trash_.PurgeAll();
        break;
      case End::kDue:
        clock_.steady_ms += kTtlMs;
        trash_.SweepStep();
    }
    EXPECT_EQ(trash_.bytes(), 0u);
    FreeAll();
    EXPECT_FALSE(trash_.CountStep().more);
    // The next one is counted from its first key on.
    Fill(other_, 3000);
    const size_t bytes = other_.CountBytes();
    const uint64_t next = Flush(kGuess);
    EXPECT_EQ(CountAll(), 0u);
    EXPECT_EQ(trash_.FindFlush(next)->parts[0].bytes, bytes);
    trash_.PurgeAll();
    FreeAll();
    EXPECT_LE(memory::UsedMemory(), empty + 10 * kOwn);
  }
}

// The one that is being counted goes, and the next one has been there all the time.
TEST_F(TrashCountTest, GoesOnWithTheNextFlush) {
  Fill(db_, 3000);
  const uint64_t first = Flush(kGuess);
  Fill(db_, 2000);
  const size_t bytes = db_.CountBytes();
  const uint64_t second = Flush(kGuess);
  ASSERT_EQ(second, first + 1);
  for (int i = 0; i < 5; ++i) trash_.CountStep();
  trash_.PurgeFlush(first);
  EXPECT_EQ(CountAll(), 0u);
  EXPECT_EQ(trash_.FindFlush(second)->parts[0].bytes, bytes);
}

// By itself larger than the limit: it goes, and nothing that is older.
TEST_F(TrashCountTest, EndsWhatIsFoundTooBig) {
  Limit(kMega);
  Set(db_, "deleted", 500);
  ASSERT_TRUE(db_.Remove("deleted"));
  Fill(db_, 10);
  const uint64_t small = Flush(kGuess);
  FillMixed(db_, 3000);
  const size_t keys = db_.size();
  const size_t bytes = db_.CountBytes();
  ASSERT_GT(bytes, kMega);
  const uint64_t large = Flush(kGuess);
  EXPECT_FALSE(trash_.SweepStep());
  const size_t too_big = CountAll();
  // The rest need not be counted.
  EXPECT_GE(too_big, kMega - kOwn);
  EXPECT_LE(too_big, bytes);
  EXPECT_EQ(trash_.FindFlush(large), nullptr);
  EXPECT_NE(trash_.FindFlush(small), nullptr);
  EXPECT_NE(trash_.Find(0, "deleted"), nullptr);
  EXPECT_EQ(trash_.counters().purged_memory, keys);
  // What is dead is known as what it takes.
  EXPECT_GE(lazy_free_.pending_bytes(), too_big);
  EXPECT_LE(lazy_free_.pending_bytes(), bytes + 2 * kGuess + kOwn);
  EXPECT_FALSE(trash_.SweepStep());
}

// It counts with the room that there is until it has been counted, and drives nothing out.
TEST_F(TrashCountTest, KeepsWhatOnlySeemsTooBig) {
  Limit(10 * kMega);
  Set(db_, "deleted", 500);
  ASSERT_TRUE(db_.Remove("deleted"));
  Fill(db_, 3000);
  const size_t bytes = db_.CountBytes();
  const uint64_t id = Flush(40 * kMega);
  EXPECT_LE(trash_.bytes(), 10 * kMega);
  EXPECT_FALSE(trash_.SweepStep());
  EXPECT_EQ(CountAll(), 0u);
  ASSERT_NE(trash_.FindFlush(id), nullptr);
  EXPECT_EQ(trash_.FindFlush(id)->parts[0].bytes, bytes);
  EXPECT_NE(trash_.Find(0, "deleted"), nullptr);
  EXPECT_LE(trash_.bytes(), bytes + kMega);
}

// Nothing of a flush goes while the rest of it comes in.
TEST_F(TrashCountTest, AFlushThatBarelyFitsIsKeptAsAWhole) {
  Fill(db_, 3000);
  Fill(other_, 10);
  const size_t bytes = db_.CountBytes() + other_.CountBytes();
  for (size_t spare = 0; spare < 40'000; spare += 1000) {
    Limit(bytes + spare);
    Set(db_, "deleted", 5000);
    ASSERT_TRUE(db_.Remove("deleted"));
    if (!trash_.BeginFlush(nullptr, bytes)) continue;
    db_.Flush(DisposeCause::kUserFlush, bytes);
    other_.Flush(DisposeCause::kUserFlush, 0);
    ASSERT_EQ(trash_.flush_count(), 1u) << spare;
    EXPECT_EQ(trash_.flushes().front().parts.size(), 2u) << spare;
    while (trash_.SweepStep()) {
    }
    EXPECT_EQ(trash_.flush_count(), 1u) << spare;
    return;
  }
  FAIL() << "none fits";
}

TEST_F(TrashCountTest, WhatIsFoundLargeDrivesOutWhatIsOlder) {
  Limit(2 * kMega + 200'000);
  Set(db_, "large", kMega);
  const uint64_t older = Flush(kMega, false);
  ASSERT_EQ(trash_.flush_count(), 1u);
  FillMixed(db_, 2000);
  ASSERT_LT(db_.CountBytes(), 2 * kMega - kOwn);
  const uint64_t newer = Flush(kGuess);
  EXPECT_EQ(CountAll(), 0u);
  EXPECT_GT(trash_.bytes(), trash_.limits().max_bytes);
  while (trash_.SweepStep()) {
  }
  EXPECT_EQ(trash_.FindFlush(older), nullptr);
  EXPECT_NE(trash_.FindFlush(newer), nullptr);
  EXPECT_EQ(trash_.bytes(), BytesOfFlush(newer));
}

}  // namespace
}  // namespace ebb::test

// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "storage/memory/defragger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "storage/key_writer.h"
#include "storage/keyspace.h"
#include "storage/memory/allocator.h"
#include "storage/memory/slabs.h"
#include "storage/random.h"
#include "storage/types/hash.h"
#include "storage/types/string.h"
#include "tests/support/nobody_listens.h"

namespace ebb {
namespace {

// On jemalloc slabs are watched; without it every block moves on every round.
bool SlabsAreKnown() {
  return memory::SlabsUnknown().empty();
}

class DefraggerTest : public testing::Test {
 protected:
  static std::string Key(size_t i) { return "key:" + std::to_string(i); }

  std::string Value(size_t i) const {
    return std::string(sizes_[i], static_cast<char>('a' + i % 26));
  }

  void Set(size_t i, size_t size) {
    sizes_[i] = size;
    const std::string key = Key(i);
    KeyWriter writer(db_, key);
    AssignString(writer, Value(i));
    if (i % 3 == 0) writer.SetExpire(clock_.unix_ms + 1'000'000);
  }

  void Remove(size_t i) {
    sizes_[i] = 0;
    db_.Remove(Key(i));
  }

  // Keys 0 to `count` with values of 1 to `greatest` bytes.
  void Fill(size_t count, size_t greatest) {
    sizes_.resize(count);
    for (size_t i = 0; i < count; ++i) Set(i, 1 + random_.Below(greatest));
  }

  // Removes seven of eight at random.
  void Thin() {
    for (size_t i = 0; i < sizes_.size(); ++i) {
      if (random_.Below(8) != 0) Remove(i);
    }
  }

  void CheckContents() {
    db_.table().CheckInvariants();
    for (size_t i = 0; i < sizes_.size(); ++i) {
      const Entry* entry = db_.Peek(Key(i));
      ASSERT_EQ(entry != nullptr, sizes_[i] > 0) << i;
      if (entry == nullptr) continue;
      ASSERT_EQ(StringView(*entry).view(), Value(i));
    }
  }

  // Rounds in slices of one chunk until there is nothing to do; without jemalloc that never comes.
  void Run() {
    const uint64_t before = defragger_.rounds();
    while (defragger_.Consider(options_) && defragger_.rounds() < before + 10) {
      defragger_.RunSlice([] { return true; });
    }
  }

  memory::ThreadAccount account_;
  Clock clock_{1'700'000'000'000};
  test::NobodyListens nobody_;
  KeyspaceCounters counters_;
  KeyspaceContext context_{clock_, nobody_, counters_};
  Keyspace db_{0, context_};
  DefragOptions options_{.ignore_bytes = 256 << 10,
                         .lower_percent = 3,
                         .upper_percent = 25,
                         .cycle_min = 1,
                         .cycle_max = 50};
  memory::Purger purger_;
  Defragger defragger_{[this](int from) { return from == 0 ? &db_ : nullptr; }, purger_};
  RandomGenerator random_{17};
  std::vector<size_t> sizes_;  // of the values, in a block that is no slab's; 0: no such key
};

TEST_F(DefraggerTest, MakesSparseSlabsDense) {
  Fill(100'000, 400);
  Thin();
  const size_t used = memory::UsedMemory();
  Run();
  CheckContents();
  EXPECT_GT(defragger_.mover().counters().moved, db_.size() / 2);
  if (!SlabsAreKnown()) return;
  EXPECT_LE(memory::UsedMemory(), used + 4096) << "what moved took more than before";
  EXPECT_LT(defragger_.advisor().slack_bytes(), options_.ignore_bytes);
  EXPECT_FALSE(defragger_.running());
  // In one walk: hardly anything moved twice.
  EXPECT_LT(defragger_.mover().counters().moved, db_.size() * 3 / 2);
}

TEST_F(DefraggerTest, GivesBackWhatItHasEmptied) {
  if (!SlabsAreKnown()) GTEST_SKIP() << memory::SlabsUnknown();
  Fill(100'000, 400);
  Thin();
  const size_t before = memory::Stats().purged;
  Run();
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (memory::Stats().purged - before <= memory::UsedMemory() &&
         std::chrono::steady_clock::now() < deadline) {
    std::this_thread::yield();
  }
  EXPECT_GT(memory::Stats().purged - before, memory::UsedMemory());
}

TEST_F(DefraggerTest, MovesValuesOfTheirOwnBlocks) {
  Fill(2'000, 12'000);
  Thin();
  Run();
  CheckContents();
  if (!SlabsAreKnown()) return;
  EXPECT_LT(defragger_.advisor().slack_bytes(), options_.ignore_bytes);
}

TEST_F(DefraggerTest, LeavesAloneWhatSomebodyElseHolds) {
  Fill(2'000, 12'000);
  Thin();
  std::map<size_t, ebb::Value*> held;
  for (size_t i = 0; i < sizes_.size(); ++i) {
    Entry* entry = db_.Peek(Key(i));
    if (entry == nullptr || entry->is_inline()) continue;
    Retain(entry->value());
    held[i] = entry->value();
  }
  Run();
  for (const auto& [i, value] : held) {
    EXPECT_EQ(db_.Peek(Key(i))->value(), value);
    Release(static_cast<StringValue*>(value));
  }
}

TEST_F(DefraggerTest, WorksWhileKeysComeAndGo) {
  Fill(20'000, 300);
  for (int turn = 0; turn < 4; ++turn) {
    for (size_t i = 0; i < 10'000; ++i) {
      const size_t key = random_.Below(sizes_.size());
      random_.Below(3) == 0 ? Remove(key) : Set(key, 1 + random_.Below(600));
      if (i % 50 == 0 && defragger_.Consider(options_)) {
        defragger_.RunSlice([] { return true; });
      }
    }
    CheckContents();
  }
}

// The table of a value leaves half-empty slabs behind as it grows, its elements do not: they are
// not looked at.
TEST_F(DefraggerTest, LooksAtTheTableOfAValueBeforeItsElements) {
  if (!SlabsAreKnown()) GTEST_SKIP() << memory::SlabsUnknown();
  constexpr size_t kFields = 300'000;
  std::string name;
  {
    KeyWriter writer(db_, "hash");
    for (size_t field = 0; field < kFields; ++field) {
      name = "field:" + std::to_string(field);
      const std::string_view pair[] = {name, "value"};
      SetFields(writer, pair);
    }
  }
  memory::DefragAdvisor before;
  before.Refresh();
  ASSERT_GT(before.slack_bytes(), options_.ignore_bytes);
  options_.lower_percent = 0;
  Run();
  EXPECT_LE(defragger_.advisor().slack_bytes(), options_.ignore_bytes);
  const memory::MoveCounters& counters = defragger_.mover().counters();
  EXPECT_GT(counters.moved, 0u);
  EXPECT_LT(counters.moved + counters.stayed, kFields / 10);
}

// Who asks for a round gets one over everything, whatever goes on.
TEST_F(DefraggerTest, ARoundThatIsAskedForLooksAtEverything) {
  Fill(20'000, 400);
  Thin();
  defragger_.Begin(DefragScope::kTables);
  defragger_.RunSlice([] { return true; });
  ASSERT_TRUE(defragger_.running());
  defragger_.Begin();
  while (defragger_.running()) defragger_.RunSlice([] { return true; });
  EXPECT_EQ(defragger_.rounds(), 1u);
  EXPECT_GT(defragger_.mover().counters().moved, db_.size() / 2);
  CheckContents();
}

// Elements that are larger than what lies in slabs stay where they are, among others that move.
TEST_F(DefraggerTest, LeavesAloneElementsThatAreLargerThanSlabsBlocks) {
  const std::string large(memory::kMaxSlabBlock + 1000, 'x');
  const auto value_of = [&](size_t field) -> std::string_view {
    return field % 50 == 0 ? std::string_view(large) : "value";
  };
  constexpr size_t kFields = 5000;
  context_.limits.hash_max_listpack_entries = 0;
  {
    KeyWriter writer(db_, "hash");
    for (size_t field = 0; field < kFields; ++field) {
      const std::string name = std::to_string(field);
      const std::string_view pair[] = {name, value_of(field)};
      SetFields(writer, pair);
    }
  }
  Fill(20'000, 400);
  Thin();
  defragger_.Begin();
  while (defragger_.running()) defragger_.RunSlice([] { return true; });
  EXPECT_GT(defragger_.mover().counters().moved, 0u);
  CheckContents();
  const Entry* hash = db_.Peek("hash");
  for (size_t field = 0; field < kFields; ++field) {
    const auto value = FindField(*hash, std::to_string(field));
    ASSERT_TRUE(value);
    EXPECT_EQ(value->text(), value_of(field));
  }
}

// However many small collections lie in a chunk, one step moves a bounded number of blocks.
TEST_F(DefraggerTest, GoesInSmallStepsThroughSmallCollections) {
  constexpr size_t kHashes = 400;
  constexpr size_t kFields = 60;
  context_.limits.hash_max_listpack_entries = 0;
  for (size_t i = 0; i < kHashes; ++i) {
    const std::string key = Key(i);
    KeyWriter writer(db_, key);
    for (size_t field = 0; field < kFields; ++field) {
      const std::string name = std::to_string(field);
      const std::string_view pair[] = {name, "value"};
      SetFields(writer, pair);
    }
  }
  defragger_.Begin();
  size_t most = 0;
  while (defragger_.running()) {
    const size_t before =
        defragger_.mover().counters().moved + defragger_.mover().counters().stayed;
    defragger_.RunSlice([] { return true; });
    most = std::max(
        most, defragger_.mover().counters().moved + defragger_.mover().counters().stayed - before);
  }
  EXPECT_GT(defragger_.mover().counters().moved + defragger_.mover().counters().stayed,
            kHashes * kFields);
  EXPECT_LT(most, 3000u);
}

TEST_F(DefraggerTest, DoesNothingWhenThereIsNothingToDo) {
  if (!SlabsAreKnown()) GTEST_SKIP() << memory::SlabsUnknown();
  options_.ignore_bytes = size_t{1} << 40;
  Fill(10'000, 100);
  Thin();
  EXPECT_FALSE(defragger_.Consider(options_));
  EXPECT_THAT(std::string(defragger_.idle_reason()), testing::HasSubstr("ignore-bytes"));
}

TEST_F(DefraggerTest, LooksOnceMoreWhileNothingChanges) {
  if (!SlabsAreKnown()) GTEST_SKIP() << memory::SlabsUnknown();
  options_.ignore_bytes = size_t{1} << 40;
  options_.looks_per_second = 10;
  Fill(10'000, 100);
  const auto looks = [this](int asked) {
    const uint64_t before = defragger_.looks();
    for (int i = 0; i < asked; ++i) EXPECT_FALSE(defragger_.Consider(options_));
    return defragger_.looks() - before;
  };
  EXPECT_EQ(looks(1), 1u);
  EXPECT_EQ(looks(2), 0u);
  EXPECT_EQ(looks(1), 1u);
  EXPECT_EQ(looks(100), 0u);
  Remove(0);
  EXPECT_EQ(looks(1), 1u);
  options_.lower_percent = 7;
  EXPECT_EQ(looks(1), 1u);
}

TEST_F(DefraggerTest, LooksAgainAfterARound) {
  if (!SlabsAreKnown()) GTEST_SKIP() << memory::SlabsUnknown();
  Fill(10'000, 100);
  defragger_.Consider(options_);
  ASSERT_FALSE(defragger_.Consider(options_)) << "nothing to do";
  const uint64_t looks = defragger_.looks();
  defragger_.Begin();
  while (defragger_.running()) defragger_.RunSlice([] { return false; });
  defragger_.Consider(options_);
  EXPECT_EQ(defragger_.looks(), looks + 1);
}

// A table that has grown has left a trail behind, and goes on.
TEST_F(DefraggerTest, WaitsForTheEndOfFastGrowth) {
  if (!SlabsAreKnown()) GTEST_SKIP() << memory::SlabsUnknown();
  options_.lower_percent = 0;
  sizes_.resize(400'000, 8);
  size_t set = 0;
  while (set < sizes_.size()) {
    const size_t until = std::min(sizes_.size(), std::max<size_t>(set + set / 8, 1000));
    for (; set < until; ++set) Set(set, 8);
    ASSERT_FALSE(defragger_.Consider(options_)) << set;
  }
  ASSERT_THAT(std::string(defragger_.idle_reason()), testing::HasSubstr("grows"));
  EXPECT_TRUE(defragger_.Consider(options_)) << defragger_.idle_reason();
  CheckContents();
}

TEST_F(DefraggerTest, WaitsForTheEndOfFastShrinking) {
  if (!SlabsAreKnown()) GTEST_SKIP() << memory::SlabsUnknown();
  options_.looks_per_second = 5;
  options_.upper_percent = 1000;
  Fill(200'000, 200);
  size_t removed = 0;
  const auto remove = [&](size_t count) {
    for (const size_t until = removed + count; removed < until; ++removed) Remove(removed);
  };
  defragger_.Consider(options_);
  Run();
  for (int look = 0; look < 10; ++look) {
    remove(10'000);
    ASSERT_FALSE(defragger_.Consider(options_)) << look;
    ASSERT_THAT(std::string(defragger_.idle_reason()), testing::HasSubstr("shrinks"));
  }
  remove(100);  // few, as the allocator may count some of the earlier ones only now
  EXPECT_TRUE(defragger_.Consider(options_)) << "that was little: " << defragger_.idle_reason();
  Run();
  remove(40'000);
  options_.upper_percent = options_.lower_percent;
  EXPECT_TRUE(defragger_.Consider(options_)) << "much slack does not wait";
  CheckContents();
}

TEST_F(DefraggerTest, DoesNotWaitWithMuchSlack) {
  if (!SlabsAreKnown()) GTEST_SKIP() << memory::SlabsUnknown();
  Fill(100'000, 400);
  Thin();
  DefragOptions only_look = options_;
  only_look.ignore_bytes = size_t{1} << 40;
  ASSERT_FALSE(defragger_.Consider(only_look));
  sizes_.resize(110'000);
  for (size_t i = 100'000; i < sizes_.size(); ++i) Set(i, 600);
  EXPECT_TRUE(defragger_.Consider(options_));
}

TEST_F(DefraggerTest, SwitchedOffItStops) {
  Fill(50'000, 400);
  Thin();
  ASSERT_TRUE(defragger_.Consider(options_));
  defragger_.RunSlice([] { return true; });
  options_.enabled = false;
  EXPECT_FALSE(defragger_.Consider(options_));
  EXPECT_EQ(defragger_.effort_percent(), 0);
  const uint64_t moved = defragger_.mover().counters().moved;
  defragger_.RunSlice([] { return true; });
  EXPECT_EQ(defragger_.mover().counters().moved, moved);
}

TEST(SlabsTest, TellHowFullASlabIs) {
  if (!SlabsAreKnown()) GTEST_SKIP() << memory::SlabsUnknown();
  std::vector<const void*> blocks;
  for (int i = 0; i < 200; ++i) blocks.push_back(memory::Allocate(500));
  std::vector<memory::SlabUse> uses(blocks.size());
  memory::QuerySlabs(blocks, uses);
  for (const memory::SlabUse& use : uses) {
    EXPECT_GT(use.regions, 1u);
    EXPECT_LT(use.free_regions, use.regions);
    EXPECT_LE(use.regions * 512, use.bytes);
  }
  for (const void* block : blocks) memory::Free(const_cast<void*>(block), 500);
}

}  // namespace
}  // namespace ebb

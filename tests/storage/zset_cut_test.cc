// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "storage/memory/allocator.h"
#include "storage/memory/defragger.h"
#include "storage/random.h"
#include "storage/types/zset.h"

// Sorted sets of which so much was cut off that they let go of it in steps.
namespace ebb {
namespace {

class NobodyListens : public KeyspaceObserver {
 public:
  void OnKeyEvent(int, std::string_view, const KeyEvent&) override {}
  void OnFlush(int, uint64_t) override {}
  void OnSwap(int, int) override {}
};

class ZsetCutTest : public testing::Test {
 protected:
  static constexpr size_t kMembers = 5000;

  ZsetCutTest() { context_.limits.zset_max_listpack_entries = 0; }

  static std::string Name(size_t number) { return "member:" + std::to_string(number); }

  AddOutcome Add(size_t number, double score, const AddOptions& options = {}) {
    KeyWriter writer(db_, "k");
    return AddScored(writer, Name(number), score, options).outcome;
  }
  bool Erase(size_t number) {
    KeyWriter writer(db_, "k");
    const bool erased = EraseScored(writer, Name(number));
    if (ZsetSize(*writer.entry()) == 0) writer.RemoveEmpty();
    return erased;
  }
  void Cut(size_t first, size_t count) {
    KeyWriter writer(db_, "k");
    EraseRanks(writer, {first, count});
  }
  void Fill() {
    for (size_t i = 0; i < kMembers; ++i) Add(i, static_cast<double>(i));
  }
  const Entry& Set() { return *db_.Peek("k"); }
  bool Step() { return context_.shedding.Step(context_.disposer); }
  void Finish() {
    while (Step()) {
    }
    while (lazy_free_.Step()) {
    }
  }

  const memory::ThreadAccount account_;
  Clock clock_;
  NobodyListens nobody_;
  KeyspaceCounters counters_;
  LazyFree lazy_free_;
  KeyspaceContext context_{.clock = clock_,
                           .observer = nobody_,
                           .counters = counters_,
                           .disposer = Disposer(&lazy_free_)};
  Keyspace db_{0, context_};
  RandomGenerator random_{31};
};

TEST_F(ZsetCutTest, WhatIsCutOffIsGoneAtOnce) {
  const size_t before = memory::UsedMemory();
  Fill();
  Cut(100, kMembers - 200);
  ASSERT_FALSE(context_.shedding.empty());
  ASSERT_GT(TreeOf(Set()).cut.size(), 0u);
  EXPECT_EQ(ZsetSize(Set()), 200u);
  EXPECT_EQ(FindScore(Set(), Name(99)), 99.0);
  for (size_t i = 100; i < kMembers - 100; ++i) {
    ASSERT_EQ(FindScore(Set(), Name(i)), std::nullopt);
    ASSERT_EQ(FindRank(Set(), Name(i)), std::nullopt);
  }
  EXPECT_EQ(FindRank(Set(), Name(kMembers - 1)), 199u);
  EXPECT_FALSE(Erase(100));
  EXPECT_EQ(Add(100, 1, {.only_present = true}), AddOutcome::kRefused);
  EXPECT_EQ(Add(100, 1, {.only_new = true}), AddOutcome::kAdded);
  EXPECT_EQ(Add(101, 101), AddOutcome::kAdded);  // as before
  Finish();
  EXPECT_EQ(FindScore(Set(), Name(100)), 1.0);
  EXPECT_EQ(FindScore(Set(), Name(101)), 101.0);
  EXPECT_EQ(TreeOf(Set()).members.size(), 202u);
  EXPECT_EQ(TreeOf(Set()).cut.size(), 0u);
  EXPECT_LT(memory::UsedMemory(), before + 202 * 60 + 30'000);
}

TEST_F(ZsetCutTest, AFewAreLetGoOfAtOnce) {
  Fill();
  Cut(0, 500);
  EXPECT_TRUE(context_.shedding.empty());
  EXPECT_EQ(TreeOf(Set()).members.size(), kMembers - 500);
}

TEST_F(ZsetCutTest, WithoutLazyFreeEverythingIs) {
  context_.disposer.SetLazy(DisposeCause::kUserDel, false);
  Fill();
  Cut(0, kMembers - 1);
  EXPECT_TRUE(context_.shedding.empty());
  EXPECT_EQ(TreeOf(Set()).members.size(), 1u);
}

// Writes of all kinds come between the steps, further cuts too.
TEST_F(ZsetCutTest, AgreesWithAModelMeanwhile) {
  std::map<std::string, double> model;
  const auto add = [&](size_t number, double score) {
    ASSERT_EQ(Add(number, score) == AddOutcome::kAdded, !model.contains(Name(number)));
    model[Name(number)] = score;
  };
  const auto erase = [&](size_t number) {
    if (model.empty()) return;
    ASSERT_EQ(Erase(number), model.erase(Name(number)) == 1);
  };
  const auto cut = [&] {
    std::vector<std::pair<double, std::string>> sorted;
    for (const auto& [member, score] : model) sorted.emplace_back(score, member);
    std::ranges::sort(sorted);
    if (sorted.size() < 2) return;
    const size_t first = random_.Below(sorted.size());
    const size_t count = std::min(sorted.size() - first, sorted.size() - 1);
    for (size_t i = first; i < first + count; ++i) model.erase(sorted[i].second);
    Cut(first, count);
  };
  const auto check = [&] {
    std::map<std::string, double> scanned;
    uint64_t cursor = 0;
    if (model.empty()) return;
    do {
      cursor = ScanScored(Set(), cursor, [&](const ZsetItem& item) {
        scanned.emplace(std::string(item.member.text()), item.score);
      });
    } while (cursor != 0);
    ASSERT_EQ(scanned, model);
    ASSERT_TRUE(TreeOf(Set()).order.IsSound());
    ASSERT_EQ(ZsetSize(Set()), model.size());
    for (size_t i = 0; i < kMembers; i += 7) {
      ASSERT_EQ(FindScore(Set(), Name(i)).has_value(), model.contains(Name(i)));
    }
  };
  bool shed = false;
  for (int round = 0; round < 60; ++round) {
    for (int i = 0; i < 1500; ++i) add(random_.Below(kMembers), random_.Below(1000));
    if (round % 2 == 0) cut();
    shed |= !context_.shedding.empty();
    for (int i = 0; i < 300; ++i) erase(random_.Below(kMembers));
    for (size_t i = random_.Below(40); i > 0; --i) Step();
    ASSERT_NO_FATAL_FAILURE(check());
    memory::DefragAdvisor advisor;
    memory::BlockMover mover(advisor);
    uint64_t cursor = 0;
    LargeValues large;
    do {
      cursor = db_.Defrag(cursor, mover, DefragScope::kAll, &large);
    } while (cursor != 0);
    do {
      cursor = db_.DefragValue("k", cursor, mover);
    } while (cursor != 0);
    ASSERT_NO_FATAL_FAILURE(check());
  }
  EXPECT_TRUE(shed);
  Finish();
  ASSERT_NO_FATAL_FAILURE(check());
  EXPECT_EQ(TreeOf(Set()).members.size(), model.size());
}

TEST_F(ZsetCutTest, ItsMemoryComesBackWhateverBecomesOfTheKey) {
  const auto ends = {+[](Keyspace& db) { db.Remove("k"); },
                     +[](Keyspace& db) { db.Remove("k", events::kDel, DisposeCause::kSync); },
                     +[](Keyspace& db) { db.Flush(); },
                     +[](Keyspace& db) { db.Flush(DisposeCause::kSync); }};
  const size_t before = memory::UsedMemory();
  for (const auto end : ends) {
    Fill();
    Cut(1, kMembers - 2);
    Step();
    ASSERT_FALSE(context_.shedding.empty());
    end(db_);
    Finish();
    EXPECT_TRUE(context_.shedding.empty());
    EXPECT_LE(memory::UsedMemory(), before + 4096);  // what a vector keeps
  }
}

TEST_F(ZsetCutTest, GoesOnUnderAnotherName) {
  Fill();
  Cut(1, kMembers - 2);
  db_.Move("k", db_, "other", events::kRenameFrom, events::kRenameTo);
  Finish();
  EXPECT_EQ(TreeOf(*db_.Peek("other")).members.size(), 2u);
}

TEST_F(ZsetCutTest, CountsWhatIsCutOffAsTheKeysMemory) {
  Fill();
  const size_t full = OpsOf(Type::kZset).memory_usage(Set(), 0);
  Cut(1, kMembers - 2);
  const size_t cut = TreeOf(Set()).cut.size();
  EXPECT_GT(OpsOf(Type::kZset).memory_usage(Set(), 0), full * cut / kMembers / 2);
  EXPECT_GT(OpsOf(Type::kZset).free_effort(Set()), cut);
  Finish();
  EXPECT_LT(OpsOf(Type::kZset).memory_usage(Set(), 0), 2048u);
}

}  // namespace
}  // namespace ebb

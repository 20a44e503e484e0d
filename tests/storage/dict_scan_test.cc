// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors

// The walks over a dict: Scan's guarantee above all, then sweeps, random choice, visits of
// everything.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <unordered_map>
#include <vector>

#include "storage/dict.h"
#include "storage/random.h"
#include "tests/storage/dict_model.h"

namespace ebb {
namespace {

using dict_test::IdentityPolicy;
using dict_test::Item;
using dict_test::Model;
using dict_test::NumberPolicy;

using NumberModel = Model<NumberPolicy>;

// How often each key is visited by a whole scan; `between` runs after each step.
template <typename Policy, typename Between>
std::unordered_map<uint64_t, int> ScanAll(const Model<Policy>& model, Between&& between) {
  std::unordered_map<uint64_t, int> seen;
  uint64_t cursor = 0;
  do {
    cursor = model.table.Scan(cursor, [&](Item* item) { ++seen[item->key]; });
    between();
  } while (cursor != 0);
  return seen;
}

TEST(DictScanTest, VisitsOnceWhatStaysTheSame) {
  for (uint64_t keys : {1u, 8u, 9u, 100u, 191u, 192u, 193u, 300u, 1000u, 5000u, 70000u}) {
    NumberModel model;
    for (uint64_t key = 0; key < keys; ++key) model.Add(key);
    uint64_t steps = 0;
    const auto seen = ScanAll(model, [&] { ++steps; });
    EXPECT_EQ(seen.size(), keys);
    for (const auto& [key, count] : seen) ASSERT_EQ(count, 1) << key;
    EXPECT_LE(steps, keys / 4 + 2);
  }
}

TEST(DictScanTest, AStepIsABucket) {
  NumberModel model;
  for (uint64_t key = 0; key < 50000; ++key) model.Add(key);
  uint64_t cursor = 0;
  do {
    int visited = 0;
    cursor = model.table.Scan(cursor, [&](Item*) { ++visited; });
    ASSERT_LE(visited, 30);
  } while (cursor != 0);
}

// The guarantee: keys 0..stay-1 are there all the time. Others come and go between the steps, at a
// pace and with a drift that each seed chooses, so that the table grows and shrinks many times its
// size during one scan.
template <typename Policy, typename KeyOf>
void ScanWhileChanging(uint64_t seed, uint64_t stay, uint64_t most_others, KeyOf key_of) {
  RandomGenerator random(seed);
  Model<Policy> model;
  std::vector<uint64_t> others;
  uint64_t next_other = stay;
  for (uint64_t i = 0; i < stay; ++i) model.Add(key_of(i));
  const auto add = [&] {
    if (model.Add(key_of(next_other))) others.push_back(key_of(next_other));
    ++next_other;
  };
  for (uint64_t i = random.Below(most_others); i > 0; --i) add();
  uint64_t steps = 0;
  bool growing = random.Below(2) == 0;
  const uint64_t pace = 1 + random.Below(most_others / 20 + 1);
  const auto change = [&] {
    // A walk that always ends although the table may be merged under it time and again.
    if (++steps > 200 * (stay + most_others)) FAIL() << "no end, seed " << seed;
    if (random.Below(30) == 0) growing = !growing;
    for (uint64_t i = random.Below(pace + 1); i > 0; --i) {
      const uint64_t action = random.Below(10);
      if (action < (growing ? 8u : 2u)) {
        if (others.size() < most_others) add();
      } else if (!others.empty()) {
        std::swap(others[random.Below(others.size())], others.back());
        ASSERT_TRUE(model.Remove(others.back()));
        others.pop_back();
      }
    }
    // Sometimes an entry that stays moves to another address, or leaves and returns at once.
    const uint64_t key = key_of(random.Below(stay));
    if (random.Below(4) == 0) {
      auto slot = model.Find(key);
      auto* moved = new Item(*slot.element());
      delete slot.element();
      slot.Replace(moved);
    }
  };
  const auto seen = ScanAll(model, change);
  for (uint64_t i = 0; i < stay; ++i) {
    ASSERT_EQ(seen.count(key_of(i)), 1u)
        << "lost key " << i << ", seed " << seed << ", steps " << steps;
  }
  model.table.CheckInvariants();
}

TEST(DictScanTest, LosesNothingWhileSmallTablesChange) {
  for (uint64_t seed = 1; seed <= 400; ++seed) {
    ScanWhileChanging<NumberPolicy>(seed, 20 + seed % 100, 1500, [](uint64_t i) { return i; });
    if (HasFatalFailure()) return;
  }
}

TEST(DictScanTest, LosesNothingWhileLargeTablesChange) {
  for (uint64_t seed = 1; seed <= 12; ++seed) {
    ScanWhileChanging<NumberPolicy>(seed, 2000, 30000, [](uint64_t i) { return i; });
    if (HasFatalFailure()) return;
  }
}

// Hashes with few different homes, so that most elements are displaced, many around the end of
// their chunk.
TEST(DictScanTest, LosesNothingInCrowdedChunks) {
  for (uint64_t seed = 1; seed <= 100; ++seed) {
    RandomGenerator random(seed);
    const uint64_t homes = 1 + random.Below(5);
    const uint64_t last = random.Below(2) == 0 ? 0xffff : random.Below(0x10000);
    ScanWhileChanging<IdentityPolicy>(
        seed, 150, 800, [&](uint64_t i) { return ((last - i % homes * 900) & 0xffff) << 48 | i; });
    if (HasFatalFailure()) return;
  }
}

// The worst moments: the whole table shrinks to a few chunks or grows to many in the middle of a
// chunk.
TEST(DictScanTest, LosesNothingOverOneGreatChange) {
  for (uint64_t seed = 1; seed <= 300; ++seed) {
    RandomGenerator random(seed);
    NumberModel model;
    constexpr uint64_t kStay = 200;
    const uint64_t before = random.Below(6000);
    const uint64_t after = random.Below(6000);
    for (uint64_t key = 0; key < kStay + before; ++key) model.Add(key);
    const uint64_t moment = random.Below((kStay + before) / 6 + 1);
    uint64_t steps = 0;
    const auto seen = ScanAll(model, [&] {
      if (++steps != moment) return;
      for (uint64_t key = kStay + after; key < kStay + before; ++key) model.Remove(key);
      for (uint64_t key = kStay + before; key < kStay + after; ++key) model.Add(key);
    });
    for (uint64_t key = 0; key < kStay; ++key) ASSERT_EQ(seen.count(key), 1u) << "seed " << seed;
  }
}

TEST(DictScanTest, SurvivesAnyCursor) {
  NumberModel model;
  for (uint64_t key = 0; key < 3000; ++key) model.Add(key);
  RandomGenerator random(1);
  for (int i = 0; i < 100000; ++i) {
    const uint64_t cursor = random() >> random.Below(64);
    model.table.Scan(cursor, [](Item* item) { ASSERT_LT(item->key, 3000u); });
  }
  // From any cursor a walk comes to an end.
  for (int i = 0; i < 20; ++i) {
    uint64_t cursor = random();
    uint64_t steps = 0;
    do {
      cursor = model.table.Scan(cursor, [](Item*) {});
      ASSERT_LE(++steps, 3000u);
    } while (cursor != 0);
  }
}

TEST(DictScanTest, ForEachVisitsAllOnce) {
  NumberModel model;
  for (uint64_t key = 0; key < 5000; ++key) model.Add(key);
  std::map<uint64_t, int> seen;
  model.table.ForEach([&](const Item* item) { ++seen[item->key]; });
  EXPECT_EQ(seen.size(), 5000u);
  for (const auto& [key, count] : seen) EXPECT_EQ(count, 1);
}

TEST(DictRandomTest, AllAreAboutEquallyLikely) {
  for (uint64_t keys : {1u, 2u, 100u, 3000u}) {
    NumberModel model;
    for (uint64_t key = 0; key < keys; ++key) model.Add(key);
    RandomGenerator random(3);
    std::vector<int> counts(keys);
    constexpr int kPerKey = 400;
    for (uint64_t i = 0; i < keys * kPerKey; ++i) ++counts[model.table.Random(random)->key];
    for (int count : counts) EXPECT_NEAR(count, kPerKey, kPerKey * 0.6);
  }
}

// What will be drawn can be fetched: the generator's numbers are known before, and where they lead.
TEST(DictRandomTest, DrawsAreKnownAhead) {
  NumberModel model;
  RandomGenerator random(3);
  EXPECT_EQ(model.table.DrawnBucket(random()), nullptr);
  EXPECT_EQ(model.table.DrawnElement(random()), nullptr);
  EXPECT_FALSE(model.table.Draw(random()));
  for (uint64_t key = 0; key < 3000; ++key) model.Add(key);
  constexpr int kDraws = 1000;
  int known = 0;
  for (int i = 0; i < kDraws; ++i) {
    const uint64_t number = random.Peek(2);
    const void* const element = model.table.DrawnElement(number);
    random();
    random();
    known += model.table.Random(random) == element;
    EXPECT_NE(model.table.DrawnBucket(number), nullptr);
  }
  EXPECT_GT(known, kDraws * 6 / 10);
}

// New elements, with and without a mark, due within 30 of `now`; old ones that go, get a mark or
// lose it. `marked` follows.
void Churn(uint32_t now, RandomGenerator& random, NumberModel& model, uint64_t& next_key,
           std::map<uint64_t, uint32_t>& marked) {
  for (uint64_t i = random.Below(400); i > 0; --i) {
    const bool mark = random.Below(2) == 0;
    const auto hint = static_cast<uint32_t>(now + random.Below(30));
    model.Add(next_key, mark, hint);
    if (mark) marked[next_key] = hint;
    ++next_key;
  }
  for (uint64_t i = random.Below(300); i > 0 && next_key > 0; --i) {
    const uint64_t key = random.Below(next_key);
    auto slot = model.Find(key);
    if (!slot) continue;
    const uint64_t action = random.Below(3);
    if (action == 0) {
      model.Remove(key);
      marked.erase(key);
    } else if (action == 1) {
      slot.element()->hint = static_cast<uint32_t>(now + random.Below(30));
      slot.set_marked(true);
      model.table.LowerHint(slot, slot.element()->hint);
      marked[key] = slot.element()->hint;
    } else {
      slot.set_marked(false);
      marked.erase(key);
    }
  }
}

// A round up to `now`, from its cursor to its end, that takes what is due out of the table and of
// `marked`; `between` is called between two steps.
template <typename Between>
void SweepRound(uint32_t now, NumberModel& model, std::map<uint64_t, uint32_t>& marked,
                Between&& between) {
  uint64_t cursor = 0;
  while (model.table.SweepMarked(
      &cursor, now, [&](Item* item) { return item->hint <= now; },
      [&](Item* item) {
        EXPECT_EQ(marked.at(item->key), item->hint);
        marked.erase(item->key);
        delete item;
      })) {
    between();
  }
}

TEST(DictSweepTest, FindsWhatIsDueAndSkipsTheRest) {
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    RandomGenerator random(seed);
    NumberModel model;
    std::map<uint64_t, uint32_t> marked;
    uint64_t next_key = 0;
    for (uint32_t now = 1; now < 60; ++now) {
      Churn(now, random, model, next_key, marked);
      const auto least = std::min_element(marked.begin(), marked.end(),
                                          [](auto& a, auto& b) { return a.second < b.second; });
      if (least != marked.end()) {
        ASSERT_TRUE(model.table.NeedsSweep(0, least->second));
      }
      // One round: exactly those up to `now`.
      const auto due = std::count_if(marked.begin(), marked.end(),
                                     [&](const auto& one) { return one.second <= now; });
      const size_t left = marked.size() - static_cast<size_t>(due);
      SweepRound(now, model, marked, [] {});
      model.table.CheckInvariants();
      // Merges during the round may put a chunk behind the cursor; the next round finds it.
      if (marked.size() > left) SweepRound(now, model, marked, [] {});
      ASSERT_EQ(marked.size(), left) << "seed " << seed << ", now " << now;
      // Now there is nothing due: nobody is asked.
      uint64_t cursor = 0;
      while (model.table.SweepMarked(
          &cursor, now,
          [&](Item* item) {
            EXPECT_GT(item->hint, now) << "due, but kept";
            return false;
          },
          [](Item*) { FAIL(); })) {
      }
      for (int i = 0; model.table.Maintain(); ++i) ASSERT_LT(i, 10000);
    }
  }
}

// Or draws would take long, which look for a chunk that holds something.
TEST(DictSweepTest, NoLargeTableIsLeftForTheFewThatRemain) {
  constexpr uint64_t kKeys = 100'000;
  NumberModel model;
  std::map<uint64_t, uint32_t> marked;
  for (uint64_t key = 0; key < kKeys; ++key) {
    marked[key] = key == 77 ? 1000 : 10;
    model.Add(key, true, marked[key]);
  }
  SweepRound(10, model, marked, [] {});
  EXPECT_EQ(model.table.size(), 1u);
  EXPECT_LE(model.table.Stats().chunks, 4u);
}

TEST(DictSweepTest, ExactHintsSpareLaterSweeps) {
  NumberModel model;
  for (uint64_t key = 0; key < 20000; ++key) model.Add(key, true, 1000);
  // Splits handed hints down; nothing is due at 999.
  uint64_t cursor = 0;
  uint64_t asked = 0;
  const auto ask = [&](Item*) {
    ++asked;
    return false;
  };
  const auto never = [](Item*) { FAIL(); };
  while (model.table.SweepMarked(&cursor, 999, ask, never)) {
  }
  EXPECT_EQ(asked, 0u);
  // The one with the least hint goes; the stale bound is found out once, then no more.
  auto slot = model.Find(77);
  slot.element()->hint = 5;
  model.table.LowerHint(slot, 5);
  EXPECT_FALSE(model.table.NeedsSweep(0, 4));
  model.Remove(77);
  EXPECT_TRUE(model.table.NeedsSweep(0, 5));
  while (model.table.SweepMarked(&cursor, 10, ask, never)) {
  }
  EXPECT_GT(asked, 0u);
  EXPECT_LT(asked, 600u);
  EXPECT_FALSE(model.table.NeedsSweep(0, 999));
  EXPECT_TRUE(model.table.NeedsSweep(0, 1000));
  asked = 0;
  while (model.table.SweepMarked(&cursor, 10, ask, never)) {
  }
  EXPECT_EQ(asked, 0u);
}

// How many steps a whole round takes that finds nothing due: one for each chunk that may hold
// something, else one for each kSweepChunks that it looks at.
int StepsOfARound(uint32_t limit, NumberModel& model) {
  uint64_t cursor = 0;
  int steps = 1;
  while (model.table.SweepMarked(
      &cursor, limit, [](Item*) { return false; }, [](Item*) { FAIL(); })) {
    ++steps;
  }
  return steps;
}

TEST(DictSweepTest, AnIdleRoundLooksAtNoChunk) {
  NumberModel model;
  constexpr uint64_t kKeys = 500'000;
  for (uint64_t key = 0; key < kKeys; ++key) model.Add(key, true, 1000);
  ASSERT_GT(model.table.Stats().chunks, 2 * NumberModel::Table::kSweepChunks);
  EXPECT_EQ(StepsOfARound(999, model), 1);
  // One that is due sooner has them all looked at, once.
  model.Add(kKeys, true, 5);
  EXPECT_EQ(StepsOfARound(4, model), 1);
  model.Remove(kKeys);
  EXPECT_GT(StepsOfARound(5, model), 2);
  EXPECT_EQ(StepsOfARound(5, model), 1);
  EXPECT_EQ(StepsOfARound(999, model), 1);
}

// Rounds in which each step comes to one chunk, whose elements get another hint.
class DictRoundTest : public ::testing::Test {
 protected:
  static constexpr uint64_t kKeys = 5000;
  static constexpr uint32_t kDue = 1;
  static constexpr uint32_t kLater = 9;

  DictRoundTest() {
    for (uint64_t key = 0; key < kKeys; ++key) model_.Add(key, true, kDue);
  }

  static bool Step(NumberModel& model, uint64_t* cursor, uint32_t limit = kDue) {
    return model.table.SweepMarked(
        cursor, limit,
        [](Item* item) {
          item->hint = kLater;
          return false;
        },
        [](Item*) { FAIL(); });
  }
  bool Step() { return Step(model_, &cursor_); }
  void FinishRound() {
    while (Step()) {
    }
    model_.table.CheckInvariants();
  }
  // Whether another round, up to `limit`, leaves nothing in `model` that is due.
  static bool AnotherRoundFindsAll(NumberModel& model, uint32_t limit = kDue) {
    uint64_t cursor = 0;
    while (Step(model, &cursor, limit)) {
    }
    bool all = true;
    model.table.ForEach([&](const Item* item) { all &= item->hint > limit; });
    return all;
  }

  NumberModel model_;
  uint64_t cursor_ = 0;
};

TEST_F(DictRoundTest, SplitsMayPutWhatIsDueBehindIt) {
  ASSERT_TRUE(Step());
  // Chunks that are still to come are divided; the other halves come to the end, where it has been.
  const size_t chunks = model_.table.Stats().chunks;
  for (uint64_t key = kKeys; model_.table.Stats().chunks < chunks + 3; ++key) {
    model_.Add(key, false, kLater);
  }
  FinishRound();
  EXPECT_TRUE(model_.table.NeedsSweep(0, kDue));
  EXPECT_TRUE(AnotherRoundFindsAll(model_));
}

TEST_F(DictRoundTest, NewElementsMayBeDueBehindIt) {
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(Step());
  for (uint64_t key = kKeys; key < kKeys + 50; ++key) model_.Add(key, true, kDue);
  FinishRound();
  EXPECT_TRUE(model_.table.NeedsSweep(0, kDue));
  EXPECT_TRUE(AnotherRoundFindsAll(model_));
}

TEST_F(DictRoundTest, ElementsMayBecomeDueBehindIt) {
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(Step());
  for (uint64_t key = 0; key < 50; ++key) {
    auto slot = model_.Find(key);
    slot.element()->hint = kDue + 1;
    model_.table.LowerHint(slot, kDue + 1);
  }
  FinishRound();
  EXPECT_FALSE(model_.table.NeedsSweep(0, kDue));
  EXPECT_TRUE(model_.table.NeedsSweep(0, kDue + 1));
  EXPECT_TRUE(AnotherRoundFindsAll(model_, kDue + 1));
}

TEST_F(DictRoundTest, MergesPutNothingBehindIt) {
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(Step());
  const size_t chunks = model_.table.Stats().chunks;
  for (uint64_t key = 0; model_.table.Stats().chunks > chunks / 2; ++key) model_.Remove(key);
  FinishRound();
  EXPECT_FALSE(model_.table.NeedsSweep(0, kLater - 1));
  EXPECT_TRUE(AnotherRoundFindsAll(model_));
}

TEST_F(DictRoundTest, OneThatIsGivenUpTellsNothing) {
  ASSERT_TRUE(Step());
  EXPECT_TRUE(AnotherRoundFindsAll(model_));
  EXPECT_FALSE(model_.table.NeedsSweep(0, kLater - 1));
}

TEST_F(DictRoundTest, WhatItKnowsGoesAlongWithTheTable) {
  NumberModel other;
  std::swap(model_.table, other.table);
  EXPECT_FALSE(model_.table.NeedsSweep(0, kLater));
  EXPECT_TRUE(other.table.NeedsSweep(0, kDue));
  // In the middle of a round.
  uint64_t cursor = 0;
  ASSERT_TRUE(Step(other, &cursor));
  NumberModel third;
  third.table = std::move(other.table);
  EXPECT_TRUE(third.table.NeedsSweep(0, kDue));
  EXPECT_TRUE(AnotherRoundFindsAll(third));
}

TEST(DictSweepTest, MissesNothingWhateverHappensBetweenItsSteps) {
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    RandomGenerator random(seed);
    NumberModel model;
    std::map<uint64_t, uint32_t> marked;
    uint64_t next_key = 0;
    for (uint32_t now = 1; now < 30; ++now) {
      Churn(now, random, model, next_key, marked);
      SweepRound(now, model, marked, [&] {
        if (random.Below(5) == 0) Churn(now, random, model, next_key, marked);
        if (random.Below(5) == 0) model.table.Maintain();
      });
      model.table.CheckInvariants();
      SweepRound(now, model, marked, [] {});
      for (const auto& [key, hint] : marked) {
        ASSERT_GT(hint, now) << "seed " << seed << ", key " << key;
      }
    }
  }
}

TEST(DictSweepTest, SweepingEverythingLeavesNothing) {
  NumberModel model;
  for (uint64_t key = 0; key < 50000; ++key) model.Add(key, true, 1);
  uint64_t cursor = 0;
  uint64_t gone = 0;
  while (model.table.size() > 0) {
    model.table.SweepMarked(
        &cursor, 1, [](Item*) { return true; },
        [&](Item* item) {
          ++gone;
          delete item;
        });
  }
  EXPECT_EQ(gone, 50000u);
  for (int i = 0; model.table.Maintain(); ++i) ASSERT_LT(i, 1000);
  EXPECT_EQ(model.table.memory(), 0u);
  model.table.CheckInvariants();
}

}  // namespace
}  // namespace ebb

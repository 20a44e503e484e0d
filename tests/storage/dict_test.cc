// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "storage/dict.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <map>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "storage/memory/allocator.h"
#include "storage/random.h"
#include "tests/storage/dict_model.h"

namespace ebb {
namespace {

using dict_test::ConstantPolicy;
using dict_test::IdentityPolicy;
using dict_test::Item;
using dict_test::Model;
using dict_test::NumberPolicy;

using NumberModel = Model<NumberPolicy>;

TEST(DictPartsTest, TagsMatchExactly) {
  RandomGenerator random(1);
  for (int i = 0; i < 200000; ++i) {
    std::array<uint8_t, 8> tags;
    // Few different values, so that there are matches and near misses (0x00 and 0x80, 0x7f and
    // 0xff).
    constexpr std::array<uint8_t, 8> kValues = {0, 1, 0x7f, 0x80, 0x81, 0xfe, 0xff, 0x40};
    for (uint8_t& tag : tags) tag = kValues[random.Below(8)];
    const uint8_t wanted = kValues[random.Below(8)];
    uint32_t expected = 0;
    for (uint32_t slot = 0; slot < 8; ++slot) expected |= uint32_t{tags[slot] == wanted} << slot;
    ASSERT_EQ(dict_internal::MatchTags(tags.data(), wanted), expected);
    ASSERT_EQ(dict_internal::MatchTagsPortable(tags.data(), wanted), expected);
  }
}

TEST(DictPartsTest, HomesAndPositionsAgree) {
  using namespace dict_internal;
  for (uint32_t count : {1u, 2u, 3u, 5u, 7u, 8u, 14u, 28u, 56u, 112u, 1000u, kMaxBucketCount}) {
    EXPECT_EQ(FirstPosition(0, count), 0u);
    EXPECT_EQ(FirstPosition(count, count), kPositions);
    for (uint32_t bucket = 0; bucket < count; ++bucket) {
      const uint32_t first = FirstPosition(bucket, count);
      ASSERT_EQ(HomeBucket(first, count), bucket) << count;
      if (first > 0) {
        ASSERT_EQ(HomeBucket(first - 1, count), bucket - 1) << count;
      }
    }
  }
}

TEST(DictPartsTest, BucketCountsAreSizeClasses) {
  using namespace dict_internal;
  for (uint32_t count = 1; count <= kMaxBucketCount; count = NextBucketCount(count)) {
    EXPECT_EQ(PreviousBucketCount(NextBucketCount(count)), count);
    if (memory::Name() != "libc") {
      EXPECT_EQ(memory::GoodSize(count * sizeof(Bucket)), count * sizeof(Bucket));
    }
    // One that has just grown has room, and some must go before it shrinks again.
    EXPECT_LT(MaxElements(count), MaxElements(NextBucketCount(count)));
    EXPECT_LT(FittingElements(count), MaxElements(count));
    EXPECT_LT(MinElements(count), FittingElements(count));
    EXPECT_LT(MinElements(GrownBucketCount(count)), MaxElements(count));
    EXPECT_EQ(FittingBucketCount(FittingElements(count)), count);
    EXPECT_EQ(FittingBucketCount(FittingElements(count) + 1), NextBucketCount(count));
  }
}

TEST(DictTest, EmptyCostsNothing) {
  NumberModel model;
  EXPECT_EQ(model.table.size(), 0u);
  EXPECT_TRUE(model.table.empty());
  EXPECT_EQ(model.table.memory(), 0u);
  EXPECT_FALSE(model.Find(1));
  EXPECT_EQ(model.table.Scan(0, [](Item*) { FAIL(); }), 0u);
  EXPECT_EQ(model.table.Random(), nullptr);
  EXPECT_FALSE(model.table.Maintain());
  EXPECT_FALSE(model.table.ClearStep([](Item*) { FAIL(); }));
  EXPECT_FALSE(model.table.NeedsSweep(0, ~uint32_t{0}));
  model.table.PrefetchBucket(7);
  EXPECT_EQ(model.table.LikelyElement(7), nullptr);
  model.table.CheckInvariants();
  EXPECT_EQ(model.table.Stats().chunks, 0u);
}

TEST(DictTest, SmallOnesAreSmall) {
  NumberModel model;
  for (uint64_t key = 0; key < 8; ++key) model.Add(key);
  EXPECT_EQ(model.table.memory(), 64u + 16u);
  for (uint64_t key = 8; key < 100; ++key) model.Add(key);
  EXPECT_LE(model.table.memory(), 100u * 11);
  for (uint64_t key = 0; key < 100; ++key) EXPECT_TRUE(model.Remove(key));
  EXPECT_EQ(model.table.memory(), 0u);
}

TEST(DictTest, TakenApartItHandsOutEachElementOnce) {
  for (const uint64_t count : {uint64_t{1}, uint64_t{9}, uint64_t{5000}}) {
    NumberModel model;
    for (uint64_t key = 0; key < count; ++key) model.Add(key);
    std::set<uint64_t> seen;
    size_t steps = 1;
    while (model.table.TakeApartStep([&](Item* item) {
      EXPECT_TRUE(seen.insert(item->key).second);
      delete item;
    })) {
      EXPECT_EQ(model.table.size(), count - seen.size());
      ++steps;
    }
    EXPECT_EQ(seen.size(), count);
    EXPECT_GE(steps, count / 500) << "a step is one chunk";
    EXPECT_EQ(model.table.size(), 0u);
    EXPECT_EQ(model.table.memory(), 0u);
    EXPECT_FALSE(model.table.TakeApartStep([](Item*) { FAIL(); }));
  }
}

TEST(DictTest, EachSmallStepIsSound) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    RandomGenerator random(seed);
    NumberModel model;
    std::map<uint64_t, bool> expected;
    for (int i = 0; i < 600; ++i) {
      const uint64_t key = random.Below(8 + seed * 15);
      const bool marked = random.Below(2) == 0;
      if (random.Below(100) < (i < 300 ? 70u : 30u)) {
        ASSERT_EQ(model.Add(key, marked), expected.emplace(key, marked).second);
      } else {
        ASSERT_EQ(model.Remove(key), expected.erase(key) == 1);
      }
      model.table.CheckInvariants();
    }
  }
}

TEST(DictTest, MillionsOfOperationsLikeAMap) {
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    RandomGenerator random(seed);
    NumberModel model;
    std::unordered_map<uint64_t, bool> expected;
    // The share of insertions swings, so that the table grows and shrinks over and over.
    for (uint64_t phase = 0; phase < 12; ++phase) {
      const uint64_t keys = uint64_t{1} << (3 + random.Below(14));
      const uint64_t insert_percent = phase % 2 == 0 ? 75 : 20;
      for (uint64_t i = 0; i < 40000; ++i) {
        const uint64_t key = random.Below(keys);
        const bool marked = random.Below(3) == 0;
        if (random.Below(100) < insert_percent) {
          ASSERT_EQ(model.Add(key, marked), expected.emplace(key, marked).second);
        } else {
          ASSERT_EQ(model.Remove(key), expected.erase(key) == 1);
        }
        ASSERT_EQ(model.table.size(), expected.size());
      }
      model.table.CheckInvariants();
      for (uint64_t key = 0; key < keys; ++key) {
        const auto slot = model.Find(key);
        const auto it = expected.find(key);
        ASSERT_EQ(static_cast<bool>(slot), it != expected.end());
        if (slot) {
          ASSERT_EQ(slot.marked(), it->second);
        }
      }
    }
  }
}

TEST(DictTest, StepsAndAllocationsAreBounded) {
  NumberModel model;
  constexpr uint64_t kKeys = 1000000;
  uint64_t most_looks = 0;
  size_t most_growth = 0;
  for (uint64_t key = 0; key < kKeys; ++key) {
    const uint64_t looks = NumberPolicy::hash_calls;
    const size_t memory = model.table.memory();
    model.Add(key);
    most_looks = std::max(most_looks, NumberPolicy::hash_calls - looks);
    most_growth =
        std::max(most_growth, model.table.memory() - std::min(memory, model.table.memory()));
    ASSERT_FALSE(model.table.NeedsMaintenance());
  }
  const DictStats stats = model.table.Stats();
  // An operation moves one chunk or two.
  EXPECT_LE(stats.largest_chunk, 520u);
  EXPECT_LE(most_looks, 2 * 520u);
  EXPECT_LE(stats.largest_allocation, 8192u);
  EXPECT_LE(most_growth, 8192u);
  for (uint64_t key = 0; key < kKeys; ++key) {
    const uint64_t looks = NumberPolicy::hash_calls;
    model.Remove(key);
    most_looks = std::max(most_looks, NumberPolicy::hash_calls - looks);
    ASSERT_FALSE(model.table.NeedsMaintenance());
  }
  EXPECT_LE(most_looks, 2 * 520u);
  EXPECT_LE(model.table.largest_allocation(), 8192u);
}

TEST(DictTest, TenOrElevenBytesPerElementAtEverySize) {
  NumberModel model;
  double sum = 0;
  double most = 0;
  for (uint64_t key = 0; key < 400000; ++key) {
    model.Add(key);
    if (key < 1000 || key % 500 != 0) continue;
    const double bytes = static_cast<double>(model.table.memory()) / static_cast<double>(key + 1);
    most = std::max(most, bytes);
    sum += key >= 200000 ? bytes : 0;
  }
  EXPECT_LE(most, 11.2);
  EXPECT_LE(sum / 400, 10.4) << "on average over a doubling";
}

TEST(DictTest, ShrinkingGivesMemoryBack) {
  NumberModel model;
  for (uint64_t key = 0; key < 300000; ++key) model.Add(key);
  for (uint64_t key = 0; key < 300000; ++key) {
    model.Remove(key);
    const uint64_t left = 300000 - key - 1;
    if (key % 10000 == 0) {
      ASSERT_LE(model.table.memory(), left * 12 + 200) << left << " left";
    }
  }
  EXPECT_EQ(model.table.memory(), 0u);
  model.table.CheckInvariants();
}

// A doubling that renews the notes reads all elements; the next ones read the few far from home.
TEST(DictTest, RarelyLooksAtElementsWhileGrowing) {
  using dict_internal::kBitsAhead;
  EXPECT_GE(kBitsAhead, 4u);
#ifdef NDEBUG
  constexpr double kAlways = 0;
#else
  constexpr double kAlways = 1;  // Insert asserts the hash
#endif
  NumberModel model;
  uint64_t key = 0;
  const auto looks_while_growing_to = [&](uint64_t end) {
    const uint64_t before = NumberPolicy::hash_calls;
    const uint64_t begin = key;
    for (; key < end; ++key) model.Add(key);
    return static_cast<double>(NumberPolicy::hash_calls - before) /
               static_cast<double>(end - begin) -
           kAlways;
  };
  constexpr uint64_t kRenewed = NumberModel::Table::kSplitLoad << 2 * kBitsAhead;
  looks_while_growing_to(kRenewed / 2);
  EXPECT_GE(looks_while_growing_to(kRenewed), 1.3);
  EXPECT_LE(looks_while_growing_to(8 * kRenewed), 0.8);
}

// Also those in a bucket's upper slots, which are filled last.
TEST(DictTest, SamplesReachEveryElement) {
  NumberModel model;
  constexpr uint64_t kKeys = 1000;
  for (uint64_t key = 0; key < kKeys; ++key) model.Add(key);
  RandomGenerator random(1);
  std::set<uint64_t> seen;
  for (int i = 0; i < 20'000; ++i) {
    int visits = 0;
    model.table.Sample(random, 1, false, [&](const Item* item) {
      seen.insert(item->key);
      ++visits;
    });
    ASSERT_EQ(visits, 1);
  }
  EXPECT_EQ(seen.size(), kKeys);
}

// Else a cache keeps what is useless there and lets go of what it needs elsewhere.
TEST(DictTest, SamplesComeAsOftenFromChunksThatAreNotSplitYet) {
  NumberModel model;
  for (uint64_t key = 0; model.table.Stats().chunks < 24; ++key) model.Add(key);
  RandomGenerator random(1);
  constexpr int kSamples = 20'000;
  int unsplit = 0;  // chunks 8 to 15, which hold half of the hashes
  for (int i = 0; i < kSamples; ++i) {
    model.table.Sample(random, 1, false, [&](const Item* item) {
      unsplit += static_cast<int>(NumberPolicy::Hash(*item) >> 3 & 1);
    });
  }
  EXPECT_NEAR(unsplit, kSamples / 2, kSamples / 50);
}

TEST(DictTest, ASampleHoldsNobodyTwice) {
  for (const uint64_t keys : {3, 8, 150, 1000}) {
    NumberModel model;
    for (uint64_t key = 0; key < keys; ++key) model.Add(key);
    RandomGenerator random(keys);
    for (int i = 0; i < 200; ++i) {
      std::set<uint64_t> seen;
      model.table.Sample(random, 100, false,
                         [&](const Item* item) { EXPECT_TRUE(seen.insert(item->key).second); });
      EXPECT_EQ(seen.size(), std::min<uint64_t>(keys, 100));
    }
  }
}

TEST(DictTest, ASampleFindsTheOnlyMarkedElement) {
  NumberModel model;
  for (uint64_t key = 0; key < 500'000; ++key) model.Add(key, key == 123'456, 7);
  ASSERT_GT(model.table.Stats().chunks, 2 * NumberModel::Table::kSweepChunks);
  RandomGenerator random(1);
  for (int i = 0; i < 20; ++i) {
    uint64_t found = 0;
    model.table.Sample(random, 5, true, [&](const Item* item) { found = item->key; });
    ASSERT_EQ(found, 123'456u);
  }
}

TEST(DictTest, SamplesForgetWhatIsMarkedNoMore) {
  NumberModel model;
  for (uint64_t key = 0; key < 1000; ++key) model.Add(key, true, 7);
  for (uint64_t key = 0; key < 1000; ++key) model.Find(key).set_marked(false);
  RandomGenerator random(1);
  model.table.Sample(random, 5, true, [](const Item*) { FAIL(); });
  // A round stops at each chunk that may hold a marked element, and there is more than one chunk.
  uint64_t cursor = 0;
  ASSERT_TRUE(model.table.NeedsSweep(cursor, 7));
  ASSERT_GT(model.table.Stats().chunks, 1u);
  EXPECT_FALSE(model.table.SweepMarked(
      &cursor, 7, [](Item*) { return true; }, [](Item*) { FAIL(); }));
}

TEST(DictTest, ReplaceKeepsPlaceAndMark) {
  NumberModel model;
  for (uint64_t key = 0; key < 5000; ++key) model.Add(key, key % 2 == 0);
  for (uint64_t key = 0; key < 5000; ++key) {
    auto slot = model.Find(key);
    delete slot.element();
    slot.Replace(new Item{key, 0, 77});
    EXPECT_EQ(slot.marked(), key % 2 == 0);
    slot.set_marked(key % 3 == 0);
  }
  // Through some growth and shrinking.
  for (uint64_t key = 5000; key < 50000; ++key) model.Add(key);
  for (uint64_t key = 5000; key < 50000; ++key) model.Remove(key);
  for (uint64_t key = 0; key < 5000; ++key) {
    const auto slot = model.Find(key);
    ASSERT_TRUE(slot);
    EXPECT_EQ(slot.element()->value, 77u);
    EXPECT_EQ(slot.marked(), key % 3 == 0);
  }
  model.table.CheckInvariants();
}

TEST(DictTest, FindsAnElementAndNotItsLikeByAddress) {
  NumberModel model;
  for (uint64_t key = 0; key < 20000; ++key) model.Add(key);
  for (uint64_t key = 0; key < 20000; ++key) {
    auto slot = model.Find(key);
    Item* const old = slot.element();
    const uint64_t hash = NumberPolicy::HashOf(key);
    EXPECT_EQ(model.table.FindElement(old, hash).element(), old);
    slot.Replace(new Item{key, 0, 77});
    EXPECT_FALSE(model.table.FindElement(old, hash));
    EXPECT_EQ(model.table.FindElement(slot.element(), hash).element(), slot.element());
    delete old;
  }
}

TEST(DictTest, FindOrInsertMayAddNothing) {
  NumberModel model;
  const auto result =
      model.table.FindOrInsert(1, NumberPolicy::HashOf(1), []() -> Item* { return nullptr; });
  EXPECT_FALSE(result.inserted);
  EXPECT_FALSE(result.slot);
  EXPECT_EQ(model.table.size(), 0u);
}

TEST(DictTest, OneHashForAllIsSlowButRight) {
  Model<ConstantPolicy> model;
  constexpr uint64_t kKeys = 3000;
  for (uint64_t key = 0; key < kKeys; ++key) ASSERT_TRUE(model.Add(key));
  model.table.CheckInvariants();
  for (uint64_t key = 0; key < kKeys; ++key) ASSERT_TRUE(model.Find(key)) << key;
  EXPECT_FALSE(model.Find(kKeys));
  for (uint64_t key = 0; key < kKeys; key += 2) ASSERT_TRUE(model.Remove(key));
  model.table.CheckInvariants();
  for (uint64_t key = 0; key < kKeys; ++key)
    ASSERT_EQ(static_cast<bool>(model.Find(key)), key % 2 == 1);
  std::set<uint64_t> seen;
  uint64_t cursor = 0;
  do {
    cursor = model.table.Scan(cursor, [&](Item* item) { seen.insert(item->key); });
  } while (cursor != 0);
  EXPECT_EQ(seen.size(), kKeys / 2);
  for (uint64_t key = 1; key < kKeys; key += 2) ASSERT_TRUE(model.Remove(key));
  EXPECT_EQ(model.table.memory(), 0u);
}

// Homes that are equal or at the end of the chunk, where displaced elements wrap around.
TEST(DictTest, CrowdedHomes) {
  for (uint64_t seed = 1; seed <= 30; ++seed) {
    RandomGenerator random(seed);
    Model<IdentityPolicy> model;
    std::set<uint64_t> expected;
    const uint64_t home = seed % 3 == 0 ? 0xffff : random.Below(0x10000);
    for (int i = 0; i < 1500; ++i) {
      // A third of the keys share one home; the rest lie close behind it.
      const uint64_t top = (home + (random.Below(3) == 0 ? 0 : random.Below(600))) & 0xffff;
      const uint64_t key = top << 48 | random.Below(40);
      if (random.Below(100) < (i < 900 ? 80u : 30u)) {
        ASSERT_EQ(model.Add(key), expected.insert(key).second);
      } else if (!expected.empty()) {
        const uint64_t victim = *expected.begin();
        ASSERT_TRUE(model.Remove(victim));
        expected.erase(victim);
      }
      if (i % 50 == 0) model.table.CheckInvariants();
    }
    for (uint64_t key : expected) ASSERT_TRUE(model.Find(key));
    EXPECT_EQ(model.table.size(), expected.size());
  }
}

// It takes some 30 000 elements with nearly the same hash to get there.
TEST(DictDeathTest, AnImpossibleChunkEndsTheProcess) {
  dict_internal::Directory directory;
  EXPECT_DEATH(
      directory.AllocateBuckets(dict_internal::NextBucketCount(dict_internal::kMaxBucketCount)),
      "hash function is broken");
}

TEST(DictTest, MovesAndSwaps) {
  NumberModel a;
  NumberModel b;
  for (uint64_t key = 0; key < 1000; ++key) a.Add(key);
  for (uint64_t key = 5000; key < 5010; ++key) b.Add(key);
  const size_t memory = a.table.memory();
  std::swap(a.table, b.table);
  EXPECT_EQ(a.table.size(), 10u);
  EXPECT_EQ(b.table.size(), 1000u);
  EXPECT_EQ(b.table.memory(), memory);
  EXPECT_TRUE(b.Find(999));
  EXPECT_FALSE(a.Find(999));
  Dict<NumberPolicy> moved(std::move(b.table));
  EXPECT_EQ(moved.size(), 1000u);
  EXPECT_EQ(b.table.size(), 0u);
  EXPECT_EQ(b.table.memory(), 0u);
  EXPECT_TRUE(b.Add(1));
  moved.CheckInvariants();
  while (moved.TakeApartStep([](Item* item) { delete item; })) {
  }
}

TEST(DictTest, ClearingHandsEverythingBack) {
  NumberModel model;
  for (uint64_t key = 0; key < 10000; ++key) model.Add(key);
  std::set<uint64_t> seen;
  while (model.table.ClearStep([&](Item* item) {
    seen.insert(item->key);
    delete item;
  })) {
  }
  EXPECT_EQ(seen.size(), 10000u);
  EXPECT_EQ(model.table.size(), 0u);
  EXPECT_EQ(model.table.memory(), 0u);
  model.table.CheckInvariants();
  EXPECT_TRUE(model.Add(1));
}

TEST(DictTest, WorksBetweenStepsOfClearing) {
  NumberModel model;
  for (uint64_t key = 0; key < 20000; ++key) model.Add(key);
  std::set<uint64_t> gone;
  const auto dispose = [&](Item* item) {
    gone.insert(item->key);
    delete item;
  };
  uint64_t victim = 0;
  while (model.table.ClearStep(dispose)) {
    ASSERT_EQ(model.Remove(victim), gone.insert(victim).second);
    ++victim;
    ASSERT_EQ(model.table.size() + gone.size(), 20000u);
    if (victim % 10 != 0) continue;
    model.table.CheckInvariants();
    for (uint64_t key = 0; key < 20000; ++key) {
      ASSERT_EQ(static_cast<bool>(model.Find(key)), gone.count(key) == 0) << key;
    }
  }
  EXPECT_EQ(gone.size(), 20000u);
}

TEST(DictTest, StatsAddUp) {
  NumberModel model;
  for (uint64_t key = 0; key < 50000; ++key) model.Add(key);
  const DictStats stats = model.table.Stats();
  EXPECT_EQ(stats.elements, 50000u);
  EXPECT_EQ(stats.memory, model.table.memory());
  size_t buckets = 0;
  size_t elements = 0;
  for (size_t fill = 0; fill < stats.buckets_by_fill.size(); ++fill) {
    buckets += stats.buckets_by_fill[fill];
    elements += fill * stats.buckets_by_fill[fill];
  }
  EXPECT_EQ(buckets, stats.buckets);
  EXPECT_EQ(elements, stats.elements);
  size_t chunks = 0;
  for (size_t count : stats.chunks_by_fill) chunks += count;
  EXPECT_EQ(chunks, stats.chunks);
  EXPECT_GT(stats.displaced, 0u);
  EXPECT_LT(stats.displaced, stats.elements / 5);
}

TEST(DictTest, DefragMovesEverything) {
  for (uint64_t keys : {5u, 300u, 20000u, 120000u}) {
    NumberModel model;
    for (uint64_t key = 0; key < keys; ++key) model.Add(key, key % 5 == 0);
    const size_t memory = model.table.memory();
    size_t elements = 0;
    size_t bytes = 0;
    uint64_t cursor = 0;
    do {
      cursor = model.table.Defrag(
          cursor,
          [&](std::span<Item*> items) {
            elements += items.size();
            for (Item*& item : items) {
              if (item->key % 7 == 0) continue;
              auto* moved = new Item(*item);
              delete item;
              item = moved;
            }
          },
          [&](void* block, size_t size) {
            bytes += size;
            const bool lines = size % memory::kCacheLine == 0;
            void* moved = lines ? memory::AllocateAligned(size) : memory::Allocate(size);
            std::memcpy(moved, block, size);
            lines ? memory::FreeAligned(block, size) : memory::Free(block, size);
            return moved;
          });
    } while (cursor != 0);
    EXPECT_EQ(elements, keys);
    EXPECT_EQ(bytes, memory);
    EXPECT_EQ(model.table.memory(), memory);
    model.table.CheckInvariants();
    for (uint64_t key = 0; key < keys; ++key) {
      const auto slot = model.Find(key);
      ASSERT_TRUE(slot);
      ASSERT_EQ(slot.marked(), key % 5 == 0);
    }
  }
}

TEST(DictTest, DefragSurvivesAnyCursor) {
  NumberModel model;
  for (uint64_t key = 0; key < 1000; ++key) model.Add(key);
  const auto stay = [](std::span<Item*>) {};
  const auto leave = [](void*, size_t) -> void* { return nullptr; };
  EXPECT_EQ(model.table.Defrag(1 << 20, stay, leave), 0u);
  EXPECT_EQ(model.table.Defrag(~uint64_t{0}, stay, leave), 0u);
}

}  // namespace
}  // namespace ebb

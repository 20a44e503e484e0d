// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "storage/trash_log.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <random>
#include <utility>
#include <vector>

namespace ebb::test {
namespace {

// A log of records whose keys are numbers, kept in `db`; their entries are never looked at.
class TrashLogTest : public ::testing::Test {
 protected:
  using Versions = std::map<uint64_t, int>;  // to keys

  uint64_t HashOf(int key) const { return static_cast<uint64_t>(key) * 0x9e3779b97f4a7c15 & mask_; }

  TrashedKey* Append(int key) {
    TrashedKey* record = log_.Append(HashOf(key));
    record->entry = reinterpret_cast<Entry*>(this);
    record->db = key;
    model_[record->version()] = key;
    return record;
  }
  void Remove(Versions::iterator at) {
    log_.Remove(log_.Find(at->first));
    model_.erase(at);
  }
  void RemoveAt(size_t at) { Remove(std::next(model_.begin(), static_cast<ptrdiff_t>(at))); }

  // 0 for none.
  static uint64_t VersionOf(const TrashedKey* record) {
    return record != nullptr ? record->version() : 0;
  }
  uint64_t Newest(int key, uint64_t last, uint64_t above) {
    return VersionOf(log_.FindNewest(HashOf(key), last, above,
                                     [key](const TrashedKey& other) { return other.db == key; }));
  }
  uint64_t Older(int key, uint64_t version) {
    return VersionOf(log_.FindOlder(*log_.Find(version), HashOf(key),
                                    [key](const TrashedKey& other) { return other.db == key; }));
  }
  uint64_t ModelNewest(int key, uint64_t last, uint64_t above) const {
    for (auto at = model_.upper_bound(last); at != model_.begin();) {
      if ((--at)->first <= above) return 0;
      if (at->second == key) return at->first;
    }
    return 0;
  }
  uint64_t ModelUpTo(uint64_t version) const {
    const auto after = model_.upper_bound(version);
    return after == model_.begin() ? 0 : std::prev(after)->first;
  }
  void ExpectFinds(int key, uint64_t version, uint64_t other) {
    const auto [above, last] = std::minmax(version, other);
    ASSERT_EQ(Newest(key, last, above), ModelNewest(key, last, above));
    const uint64_t newest = ModelNewest(key, log_.last_version(), 0);
    ASSERT_EQ(Newest(key, log_.last_version(), 0), newest);
    if (newest != 0) {
      ASSERT_EQ(Older(key, newest), ModelNewest(key, newest - 1, 0));
    }
    ASSERT_EQ(VersionOf(log_.Find(version)), model_.contains(version) ? version : 0);
    ASSERT_EQ(VersionOf(log_.FindUpTo(version)), ModelUpTo(version));
  }
  // Grows for a while, then shrinks, most of it at the old end.
  void ChangeAndCompare(int rounds, int keys) {
    std::minstd_rand random(7);
    for (int round = 0; round < rounds; ++round) {
      const int key = static_cast<int>(random() % static_cast<uint32_t>(keys));
      if (random() % 100 < (round < rounds / 2 ? 70u : 30u)) {
        const size_t growth = log_.growth();
        const size_t before = log_.memory();
        Append(key);
        ASSERT_LE(log_.memory(), before + growth);
        ASSERT_TRUE(growth > 0 || log_.memory() == before);
      } else if (!model_.empty()) {
        // So that runs become empty in the middle as well.
        const uint64_t from = 1 + random() % log_.last_version() / 2000 * 2000;
        const auto any = model_.lower_bound(from);
        Remove(random() % 2 == 0 || any == model_.end() ? model_.begin() : any);
      }
      if (random() % 50 == 0) log_.SkipVersion();
      ASSERT_EQ(log_.size(), model_.size());
      if (!model_.empty()) {
        ASSERT_EQ(log_.oldest()->version(), model_.begin()->first);
      }
      const uint64_t last = log_.last_version() + 2;
      ExpectFinds(key, random() % last, random() % last);
    }
  }

  TrashLog log_;
  uint64_t mask_ = ~uint64_t{0};
  Versions model_;
};

TEST_F(TrashLogTest, FindsWhatIsThereWhateverGoes) {
  ChangeAndCompare(60'000, 300);
  while (!model_.empty()) Remove(std::prev(model_.end()));
  EXPECT_TRUE(log_.empty());
  EXPECT_EQ(log_.memory(), 0u);
}

TEST_F(TrashLogTest, FindsWhatIsThereWhereHashesCollide) {
  mask_ = 0x0003'0000'0000'0000;
  ChangeAndCompare(20'000, 50);
}

TEST_F(TrashLogTest, KeysOfFullRunsAreFound) {
  // More than the greatest run holds once there are many.
  for (int key = 0; key < 400'000; ++key) Append(key);
  for (int key = 0; key < 400'000; key += 97) {
    ASSERT_EQ(Newest(key, log_.last_version(), 0), static_cast<uint64_t>(key) + 1);
  }
  for (int key = 400'000; key < 402'000; ++key) ASSERT_EQ(Newest(key, ~uint64_t{0}, 0), 0u);
}

TEST_F(TrashLogTest, AFewRecordsCostLittle) {
  Append(1);
  EXPECT_LE(log_.memory(), 6000u);
  for (int key = 0; key < 200'000; ++key) Append(key);
  EXPECT_LE(log_.memory(), 200'000u * 42);
}

// A key that is deleted again and again neither fills the index nor makes searches long.
TEST_F(TrashLogTest, ManyVersionsOfAKeyAreNotWalkedThrough) {
  constexpr size_t kVersions = 50'000;
  for (size_t i = 0; i < kVersions; ++i) Append(1);
  const uint64_t before = log_.looks();
  while (!model_.empty()) {
    ASSERT_EQ(Newest(1, log_.last_version(), 0), model_.rbegin()->first);
    Remove(std::prev(model_.end()));
  }
  EXPECT_LE(log_.looks() - before, 20 * kVersions);
}

TEST_F(TrashLogTest, GoesFromItsOldEndOn) {
  // The last runs are of 64 segments then, a quarter of a megabyte; tables of theirs, of 57 KB.
  for (size_t i = 0; i < 1300 * TrashLog::kPlaces; ++i) Append(1);
  while (!model_.empty()) {
    RemoveAt(0);
    ASSERT_LE(log_.memory(), model_.size() * 40 + 130'000);
  }
}

TEST_F(TrashLogTest, RunsOfGapsAreFreed) {
  Append(1);
  const size_t few = log_.memory();
  for (size_t i = 0; i < 30 * TrashLog::kPlaces; ++i) Append(1);
  // All but the first.
  while (model_.size() > 1) Remove(std::prev(model_.end()));
  EXPECT_LE(log_.memory(), 4 * few);
  // Over and over again beside one that stays.
  for (size_t i = 0; i < 100 * TrashLog::kPlaces; ++i) {
    Append(1);
    RemoveAt(1);
  }
  EXPECT_LE(log_.memory(), 4 * few);
  RemoveAt(0);
  EXPECT_EQ(log_.memory(), 0u);
}

TEST_F(TrashLogTest, AWalkSurvivesWhatGoesMeanwhile) {
  for (size_t i = 0; i < 40 * TrashLog::kPlaces; ++i) Append(1);
  std::vector<uint64_t> seen;
  uint64_t at = 0;
  for (size_t step = 0; step == 0 || at != 0; ++step) {
    at = log_.VisitSegment(at, [&](TrashedKey& record) { seen.push_back(record.version()); });
    // From the segment that would come next, from all of the one behind it, and all before.
    if (step == 5) {
      const auto gone = [&](uint64_t from, uint64_t to) {
        while (model_.lower_bound(from)->first < to) Remove(model_.lower_bound(from));
      };
      gone(at + 10, at + 2 * TrashLog::kPlaces);
      gone(0, at);
    }
  }
  EXPECT_TRUE(std::ranges::is_sorted(seen));
  std::vector<uint64_t> left;
  for (const auto& [version, key] : model_) left.push_back(version);
  ASSERT_GT(seen.size(), left.size());
  EXPECT_TRUE(std::equal(left.rbegin(), left.rend(), seen.rbegin()));
  EXPECT_EQ(seen.size(), left.size() + 6 * TrashLog::kPlaces);
}

TEST_F(TrashLogTest, TheVersionsOfAKeyAreALookEach) {
  const size_t versions = 3 * TrashLog::kRunPlaces;
  for (size_t i = 0; i < versions; ++i) Append(1);
  const uint64_t before = log_.looks();
  size_t found = 1;
  for (uint64_t at = Newest(1, log_.last_version(), 0); (at = Older(1, at)) != 0;) ++found;
  EXPECT_EQ(found, versions);
  // One for the version that the test asks for by its number.
  EXPECT_LE(log_.looks() - before, 2 * versions + 100);
}

TEST_F(TrashLogTest, MovesAsAWhole) {
  for (int i = 0; i < 1000; ++i) Append(i);
  TrashLog other(std::move(log_));
  EXPECT_EQ(other.oldest()->version(), 1u);
  EXPECT_EQ(other.size(), 1000u);
  EXPECT_EQ(log_.memory(), 0u);
  // Versions go on.
  EXPECT_EQ(Append(1)->version(), 1001u);
  EXPECT_EQ(Newest(7, log_.last_version(), 0), 0u);
}

}  // namespace
}  // namespace ebb::test

// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "storage/trash.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <limits>
#include <map>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "storage/hash.h"
#include "storage/memory/allocator.h"

namespace ebb::test {
namespace {

// A trash by itself, beside a model of what is in it.
class TrashModelTest : public ::testing::Test {
 protected:
  static constexpr int64_t kTtlMs = 10'000;
  using Name = std::pair<int, std::string>;
  using Names = std::multiset<Name>;
  struct Version {
    uint64_t number;
    int64_t removed_ms;
  };

  TrashModelTest() { Limit(size_t{1} << 30); }

  void Limit(size_t bytes) {
    trash_.SetLimits({.ttl_ms = kTtlMs, .max_bytes = bytes, .events = 1});
  }

  uint32_t Below(uint32_t bound) { return static_cast<uint32_t>(random_() % bound); }
  // One of few is as likely as one of many.
  Name AnyName(uint32_t keys) {
    const uint32_t number = Below(Below(2) == 0 ? 4 : keys);
    return {static_cast<int>(Below(2)), "key:" + std::to_string(number)};
  }

  void Put(const Name& name, size_t value_bytes = 10) {
    const auto& [db, key] = name;
    Entry* entry = Entry::Make(key, {.inline_size = value_bytes});
    std::memset(entry->inline_bytes(), 'x', value_bytes);
    if (!trash_.Put(entry, HashBytes(key), db, TrashEvent::kDel, nullptr)) Disposer::Free(entry);
  }
  void PutBoth(const Name& name) {
    Put(name);
    const TrashedKey* record = trash_.Find(name.first, name.second);
    ASSERT_NE(record, nullptr);
    ASSERT_GT(record->version(), last_);
    model_[name].push_back({last_ = record->version(), clock_.steady_ms});
  }
  // Ends one version, of which there is one, in either way.
  void End(const Name& name, std::vector<Version>& versions, size_t at) {
    TrashedKey* record = trash_.Find(name.first, name.second, versions[at].number);
    ASSERT_NE(record, nullptr);
    if (Below(2) == 0) {
      trash_.Purge(record);
    } else {
      Entry* entry = trash_.Take(record);
      ASSERT_EQ(entry->key(), name.second);
      Disposer::Free(entry);
    }
    versions.erase(versions.begin() + static_cast<ptrdiff_t>(at));
  }
  // Lets go of what is due.
  std::vector<Version>& Known(const Name& name) {
    std::vector<Version>& versions = model_[name];
    std::erase_if(versions, [this](const Version& version) {
      return version.removed_ms + kTtlMs <= clock_.steady_ms;
    });
    return versions;
  }
  void ExpectVersions(const Name& name) {
    const std::vector<Version>& versions = Known(name);
    auto expected = versions.rbegin();
    for (const TrashedKey* at = trash_.Find(name.first, name.second); at != nullptr;
         at = trash_.Older(*at)) {
      ASSERT_NE(expected, versions.rend());
      ASSERT_EQ(at->version(), expected->number);
      ASSERT_EQ(at->removed_ms(), expected->removed_ms);
      ASSERT_EQ(at->entry->key(), name.second);
      ASSERT_EQ(at->db, name.first);
      ++expected;
    }
    ASSERT_EQ(expected, versions.rend()) << name.second;
    const uint64_t number = 1 + random_() % last_;
    bool there = false;
    for (const Version& version : versions) there |= version.number == number;
    ASSERT_EQ(trash_.Find(name.first, name.second, number) != nullptr, there);
  }

  // All names that a walk comes by; `meanwhile()` is called between the steps.
  template <typename Meanwhile>
  Names Walk(uint64_t count, Meanwhile&& meanwhile) {
    Names names;
    uint64_t cursor = 0;
    do {
      cursor = trash_.Scan(
          cursor, count, [](const TrashedKey&) { return true; },
          [&](const TrashedKey& record) {
            names.emplace(record.db, std::string(record.entry->key()));
          });
      meanwhile();
    } while (cursor != 0);
    return names;
  }
  // Those that have a version up to that one now.
  std::set<Name> Held(uint64_t last) {
    std::set<Name> names;
    for (const auto& [name, unused] : model_) {
      const std::vector<Version>& versions = Known(name);
      if (!versions.empty() && versions.front().number <= last) names.insert(name);
    }
    return names;
  }

  const memory::ThreadAccount account_;
  Clock clock_;
  Disposer disposer_;
  Trash trash_{clock_, disposer_};
  std::minstd_rand random_{13};
  std::map<Name, std::vector<Version>> model_;  // oldest first
  uint64_t last_ = 0;
};

TEST_F(TrashModelTest, HoldsWhatTheModelHolds) {
  for (int round = 0; round < 60'000 && !HasFatalFailure(); ++round) {
    const Name name = AnyName(3000);
    std::vector<Version>& versions = Known(name);
    // Time stands still for a while, and then much is due.
    if (round % 15'000 == 14'999) clock_.steady_ms += kTtlMs / 2;
    switch (Below(16)) {
      case 0:
        trash_.SweepStep();
        break;
      case 1:
        if (versions.empty()) break;
        End(name, versions, Below(static_cast<uint32_t>(versions.size())));
        break;
      case 2:
        if (versions.empty()) break;
        End(name, versions, versions.size() - 1);
        break;
      case 3:
        clock_.steady_ms += Below(2);
        break;
      case 4:
        if (Below(50) != 0) break;
        trash_.BeginFlush(nullptr, 0);
        ASSERT_TRUE(trash_.PutTable({}, 0, 0, 0));
        break;
      case 5:
        if (Below(40) == 0) ExpectVersions(name);
        break;
      default:
        PutBoth(name);
    }
  }
  for (const auto& [name, unused] : model_) ExpectVersions(name);
  EXPECT_GT(trash_.counters().purged_expired, 5000u);
  clock_.steady_ms += kTtlMs;
  for (const auto& [name, unused] : model_) {
    ASSERT_EQ(trash_.Find(name.first, name.second), nullptr);
  }
  while (trash_.SweepStep()) {
  }
  EXPECT_EQ(trash_.bytes(), 0u);
}

TEST_F(TrashModelTest, AWalkComesByEachKeyOnce) {
  for (int i = 0; i < 30'000; ++i) PutBoth(AnyName(20'000));
  for (const uint64_t count : {1, 10, 1'000'000}) {
    const Names seen = Walk(count, [] {});
    EXPECT_EQ(std::set<Name>(seen.begin(), seen.end()), Held(last_));
    EXPECT_EQ(seen.size(), Held(last_).size());
  }
}

// However much it is asked for; a version that is wanted, which has to be searched for, counts
// more.
TEST_F(TrashModelTest, AStepOfAWalkIsBounded) {
  constexpr size_t kVersions = 60'000;
  for (size_t i = 0; i < kVersions; ++i) Put({0, "key:" + std::to_string(i)});
  size_t steps[2] = {0, 0};
  for (const bool wanted : {false, true}) {
    size_t seen = 0;
    uint64_t cursor = 0;
    do {
      ++steps[wanted ? 1 : 0];
      size_t in_step = 0;
      const auto want = [&](const TrashedKey&) {
        ++in_step;
        return wanted;
      };
      cursor =
          trash_.Scan(cursor, std::numeric_limits<uint64_t>::max(), want, [](const TrashedKey&) {});
      ASSERT_LE(in_step, 16'384u);
      seen += in_step;
    } while (cursor != 0);
    EXPECT_EQ(seen, kVersions);
  }
  EXPECT_GT(steps[1], 2 * steps[0]);
}

// Every key that has a version from the first step to the last.
TEST_F(TrashModelTest, AWalkComesByAllThatStays) {
  for (int i = 0; i < 20'000; ++i) PutBoth(AnyName(5000));
  const uint64_t start = last_;
  uint64_t steps = 0;
  const Names seen = Walk(10, [&] {
    ++steps;
    // More comes than the walk looks at, and would keep it for ever.
    for (int i = 0; i < 20; ++i) PutBoth(AnyName(5000));
    for (int i = 0; i < 4; ++i) {
      const Name name = AnyName(5000);
      std::vector<Version>& versions = Known(name);
      if (!versions.empty()) End(name, versions, Below(2) == 0 ? 0 : versions.size() - 1);
    }
    if (steps % 100 == 0) trash_.SweepStep();
  });
  EXPECT_LE(steps, 2001u);
  const std::set<Name> there = Held(start);
  EXPECT_GT(there.size(), 1000u);
  for (const Name& name : there) EXPECT_TRUE(seen.contains(name)) << name.second;
}

TEST_F(TrashModelTest, AnyCursorIsSafe) {
  for (int i = 0; i < 5000; ++i) PutBoth(AnyName(5000));
  for (int i = 0; i < 2000; ++i) {
    uint64_t cursor = random_() * 0x9e3779b97f4a7c15 >> Below(64);
    for (int steps = 0; steps < 10'000; ++steps) {
      cursor = trash_.Scan(
          cursor, 100, [](const TrashedKey&) { return false; }, [](const TrashedKey&) {});
      if (cursor == 0) break;
    }
    ASSERT_EQ(cursor, 0u);
  }
}

// While runs begin and end, of a limit that is next to nothing as of a big one.
TEST_F(TrashModelTest, PassesItsLimitByOneValueAtTheMost) {
  constexpr size_t kLargest = 600;
  for (const size_t limit : {size_t{3000}, size_t{60'000}, size_t{5'000'000}}) {
    Limit(limit);
    for (int i = 0; i < 60'000; ++i) {
      Put({0, "key:" + std::to_string(i)}, Below(kLargest - 50));
      ASSERT_LE(trash_.bytes(), limit + kLargest + sizeof(TrashedKey)) << i;
    }
    EXPECT_GE(trash_.bytes(), limit > 10'000 ? limit * 9 / 10 : 0);
  }
}

TEST_F(TrashModelTest, CountsWhatItTakes) {
  const size_t empty = memory::UsedMemory();
  for (int i = 0; i < 100'000; ++i) Put({0, "key:" + std::to_string(i)}, Below(300));
  const size_t used = memory::UsedMemory() - empty;
  EXPECT_NEAR(static_cast<double>(used), static_cast<double>(trash_.bytes()), 5000);
}

// What a large one pushes out goes in steps; meanwhile small ones come in as ever.
TEST_F(TrashModelTest, TheOldestGoFirstWhileMuchHasToGo) {
  constexpr size_t kLimit = 5'000'000;
  Limit(kLimit);
  for (int i = 0; i < 50'000; ++i) Put({0, "old:" + std::to_string(i)}, 20);
  Put({0, "large"}, 3'000'000);
  for (int i = 0; i < 1000; ++i) {
    Put({0, "new:" + std::to_string(i)}, 20);
    ASSERT_NE(trash_.Find(0, "new:" + std::to_string(i)), nullptr) << i;
  }
  EXPECT_NE(trash_.Find(0, "large"), nullptr);
  EXPECT_LE(trash_.bytes(), kLimit);
}

}  // namespace
}  // namespace ebb::test

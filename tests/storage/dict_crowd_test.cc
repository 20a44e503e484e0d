// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors

// Keys that somebody has chosen so that they belong into one chunk: SCAN's cursors tell enough of
// the hash for that.
#include <gtest/gtest.h>

#include <cstdint>
#include <set>
#include <vector>

#include "storage/dict.h"
#include "storage/random.h"
#include "tests/storage/dict_model.h"

namespace ebb {
namespace {

using dict_test::IdentityPolicy;
using dict_test::Item;
using CrowdModel = dict_test::Model<IdentityPolicy>;

// Hashes that are random but for so many low bits, which are all ones.
std::vector<uint64_t> EqualLowBits(size_t count, int bits) {
  RandomGenerator random(static_cast<uint64_t>(bits));
  const uint64_t low = (uint64_t{1} << bits) - 1;
  std::vector<uint64_t> hashes(count);
  for (uint64_t& hash : hashes) hash = random() | low;
  return hashes;
}

// More than any chunk can hold.
constexpr size_t kMany = 40'000;

class DictCrowdTest : public ::testing::TestWithParam<int> {
 protected:
  using Table = CrowdModel::Table;

  DictCrowdTest() : hashes_(EqualLowBits(kMany, GetParam())) {
    for (const uint64_t hash : hashes_) EXPECT_TRUE(model_.Add(hash));
  }

  // Chosen so well that it takes more splits than there are insertions to part them.
  static bool ChosenWell() { return GetParam() > 12; }

  const std::vector<uint64_t> hashes_;
  CrowdModel model_;
};

TEST_P(DictCrowdTest, ChosenKeysAreParted) {
  model_.table.CheckInvariants();
  for (const uint64_t hash : hashes_) ASSERT_TRUE(model_.Find(hash));
  if (!ChosenWell()) {
    EXPECT_LT(model_.table.Stats().largest_chunk, 3 * Table::kCrowd);
  }
}

TEST_P(DictCrowdTest, TheyAreScannedAllWhileTheyGo) {
  std::set<uint64_t> seen;
  uint64_t cursor = 0;
  size_t removed = 0;
  do {
    cursor = model_.table.Scan(cursor, [&](Item* item) { seen.insert(item->key); });
    // The second half goes, the first stays.
    if (removed < kMany / 2) model_.Remove(hashes_[kMany / 2 + removed++]);
  } while (cursor != 0);
  for (size_t i = 0; i < kMany / 2; ++i) ASSERT_TRUE(seen.contains(hashes_[i]));
}

TEST_P(DictCrowdTest, WithoutThemTheTableIsAsSmallAsEver) {
  for (const uint64_t hash : hashes_) ASSERT_TRUE(model_.Remove(hash));
  while (model_.table.Maintain()) {
  }
  EXPECT_EQ(model_.table.memory(), 0u);
}

TEST_P(DictCrowdTest, TheyAreNotPutTogetherAgain) {
  for (size_t i = 0; i < kMany / 4; ++i) ASSERT_TRUE(model_.Remove(hashes_[i]));
  while (model_.table.Maintain()) {
  }
  model_.table.CheckInvariants();
  // Where that takes no sparse table.
  if (GetParam() == 7) {
    EXPECT_LT(model_.table.Stats().largest_chunk, 3 * Table::kCrowd);
  }
  const size_t chunks = model_.table.Stats().chunks;
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(model_.Remove(hashes_[kMany - 1]));
    ASSERT_TRUE(model_.Add(hashes_[kMany - 1]));
  }
  EXPECT_LE(model_.table.Stats().chunks, chunks + 1);
}

// Draws look for a chunk that holds something.
TEST_P(DictCrowdTest, FewOfThemKeepNoLargeTable) {
  constexpr size_t kFew = 1200;
  for (size_t i = kFew; i < kMany; ++i) ASSERT_TRUE(model_.Remove(hashes_[i]));
  while (model_.table.Maintain()) {
  }
  model_.table.CheckInvariants();
  EXPECT_LE(model_.table.Stats().chunks, kFew / Table::kSparseLoad + 1);
}

// Marked ones come while a round goes on: it, or the next one, finds all that is due, and no more.
TEST_P(DictCrowdTest, TheyAreSweptWhileTheyCome) {
  static constexpr uint32_t kDue = 10;
  CrowdModel marked;
  size_t next = 0;
  uint64_t cursor = 0;
  const auto step = [&] {
    return marked.table.SweepMarked(
        &cursor, kDue, [](Item* item) { return item->hint <= kDue; },
        [](Item* item) { delete item; });
  };
  const auto add = [&](size_t count, uint32_t hint) {
    for (; count > 0 && next < kMany; --count) marked.Add(hashes_[next++], true, hint);
  };
  add(kMany / 2, kDue + 1);
  while (next < kMany) {
    add(500, kDue);
    step();
  }
  marked.table.CheckInvariants();
  for (int round = 0; round < 2; ++round) {
    while (step()) {
    }
  }
  marked.table.CheckInvariants();
  EXPECT_FALSE(marked.table.NeedsSweep(0, kDue));
  EXPECT_EQ(marked.table.size(), kMany / 2);
}

INSTANTIATE_TEST_SUITE_P(LowBits, DictCrowdTest, ::testing::Values(7, 12, 16));

}  // namespace
}  // namespace ebb

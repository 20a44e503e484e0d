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
  std::set<uint64_t> hashes;
  while (hashes.size() < count) hashes.insert(random() | low);
  return {hashes.begin(), hashes.end()};
}

// More than any chunk can hold.
constexpr size_t kMany = 40'000;

class DictCrowdTest : public ::testing::TestWithParam<int> {
 protected:
  DictCrowdTest() : hashes_(EqualLowBits(kMany, GetParam())) {
    for (const uint64_t hash : hashes_) EXPECT_TRUE(model_.Add(hash));
  }

  const std::vector<uint64_t> hashes_;
  CrowdModel model_;
};

TEST_P(DictCrowdTest, ChosenKeysAreParted) {
  model_.table.CheckInvariants();
  for (const uint64_t hash : hashes_) ASSERT_TRUE(model_.Find(hash));
  if (GetParam() > 12) return;
  EXPECT_LT(model_.table.Stats().largest_chunk, 3 * CrowdModel::Table::kCrowd);
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
  const size_t chunks = model_.table.Stats().chunks;
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(model_.Remove(hashes_[kMany - 1]));
    ASSERT_TRUE(model_.Add(hashes_[kMany - 1]));
  }
  EXPECT_LE(model_.table.Stats().chunks, chunks + 1);
}

INSTANTIATE_TEST_SUITE_P(LowBits, DictCrowdTest, ::testing::Values(7, 12, 16));

}  // namespace
}  // namespace ebb

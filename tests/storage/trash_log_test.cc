// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "storage/trash_log.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <deque>
#include <random>
#include <vector>

namespace ebb::test {
namespace {

// A log of records that are told apart by their versions; their entries are never looked at.
class TrashLogTest : public ::testing::Test {
 protected:
  TrashedKey* Append() {
    TrashedKey* record = log_.Append();
    record->entry = reinterpret_cast<Entry*>(this);
    record->version = ++last_version_;
    records_.push_back(record);
    return record;
  }
  void Remove(size_t at) {
    log_.Remove(records_[at]);
    records_.erase(records_.begin() + static_cast<ptrdiff_t>(at));
  }
  std::vector<uint64_t> Oldest(size_t count) {
    std::vector<uint64_t> versions;
    log_.ForOldest(count, [&](TrashedKey& record) { versions.push_back(record.version); });
    return versions;
  }

  TrashLog log_;
  std::deque<TrashedKey*> records_;  // those that are there, oldest first
  uint64_t last_version_ = 0;
};

TEST_F(TrashLogTest, KeepsTheOrderWhateverGoes) {
  std::minstd_rand random(7);
  for (int round = 0; round < 20'000; ++round) {
    // Grows for a while, then shrinks.
    if (random() % 100 < (round / 4000 % 2 == 0 ? 60u : 40u)) {
      Append();
    } else if (!records_.empty()) {
      Remove(random() % 4 == 0 ? random() % records_.size() : 0);
    }
    ASSERT_EQ(log_.empty(), records_.empty());
    if (!records_.empty()) ASSERT_EQ(log_.oldest(), records_.front());
  }
  while (!records_.empty()) {
    ASSERT_EQ(log_.oldest(), records_.front());
    Remove(0);
  }
  EXPECT_TRUE(log_.empty());
  EXPECT_EQ(log_.memory(), 0u);
}

TEST_F(TrashLogTest, SegmentsOfGapsAreFreed) {
  for (size_t i = 0; i < 10 * TrashLog::kPlaces; ++i) Append();
  EXPECT_EQ(log_.memory(), 10 * TrashLog::kSegmentBytes);
  // All but the first and the last.
  while (records_.size() > 2) Remove(1);
  EXPECT_EQ(log_.memory(), 2 * TrashLog::kSegmentBytes);
  EXPECT_EQ(Oldest(10 * TrashLog::kPlaces), (std::vector<uint64_t>{1, last_version_}));
}

TEST_F(TrashLogTest, AWalkSurvivesWhatGoesMeanwhile) {
  for (size_t i = 0; i < 8 * TrashLog::kPlaces; ++i) Append();
  log_.BeginWalk();
  std::vector<uint64_t> seen;
  const auto visit = [&](TrashedKey& record) { seen.push_back(record.version); };
  ASSERT_TRUE(log_.WalkStep(visit));
  // The segment that would come next, and half of the one behind it.
  for (size_t i = 0; i < TrashLog::kPlaces * 3 / 2; ++i) Remove(TrashLog::kPlaces);
  while (log_.WalkStep(visit)) {
  }
  std::vector<uint64_t> left;
  for (const TrashedKey* record : records_) left.push_back(record->version);
  EXPECT_EQ(seen, left);
}

TEST_F(TrashLogTest, MovesAsAWhole) {
  for (int i = 0; i < 100; ++i) Append();
  TrashLog other(std::move(log_));
  EXPECT_TRUE(log_.empty());
  EXPECT_EQ(log_.memory(), 0u);
  EXPECT_EQ(other.oldest(), records_.front());
}

}  // namespace
}  // namespace ebb::test

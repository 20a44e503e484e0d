// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/databases.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <climits>
#include <string>
#include <vector>

#include "storage/key_writer.h"
#include "storage/memory/allocator.h"
#include "storage/types/string.h"

namespace ebb {
namespace {

using ::testing::ElementsAre;

class DatabasesTest : public ::testing::Test, private KeyspaceObserver {
 protected:
  std::vector<int> Used() {
    std::vector<int> indexes;
    for (const auto& [index, keyspace] : databases_.used()) {
      EXPECT_EQ(keyspace.id(), index);
      indexes.push_back(index);
    }
    return indexes;
  }

  const memory::ThreadAccount account_;
  const size_t memory_before_ = memory::UsedMemory();
  const Clock clock_{};
  KeyspaceCounters counters_;
  KeyspaceContext context_{clock_, *this, counters_};
  Databases databases_{INT_MAX, context_};

 private:
  void OnKeyEvent(int, std::string_view, const KeyEvent&, uint64_t) override {}
  void OnFlush(int, uint64_t) override {}
  void OnSwap(int, int) override {}
};

TEST_F(DatabasesTest, WhatNobodyUsesCostsNothing) {
  EXPECT_EQ(databases_.count(), INT_MAX);
  EXPECT_EQ(memory::UsedMemory(), memory_before_);
  for (const int index : {INT_MAX - 1, 100, 0, 15}) databases_.at(index);
  EXPECT_LT(memory::UsedMemory() - memory_before_, 4096u);
  EXPECT_THAT(Used(), ElementsAre(0, 15, 100, INT_MAX - 1));
}

TEST_F(DatabasesTest, EachIsAlwaysTheSame) {
  for (const int index : {0, 15, 16, 1'000'000}) {
    Keyspace& keyspace = databases_.at(index);
    EXPECT_EQ(keyspace.id(), index);
    {
      KeyWriter writer(keyspace, "key");
      AssignString(writer, std::to_string(index));
    }
    for (int other = 0; other < 100; ++other) databases_.at(other);
    EXPECT_EQ(&databases_.at(index), &keyspace);
    EXPECT_EQ(databases_.at(index).size(), 1u);
  }
}

TEST_F(DatabasesTest, GoingRoundMeetsTheUsedOnes) {
  for (const int index : {7, 3, 1000}) databases_.at(index);
  EXPECT_EQ(databases_.UsedFrom(0).id(), 3);
  EXPECT_EQ(databases_.UsedFrom(3).id(), 3);
  EXPECT_EQ(databases_.UsedFrom(4).id(), 7);
  EXPECT_EQ(databases_.UsedFrom(8).id(), 1000);
  EXPECT_EQ(databases_.UsedFrom(1001).id(), 3);
}

}  // namespace
}  // namespace ebb

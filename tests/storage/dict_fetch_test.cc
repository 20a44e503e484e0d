// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include <gtest/gtest.h>

#include <cstdint>

#include "storage/dict.h"
#include "tests/storage/dict_model.h"

// Where a dict says that its searches will look, for those who fetch it before.
namespace ebb {
namespace {

using dict_test::NumberPolicy;
using NumberModel = dict_test::Model<NumberPolicy>;

// Whoever fetches what a search looks at has fetched what it finds: the element, or the next bucket
// and then the element. Few are taken for another one, or looked for in vain.
TEST(DictFetchTest, KnowsWhereASearchWillLook) {
  constexpr uint64_t kCount = 100'000;
  NumberModel model;
  for (uint64_t key = 0; key < kCount; ++key) model.Add(key);
  uint64_t strays = 0;
  uint64_t in_front = 0;
  uint64_t mistaken = 0;
  uint64_t in_vain = 0;
  for (uint64_t key = 0; key < kCount; ++key) {
    const uint64_t hash = NumberPolicy::HashOf(key);
    const void* element = model.Find(key).element();
    const auto [place, is_element] = model.table.LikelyPlace(hash);
    ASSERT_NE(place, nullptr);
    if (!is_element) {
      // The next bucket, or the first of the chunk.
      const auto home = reinterpret_cast<intptr_t>(model.table.LikelyBucket(hash));
      const auto next = reinterpret_cast<intptr_t>(place);
      ++strays;
      in_front += next < home;
      ASSERT_TRUE(next == home + 64 || next < home);
    }
    mistaken += (is_element ? place : model.table.LikelyElement(hash)) != element;
    in_vain += model.table.LikelyPlace(NumberPolicy::HashOf(kCount + key)).place != nullptr;
  }
  EXPECT_GT(strays, kCount / 100);
  EXPECT_LT(strays, kCount / 8);
  EXPECT_GT(in_front, 0u);
  EXPECT_LT(in_front, strays / 8);
  EXPECT_LT(mistaken, kCount / 20);
  EXPECT_LT(in_vain, kCount / 5);
}

TEST(DictFetchTest, KnowsWhereASearchInAFewWillLook) {
  NumberModel model;
  const uint64_t hash = NumberPolicy::HashOf(1);
  EXPECT_EQ(model.table.LikelyPlace(hash).place, nullptr);
  model.Add(1);
  const auto [place, is_element] = model.table.LikelyPlace(hash);
  EXPECT_EQ(place, model.Find(1).element());
  EXPECT_TRUE(is_element);
  model.Remove(1);
  EXPECT_EQ(model.table.LikelyPlace(hash).place, nullptr);
}

}  // namespace
}  // namespace ebb

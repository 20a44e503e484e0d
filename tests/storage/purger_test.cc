// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "storage/memory/purger.h"

#include <gtest/gtest.h>

#include "storage/memory/allocator.h"
#include "tests/support/await.h"
#include "tests/support/no_threads.h"

namespace ebb::memory {
namespace {

using test::Await;
using test::NoThreads;

class PurgerTest : public testing::Test {
 protected:
  bool Purged(uint64_t ticket) {
    return Await([&] { return purger_.Done(ticket); });
  }

  const ThreadAccount account_;
  Purger purger_;
};

// However many there were: what a purge takes for itself is given back as it is counted.
TEST_F(PurgerTest, PurgesLeaveUsedMemoryAsItIs) {
  ASSERT_TRUE(Purged(purger_.Request()));
  const size_t before = UsedMemory();
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(Purged(purger_.Request()));
  EXPECT_EQ(UsedMemory(), before);
}

TEST_F(PurgerTest, WhoAsksDuringAPurgeIsServedByALaterOne) {
  const uint64_t first = purger_.Request();
  const uint64_t second = purger_.Request();
  const uint64_t third = purger_.Request();
  EXPECT_LT(first, second);
  EXPECT_LT(second, third);
  ASSERT_TRUE(Purged(third));
  EXPECT_TRUE(purger_.Done(first));
  EXPECT_TRUE(purger_.Done(second));
  EXPECT_FALSE(purger_.Done(third + 1));
}

TEST_F(PurgerTest, WhereNoThreadCanBeHadItIsOverAndSaysWhy) {
  {
    const NoThreads shortage;
    for (int i = 0; i < 2; ++i) {
      EXPECT_TRUE(purger_.Done(purger_.Request()));
      EXPECT_TRUE(purger_.error());
    }
  }
  const uint64_t ticket = purger_.Request();
  EXPECT_FALSE(purger_.error());
  EXPECT_TRUE(Purged(ticket));
}

TEST(PurgerEndTest, EndsWithAPurgeThatNobodyAwaits) {
  Purger purger;
  purger.Request();
}

}  // namespace
}  // namespace ebb::memory

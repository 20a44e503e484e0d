// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "storage/memory/purger.h"

#include <gtest/gtest.h>

#include <atomic>
#include <semaphore>

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

// What it wants to have given back may not have been free when that one began.
TEST(PurgerOrderTest, WhoAsksDuringAPurgeIsServedByTheNext) {
  const ThreadAccount account;
  std::atomic<int> begun = 0;
  std::counting_semaphore<> may_end(0);
  Purger purger([&] {
    ++begun;
    may_end.acquire();
  });
  const uint64_t first = purger.Request();
  ASSERT_TRUE(Await([&] { return begun == 1; }));
  const uint64_t second = purger.Request();
  const uint64_t third = purger.Request();
  EXPECT_FALSE(purger.Done(first));
  may_end.release();
  EXPECT_TRUE(Await([&] { return begun == 2; }));
  EXPECT_TRUE(purger.Done(first));
  EXPECT_FALSE(purger.Done(second));
  may_end.release(2);
  EXPECT_TRUE(Await([&] { return purger.Done(third); }));
  EXPECT_TRUE(purger.Done(second));
  EXPECT_EQ(begun, 2) << "one for both";
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

// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "storage/evict.h"

#include <gtest/gtest.h>

#include <string>

#include "storage/key_writer.h"
#include "storage/keyspace.h"
#include "storage/random.h"
#include "storage/types/string.h"
#include "tests/support/keyspace_fixture.h"

// What eviction looks at. What it chooses is tested in server/eviction_test.cc.
namespace ebb {
namespace {

class EvictTest : public test::KeyspaceFixture {
 protected:
  void Set(Keyspace& db, int key, bool expiring) {
    const std::string name = std::to_string(key);
    KeyWriter writer(db, name);
    AssignString(writer, "value");
    if (expiring) writer.SetExpire(clock_.unix_ms + 1000);
  }

  Keyspace other_{1, context_};
  Evictor evictor_{[this](int from) -> Keyspace* {
    return from == 0 ? &db_ : from == 1 ? &other_ : nullptr;
  }};
};

constexpr EvictionPolicy kVolatile[] = {EvictionPolicy::kVolatileLru, EvictionPolicy::kVolatileLfu,
                                        EvictionPolicy::kVolatileRandom,
                                        EvictionPolicy::kVolatileTtl};

// A look into a table begins with a random number.
TEST_F(EvictTest, WhereNothingMayGoNoTableIsLookedInto) {
  for (int i = 0; i < 1000; ++i) Set(db_, i, false);
  for (const EvictionPolicy policy : kVolatile) {
    RandomGenerator next = ThreadRandom();
    EXPECT_FALSE(evictor_.EvictOne(policy, 5));
    EXPECT_EQ(ThreadRandom()(), next());
  }
  EXPECT_EQ(db_.size(), 1000u);
}

TEST_F(EvictTest, WhatMayGoIsFoundBesideDatabasesThatHaveNone) {
  for (int i = 0; i < 100; ++i) Set(db_, i, false);
  for (const EvictionPolicy policy : kVolatile) {
    for (int i = 0; i < 3; ++i) Set(other_, i, true);
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(evictor_.EvictOne(policy, 5));
    EXPECT_FALSE(evictor_.EvictOne(policy, 5));
  }
  EXPECT_EQ(db_.size(), 100u);
  EXPECT_EQ(other_.size(), 0u);
}

}  // namespace
}  // namespace ebb

// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/cron.h"

#include <gtest/gtest.h>

#include <string>

#include "storage/keyspace.h"
#include "tests/support/engine_fixture.h"

namespace ebb::test {
namespace {

using CronTest = EngineTest;

// The expire cycle takes many entries out of the table at once, more than it shrinks by. No client
// says anything afterwards.
TEST_F(CronTest, ATableShrinksWhileNobodyAsksForAnything) {
  constexpr int kKeys = 100'000;
  for (int i = 0; i < kKeys; ++i) {
    const std::string key = "key:" + std::to_string(i);
    if (i % 100 == 0) {
      Run({"SET", key, "v"});
    } else {
      Run({"SET", key, "v", "PX", "100"});
    }
  }
  const auto& table = engine().db(0).table();
  const size_t full = table.memory();
  AdvanceTime(100);
  for (int tick = 0; tick < 1000 && table.size() > kKeys / 100; ++tick) engine().cron().Run();
  ASSERT_EQ(table.size(), static_cast<size_t>(kKeys / 100));
  for (int tick = 0; tick < 10; ++tick) engine().cron().Run();
  EXPECT_FALSE(table.NeedsMaintenance());
  EXPECT_LT(table.memory(), full / 20);
}

}  // namespace
}  // namespace ebb::test

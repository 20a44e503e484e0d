// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include <gtest/gtest.h>

#include <string>

#include "tests/support/engine_fixture.h"

namespace ebb::test {
namespace {

class ExpireCommandsTest : public EngineTest {
 protected:
  Reply Pttl() { return Run({"PTTL", "k"}); }
  std::string InMs(int64_t ms) { return std::to_string(engine().unix_ms() + ms); }
};

TEST_F(ExpireCommandsTest, EachUnitAndStart) {
  Run({"SET", "k", "v"});
  EXPECT_EQ(Run({"EXPIRE", "k", "100"}), Reply::Integer(1));
  EXPECT_EQ(Pttl(), Reply::Integer(100'000));
  EXPECT_EQ(Run({"PEXPIRE", "k", "1500"}), Reply::Integer(1));
  EXPECT_EQ(Pttl(), Reply::Integer(1500));
  EXPECT_EQ(Run({"EXPIREAT", "k", "4000000000"}), Reply::Integer(1));
  EXPECT_EQ(Run({"EXPIRETIME", "k"}), Reply::Integer(4'000'000'000));
  EXPECT_EQ(Run({"PEXPIREAT", "k", "4000000000499"}), Reply::Integer(1));
  EXPECT_EQ(Run({"PEXPIRETIME", "k"}), Reply::Integer(4'000'000'000'499));
  EXPECT_EQ(Run({"EXPIRETIME", "k"}), Reply::Integer(4'000'000'000));
  EXPECT_EQ(Run({"GET", "k"}), Reply::Bulk("v"));
}

TEST_F(ExpireCommandsTest, SecondsLeftAreRounded) {
  Run({"SET", "k", "v", "PX", "1500"});
  EXPECT_EQ(Run({"TTL", "k"}), Reply::Integer(2));
  AdvanceTime(1);
  EXPECT_EQ(Run({"TTL", "k"}), Reply::Integer(1));
  AdvanceTime(1000);
  EXPECT_EQ(Run({"TTL", "k"}), Reply::Integer(0));
}

TEST_F(ExpireCommandsTest, WithoutKeyOrExpiry) {
  for (const char* name : {"TTL", "PTTL", "EXPIRETIME", "PEXPIRETIME"}) {
    EXPECT_EQ(Run({name, "none"}), Reply::Integer(-2));
  }
  Run({"SET", "k", "v"});
  for (const char* name : {"TTL", "PTTL", "EXPIRETIME", "PEXPIRETIME"}) {
    EXPECT_EQ(Run({name, "k"}), Reply::Integer(-1));
  }
  EXPECT_EQ(Run({"EXPIRE", "none", "10"}), Reply::Integer(0));
}

TEST_F(ExpireCommandsTest, TheKeyGoesWhenItsTimeHasCome) {
  Run({"SET", "k", "v"});
  Run({"PEXPIRE", "k", "100"});
  AdvanceTime(99);
  EXPECT_EQ(Run({"EXISTS", "k"}), Reply::Integer(1));
  AdvanceTime(2);
  EXPECT_EQ(Run({"EXISTS", "k"}), Reply::Integer(0));
  EXPECT_EQ(Run({"DBSIZE"}), Reply::Integer(0));
}

TEST_F(ExpireCommandsTest, ATimeInThePastRemovesTheKey) {
  for (const char* seconds : {"0", "-1"}) {
    Run({"SET", "k", "v"});
    EXPECT_EQ(Run({"EXPIRE", "k", seconds}), Reply::Integer(1));
    EXPECT_EQ(Run({"DBSIZE"}), Reply::Integer(0));
  }
  Run({"SET", "k", "v"});
  EXPECT_EQ(Run({"PEXPIREAT", "k", InMs(0)}), Reply::Integer(1));
  EXPECT_EQ(Run({"DBSIZE"}), Reply::Integer(0));
  // Removed by the command, not found expired later.
  EXPECT_EQ(engine().keyspace_counters().expired, 0u);
}

TEST_F(ExpireCommandsTest, NxAndXxAskForAnExpiry) {
  Run({"SET", "k", "v"});
  EXPECT_EQ(Run({"EXPIRE", "k", "100", "XX"}), Reply::Integer(0));
  EXPECT_EQ(Run({"EXPIRE", "k", "100", "NX"}), Reply::Integer(1));
  EXPECT_EQ(Run({"EXPIRE", "k", "200", "nx"}), Reply::Integer(0));
  EXPECT_EQ(Run({"EXPIRE", "k", "300", "xx"}), Reply::Integer(1));
  EXPECT_EQ(Run({"TTL", "k"}), Reply::Integer(300));
}

TEST_F(ExpireCommandsTest, GtAndLtCompareAndNoExpiryIsForEver) {
  Run({"SET", "k", "v"});
  EXPECT_EQ(Run({"EXPIRE", "k", "100", "GT"}), Reply::Integer(0));
  EXPECT_EQ(Run({"EXPIRE", "k", "100", "LT"}), Reply::Integer(1));
  EXPECT_EQ(Run({"EXPIRE", "k", "100", "LT"}), Reply::Integer(0));
  EXPECT_EQ(Run({"EXPIRE", "k", "100", "GT"}), Reply::Integer(0));
  EXPECT_EQ(Run({"EXPIRE", "k", "101", "GT", "XX"}), Reply::Integer(1));
  EXPECT_EQ(Run({"EXPIRE", "k", "99", "LT", "XX"}), Reply::Integer(1));
  EXPECT_EQ(Run({"TTL", "k"}), Reply::Integer(99));
  // The condition comes before the look at whether the time has passed.
  EXPECT_EQ(Run({"EXPIRE", "k", "-1", "GT"}), Reply::Integer(0));
  EXPECT_EQ(Run({"EXISTS", "k"}), Reply::Integer(1));
}

TEST_F(ExpireCommandsTest, OptionsThatContradictAreRefused) {
  const Reply with_nx =
      Reply::Error("ERR NX and XX, GT or LT options at the same time are not compatible");
  for (const char* other : {"XX", "GT", "LT"}) {
    EXPECT_EQ(Run({"EXPIRE", "k", "100", "NX", other}), with_nx);
  }
  EXPECT_EQ(Run({"EXPIRE", "k", "100", "GT", "LT"}),
            Reply::Error("ERR GT and LT options at the same time are not compatible"));
  EXPECT_EQ(Run({"EXPIRE", "k", "x", "foo"}), Reply::Error("ERR Unsupported option foo"));
}

TEST_F(ExpireCommandsTest, TimesOutOfRangeAreRefused) {
  EXPECT_EQ(Run({"EXPIRE", "k", "x"}), Reply::Error("ERR value is not an integer or out of range"));
  EXPECT_EQ(Run({"EXPIRE", "k", "9223372036854775807"}),
            Reply::Error("ERR invalid expire time in 'expire' command"));
  EXPECT_EQ(Run({"EXPIRE", "k", "-9223372036854775808"}),
            Reply::Error("ERR invalid expire time in 'expire' command"));
  EXPECT_EQ(Run({"PEXPIRE", "k", "9223372036854775807"}),
            Reply::Error("ERR invalid expire time in 'pexpire' command"));
  EXPECT_EQ(Run({"PEXPIREAT", "k", "9223372036854775807"}), Reply::Integer(0));
}

TEST_F(ExpireCommandsTest, ThereIsNoLaterTimeThanTheLast) {
  Run({"SET", "k", "v"});
  EXPECT_EQ(Run({"PEXPIREAT", "k", "9223372036854775807"}), Reply::Integer(1));
  EXPECT_EQ(Run({"PEXPIRETIME", "k"}), Reply::Integer(INT64_MAX));
  EXPECT_EQ(Run({"EXPIRETIME", "k"}), Reply::Integer(9'223'372'036'854'776));
  EXPECT_EQ(Run({"GET", "k"}), Reply::Bulk("v"));
}

TEST_F(ExpireCommandsTest, PersistTakesTheExpiryAway) {
  EXPECT_EQ(Run({"PERSIST", "k"}), Reply::Integer(0));
  Run({"SET", "k", "v"});
  EXPECT_EQ(Run({"PERSIST", "k"}), Reply::Integer(0));
  Run({"EXPIRE", "k", "100"});
  EXPECT_EQ(Run({"PERSIST", "k"}), Reply::Integer(1));
  EXPECT_EQ(Run({"TTL", "k"}), Reply::Integer(-1));
  EXPECT_EQ(Run({"GET", "k"}), Reply::Bulk("v"));
}

}  // namespace
}  // namespace ebb::test

// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include <gtest/gtest.h>

#include "tests/support/engine_fixture.h"

namespace ebb::test {
namespace {

using TransactionTest = EngineTest;

constexpr std::string_view kDirty = "*-1\r\n";

TEST_F(TransactionTest, QueuesAndRuns) {
  EXPECT_EQ(Run({"MULTI"}), Reply::Ok());
  EXPECT_EQ(Run({"SET", "k", "1"}), Reply::Status("QUEUED"));
  EXPECT_EQ(Run({"INCR", "k"}), Reply::Status("QUEUED"));
  EXPECT_EQ(client().RunRaw({"EXEC"}), "*2\r\n+OK\r\n:2\r\n");
  EXPECT_EQ(Run({"EXEC"}), Reply::Error("ERR EXEC without MULTI"));
}

TEST_F(TransactionTest, ARefusedCommandAborts) {
  Run({"MULTI"});
  Run({"GET"});
  EXPECT_EQ(Run({"EXEC"}),
            Reply::Error("EXECABORT Transaction discarded because of previous errors."));
  Run({"MULTI"});
  EXPECT_EQ(Run({"MULTI"}), Reply::Error("ERR MULTI calls can not be nested"));
  EXPECT_EQ(Run({"WATCH", "k"}), Reply::Error("ERR WATCH inside MULTI is not allowed"));
  EXPECT_EQ(Run({"DISCARD"}), Reply::Ok());
}

TEST_F(TransactionTest, AWatchedKeyThatChangedAborts) {
  TestClient& other = NewClient();
  Run({"WATCH", "k"});
  other.Run({"SET", "k", "v"});
  Run({"MULTI"});
  EXPECT_EQ(client().RunRaw({"EXEC"}), kDirty);
  Run({"WATCH", "k"});
  other.Run({"FLUSHALL"});
  Run({"MULTI"});
  EXPECT_EQ(client().RunRaw({"EXEC"}), kDirty);
  Run({"WATCH", "k"});
  other.Run({"SET", "k", "v"});
  Run({"UNWATCH"});
  Run({"MULTI"});
  EXPECT_EQ(client().RunRaw({"EXEC"}), "*0\r\n");
}

TEST_F(TransactionTest, ExpiryAndSwapCountAsChanges) {
  Run({"SET", "k", "v", "PX", "10"});
  Run({"WATCH", "k"});
  AdvanceTime(20);
  Run({"MULTI"});
  EXPECT_EQ(client().RunRaw({"EXEC"}), kDirty);
  NewClient().Run({"SET", "k", "v"});
  Run({"SELECT", "1"});
  Run({"WATCH", "k"});
  Run({"SWAPDB", "0", "1"});
  Run({"MULTI"});
  EXPECT_EQ(client().RunRaw({"EXEC"}), kDirty);
}

}  // namespace
}  // namespace ebb::test

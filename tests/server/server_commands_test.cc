// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include <gtest/gtest.h>

#include <string>

#include "tests/support/engine_fixture.h"

namespace ebb::test {
namespace {

using ServerCommandsTest = EngineTest;

TEST_F(ServerCommandsTest, TheSlowLogHidesPasswordsThatAreSet) {
  Run({"CONFIG", "SET", "slowlog-log-slower-than", "0"});
  EXPECT_EQ(Run({"CONFIG", "SET", "hz", "20", "RequirePass", "hunter2"}), Reply::Ok());
  EXPECT_TRUE(Run({"CONFIG", "SET", "requirepass", "hunter3", "hz", "x"}).IsError("ERR CONFIG"));
  const std::string log = Run({"SLOWLOG", "GET"}).ToString();
  EXPECT_EQ(log.find("hunter"), std::string::npos) << log;
  EXPECT_NE(log.find(R"-("hz", "20", "RequirePass", "(redacted)")-"), std::string::npos) << log;
}

}  // namespace
}  // namespace ebb::test

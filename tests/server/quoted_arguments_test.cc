// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "tests/support/engine_fixture.h"

namespace ebb::test {
namespace {

using QuotedArgumentsTest = EngineTest;

// Redis prints arguments as strings of C, and so does Ebb: nothing after a NUL is shown.
TEST_F(QuotedArgumentsTest, EndAtTheFirstNul) {
  const std::string odd("odd\0end", 7);
  AllowDebug();
  Run({"PFADD", "hll", "a"});
  const std::vector<std::vector<std::string>> commands = {
      {odd},
      {"nosuch", odd},
      {"CLIENT", odd},
      {"CLIENT", "LIST", "TYPE", odd},
      {"CLIENT", "KILL", "TYPE", odd},
      {"CLIENT", "KILL", "USER", odd},
      {"CLIENT", "SETINFO", odd, "x"},
      {"CONFIG", "SET", odd, "x"},
      {"DEBUG", odd},
      {"EXPIRE", "hll", "1", odd},
      {"HELLO", "3", odd},
      {"LATENCY", "GRAPH", odd},
      {"PFDEBUG", odd, "hll"},
  };
  for (const std::vector<std::string>& command : commands) {
    const Reply reply = Run(command);
    const std::string context = command[0] + ' ' + command.back() + ": " + reply.text;
    EXPECT_TRUE(reply.IsError()) << context;
    EXPECT_NE(reply.text.find("odd"), std::string::npos) << context;
    EXPECT_EQ(reply.text.find("end"), std::string::npos) << context;
  }
}

}  // namespace
}  // namespace ebb::test

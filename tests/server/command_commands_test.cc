// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include <gtest/gtest.h>

#include <string>

#include "tests/support/engine_fixture.h"

namespace ebb::test {
namespace {

using CommandCommandsTest = EngineTest;

TEST_F(CommandCommandsTest, InfoKeepsThePlaceOfAnUnknownCommand) {
  const std::string answer = client().RunRaw({"COMMAND", "INFO", "nosuch", "echo"});
  EXPECT_EQ(answer.substr(0, 22), "*2\r\n$-1\r\n*10\r\n$4\r\necho");
}

TEST_F(CommandCommandsTest, SubcommandsAreAnArrayAlsoInResp3) {
  Run({"HELLO", "3"});
  const std::string answer = client().RunRaw({"COMMAND", "INFO", "slowlog"});
  EXPECT_NE(answer.find("~0\r\n*4\r\n*10\r\n$11\r\nslowlog|get\r\n"), std::string::npos) << answer;
}

TEST_F(CommandCommandsTest, DocsNumberTheKeySpecificationsThatExist) {
  const std::string lcs = Run({"COMMAND", "DOCS", "lcs"}).ToString();
  EXPECT_NE(lcs.find(R"("name", "key2", "type", "key", "key_spec_index", (integer) 0)"),
            std::string::npos)
      << lcs;
  const std::string rename = Run({"COMMAND", "DOCS", "rename"}).ToString();
  EXPECT_NE(rename.find(R"("name", "newkey", "type", "key", "key_spec_index", (integer) 1)"),
            std::string::npos)
      << rename;
}

}  // namespace
}  // namespace ebb::test

// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
//
// Whether what Ebb says of Redis's commands is all that there is to say.
#include "server/compatibility.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "tests/support/server_process.h"

namespace ebb::test {
namespace {

using ::testing::ElementsAre;

using Names = std::set<std::string>;

// With subcommands, as "client|id". COMMAND INFO of Redis 7.0: the tenth element has them.
void AddNames(const Reply& commands, Names* names) {
  for (const Reply& command : commands.elements) {
    names->insert(command.elements.at(0).text);
    AddNames(command.elements.at(9), names);
  }
}

Names CommandsOf(const std::string& program) {
  ServerProcess server({.program = program});
  Names names;
  AddNames(server.Connect().Command({"COMMAND"}), &names);
  return names;
}

TEST(CompatibilityTest, EachOfRedisCommandsIsThereOrSaidToBeMissing) {
  Names said = CommandsOf(EBB_SERVER_PATH);
  const auto missing = MissingCommands();
  said.insert(missing.begin(), missing.end());
  Names own = said;
  for (const std::string& name : CommandsOf("redis-server")) {
    EXPECT_TRUE(said.contains(name)) << name;
    own.erase(name);
  }
  EXPECT_THAT(own,
              ElementsAre("client|no-touch", "client|setinfo", "latency|slices", "memory|reclaim",
                          "trash", "trash|flushes", "trash|get", "trash|help", "trash|info",
                          "trash|len", "trash|list", "trash|purge", "trash|restore"))
      << "README.md says which commands Redis 7.0 does not have";
}

}  // namespace
}  // namespace ebb::test

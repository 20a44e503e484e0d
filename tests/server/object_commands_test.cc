// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "tests/support/engine_fixture.h"

namespace ebb::test {
namespace {

using ObjectCommandsTest = EngineTest;

TEST_F(ObjectCommandsTest, EncodingNamesHowAValueIsKept) {
  const auto encoding_of = [&](const std::string& value) {
    Run({"SET", "k", value});
    return Run({"OBJECT", "ENCODING", "k"});
  };
  EXPECT_EQ(encoding_of("12345"), Reply::Bulk("int"));
  EXPECT_EQ(encoding_of(std::string(44, 'x')), Reply::Bulk("embstr"));
  EXPECT_EQ(encoding_of(std::string(45, 'x')), Reply::Bulk("raw"));
  EXPECT_EQ(encoding_of(std::string(5000, 'x')), Reply::Bulk("raw"));
}

TEST_F(ObjectCommandsTest, WithoutAKeyTheAnswerIsNull) {
  for (const char* name : {"ENCODING", "FREQ", "IDLETIME", "REFCOUNT"}) {
    EXPECT_EQ(Run({"OBJECT", name, "none"}), Reply::Nil());
  }
}

TEST_F(ObjectCommandsTest, IdleTimeCountsSecondsSinceTheLastUse) {
  Run({"SET", "k", "v"});
  AdvanceTime(5000);
  EXPECT_EQ(Run({"OBJECT", "IDLETIME", "k"}), Reply::Integer(5));
  Run({"GET", "k"});
  EXPECT_EQ(Run({"OBJECT", "IDLETIME", "k"}), Reply::Integer(0));
  AdvanceTime(5000);
  Run({"EXPIRE", "k", "100"});
  EXPECT_EQ(Run({"OBJECT", "IDLETIME", "k"}), Reply::Integer(0));
}

TEST_F(ObjectCommandsTest, RefCountCountsReplies) {
  Run({"SET", "k", "5"});
  EXPECT_EQ(Run({"OBJECT", "REFCOUNT", "k"}), Reply::Integer(1));
  Run({"SET", "k", std::string(100'000, 'v')});
  EXPECT_EQ(Run({"OBJECT", "REFCOUNT", "k"}), Reply::Integer(1));
}

TEST_F(ObjectCommandsTest, FreqNeedsAnLfuPolicy) {
  Run({"SET", "k", "v"});
  EXPECT_TRUE(Run({"OBJECT", "FREQ", "k"}).IsError("ERR An LFU maxmemory policy is not selected"));
}

TEST_F(ObjectCommandsTest, HelpListsEverySubcommand) {
  const Reply help = Run({"OBJECT", "HELP"});
  for (const char* line : {"ENCODING key", "FREQ key", "IDLETIME key", "REFCOUNT key", "HELP"}) {
    EXPECT_EQ(std::ranges::count(help.elements, Reply::Status(line)), 1) << line;
  }
}

TEST_F(ObjectCommandsTest, WrongSubcommandsAreRefused) {
  EXPECT_EQ(Run({"OBJECT", "foo", "k"}),
            Reply::Error("ERR unknown subcommand 'foo'. Try OBJECT HELP."));
  EXPECT_EQ(Run({"OBJECT", "ENCODING"}),
            Reply::Error("ERR wrong number of arguments for 'object|encoding' command"));
}

}  // namespace
}  // namespace ebb::test

// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/log.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <regex>
#include <string>

#include "tests/support/temp_directory.h"

namespace ebb {
namespace {

class LogTest : public ::testing::Test {
 protected:
  ~LogTest() override {
    log::SetLevel(spdlog::level::info);
    log::Open({});
  }

  // Each line's level and message.
  std::string Lines() const {
    static const std::regex kHead("[0-9]+:M [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9:.]{12} ");
    return std::regex_replace(directory_.Read("log"), kHead, "");
  }

  static void SayOneOfEach() {
    log::Debug("a {}", 1);
    log::Verbose("b {}", 2);
    log::Notice("c {}", 3);
    log::Warning("d {}", 4);
  }

  TempDirectory directory_;
};

TEST_F(LogTest, MarksTheLevelAsRedisDoes) {
  ASSERT_TRUE(log::Open(directory_.path("log")));
  log::SetLevel(spdlog::level::trace);
  SayOneOfEach();
  EXPECT_EQ(Lines(), ". a 1\n- b 2\n* c 3\n# d 4\n");
}

TEST_F(LogTest, LeavesOutWhatIsBelowItsLevel) {
  ASSERT_TRUE(log::Open(directory_.path("log")));
  log::SetLevel(spdlog::level::warn);
  SayOneOfEach();
  EXPECT_EQ(Lines(), "# d 4\n");
}

TEST_F(LogTest, CutsWhatIsTooLong) {
  ASSERT_TRUE(log::Open(directory_.path("log")));
  log::Notice("{}", std::string(log::kMaxMessageBytes + 1, 'x'));
  EXPECT_EQ(Lines(), "* " + std::string(log::kMaxMessageBytes, 'x') + '\n');
}

// As logrotate has it.
TEST_F(LogTest, GoesOnInANewFileWhenTheOldOneIsMovedAway) {
  ASSERT_TRUE(log::Open(directory_.path("log")));
  log::Notice("before");
  ASSERT_EQ(rename(directory_.path("log").c_str(), directory_.path("log.1").c_str()), 0);
  log::Notice("after");
  EXPECT_EQ(Lines(), "* after\n");
  EXPECT_NE(directory_.Read("log.1").find("before"), std::string::npos);
}

TEST_F(LogTest, KeepsTheFileWhenNoNewOneCanBeMade) {
  ASSERT_TRUE(log::Open(directory_.path("log")));
  ASSERT_EQ(rename(directory_.path("log").c_str(), directory_.path("log.1").c_str()), 0);
  ASSERT_EQ(mkdir(directory_.path("log").c_str(), 0700), 0);
  log::Notice("still");
  EXPECT_NE(directory_.Read("log.1").find("still"), std::string::npos);
  ASSERT_EQ(rmdir(directory_.path("log").c_str()), 0);
}

TEST_F(LogTest, StaysWhereItIsWhenTheProcessGoesElsewhere) {
  const std::filesystem::path here = std::filesystem::current_path();
  std::filesystem::current_path(directory_.path());
  ASSERT_TRUE(log::Open("log"));
  std::filesystem::current_path(here);
  log::Notice("still");
  EXPECT_EQ(Lines(), "* still\n");
}

TEST_F(LogTest, SaysThatTheWorkingDirectoryIsGone) {
  ASSERT_TRUE(log::Open(directory_.path("log")));
  const std::filesystem::path here = std::filesystem::current_path();
  ASSERT_EQ(mkdir(directory_.path("gone").c_str(), 0700), 0);
  std::filesystem::current_path(directory_.path("gone"));
  ASSERT_EQ(rmdir(directory_.path("gone").c_str()), 0);
  EXPECT_FALSE(log::Open("log"));
  EXPECT_EQ(errno, ENOENT);
  EXPECT_TRUE(log::Open(directory_.path("log"))) << "which needs none";
  std::filesystem::current_path(here);
  log::Notice("still");
  EXPECT_EQ(Lines(), "* still\n");
}

TEST_F(LogTest, SaysThatAFileCannotBeOpened) {
  EXPECT_FALSE(log::Open(directory_.path("missing/log")));
  EXPECT_EQ(errno, ENOENT);
}

}  // namespace
}  // namespace ebb

// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/pid_file.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <optional>
#include <string>

#include "tests/support/temp_directory.h"

namespace ebb {
namespace {

class PidFileTest : public ::testing::Test {
 protected:
  bool Exists() const { return std::filesystem::exists(directory_.path("pid")); }

  TempDirectory directory_;
  std::optional<PidFile> file_;
};

TEST_F(PidFileTest, IsThereForAsLongAsTheObject) {
  file_.emplace(directory_.path("pid"));
  EXPECT_EQ(directory_.Read("pid"), std::to_string(getpid()) + '\n');
  file_.reset();
  EXPECT_FALSE(Exists());
}

TEST_F(PidFileTest, TakesThePlaceOfWhatACrashHasLeft) {
  directory_.Write("pid", "1234567890\n");
  file_.emplace(directory_.path("pid"));
  EXPECT_EQ(directory_.Read("pid"), std::to_string(getpid()) + '\n');
}

TEST_F(PidFileTest, StaysWhereItIsWhenTheProcessGoesElsewhere) {
  const std::filesystem::path here = std::filesystem::current_path();
  std::filesystem::current_path(directory_.path());
  file_.emplace("pid");
  std::filesystem::current_path(here);
  EXPECT_TRUE(Exists());
  file_.reset();
  EXPECT_FALSE(Exists());
}

TEST_F(PidFileTest, LeavesThatOfAnotherProcess) {
  file_.emplace(directory_.path("pid"));
  directory_.Write("pid", std::to_string(getppid()) + '\n');
  file_.reset();
  EXPECT_TRUE(Exists());
  file_.emplace(directory_.path("pid"));
  directory_.Write("pid", "");
  file_.reset();
  EXPECT_TRUE(Exists());
}

TEST_F(PidFileTest, IsNotNeeded) {
  file_.emplace("");
  file_.emplace(directory_.path("missing/pid"));
  file_.reset();
  EXPECT_TRUE(std::filesystem::is_empty(directory_.path()));
}

}  // namespace
}  // namespace ebb

// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/compatibility.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <string_view>

#include "server/command_table.h"

namespace ebb {
namespace {

TEST(CompatibilityTest, TheReadmeShowsTheCommandTable) {
  std::ifstream file(EBB_SOURCE_DIR "/README.md");
  std::stringstream text;
  text << file.rdbuf();
  EXPECT_NE(text.str().find(CompatibilityTable()), std::string::npos)
      << "The table in README.md is not the one of `ebb-server --print-commands`:\n"
      << CompatibilityTable();
}

TEST(CompatibilityTest, WhatIsMissingIsNotThere) {
  CommandTable commands;
  for (const std::string_view name : MissingCommands()) {
    EXPECT_EQ(commands.FindByName(name), nullptr) << name;
  }
}

}  // namespace
}  // namespace ebb

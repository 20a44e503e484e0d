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
  const std::string readme = text.str();
  if (readme.find(CompatibilityTable()) != std::string::npos) return;
  std::istringstream rows(CompatibilityTable());
  for (std::string row; std::getline(rows, row);) {
    EXPECT_NE(readme.find("\n" + row + "\n"), std::string::npos) << "not in README.md: " << row;
  }
  ADD_FAILURE() << "README.md has other rows, or others too. Make its table anew:\n"
                   "build/release/ebb-server --print-commands | sed -i -e '/^| group | /r "
                   "/dev/stdin' -e '/^| group | /,/^$/{/^|/d}' README.md";
}

TEST(CompatibilityTest, WhatIsMissingIsNotThere) {
  CommandTable commands;
  for (const std::string_view name : MissingCommands()) {
    EXPECT_EQ(commands.FindByName(name), nullptr) << name;
  }
}

}  // namespace
}  // namespace ebb

// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/config_help.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

#include "server/config_options.h"
#include "server/config_reader.h"

namespace ebb {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(ConfigHelpTest, TheExampleFileIsWhatTheOptionsSay) {
  std::ostringstream text;
  text << std::ifstream(std::string(EBB_SOURCE_DIR) + "/redis.conf.example").rdbuf();
  EXPECT_EQ(text.str(), ExampleText())
      << "Make it anew: ebb-server --print-config-example > redis.conf.example";
}

TEST(ConfigHelpTest, TheExampleFileGivesTheDefaults) {
  Config defaults;
  defaults.dir = "/";
  Config config;
  config.dir = "/";
  ConfigReader reader(&config);
  reader.ReadText(ExampleText(), "Example");
  EXPECT_THAT(reader.problems(), IsEmpty());
  for (const ConfigOption& option : AllOptions()) {
    EXPECT_EQ(FormatOption(option, config), FormatOption(option, defaults)) << option.name;
  }
}

TEST(ConfigHelpTest, EveryOptionIsExplained) {
  const std::string help = HelpText(), example = ExampleText();
  for (const ConfigOption& option : AllOptions()) {
    EXPECT_THAT(help, HasSubstr("  --" + std::string(option.name) + ' '));
    EXPECT_THAT(example, HasSubstr('\n' + std::string(option.name) + ' '));
  }
}

TEST(ConfigHelpTest, TheExampleSaysWhereCommentsStand) {
  EXPECT_THAT(ExampleText(), HasSubstr("A comment needs a line of its own.\n"));
}

TEST(ConfigHelpTest, LinesFitTheScreen) {
  for (const std::string& text : {HelpText(), ExampleText()}) {
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with("  --")) continue;
      EXPECT_LE(line.size(), 90u) << line;
    }
  }
}

}  // namespace
}  // namespace ebb

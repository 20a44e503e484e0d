// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/config_command_line.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace ebb {
namespace {

struct Case {
  std::vector<std::string> arguments;
  std::string file;
  bool standard_input;
  std::string options;
};

// Each of these was given to a real Redis 7.0 and came to the same values, or the same refusal.
const std::vector<Case> kCases = {
    {{}, "", false, ""},
    {{"a.conf"}, "a.conf", false, ""},
    {{"--port", "7000"}, "", false, "port \"7000\" "},
    {{"--port 7000"}, "", false, "port 7000 "},
    {{"--port", "7000", "--hz", "20"}, "", false, "port \"7000\" \nhz \"20\" "},
    {{"--port 7000", "--hz 20"}, "", false, "port 7000 \nhz 20 "},
    {{"a.conf", "--bind", "127.0.0.1", "-::1"}, "a.conf", false, "bind \"127.0.0.1\" \"-::1\" "},
    {{"a.conf", "--bind", "-::1"}, "a.conf", false, "bind \"-::1\" "},
    {{"a.conf", "--timeout", "5 "}, "a.conf", false, "timeout \"5 \" "},
    {{"a.conf", "--logfile", "with \"quotes\""},
     "a.conf",
     false,
     "logfile \"with \\\"quotes\\\"\" "},
    // Only the first argument can be the file.
    {{"--port", "1", "a.conf"}, "", false, "port \"1\" \"a.conf\" "},
    {{"a.conf", "5"}, "a.conf", false, "\"5\" "},
    {{"-x"}, "", false, "\"-x\" "},
    // An option without a value takes the next argument, whatever it looks like.
    {{"--requirepass", "--hz", "--hz", "20"}, "", false, "requirepass \"--hz\" \nhz \"20\" "},
    {{"--timeout", "--hz", "20"}, "", false, "timeout \"--hz\" \"20\" "},
    {{"--timeout 1", "--hz", "20"}, "", false, "timeout 1 \nhz \"20\" "},
    {{"--timeout"}, "", false, "timeout "},
    {{"--timeout", ""}, "", false, "timeout \"\" "},
    // But --save may stand alone.
    {{"--save", "--hz", "20"}, "", false, "save \"\"\nhz \"20\" "},
    {{"--hz", "20", "--SAVE"}, "", false, "hz \"20\" \nSAVE \"\""},
    {{"--save", ""}, "", false, "save \"\" "},
    {{"--save", "60", "1"}, "", false, "save \"60\" \"1\" "},
    // Standard input is first or last.
    {{"-"}, "", true, ""},
    {{"-", "--hz", "20"}, "", true, "hz \"20\" "},
    {{"a.conf", "-"}, "a.conf", true, ""},
    {{"a.conf", "--loglevel", "verbose", "-"}, "a.conf", true, "loglevel \"verbose\" "},
    {{"a.conf", "--pidfile", "-"}, "a.conf", true, "pidfile "},
    {{"a.conf", "--pidfile", "-", "--hz", "20"}, "a.conf", false, "pidfile \"-\" \nhz \"20\" "},
    {{"a.conf", "-", "--hz", "20"}, "a.conf", false, "\"-\" \nhz \"20\" "},
    {{"-", "-"}, "", true, ""},
    {{"a.conf", "--"}, "a.conf", false, " "},
    // What an option waits for is no question.
    {{"--requirepass", "--help"}, "", false, "requirepass \"--help\" "},
    {{"--logfile", "-v", "--hz", "20"}, "", false, "logfile \"-v\" \nhz \"20\" "},
};

TEST(CommandLineTest, IsTakenApartAsRedisDoes) {
  for (const Case& c : kCases) {
    const CommandLine line = ParseCommandLine(c.arguments);
    const std::string shown = ::testing::PrintToString(c.arguments);
    EXPECT_EQ(line.ask, CommandLine::Ask::kRun) << shown;
    EXPECT_EQ(line.file, c.file) << shown;
    EXPECT_EQ(line.standard_input, c.standard_input) << shown;
    EXPECT_EQ(line.options, c.options) << shown;
  }
}

TEST(CommandLineTest, KnowsQuestions) {
  using Ask = CommandLine::Ask;
  EXPECT_EQ(ParseCommandLine({"-v"}).ask, Ask::kVersion);
  EXPECT_EQ(ParseCommandLine({"--version", "x"}).ask, Ask::kVersion);
  EXPECT_EQ(ParseCommandLine({"-h"}).ask, Ask::kHelp);
  EXPECT_EQ(ParseCommandLine({"--help"}).ask, Ask::kHelp);
  EXPECT_EQ(ParseCommandLine({"--print-config-example"}).ask, Ask::kExample);
  EXPECT_EQ(ParseCommandLine({"--print-commands"}).ask, Ask::kCommands);
}

// Redis takes them for options that it does not have.
TEST(CommandLineTest, KnowsQuestionsAnywhereAndInAnyCase) {
  using Ask = CommandLine::Ask;
  EXPECT_EQ(ParseCommandLine({"--port", "7101", "--help"}).ask, Ask::kHelp);
  EXPECT_EQ(ParseCommandLine({"--port", "7101", "-h"}).ask, Ask::kHelp);
  EXPECT_EQ(ParseCommandLine({"--port 7101", "-v"}).ask, Ask::kVersion);
  EXPECT_EQ(ParseCommandLine({"a.conf", "--Version", "--port", "x"}).ask, Ask::kVersion);
  EXPECT_EQ(ParseCommandLine({"a.conf", "--save", "--HELP"}).ask, Ask::kHelp);
  EXPECT_EQ(ParseCommandLine({"-", "-H"}).ask, Ask::kHelp);
  EXPECT_EQ(ParseCommandLine({"-V", "--help"}).ask, Ask::kVersion);
}

}  // namespace
}  // namespace ebb

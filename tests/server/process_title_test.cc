// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/process_title.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace ebb {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// ---------------------------------------------------------------------------------------- template

constexpr std::string_view kInvalid = "! invalid";

std::string Expanded(std::string_view format, const ConfigStore& config = ConfigStore()) {
  ConfigStore with_format;
  with_format.mutable_values() = config.values();
  with_format.mutable_values().proc_title_template = format;
  return ExpandProcessTitle("a/program", with_format).value_or(std::string(kInvalid));
}

TEST(ProcessTitleTest, VariablesAreReplaced) {
  EXPECT_EQ(Expanded("{title} {listen-addr} {server-mode}"), "a/program *:6379");
  EXPECT_EQ(Expanded("{port}{tls-port}[{unixsocket}]{config-file}"), "63790[]-");
  EXPECT_EQ(Expanded("x"), "x");
  EXPECT_EQ(Expanded("  x {title}  "), "x a/program");
}

TEST(ProcessTitleTest, BracesThatAreDoubledOrCloseNothingStand) {
  EXPECT_EQ(Expanded("{{title}}"), "{title}}");
  EXPECT_EQ(Expanded("}"), "}");
  EXPECT_EQ(Expanded("{title}}"), "a/program}");
}

TEST(ProcessTitleTest, WhatIsNoTemplateIsInvalid) {
  for (const char* format : {"{", "{title", "x{", "{foo}", "{TITLE}", "{}", "{{{", "{title }x"}) {
    EXPECT_EQ(Expanded(format), kInvalid) << format;
  }
}

TEST(ProcessTitleTest, WhatIsNothingButTheTitleIsInvalid) {
  for (const char* format : {"", "  ", "{title}", " {title} {server-mode}", "{unixsocket}"}) {
    EXPECT_EQ(Expanded(format), kInvalid) << format;
  }
}

TEST(ProcessTitleTest, TheAddressIsTheFirstOneOrTheSocket) {
  ConfigStore config;
  config.mutable_values().bind = {"-::1", "127.0.0.1"};
  config.mutable_values().port = 7000;
  EXPECT_EQ(Expanded("{listen-addr}", config), "-::1:7000");
  config.mutable_values().bind.clear();
  EXPECT_EQ(Expanded("{listen-addr}", config), "*:7000");
  config.mutable_values().port = 0;
  config.mutable_values().unixsocket = "/run/ebb.sock";
  EXPECT_EQ(Expanded("{listen-addr}", config), "unixsocket:/run/ebb.sock");
  EXPECT_EQ(Expanded("{unixsocket}", config), "/run/ebb.sock");
}

// ------------------------------------------------------------------------------------------- place

// Strings one behind the other, as the kernel lays out a new process's.
class Place {
 public:
  Place(const std::vector<std::string>& arguments, const std::vector<std::string>& environment,
        size_t gap = 0) {
    for (const std::string& text : arguments) bytes_.append(text).push_back('\0');
    arguments_bytes_ = bytes_.size();
    bytes_.append(gap, '#');
    for (const std::string& text : environment) bytes_.append(text).push_back('\0');
    bytes_.append("behind");
    Point(arguments, bytes_.data(), &argv_);
    Point(environment, bytes_.data() + arguments_bytes_ + gap, &environ_);
  }

  char** argv() { return argv_.data(); }
  char** environment() { return environ_.data(); }

  // Up to the first zero.
  std::string text() const { return bytes_.c_str(); }
  const std::string& bytes() const { return bytes_; }
  std::string arguments() const { return bytes_.substr(0, arguments_bytes_); }

 private:
  static void Point(const std::vector<std::string>& texts, char* at, std::vector<char*>* list) {
    for (const std::string& text : texts) {
      list->push_back(at);
      at += text.size() + 1;
    }
    list->push_back(nullptr);
  }

  std::string bytes_;
  size_t arguments_bytes_ = 0;
  std::vector<char*> argv_;
  std::vector<char*> environ_;
};

// Frees what ProcessTitle leaves to a process for as long as it lives.
class ProcessTitlePlaceTest : public ::testing::Test {
 protected:
  ~ProcessTitlePlaceTest() override {
    for (char** list : {place_.argv(), place_.environment()}) {
      for (; *list != nullptr; ++list) delete[] * list;
    }
  }

  Place place_{{"ebb", "--requirepass", "secret"}, {"A=1", "B=22", "NOTHING"}};
  ProcessTitle title_{place_.argv(), place_.environment()};
};

TEST_F(ProcessTitlePlaceTest, ArgumentsAndEnvironmentAreCopied) {
  title_.Show(std::string(200, 'x'));
  EXPECT_STREQ(place_.argv()[0], "ebb");
  EXPECT_STREQ(place_.argv()[2], "secret");
  EXPECT_STREQ(place_.environment()[0], "A=1");
  EXPECT_STREQ(place_.environment()[1], "B=22");
  EXPECT_STREQ(place_.environment()[2], "NOTHING");
}

// The kernel shows what there is up to the first zero where the last byte of the arguments is none.
TEST_F(ProcessTitlePlaceTest, AShorterTitleLeavesNothingOfTheArguments) {
  title_.Show("ebb *:6379");
  EXPECT_EQ(place_.text(), "ebb *:6379");
  EXPECT_EQ(place_.arguments(), "ebb *:6379" + std::string(14, '\0') + '.');
  EXPECT_THAT(place_.bytes(), HasSubstr("A=1"));
}

TEST_F(ProcessTitlePlaceTest, ATitleAsLongAsTheArgumentsEndsWithThem) {
  title_.Show(std::string(24, 'x'));
  EXPECT_EQ(place_.arguments(), std::string(24, 'x') + '\0');
  EXPECT_THAT(place_.bytes(), HasSubstr("A=1"));
}

TEST_F(ProcessTitlePlaceTest, ALongerTitleGoesOverTheEnvironment) {
  title_.Show(std::string(27, 'x'));
  EXPECT_EQ(place_.text(), std::string(27, 'x'));
  EXPECT_THAT(place_.bytes(), HasSubstr("B=22"));
  title_.Show("short");
  EXPECT_EQ(place_.text(), "short");
  EXPECT_THAT(place_.bytes(), Not(HasSubstr("x")));
}

TEST_F(ProcessTitlePlaceTest, ATitleThatIsTooLongIsCut) {
  title_.Show(std::string(1000, 'x'));
  EXPECT_EQ(place_.text(), std::string(place_.bytes().size() - std::string("?behind").size(), 'x'));
  EXPECT_TRUE(place_.bytes().ends_with(std::string("\0behind", 7)));
}

TEST_F(ProcessTitlePlaceTest, ATitleEndsAtItsFirstNul) {
  title_.Show(std::string_view("a\0b", 3));
  EXPECT_EQ(place_.arguments(), "a" + std::string(23, '\0') + '.');
}

TEST(ProcessTitleTest, AnEnvironmentElsewhereIsLeftAlone) {
  Place place({"ebb"}, {"A=1"}, 1);
  {
    ProcessTitle title(place.argv(), place.environment());
    title.Show("longer");
    EXPECT_EQ(place.bytes(), std::string("lon\0#A=1\0behind", 15));
  }
  delete[] place.argv()[0];
  delete[] place.environment()[0];
}

TEST(ProcessTitleTest, TitlesAreAtMostSoLong) {
  Place place({"ebb", std::string(1000, 'x')}, {});
  {
    ProcessTitle title(place.argv(), place.environment());
    title.Show(std::string(1000, 'y'));
    EXPECT_EQ(place.text(), std::string(ProcessTitle::kMaxBytes, 'y'));
    EXPECT_THAT(place.bytes(), Not(HasSubstr("x")));
  }
  for (int i = 0; i < 2; ++i) delete[] place.argv()[i];
}

}  // namespace
}  // namespace ebb

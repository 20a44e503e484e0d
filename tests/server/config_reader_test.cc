// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/config_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "tests/support/temp_directory.h"

namespace ebb {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

struct WrongLine {
  std::string_view line;
  std::string_view says;
};

class ConfigReaderTest : public ::testing::Test {
 protected:
  ConfigReaderTest() { config_.dir = temp_.path(); }

  void Read(std::string_view text) { reader_.ReadFile(temp_.Write("ebb.conf", text)); }

  // By itself: it is named with its number, what is wrong is said, and nothing is set aside.
  void ExpectRefused(const WrongLine& wrong) {
    ConfigReader reader(&config_);
    reader.ReadText(wrong.line, "Here");
    ASSERT_THAT(reader.problems(), SizeIs(1)) << wrong.line;
    EXPECT_THAT(reader.problems()[0],
                AllOf(StartsWith("Here, line 1:\n>>> " + std::string(wrong.line) + "\n"),
                      HasSubstr(wrong.says)));
    EXPECT_THAT(reader.set_aside(), IsEmpty()) << wrong.line;
  }

  std::string CommandLineProblem(std::string_view line) {
    ConfigReader reader(&config_);
    reader.ReadCommandLine(line);
    return reader.problems().size() == 1 ? reader.problems()[0] : "not one problem";
  }

  TempDirectory temp_;
  Config config_;
  ConfigReader reader_{&config_};
};

// A file that was written for another server can be used with a word on the command line.
TEST_F(ConfigReaderTest, WhatIsTakenBackIsNotRefused) {
  Read("appendonly yes\ncluster-enabled yes\nsave 900 1\nsave 300 10\n");
  EXPECT_THAT(reader_.problems(), SizeIs(4));
  reader_.ReadCommandLine("appendonly no\nsave \"\"\n");
  EXPECT_THAT(reader_.problems(), ElementsAre(HasSubstr("cluster-enabled yes")));
  reader_.ReadCommandLine("cluster-enabled no\n");
  EXPECT_THAT(reader_.problems(), IsEmpty());
  Read("user alice on nopass ~* &* +@all\n");
  reader_.ReadCommandLine("user default on nopass ~* &* +@all\n");
  EXPECT_THAT(reader_.problems(), SizeIs(1)) << "one user more takes none back";
}

TEST_F(ConfigReaderTest, OnlyWhatIsAbsentCanBeTakenBack) {
  reader_.ReadCommandLine("save\n");
  EXPECT_THAT(reader_.problems(), IsEmpty());
  reader_.ReadCommandLine("timeout x\nsave 900 1\n");
  EXPECT_THAT(reader_.problems(), SizeIs(2));
  reader_.ReadCommandLine("timeout 5\n");
  EXPECT_THAT(reader_.problems(), SizeIs(2)) << "what is no value at all stays wrong";
}

TEST_F(ConfigReaderTest, ReadsLines) {
  Read(
      "# a comment\n"
      "\n"
      "   \t \n"
      "  timeout   7  \r\n"
      "LogLevel 'verbose'\n"
      "\"hz\" \"2\\x30\"\n"
      "  # maxclients 1\n"
      "requirepass \"with # and \\\"quotes\\\"\"\n"
      "maxmemory 1gb");
  EXPECT_THAT(reader_.problems(), IsEmpty());
  EXPECT_EQ(config_.timeout_seconds, 7);
  EXPECT_EQ(config_.loglevel, LogLevel::kVerbose);
  EXPECT_EQ(config_.hz, 20);
  EXPECT_EQ(config_.maxclients, 10000);
  EXPECT_EQ(config_.requirepass, "with # and \"quotes\"");
  EXPECT_EQ(config_.maxmemory.bytes, uint64_t{1} << 30);
}

TEST_F(ConfigReaderTest, ListsMayStandInQuotesOrNot) {
  Read(
      "bind 127.0.0.1 \"-::1\"\n"
      "client-output-buffer-limit \"normal 1 2 3\"\n"
      "client-output-buffer-limit replica 4 5 6 pubsub 7 8 9\n"
      "latency-tracking-info-percentiles \"1 2\"\n"
      "save \"\"\n");
  EXPECT_THAT(reader_.problems(), IsEmpty());
  EXPECT_THAT(config_.bind, ElementsAre("127.0.0.1", "-::1"));
  EXPECT_THAT(config_.client_output_buffer_limit,
              ElementsAre(OutputLimit{1, 2, 3}, OutputLimit{4, 5, 6}, OutputLimit{7, 8, 9}));
  EXPECT_THAT(config_.latency_tracking_info_percentiles, ElementsAre(1, 2));
}

TEST_F(ConfigReaderTest, GoesOnAfterAWrongLine) {
  Read("timeout x\nhz 20\n\nbind\nmaxclients 5\n");
  EXPECT_THAT(reader_.problems(),
              ElementsAre(StartsWith(temp_.path("ebb.conf") + ", line 1:\n>>> timeout x\n"),
                          StartsWith(temp_.path("ebb.conf") + ", line 4:\n>>> bind\n")));
  EXPECT_EQ(config_.hz, 20);
  EXPECT_EQ(config_.maxclients, 5);
}

TEST_F(ConfigReaderTest, SaysWhatIsWrongAndWhatIsAllowed) {
  constexpr WrongLine kLines[] = {
      {"timeout", "wrong number of arguments\n'timeout' takes a number, 0 or more."},
      {"timeout 1 2", "wrong number of arguments\n"},
      {"timeout 1 # comment", "wrong number of arguments\n"},
      {"timeout \"1", "a quote is not closed"},
      {"timeout \"1\"x", "text follows a closing quote"},
      {"loglevel loud",
       "must be one of the following: debug, verbose, notice, warning\n'loglevel' takes one of"},
      {"maxmemory 1tb",
       "'maxmemory' takes a number of bytes; units are k, kb, m, mb, g, gb; or a percentage"},
      {"hz x", "'hz' takes a number from 1 to 500."},
      {"protected-mode on", "'protected-mode' takes yes or no."},
      {"dir /does/not/exist", "No such file or directory\n'dir' takes an existing directory."},
      {"appendonly yes", "there is no append-only file yet"},
      {"save 3600 1", "there are no snapshots yet"},
      {"bind", "'bind' takes up to 16 addresses"},
      {"client-output-buffer-limit normal 1 2", "takes class, hard limit, soft limit, seconds"},
      {"unixsocketperm 1000", "'unixsocketperm' takes an octal number from 0 to 777."},
      {"maxclient 1", "there is no option 'maxclient'\nDid you mean 'maxclients'?"},
      {"MAX-CLIENTS 1", "Did you mean 'maxclients'?"},
      {"gopher-enabled no", "there is no option 'gopher-enabled'\n'ebb-server --help' lists"},
      {"repl-timeot 5", "Did you mean 'repl-timeout'?"},
      {"include", "wrong number of arguments"},
      {"include a b", "wrong number of arguments"},
      {"include none.conf", "there is no such file"},
  };
  for (const WrongLine& wrong : kLines) ExpectRefused(wrong);
}

TEST_F(ConfigReaderTest, SaysThatAValueIsAWordOfItsOwn) {
  constexpr WrongLine kLines[] = {
      {"port=7101", "an option's value is a word of its own\nWrite: port 7101"},
      {"Port = 7101", "Write: port 7101"},
      {"port: 7101", "Write: port 7101"},
      {"logfile=/Var/Log", "Write: logfile /Var/Log"},
      {"bind = 127.0.0.1", "Write: bind 127.0.0.1"},
      {"port=", "Write: port VALUE"},
      {"appendfsync=always", "Write: appendfsync always"},
      {"prot=7101", "there is no option 'prot'"},
  };
  for (const WrongLine& wrong : kLines) ExpectRefused(wrong);
  EXPECT_THAT(CommandLineProblem("port=7101 "), HasSubstr(">>> --port=7101\n"));
  EXPECT_THAT(CommandLineProblem("port=7101 "), HasSubstr("\nWrite: --port 7101"));
  EXPECT_THAT(CommandLineProblem("maxmemory:100mb "), HasSubstr("\nWrite: --maxmemory 100mb"));
  EXPECT_THAT(CommandLineProblem("\"-port=7101\" "), HasSubstr("\nWrite: --port 7101\n"));
}

TEST_F(ConfigReaderTest, AValueMayBeginWithTheSign) {
  Read("requirepass =a\nlogfile a=b:c\n");
  EXPECT_THAT(reader_.problems(), IsEmpty());
  EXPECT_EQ(config_.requirepass, "=a");
  EXPECT_EQ(config_.logfile, "a=b:c");
}

TEST_F(ConfigReaderTest, SaysThatACommentNeedsALineOfItsOwn) {
  constexpr WrongLine kLines[] = {
      {"timeout 5 # sec", "\nA comment needs a line of its own."},
      {"timeout 5 #sec", "\nA comment needs a line of its own."},
      {"timeout 5 # it's in seconds", "\nA comment needs a line of its own."},
      {"latency-tracking-info-percentiles 50 # median", "\nA comment needs a line of its own."},
  };
  for (const WrongLine& wrong : kLines) ExpectRefused(wrong);
  Read("timeout 5 6\n");
  EXPECT_THAT(reader_.problems(), ElementsAre(Not(HasSubstr("comment"))));
}

// Only a file can have been written for another server.
TEST_F(ConfigReaderTest, AdvisesOnTheCommandLineWhatHelpsThere) {
  constexpr std::string_view kOthers = "was written for another server";
  ExpectRefused({"nothing 5", kOthers});
  EXPECT_THAT(CommandLineProblem("nothing \"5\" "),
              AllOf(HasSubstr("'ebb-server --help' lists"), Not(HasSubstr(kOthers))));
  for (const char* line : {"config \"a.conf\" ", "\"-c\" \"a.conf\" "}) {
    EXPECT_THAT(CommandLineProblem(line), HasSubstr("\nName the file first, without an option"));
  }
  EXPECT_THAT(CommandLineProblem("\"-\" "), HasSubstr("is the first argument or the last."));
  EXPECT_THAT(CommandLineProblem("\"b.conf\" "),
              HasSubstr("Only one file is taken, as the first argument; 'include' in it reads"));
}

TEST_F(ConfigReaderTest, SkipsAByteOrderMark) {
  Read("\xef\xbb\xbfhz 20\ntimeout 7\n");
  EXPECT_THAT(reader_.problems(), IsEmpty());
  EXPECT_EQ(config_.hz, 20);
  EXPECT_EQ(config_.timeout_seconds, 7);
}

TEST_F(ConfigReaderTest, ALineOfAnyWhiteSpaceIsEmpty) {
  Read("\f\n\v \f\nhz 20\n");
  EXPECT_THAT(reader_.problems(), IsEmpty());
  EXPECT_EQ(config_.hz, 20);
}

TEST_F(ConfigReaderTest, IncludesInPlace) {
  temp_.Write("more.conf", "timeout 2\nhz 22\n");
  Read("timeout 1\nhz 11\ninclude more.conf\nhz 33\n");
  EXPECT_THAT(reader_.problems(), IsEmpty());
  EXPECT_EQ(config_.timeout_seconds, 2);
  EXPECT_EQ(config_.hz, 33);
}

TEST_F(ConfigReaderTest, IncludesPatternsInOrder) {
  temp_.Write("conf.d/1.conf", "timeout 1\nhz 11\n");
  temp_.Write("conf.d/2.conf", "timeout 2\n");
  temp_.Write("conf.d/3.txt", "timeout 3\n");
  Read("include conf.d/*.conf\ninclude nothing*.conf\n");
  EXPECT_THAT(reader_.problems(), IsEmpty());
  EXPECT_EQ(config_.timeout_seconds, 2);
  EXPECT_EQ(config_.hz, 11);
}

TEST_F(ConfigReaderTest, IncludesFromDirThenFromTheFilesDirectory) {
  temp_.Write("beside.conf", "hz 11\n");
  temp_.Write("work/here.conf", "timeout 1\n");
  temp_.Write("work/both.conf", "maxclients 1\n");
  temp_.Write("both.conf", "maxclients 2\n");
  Read("dir work\ninclude here.conf\ninclude beside.conf\ninclude both.conf\n");
  EXPECT_THAT(reader_.problems(), IsEmpty());
  EXPECT_EQ(config_.timeout_seconds, 1);
  EXPECT_EQ(config_.hz, 11);
  EXPECT_EQ(config_.maxclients, 1);
}

TEST_F(ConfigReaderTest, AnIncludedFilesProblemsAreItsOwn) {
  temp_.Write("more.conf", "hz 20\ntimeout x\n");
  Read("\n\ninclude more.conf\n");
  EXPECT_THAT(reader_.problems(),
              ElementsAre(StartsWith(temp_.path("more.conf") + ", line 2:\n>>> timeout x\n")));
}

TEST_F(ConfigReaderTest, FilesThatIncludeThemselvesEnd) {
  temp_.Write("a.conf", "include b.conf\n");
  temp_.Write("b.conf", "timeout 5\ninclude ebb.conf\n");
  Read("include a.conf\nhz 20\n");
  EXPECT_THAT(
      reader_.problems(),
      ElementsAre(AllOf(StartsWith(temp_.path("b.conf") + ", line 2:\n>>> include ebb.conf"),
                        HasSubstr("ebb.conf includes itself"))));
  EXPECT_EQ(config_.timeout_seconds, 5);
  EXPECT_EQ(config_.hz, 20);
}

TEST_F(ConfigReaderTest, AFileMayBeIncludedTwice) {
  temp_.Write("more.conf", "hz 22\n");
  Read("include more.conf\nhz 11\ninclude more.conf\n");
  EXPECT_THAT(reader_.problems(), IsEmpty());
  EXPECT_EQ(config_.hz, 22);
}

TEST_F(ConfigReaderTest, IncludesHaveADepth) {
  const auto chain = [&](int files) {
    for (int i = 1; i <= files; ++i) {
      const std::string next =
          i == files ? "hz 77\n" : "include " + std::to_string(i + 1) + ".conf\n";
      temp_.Write(std::to_string(i) + ".conf", next);
    }
    Read("include 1.conf\n");
  };
  chain(16);
  EXPECT_THAT(reader_.problems(), IsEmpty());
  EXPECT_EQ(config_.hz, 77);
  chain(17);
  EXPECT_THAT(reader_.problems(), ElementsAre(HasSubstr("includes are more than 16 deep")));
}

TEST_F(ConfigReaderTest, UnreadableFilesAreNamed) {
  reader_.ReadFile(temp_.path("none.conf"));
  temp_.Write("folder/file", "");
  Read("include folder\ninclude /proc/self/mem\n");
  EXPECT_THAT(reader_.problems(),
              ElementsAre("Cannot read " + temp_.path("none.conf") + ": No such file or directory",
                          "Cannot read " + temp_.path("folder") + ": Is a directory",
                          // It can be opened, and nothing is mapped at its begin.
                          "Cannot read /proc/self/mem: Input/output error"));
}

// A dump.rdb, or the server itself: nothing of it is taken, and nobody has to look at its lines.
TEST_F(ConfigReaderTest, WhatHasANulByteIsNoConfiguration) {
  using namespace std::string_literals;
  const std::string before(10'000, '#');  // more than is read at once
  Read("timeout 7\n" + before + "\0\ntimeout 8\n"s);
  EXPECT_THAT(reader_.problems(), ElementsAre(AllOf(StartsWith("Cannot read " + temp_.path("ebb")),
                                                    HasSubstr(": there is a NUL byte in it"))));
  EXPECT_EQ(config_.timeout_seconds, Config().timeout_seconds);
  ConfigReader other(&config_);
  other.ReadText("timeout 7\n\0\n"s, "Standard input");
  EXPECT_THAT(other.problems(), ElementsAre(StartsWith("Cannot read Standard input: there is")));
}

TEST_F(ConfigReaderTest, AsManyProblemsAsAreWantedArePutIntoWords) {
  Read("prt 1\nprot 2\ntimeot 3\n");
  EXPECT_EQ(reader_.problem_count(), 3u);
  EXPECT_THAT(reader_.problems(0), IsEmpty());
  EXPECT_THAT(reader_.problems(2), ElementsAre(HasSubstr("mean 'port'"), HasSubstr("mean 'port'")));
  EXPECT_THAT(reader_.problems(), SizeIs(3));
}

// ------------------------------------------------------------------- options that only Redis has

TEST_F(ConfigReaderTest, SetsAsideWhatPromisesNothing) {
  constexpr std::string_view kLines[] = {
      "appendfsync always",
      "REPL-Timeout 60",
      "stream-node-max-bytes \"4096\"",
      "oom-score-adj no",
      "oom-score-adj-values 0 200 800",
      "io-threads 4",
      "lua-time-limit anything at all",
      "cluster-enabled No",
      "tls-port 0",
      "tls-cert-file \"\"",
      "aclfile ''",
      "masterauth \"\"",
      "min-slaves-to-write 0",
      "replicaof no one",
      "slaveof \"NO ONE\"",
      "shutdown-on-sigterm now nosave",
      "shutdown-on-sigint default",
      "user default on nopass ~* &* +@all",
  };
  for (const std::string_view line : kLines) {
    ConfigReader reader(&config_);
    reader.ReadText(line, "Here");
    EXPECT_THAT(reader.problems(), IsEmpty()) << line;
    EXPECT_THAT(reader.set_aside(), SizeIs(1)) << line;
  }
}

TEST_F(ConfigReaderTest, RefusesWhatPromisesSomething) {
  constexpr WrongLine kLines[] = {
      {"replicaof 127.0.0.1 6379", "there is no replication"},
      {"slaveof 127.0.0.1 6379", "there is no replication"},
      {"min-replicas-to-write 1", "'min-replicas-to-write' takes 0. Ebb does not ignore it"},
      {"cluster-enabled yes", "there is no cluster"},
      {"cluster-enabled no yes", "'cluster-enabled' takes no."},
      {"cluster-enabled", "wrong number of arguments"},
      {"repl-timeout", "wrong number of arguments"},
      {"tls-port 6380", "there is no TLS"},
      {"tls-replication yes", "there is no TLS"},
      {"tls-cert-file /etc/cert", "'tls-cert-file' takes \"\"."},
      {"tls-cert-file \"\\\"\\\"\"", "there is no TLS"},
      {"aclfile /etc/users.acl", "there are no ACLs"},
      {"loadmodule /lib/module.so", "there are no modules"},
      {"syslog-enabled yes", "there is no syslog"},
      {"oom-score-adj relative", "OOMScoreAdjust"},
      {"server_cpulist 0-3", "taskset"},
      {"socket-mark-id 7", "'socket-mark-id' takes 0."},
      {"shutdown-on-sigterm save", "there are no snapshots"},
      {"shutdown-on-sigint now save", "takes default or nosave or now"},
      {"shutdown-on-sigint now now", "there are no snapshots"},
  };
  for (const WrongLine& wrong : kLines) ExpectRefused(wrong);
}

TEST_F(ConfigReaderTest, HidesTheSecretsOfRedissOptions) {
  constexpr std::string_view kLines[] = {
      "masterauth secret",
      "masterauth \"secret",
      "masterauh secret",
      "masterauth=secret",
      "masterauh=secret",
      "masterauth: secret",
      "requirepass = secret",
      "requirepass=\"se cret\" secret",
      "requirepass=\"secret",
      "masterauth \"  \" secret",
      "masteruser secret",
      "tls-key-file-pass secret",
      "tls-client-key-file-pass secret",
      "user default on >secret ~* &* +@all",
      "user alice on nopass secret +@all",
      "rename-command CONFIG secret",
      "rename-command secret \"\"",
      "sentinel auth-pass mymaster secret",
  };
  for (const std::string_view line : kLines) {
    ConfigReader reader(&config_);
    reader.ReadText(line, "Here");
    reader.ReadCommandLine(line);
    EXPECT_THAT(reader.problems(),
                ElementsAre(AllOf(HasSubstr("(hidden)"), Not(HasSubstr("secret"))),
                            AllOf(HasSubstr("(hidden)"), Not(HasSubstr("secret")))))
        << line;
  }
}

// Who adds one of them to Ebb's options takes it out of the table.
TEST(ForeignOptionsTest, NoneIsEbbsOrThereTwice) {
  for (const ForeignOption& option : AllForeignOptions()) {
    EXPECT_EQ(FindOption(option.name), nullptr) << option.name;
    EXPECT_EQ(FindForeignOption(option.name), &option);
    EXPECT_TRUE(option.except.empty() || !option.refusal.empty()) << option.name;
  }
}

TEST(ForeignOptionsTest, TheNoticeNamesEachOnceAndWhereTheyStand) {
  const auto option = [](const char* name) { return FindForeignOption(name); };
  EXPECT_THAT(SetAsideNotice({}), IsEmpty());
  EXPECT_THAT(SetAsideNotice(std::vector<SetAside>{{option("dynamic-hz"), "EBB_DEFAULTS"}}),
              ElementsAre("Set aside 1 option of what Ebb does not have (EBB_DEFAULTS)",
                          "Set aside of Redis's own workings: dynamic-hz"));
  EXPECT_THAT(SetAsideNotice(std::vector<SetAside>{{option("slave-priority"), "/a.conf"},
                                                   {option("repl-timeout"), "/a.conf"},
                                                   {option("dbfilename"), "Command line"},
                                                   {option("repl-timeout"), "Command line"}}),
              ElementsAre("Set aside 3 options of what Ebb does not have (/a.conf, Command line). "
                          "The data lives in memory alone",
                          "Set aside of snapshots: dbfilename",
                          "Set aside of replication: repl-timeout, slave-priority"));
}

}  // namespace
}  // namespace ebb

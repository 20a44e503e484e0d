// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <initializer_list>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "server/config_help.h"
#include "server/config_options.h"
#include "server/config_reader.h"
#include "tests/support/temp_directory.h"

namespace ebb {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;
using ::testing::StartsWith;

using Views = std::vector<std::string_view>;

std::string Failed(std::string_view option, std::string_view why) {
  return "ERR CONFIG SET failed (possibly related to argument '" + std::string(option) + "') - " +
         std::string(why);
}

// ------------------------------------------------------------------------------------- CONFIG GET

class ConfigGetTest : public ::testing::Test {
 protected:
  auto Get(std::initializer_list<std::string_view> patterns) const {
    return config_.Get(Views(patterns));
  }
  ConfigStore config_;
};

TEST_F(ConfigGetTest, AnswersPlainNamesAsTheyWereWritten) {
  EXPECT_THAT(Get({"timeout"}), ElementsAre(Pair("timeout", "0")));
  EXPECT_THAT(Get({"TimeOut"}), ElementsAre(Pair("TimeOut", "0")));
  EXPECT_THAT(Get({"nothing"}), IsEmpty());
  EXPECT_THAT(Get({"\\timeout"}), IsEmpty());
  EXPECT_THAT(Get({""}), IsEmpty());
}

TEST_F(ConfigGetTest, TakesPatternsInAnyCase) {
  EXPECT_THAT(Get({"TIME*"}), ElementsAre(Pair("timeout", "0")));
  EXPECT_THAT(Get({"[t]imeou?"}), ElementsAre(Pair("timeout", "0")));
  EXPECT_THAT(Get({"tim["}), IsEmpty());
}

TEST_F(ConfigGetTest, AnswersEachOptionOnce) {
  EXPECT_THAT(Get({"port", "tcp-*", "PORT", "timeout", "time*"}),
              ElementsAre(Pair("port", "6379"), Pair("tcp-backlog", "511"),
                          Pair("tcp-keepalive", "300"), Pair("timeout", "0")));
  const auto aliases = std::ranges::count_if(
      AllOptions(), [](const ConfigOption& option) { return !option.alias.empty(); });
  EXPECT_EQ(Get({"*"}).size(), AllOptions().size() + static_cast<size_t>(aliases));
}

TEST_F(ConfigGetTest, AnswersAnAliasByItsName) {
  EXPECT_THAT(Get({"HASH-max-ziplist-entries", "hash-max-l*-entries", "hash-max-ziplist-entries"}),
              ElementsAre(Pair("HASH-max-ziplist-entries", "512"),
                          Pair("hash-max-listpack-entries", "512")));
  EXPECT_THAT(Get({"list-max-*"}), ElementsAre(Pair("list-max-listpack-size", "-2"),
                                               Pair("list-max-ziplist-size", "-2")));
  EXPECT_THAT(Get({"hash-max-*-value"}), ElementsAre(Pair("hash-max-listpack-value", "64"),
                                                     Pair("hash-max-ziplist-value", "64")));
}

// The defaults of Redis 7.0.
TEST_F(ConfigGetTest, DefaultsAreThoseOfRedis) {
  const std::pair<std::string_view, std::string_view> kDefaults[] = {
      {"bind", "* -::*"},
      {"port", "6379"},
      {"protected-mode", "yes"},
      {"tcp-backlog", "511"},
      {"tcp-keepalive", "300"},
      {"timeout", "0"},
      {"unixsocket", ""},
      {"unixsocketperm", "0"},
      {"daemonize", "no"},
      {"supervised", "no"},
      {"pidfile", ""},
      {"loglevel", "notice"},
      {"logfile", ""},
      {"databases", "16"},
      {"hz", "10"},
      {"requirepass", ""},
      {"enable-debug-command", "no"},
      {"enable-protected-configs", "no"},
      {"maxclients", "10000"},
      {"client-query-buffer-limit", "1073741824"},
      {"proto-max-bulk-len", "536870912"},
      {"client-output-buffer-limit",
       "normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60"},
      {"maxmemory", "0"},
      {"maxmemory-policy", "noeviction"},
      {"active-expire-effort", "1"},
      {"lazyfree-lazy-eviction", "yes"},
      {"lazyfree-lazy-expire", "yes"},
      {"lazyfree-lazy-server-del", "yes"},
      {"lazyfree-lazy-user-del", "yes"},
      {"lazyfree-lazy-user-flush", "yes"},
      {"hash-max-ziplist-entries", "512"},
      {"hash-max-ziplist-value", "64"},
      {"list-max-ziplist-size", "-2"},
      {"appendonly", "no"},
      {"slowlog-log-slower-than", "10000"},
      {"slowlog-max-len", "128"},
      {"latency-monitor-threshold", "0"},
      {"crash-log-enabled", "yes"},
      {"latency-tracking", "yes"},
      {"latency-tracking-info-percentiles", "50 99 99.9"},
  };
  for (const auto& [name, value] : kDefaults) {
    EXPECT_THAT(Get({name}), ElementsAre(Pair(name, value)));
  }
  EXPECT_THAT(Get({"dir"}), ElementsAre(Pair("dir", std::filesystem::current_path().string())));
}

// ------------------------------------------------------------------------------------- CONFIG SET

class ConfigSetTest : public ::testing::Test {
 protected:
  std::string Set(std::initializer_list<std::string_view> pairs, bool local = true) {
    return config_.Set(Views(pairs), local);
  }
  std::string Get(std::string_view name) const {
    const auto found = config_.Get(Views{name});
    return found.empty() ? "no such option" : found[0].second;
  }
  ConfigStore config_;
};

TEST_F(ConfigSetTest, SetsSeveralAtOnce) {
  EXPECT_EQ(Set({"timeout", "5", "MaxMemory", "1mb", "bind", "127.0.0.1 -::1"}), "");
  EXPECT_EQ(config_.values().timeout_seconds, 5);
  EXPECT_EQ(config_.values().maxmemory.bytes, 1048576u);
  EXPECT_THAT(config_.values().bind, ElementsAre("127.0.0.1", "-::1"));
}

TEST_F(ConfigSetTest, SetsByAlias) {
  EXPECT_EQ(Set({"Hash-max-ziplist-value", "1kb"}), "");
  EXPECT_EQ(Get("hash-max-listpack-value"), "1024");
  EXPECT_EQ(Set({"HASH-max-ziplist-value", "-1"}),
            Failed("hash-max-ziplist-value", "argument must be a memory value"));
}

TEST_F(ConfigSetTest, SetsAllOrNone) {
  EXPECT_EQ(Set({"timeout", "5", "maxclients", "0"}),
            Failed("maxclients", "argument must be between 1 and 4294967295 inclusive"));
  EXPECT_EQ(Get("timeout"), "0");
  EXPECT_EQ(Set({"timeout", "5", "nothing", "1"}),
            "ERR Unknown option or number of arguments for CONFIG SET - 'nothing'");
  EXPECT_EQ(Get("timeout"), "0");
}

TEST_F(ConfigSetTest, RefusesInTheWordsOfRedis) {
  EXPECT_EQ(Set({"a", "b", "c"}), "ERR syntax error");
  EXPECT_EQ(Set({"DataBases", "3"}), Failed("DataBases", "can't set immutable config"));
  EXPECT_EQ(Set({"timeout", "1", "TIMEOUT", "2"}), Failed("TIMEOUT", "duplicate parameter"));
  EXPECT_EQ(Set({"MAXCLIENTS", "0"}),
            Failed("maxclients", "argument must be between 1 and 4294967295 inclusive"));
  // The first name that is wrong counts, and names come before values.
  EXPECT_EQ(Set({"timeout", "x", "nothing", "2", "databases", "3"}),
            "ERR Unknown option or number of arguments for CONFIG SET - 'nothing'");
  EXPECT_EQ(Set({"databases", "3", "nothing", "2"}),
            Failed("databases", "can't set immutable config"));
}

TEST_F(ConfigSetTest, CutsListsAtSingleSpaces) {
  EXPECT_EQ(Set({"client-output-buffer-limit", "pubsub 1 2 3 normal 4 5 6"}), "");
  EXPECT_EQ(Get("client-output-buffer-limit"),
            "normal 4 5 6 slave 268435456 67108864 60 pubsub 1 2 3");
  EXPECT_EQ(Set({"client-output-buffer-limit", "normal  0 0 0"}),
            Failed("client-output-buffer-limit",
                   "Wrong number of arguments in buffer limit configuration."));
  EXPECT_EQ(Set({"latency-tracking-info-percentiles", "50 "}),
            Failed("latency-tracking-info-percentiles",
                   "Invalid latency-tracking-info-percentiles parameters"));
  EXPECT_EQ(Set({"bind", ""}), "");
  EXPECT_EQ(Get("bind"), "");
  // Text is one word, spaces or not.
  EXPECT_EQ(Set({"requirepass", " a  b"}), "");
  EXPECT_EQ(Get("requirepass"), " a  b");
}

TEST_F(ConfigSetTest, GuardsProtectedOptions) {
  const TempDirectory temp;
  const std::string refused = Failed("dir", "can't set protected config");
  EXPECT_EQ(Set({"dir", temp.path()}), refused);
  config_.mutable_values().enable_protected_configs = ProtectedAccess::kLocal;
  EXPECT_EQ(Set({"dir", temp.path()}, false), refused);
  EXPECT_EQ(Set({"dir", temp.path()}, true), "");
  EXPECT_EQ(Get("dir"), temp.path());
  config_.mutable_values().enable_protected_configs = ProtectedAccess::kYes;
  EXPECT_EQ(Set({"dir", "/"}, false), "");
  EXPECT_EQ(Set({"dir", "/does-not-exist"}, false), Failed("dir", "No such file or directory"));
  EXPECT_EQ(Get("dir"), "/");
}

TEST_F(ConfigSetTest, RunsHooksOnceForWhatChanged) {
  std::vector<std::string> calls;
  config_.OnChange({"port", "bind"},
                   [&] { calls.push_back("listen " + std::to_string(config_.values().port)); });
  config_.OnChange("maxclients", [&] { calls.emplace_back("maxclients"); });
  EXPECT_EQ(Set({"port", "7000", "timeout", "1", "bind", "127.0.0.1"}), "");
  EXPECT_THAT(calls, ElementsAre("listen 7000"));
  // What has its value already does not change.
  EXPECT_EQ(Set({"port", "7000", "maxclients", "10000"}), "");
  EXPECT_THAT(calls, ElementsAre("listen 7000"));
}

TEST_F(ConfigSetTest, RunsSomeHooksWhateverChanged) {
  std::vector<std::string> calls;
  config_.OnAnyChange([&] { calls.push_back("any " + std::to_string(config_.values().port)); });
  config_.OnChange("timeout", [&] { calls.emplace_back("timeout"); });
  EXPECT_EQ(Set({"port", "7000", "maxclients", "9999"}), "");
  EXPECT_THAT(calls, ElementsAre("any 7000"));
  EXPECT_EQ(Set({"port", "7000"}), "");
  EXPECT_NE(Set({"port", "7001", "timeout", "x"}), "");
  EXPECT_THAT(calls, ElementsAre("any 7000"));
  EXPECT_EQ(Set({"timeout", "1"}), "");
  EXPECT_THAT(calls, ElementsAre("any 7000", "any 7000", "timeout"));
}

TEST_F(ConfigSetTest, AFailingAttemptBringsEverythingBack) {
  std::vector<std::string> calls;
  const auto note = [&](std::string_view name) {
    calls.push_back(std::string(name) + ' ' + Get(name));
  };
  config_.OnChange("timeout", [&] { note("timeout"); });
  config_.OnAttempt("maxclients", [&] {
    note("maxclients");
    return std::string();
  });
  config_.OnAttempt("port", [&] {
    note("port");
    return Get("port") == "6379" ? "" : "Unable to listen on this port.";
  });
  config_.OnAttempt("activedefrag", [&] {
    note("activedefrag");
    return std::string();
  });
  EXPECT_EQ(Set({"timeout", "9", "maxclients", "10", "port", "1", "activedefrag", "no"}),
            Failed("port", "Unable to listen on this port."));
  // The attempts that were made undo their work with the old values; the third one was not made,
  // and nothing that may be past undoing was done.
  EXPECT_THAT(calls, ElementsAre("maxclients 10", "port 1", "maxclients 10000", "port 6379"));
  EXPECT_EQ(Get("timeout"), "0");
  EXPECT_EQ(Get("activedefrag"), "yes");
  calls.clear();
  EXPECT_EQ(Set({"timeout", "9", "maxclients", "10"}), "");
  EXPECT_THAT(calls, ElementsAre("maxclients 10", "timeout 9"));
}

TEST(ConfigStoreTest, KnowsItsSecrets) {
  EXPECT_TRUE(ConfigStore::IsSecret("RequirePass"));
  EXPECT_TRUE(ConfigStore::IsSecret("MasterAuth"));
  EXPECT_FALSE(ConfigStore::IsSecret("port"));
  EXPECT_FALSE(ConfigStore::IsSecret("repl-timeout"));
  EXPECT_FALSE(ConfigStore::IsSecret("nothing"));
}

// ------------------------------------------------------------------------------------------- start

class ConfigStartTest : public ::testing::Test {
 protected:
  ConfigStore::Launch Start(const std::vector<std::string>& arguments, std::string input = {}) {
    std::istringstream stream(std::move(input));
    return config_.LoadArguments(arguments, stream);
  }
  const Config& values() const { return config_.values(); }
  TempDirectory temp_;
  ConfigStore config_;
};

TEST_F(ConfigStartTest, WithoutArgumentsRunsWithDefaults) {
  const auto launch = Start({});
  EXPECT_EQ(launch.exit_code, std::nullopt);
  EXPECT_EQ(launch.text, "");
  EXPECT_EQ(config_.file(), "");
}

TEST_F(ConfigStartTest, TheLastValueCounts) {
  const std::string file = temp_.Write("ebb.conf", "timeout 1\nhz 11\nmaxclients 5\ntimeout 2\n");
  EXPECT_EQ(Start({file, "--maxclients", "7", "-"}, "hz 33\nmaxclients 6\n").text, "");
  EXPECT_EQ(values().timeout_seconds, 2);
  EXPECT_EQ(values().hz, 33);
  EXPECT_EQ(values().maxclients, 7);
  EXPECT_EQ(config_.file(), file);
}

TEST_F(ConfigStartTest, TheEnvironmentHasDefaults) {
  setenv(ConfigReader::kDefaultsVariable, "protected-mode no\ntimeout 1\nhz 11\n", 1);
  const auto launch =
      Start({temp_.Write("ebb.conf", "timeout 2\n"), "--maxclients", "7", "-"}, "hz 33");
  setenv(ConfigReader::kDefaultsVariable, "no-such-option 1", 1);
  const auto wrong = Start({});
  unsetenv(ConfigReader::kDefaultsVariable);
  EXPECT_EQ(launch.text, "");
  EXPECT_FALSE(values().protected_mode);
  EXPECT_EQ(values().timeout_seconds, 2);
  EXPECT_EQ(values().hz, 33);
  EXPECT_EQ(wrong.exit_code, 1);
  EXPECT_THAT(wrong.text, HasSubstr("EBB_DEFAULTS, line 1:\n>>> no-such-option 1\n"));
}

TEST_F(ConfigStartTest, TheFilesPathBecomesAbsolute) {
  EXPECT_EQ(Start({"./no-such-file"}).exit_code, 1);
  EXPECT_EQ(config_.file(), std::filesystem::current_path().string() + "/no-such-file");
}

TEST_F(ConfigStartTest, AnswersQuestions) {
  const auto version = Start({"--version", "--port", "x"});
  EXPECT_EQ(version.exit_code, 0);
  EXPECT_THAT(version.text, StartsWith("Ebb server v="));
  EXPECT_EQ(Start({"-v"}).text, version.text);
  EXPECT_EQ(Start({"--help"}).exit_code, 0);
  EXPECT_EQ(Start({"-h"}).text, HelpText());
  EXPECT_EQ(Start({"--print-config-example"}).text, ExampleText());
}

TEST_F(ConfigStartTest, SaysWhatIsWrongWhere) {
  const std::string file = temp_.Write("ebb.conf", "# all of it\ntimeout 1\nmaxclients lots\n");
  const auto launch = Start({file, "--hz", "often", "-"}, "\nloglevel loud");
  EXPECT_EQ(launch.exit_code, 1);
  EXPECT_THAT(launch.text, HasSubstr(file + ", line 3:\n>>> maxclients lots\n"
                                            "argument couldn't be parsed into an integer\n"
                                            "'maxclients' takes a number from 1 to 4294967295."));
  EXPECT_THAT(launch.text, HasSubstr("Standard input, line 2:\n>>> loglevel loud\n"));
  EXPECT_THAT(launch.text, HasSubstr("Command line:\n>>> --hz \"often\"\n"));
}

TEST_F(ConfigStartTest, SaysThatAFileIsNotThere) {
  EXPECT_THAT(Start({"/no/such/file"}).text,
              HasSubstr("Cannot read /no/such/file: No such file or directory"));
  EXPECT_THAT(Start({temp_.path()}).text, HasSubstr(": Is a directory"));
}

TEST_F(ConfigStartTest, ShowsNoSecrets) {
  const std::string file =
      temp_.Write("ebb.conf", "requirepass my secret\nrequirepass \"secret\nrequirepas secret\n");
  EXPECT_THAT(Start({file, "--requirepass", "the", "secret"}).text,
              AllOf(HasSubstr("line 1"), HasSubstr("line 2"), HasSubstr("line 3"),
                    HasSubstr("Command line"), Not(HasSubstr("secret"))));
}

TEST_F(ConfigStartTest, ManyProblemsAreCounted) {
  std::string text;
  for (int i = 0; i < 25; ++i) text += "port x\n";
  EXPECT_THAT(Start({"-"}, text).text,
              AllOf(HasSubstr("line 10:"), Not(HasSubstr("line 11:")), HasSubstr("and 15 more")));
}

TEST_F(ConfigStartTest, SaysWhatItHasSetAsideAndForgetsIt) {
  EXPECT_EQ(Start({}).text, "");
  EXPECT_THAT(config_.set_aside_notice(), IsEmpty());
  const std::string included = temp_.Write("more.conf", "dbfilename dump.rdb\n");
  const std::string file = temp_.Write("ebb.conf", "dbfilename x\ninclude " + included + "\n");
  EXPECT_EQ(Start({file, "--appendfsync", "always", "-"}, "repl-timeout 5\n").text, "");
  EXPECT_THAT(
      config_.set_aside_notice(),
      ElementsAre("Set aside 3 options of what Ebb does not have (" + file + ", " + included +
                      ", Standard input, Command line). The data lives in "
                      "memory alone",
                  "Set aside of snapshots: dbfilename",
                  "Set aside of the append-only file: appendfsync",
                  "Set aside of replication: repl-timeout"));
  const std::string_view names[] = {"dbfilename", "appendfsync", "repl-*"};
  EXPECT_THAT(config_.Get(names), IsEmpty());
  const std::string_view change[] = {"repl-timeout", "6"};
  EXPECT_EQ(config_.Set(change, true),
            "ERR Unknown option or number of arguments for CONFIG SET - 'repl-timeout'");
}

// A line that is set aside beside them is none.
TEST_F(ConfigStartTest, RefusesAllPromisesAtOnce) {
  const auto launch = Start({"--repl-timeout", "5", "--replicaof", "127.0.0.1", "6379", "-"},
                            "cluster-enabled yes\nsave 60 1\nappendfsync no\nnothing 5\n");
  EXPECT_EQ(launch.exit_code, 1);
  EXPECT_THAT(
      launch.text,
      AllOf(HasSubstr("Standard input, line 1:\n>>> cluster-enabled yes\nthere is no cluster"),
            HasSubstr("Standard input, line 2:\n>>> save 60 1\nthere are no snapshots"),
            HasSubstr("Standard input, line 4:\n>>> nothing 5\nthere is no option"),
            HasSubstr("Command line:\n>>> --replicaof \"127.0.0.1\" \"6379\"\nthere is no repl"),
            Not(HasSubstr("appendfsync")), Not(HasSubstr("repl-timeout"))));
}

TEST_F(ConfigSetTest, AnAliasIsAnotherOption) {
  EXPECT_EQ(Set({"hash-max-ziplist-entries", "1", "hash-max-listpack-entries", "2"}), "");
  EXPECT_EQ(Get("hash-max-ziplist-entries"), "2");
  EXPECT_EQ(Set({"hash-max-ziplist-entries", "1", "HASH-max-ziplist-entries", "2"}),
            Failed("HASH-max-ziplist-entries", "duplicate parameter"));
}

// A start reads them as well: what differs from them has to stand in the file.
TEST_F(ConfigStartTest, ARewriteKnowsTheEnvironmentsDefaults) {
  setenv(ConfigReader::kDefaultsVariable, "protected-mode no\ntimeout 7\n", 1);
  const std::string file = temp_.Write("ebb.conf", "hz 11\n");
  EXPECT_EQ(Start({file}).text, "");
  const std::string_view changes[] = {"protected-mode", "yes"};
  EXPECT_EQ(config_.Set(changes, true), "");
  EXPECT_EQ(config_.Rewrite(), "");
  ConfigStore again;
  std::istringstream none;
  again.LoadArguments({file}, none);
  unsetenv(ConfigReader::kDefaultsVariable);
  EXPECT_TRUE(again.values().protected_mode);
  EXPECT_EQ(again.values().timeout_seconds, 7);
  EXPECT_EQ(again.values().hz, 11);
}

}  // namespace
}  // namespace ebb

// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/config_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/words.h"
#include "server/text.h"
#include "tests/support/temp_directory.h"

namespace ebb {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

// What the words (in the quoting of a configuration file) come to, as CONFIG GET shows it; or what
// is wrong, after "! ".
std::string Outcome(std::string_view name, std::string_view words) {
  const ConfigOption* const option = FindOption(name);
  if (option == nullptr) return "no such option";
  Config config;
  const std::string before = FormatOption(*option, config);
  const std::string problem = ParseOption(*option, *SplitWords(words), &config);
  if (problem.empty()) return FormatOption(*option, config);
  EXPECT_EQ(FormatOption(*option, config), before) << name << " changed by " << words;
  return "! " + problem;
}

struct Case {
  std::string_view option;
  std::string_view words;
  std::string_view outcome;
};

constexpr std::string_view kNotInteger = "! argument couldn't be parsed into an integer";
constexpr std::string_view kNotBytes = "! argument must be a memory value";
constexpr std::string_view kNotOctal = "! argument couldn't be parsed as an octal number";
constexpr std::string_view kNotBool = "! argument must be 'yes' or 'no'";
constexpr std::string_view kIntRange = "! argument must be between 0 and 2147483647 inclusive";
constexpr std::string_view kMegabyteRange =
    "! argument must be between 1048576 and 9223372036854775807 inclusive";
constexpr std::string_view kArgumentRange =
    "! argument must be between 1048576 and 4294966272 inclusive";
constexpr std::string_view kLevels =
    "! argument(s) must be one of the following: debug, verbose, notice, warning";
constexpr std::string_view kAccess = "! argument(s) must be one of the following: no, yes, local";

constexpr Case kNumbers[] = {
    {"port", "0", "0"},
    {"port", "65535", "65535"},
    {"port", "65536", "! argument must be between 0 and 65535 inclusive"},
    {"port", "-1", "! argument must be between 0 and 65535 inclusive"},
    {"port", "abc", kNotInteger},
    {"port", "\"\"", kNotInteger},
    {"port", "1.5", kNotInteger},
    {"port", "007", kNotInteger},
    {"port", "+7", kNotInteger},
    {"port", "\" 7\"", kNotInteger},
    {"port", "99999999999999999999", kNotInteger},
    {"timeout", "2147483647", "2147483647"},
    {"timeout", "2147483648", kIntRange},
    {"timeout", "-1", kIntRange},
    {"wakeup-pause-us", "1000", "1000"},
    {"wakeup-pause-us", "1001", "! argument must be between 0 and 1000 inclusive"},
    {"wakeup-pause-us", "-1", "! argument must be between 0 and 1000 inclusive"},
    {"tcp-keepalive", "-1", kIntRange},
    {"tcp-backlog", "-1", kIntRange},
    {"tcp-backlog", "0", "0"},
    {"databases", "0", "! argument must be between 1 and 2147483647 inclusive"},
    {"databases", "1", "1"},
    {"maxclients", "0", "! argument must be between 1 and 4294967295 inclusive"},
    {"maxclients", "4294967295", "4294967295"},
    {"maxclients", "4294967296", "! argument must be between 1 and 4294967295 inclusive"},
    {"hz", "0", "1"},
    {"hz", "1", "1"},
    {"hz", "500", "500"},
    {"hz", "100000", "500"},
    {"hz", "-1", kIntRange},
    {"active-expire-effort", "0", "! argument must be between 1 and 10 inclusive"},
    {"active-expire-effort", "10", "10"},
    {"active-expire-effort", "11", "! argument must be between 1 and 10 inclusive"},
    {"slowlog-log-slower-than", "-1", "-1"},
    {"slowlog-log-slower-than", "-2",
     "! argument must be between -1 and 9223372036854775807 inclusive"},
    {"slowlog-log-slower-than", "9223372036854775807", "9223372036854775807"},
    {"slowlog-max-len", "-1", "! argument must be between 0 and 9223372036854775807 inclusive"},
    {"latency-monitor-threshold", "-1",
     "! argument must be between 0 and 9223372036854775807 inclusive"},
};

constexpr Case kBytes[] = {
    {"maxmemory", "0", "0"},
    {"maxmemory", "1b", "1"},
    {"maxmemory", "1k", "1000"},
    {"maxmemory", "1kb", "1024"},
    {"maxmemory", "1KB", "1024"},
    {"maxmemory", "2m", "2000000"},
    {"maxmemory", "2Mb", "2097152"},
    {"maxmemory", "3G", "3000000000"},
    {"maxmemory", "3gb", "3221225472"},
    {"maxmemory", "18446744073709551615", "18446744073709551615"},
    {"maxmemory", "18446744073709551616", kNotBytes},
    {"maxmemory", "99999999999gb", kNotBytes},
    {"maxmemory", "1t", kNotBytes},
    {"maxmemory", "10%", "10%"},
    {"maxmemory", "0%", "0"},
    {"maxmemory", "101%", "! percentage argument must be less or equal to 100"},
    {"maxmemory-clients", "x", "! argument must be a memory or percent value"},
    {"maxmemory", "-1%", kNotBytes},
    {"maxmemory", "%", kNotBytes},
    {"proto-max-bulk-len", "10%", "! argument must be a memory value"},
    {"trash-events", "evict del", "del evict"},
    {"trash-events", "", ""},
    {"trash-events", "del some",
     "! arguments must be some of the following: del, flush, overwrite, expire, evict"},
    {"maxmemory", "-1", kNotBytes},
    {"maxmemory", "1.5mb", kNotBytes},
    {"maxmemory", "0x10", kNotBytes},
    {"maxmemory", "\"1 k\"", kNotBytes},
    {"maxmemory", "mb", kNotBytes},
    {"maxmemory", "\"\"", kNotBytes},
    {"proto-max-bulk-len", "1mb", "1048576"},
    {"proto-max-bulk-len", "1048575", kArgumentRange},
    {"proto-max-bulk-len", "4294966272", "4294966272"},
    {"proto-max-bulk-len", "4gb", kArgumentRange},
    {"client-query-buffer-limit", "1mb", "1048576"},
    {"client-query-buffer-limit", "1m", kMegabyteRange},
    {"client-query-buffer-limit", "9223372036854775808", kMegabyteRange},
};

constexpr Case kWords[] = {
    {"protected-mode", "no", "no"},
    {"protected-mode", "YES", "yes"},
    {"protected-mode", "1", kNotBool},
    {"protected-mode", "\"\"", kNotBool},
    {"daemonize", "yes", "yes"},
    {"active-defrag-ignore-bytes", "9223372036854775807", "9223372036854775807"},
    {"active-defrag-ignore-bytes", "9223372036854775808",
     "! argument must be between 1 and 9223372036854775807 inclusive"},
    {"latency-tracking", "true", kNotBool},
    {"loglevel", "Debug", "debug"},
    {"loglevel", "verbose", "verbose"},
    {"loglevel", "notice", "notice"},
    {"loglevel", "warning", "warning"},
    {"loglevel", "loud", kLevels},
    {"loglevel", "\"\"", kLevels},
    {"supervised", "systemd", "systemd"},
    {"supervised", "auto", "auto"},
    {"enable-debug-command", "local", "local"},
    {"enable-debug-command", "yes", "yes"},
    {"enable-debug-command", "maybe", kAccess},
    {"enable-protected-configs", "LOCAL", "local"},
    {"enable-protected-configs", "maybe", kAccess},
    {"maxmemory-policy", "noeviction", "noeviction"},
    {"maxmemory-policy", "Allkeys-LRU", "allkeys-lru"},
    {"maxmemory-policy", "lru",
     "! argument(s) must be one of the following: volatile-lru, volatile-lfu, volatile-random, "
     "volatile-ttl, allkeys-lru, allkeys-lfu, allkeys-random, noeviction"},
    {"requirepass", "\"a b\"", "a b"},
    {"requirepass", "\"\"", ""},
    {"pidfile", "/run/ebb.pid", "/run/ebb.pid"},
    {"logfile", "ebb.log", "ebb.log"},
    {"unixsocket", "/tmp/s", "/tmp/s"},
    {"unixsocketperm", "770", "770"},
    {"unixsocketperm", "0700", "700"},
    {"unixsocketperm", "777", "777"},
    {"unixsocketperm", "1000", "! argument must be between 0 and 777 inclusive"},
    {"unixsocketperm", "-1", "! argument must be between 0 and 777 inclusive"},
    {"unixsocketperm", "888", kNotOctal},
    {"unixsocketperm", "rwx", kNotOctal},
    {"unixsocketperm", "\"\"", kNotOctal},
    {"save", "\"\"", ""},
    {"save", "3600 1", "! there are no snapshots yet: only the empty string (\"\") is allowed"},
    {"appendonly", "no", "no"},
    {"appendonly", "yes", "! there is no append-only file yet: only 'no' is allowed"},
};

constexpr std::string_view kLimits =
    "normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60";
constexpr std::string_view kBadLimit =
    "! Error in hard, soft or soft_seconds setting in buffer limit configuration.";
constexpr std::string_view kBadLimitCount =
    "! Wrong number of arguments in buffer limit configuration.";
constexpr std::string_view kBadLimitClass =
    "! Invalid client class specified in buffer limit configuration.";

constexpr Case kLists[] = {
    {"bind", "127.0.0.1", "127.0.0.1"},
    {"bind", "127.0.0.1 -::1", "127.0.0.1 -::1"},
    {"bind", "\"\"", ""},
    {"bind", "127.0.0.1 \"\"", "! Failed to bind to specified addresses."},
    {"bind", "-", "! Failed to bind to specified addresses."},
    {"bind", "a b c d e f g h i j k l m n o p", "a b c d e f g h i j k l m n o p"},
    {"bind", "a b c d e f g h i j k l m n o p q", "! Too many bind addresses specified."},
    {"client-output-buffer-limit", "\"\"", kLimits},
    {"client-output-buffer-limit", "normal 0 0 0", kLimits},
    {"client-output-buffer-limit", "normal 1mb 1k 10",
     "normal 1048576 1000 10 slave 268435456 67108864 60 pubsub 33554432 8388608 60"},
    {"client-output-buffer-limit", "REPLICA 1 2 3 pubsub 4 5 6",
     "normal 0 0 0 slave 1 2 3 pubsub 4 5 6"},
    {"client-output-buffer-limit", "slave 1 2 3 slave 4 5 6",
     "normal 0 0 0 slave 4 5 6 pubsub 33554432 8388608 60"},
    {"client-output-buffer-limit", "normal 1 2", kBadLimitCount},
    {"client-output-buffer-limit", "normal 1 2 3 pubsub", kBadLimitCount},
    {"client-output-buffer-limit", "master 1 2 3", kBadLimitClass},
    {"client-output-buffer-limit", "normal 1 2 3 other 1 2 3", kBadLimitClass},
    {"client-output-buffer-limit", "normal a 0 0", kBadLimit},
    {"client-output-buffer-limit", "normal 0 -1 0", kBadLimit},
    {"client-output-buffer-limit", "normal 0 0 -1", kBadLimit},
    {"client-output-buffer-limit", "normal 0 0 99999999999", kBadLimit},
    {"latency-tracking-info-percentiles", "50", "50"},
    {"latency-tracking-info-percentiles", "99.99 50 0 100", "99.99 50 0 100"},
    {"latency-tracking-info-percentiles", "1e1 33.3333333333", "10 33.333333"},
    {"latency-tracking-info-percentiles", "\"\"", ""},
    {"latency-tracking-info-percentiles", "nan",
     "! Invalid latency-tracking-info-percentiles parameters"},
    {"latency-tracking-info-percentiles", "50 \"\"",
     "! Invalid latency-tracking-info-percentiles parameters"},
    {"latency-tracking-info-percentiles", "50x",
     "! Invalid latency-tracking-info-percentiles parameters"},
    {"latency-tracking-info-percentiles", "100.1",
     "! latency-tracking-info-percentiles parameters should sit between [0.0,100.0]"},
    {"latency-tracking-info-percentiles", "-1",
     "! latency-tracking-info-percentiles parameters should sit between [0.0,100.0]"},
};

TEST(ConfigOptionsTest, NumbersKeepToTheirLimits) {
  for (const Case& c : kNumbers) {
    EXPECT_EQ(Outcome(c.option, c.words), c.outcome) << c.option << ' ' << c.words;
  }
}

TEST(ConfigOptionsTest, BytesHaveUnits) {
  for (const Case& c : kBytes) {
    EXPECT_EQ(Outcome(c.option, c.words), c.outcome) << c.option << ' ' << c.words;
  }
}

TEST(ConfigOptionsTest, WordsAreChecked) {
  for (const Case& c : kWords) {
    EXPECT_EQ(Outcome(c.option, c.words), c.outcome) << c.option << ' ' << c.words;
  }
}

TEST(ConfigOptionsTest, ListsAreChecked) {
  for (const Case& c : kLists) {
    EXPECT_EQ(Outcome(c.option, c.words), c.outcome) << c.option << ' ' << c.words;
  }
}

TEST(ConfigOptionsTest, DirectoryBecomesAbsolute) {
  const TempDirectory temp;
  temp.Write("sub/file", "");
  const ConfigOption& option = *FindOption("dir");
  Config config;
  config.dir = temp.path();
  const auto set = [&](const std::string& value) {
    const std::vector<std::string> words{value};
    return ParseOption(option, words, &config);
  };
  EXPECT_EQ(set("./sub"), "");
  EXPECT_EQ(config.dir, temp.path("sub"));
  EXPECT_EQ(set(".."), "");
  EXPECT_EQ(config.dir, temp.path());
  EXPECT_EQ(set("none"), "No such file or directory");
  EXPECT_EQ(set(""), "No such file or directory");
  EXPECT_EQ(set("sub/file"), "Not a directory");
  EXPECT_EQ(config.dir, temp.path());
}

TEST(ConfigOptionsTest, NamesAreFoundInAnyCase) {
  EXPECT_EQ(FindOption("MaxClients"), FindOption("maxclients"));
  EXPECT_NE(FindOption("maxclients"), nullptr);
  EXPECT_EQ(FindOption("maxclient"), nullptr);
}

// What holds for every row.
TEST(ConfigOptionsTest, RowsAreInOrder) {
  std::set<std::string_view> names, groups;
  std::string_view group;
  const Config defaults;
  for (const ConfigOption& option : AllOptions()) {
    EXPECT_TRUE(names.insert(option.name).second) << option.name << " stands twice";
    EXPECT_EQ(option.name, LowerCase(option.name));
    if (!option.alias.empty()) {
      EXPECT_TRUE(names.insert(option.alias).second) << option.alias << " stands twice";
      EXPECT_EQ(FindOption(option.alias), &option);
    }
    EXPECT_TRUE(option.text.ends_with('.')) << option.name;
    EXPECT_FALSE(AllowedValues(option).empty()) << option.name;
    if (option.group != group) {
      EXPECT_TRUE(groups.insert(option.group).second) << option.group << " is in two parts";
    }
    group = option.group;

    // The line that an option is written as gives the same value back.
    const std::vector<std::string> line = *SplitWords(OptionLine(option, defaults));
    EXPECT_EQ(line[0], option.name);
    Config config = defaults;
    config.dir = "/";
    EXPECT_EQ(ParseOption(option, std::span(line).subspan(1), &config), "") << option.name;
    if (option.name != "dir") {
      EXPECT_EQ(FormatOption(option, config), FormatOption(option, defaults));
    }
  }
}

// One option and the line it is written as.
TEST(ConfigOptionsTest, LinesAreWrittenForPeople) {
  Config config;
  config.maxmemory.bytes = uint64_t{3} << 30;
  config.proto_max_bulk_len_bytes = 1536 << 10;
  config.client_query_buffer_limit_bytes = 2'000'001;
  config.requirepass = "it's \"my\" pass\n";
  config.logfile = "";
  config.bind = {};
  config.dir = "/var/lib/with space";
  const auto line = [&](std::string_view name) { return OptionLine(*FindOption(name), config); };
  EXPECT_EQ(line("maxmemory"), "maxmemory 3gb");
  EXPECT_EQ(line("proto-max-bulk-len"), "proto-max-bulk-len 1536kb");
  EXPECT_EQ(line("client-query-buffer-limit"), "client-query-buffer-limit 2000001");
  EXPECT_EQ(line("requirepass"), R"(requirepass "it's \"my\" pass\n")");
  EXPECT_EQ(line("logfile"), "logfile \"\"");
  EXPECT_EQ(line("bind"), "bind \"\"");
  EXPECT_EQ(line("save"), "save \"\"");
  EXPECT_EQ(line("dir"), "dir \"/var/lib/with space\"");
  EXPECT_EQ(line("client-output-buffer-limit"),
            "client-output-buffer-limit normal 0 0 0 replica 256mb 64mb 60 pubsub 32mb 8mb 60");
}

}  // namespace
}  // namespace ebb

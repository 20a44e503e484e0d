// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
//
// Options that reach further than the engine: they do, at once, and say so where they cannot.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "server/config_options.h"
#include "server/config_reader.h"
#include "server/config_set_aside.h"
#include "tests/support/await.h"
#include "tests/support/raw_client.h"
#include "tests/support/server_process.h"

namespace ebb::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAreArray;

constexpr int kMegabyte = 1 << 20;

std::string Option(Connection& client, const std::string& name) {
  const Reply reply = client.Command({"CONFIG", "GET", name});
  return reply.elements.size() == 2 ? reply.elements[1].text : reply.ToString();
}

// The soft limit of open files that a process has.
int64_t FileLimit(pid_t pid) {
  std::ifstream limits("/proc/" + std::to_string(pid) + "/limits");
  for (std::string line; std::getline(limits, line);) {
    const std::string name = "Max open files";
    if (line.starts_with(name)) return std::atoll(line.c_str() + name.size());
  }
  return -1;
}

// Whether this process, and so the servers that it starts, may go beyond its hard limit.
bool MayRaiseFileLimit() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  ++limit.rlim_max;
  return setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

// As redis-server does it.
class ConfigE2eTest : public ::testing::TestWithParam<const char*> {};

INSTANTIATE_TEST_SUITE_P(Programs, ConfigE2eTest,
                         ::testing::Values(EBB_SERVER_PATH, "redis-server"),
                         [](const auto& program) {
                           return program.index == 0 ? std::string("Ebb") : std::string("Redis");
                         });

// The command right behind CONFIG SET meets the new limit, and so do other clients.
TEST_P(ConfigE2eTest, TheLongestArgumentChangesAtOnce) {
  ServerProcess server({.program = GetParam(), .options = {"--hz", "1"}});
  RawClient other(server.port());
  ASSERT_TRUE(other.Send("PING\r\n"));
  ASSERT_EQ(other.Read(7), "+PONG\r\n");
  const std::string too_long = "*2\r\n$4\r\nECHO\r\n$" + std::to_string(kMegabyte + 1) + "\r\n";
  RawClient client(server.port());
  ASSERT_TRUE(client.Send("CONFIG SET proto-max-bulk-len 1mb\r\n" + too_long));
  EXPECT_EQ(client.Read(), "+OK\r\n-ERR Protocol error: invalid bulk length\r\n");
  ASSERT_TRUE(other.Send(too_long));
  EXPECT_EQ(other.Read(), "-ERR Protocol error: invalid bulk length\r\n");
}

TEST_P(ConfigE2eTest, TheQueryBufferLimitChangesAtOnce) {
  ServerProcess server({.program = GetParam(), .options = {"--hz", "1"}});
  Connection observer = server.Connect();
  ASSERT_EQ(observer.Command({"CONFIG", "SET", "client-query-buffer-limit", "1mb"}), Reply::Ok());
  RawClient client(server.port());
  client.Send("*2\r\n$4\r\nECHO\r\n$100000000\r\n" + std::string(8 * kMegabyte, 'x'));
  EXPECT_EQ(client.Read(), "");
  EXPECT_TRUE(
      observer.AwaitInfo("connected_clients", [](const auto& count) { return count == "1"; }));
}

// Without waiting for the regular work.
TEST(ConfigLimitsTest, WhoTakesMoreThanMaxmemoryClientsGoesAtOnce) {
  ServerProcess server(
      {.options = {"--enable-debug-command", "yes", "--maxmemory-clients", "3mb"}});
  Connection observer = server.Connect();
  ASSERT_EQ(observer.Command({"DEBUG", "PAUSE-CRON", "1"}), Reply::Ok());
  RawClient client(server.port());
  const std::string megabyte(kMegabyte, 'x');
  ASSERT_TRUE(client.Send("MULTI\r\n"));
  // May be cut off before it has sent all.
  for (int i = 0; i < 4; ++i) {
    client.Send("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1048576\r\n" + megabyte + "\r\n");
  }
  EXPECT_TRUE(
      observer.AwaitInfo("evicted_clients", [](const auto& count) { return count == "1"; }));
  EXPECT_EQ(observer.Info("connected_clients"), "1");
}

// It is the client's as long as the command has not run, and so the command does not.
TEST(ConfigLimitsTest, ASingleArgumentThatIsTooMuchIsNotRun) {
  ServerProcess server({.options = {"--maxmemory-clients", "3mb"}});
  Connection observer = server.Connect();
  RawClient client(server.port());
  const std::string value(3 * kMegabyte, 'x');
  client.Send("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$3145728\r\n" + value + "\r\n");
  EXPECT_EQ(client.Read(), "");
  EXPECT_EQ(observer.Command({"EXISTS", "k"}), Reply::Integer(0));
  EXPECT_EQ(observer.Info("evicted_clients"), "1");
}

TEST_P(ConfigE2eTest, ClientListKnowsHowMuchOfAnArgumentHasArrived) {
  ServerProcess server({.program = GetParam()});
  Connection observer = server.Connect();
  RawClient client(server.port());
  ASSERT_TRUE(client.Send("*1\r\n$1000000\r\n" + std::string(kMegabyte / 2, 'x')));
  EXPECT_TRUE(Await([&] {
    return observer.Command({"CLIENT", "LIST"}).text.find(" qbuf=524288 ") != std::string::npos;
  }));
}

TEST_P(ConfigE2eTest, SaysWhichOfPortAndBindCannotBeHad) {
  ServerProcess server({.program = GetParam()});
  Connection client = server.Connect();
  EXPECT_THAT(client.Command({"CONFIG", "SET", "bind", "192.0.2.1"}).text,
              HasSubstr("(possibly related to argument 'bind') - Failed to bind to specified "
                        "addresses."));
  ServerProcess other;
  EXPECT_THAT(client.Command({"CONFIG", "SET", "port", std::to_string(other.port())}).text,
              HasSubstr("(possibly related to argument 'port') - Unable to listen on this port"));
}

// The sockets that a server has open, in any order.
std::vector<std::string> Sockets(pid_t pid) {
  std::vector<std::string> sockets;
  for (const auto& file :
       std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/fd")) {
    const std::string target = std::filesystem::read_symlink(file).string();
    if (target.starts_with("socket:")) sockets.push_back(target);
  }
  return sockets;
}

// Whether the server has let go of who asked before whether it is ready.
bool IsAlone(Connection& client) {
  return client.AwaitInfo("connected_clients", [](const std::string& now) { return now == "1"; });
}

// What it listened on before might be had no more once it is closed.
TEST(ConfigBindTest, AnUnknownNameClosesNothing) {
  ServerProcess server;
  Connection client = server.Connect();
  ASSERT_TRUE(IsAlone(client));
  const auto before = Sockets(server.pid());
  EXPECT_THAT(client.Command({"CONFIG", "SET", "bind", "127.0.0.1 no.such.name.invalid"}).text,
              HasSubstr("'no.such.name.invalid' is not an address to bind to"));
  EXPECT_THAT(Sockets(server.pid()), UnorderedElementsAreArray(before));
  EXPECT_EQ(server.Connect().Command({"PING"}), Reply::Status("PONG"));
}

TEST(ConfigBindTest, WhatFailsHalfWayIsTakenBack) {
  ServerProcess server({.unix_socket = true});
  ServerProcess other;
  Connection client = server.ConnectUnix();
  ASSERT_EQ(client.Command({"CONFIG", "SET", "port", "0"}), Reply::Ok());
  ASSERT_TRUE(IsAlone(client));
  const auto before = Sockets(server.pid());
  EXPECT_THAT(client
                  .Command({"CONFIG", "SET", "port", std::to_string(other.port()), "bind",
                            "127.0.0.2 127.0.0.1"})
                  .text,
              HasSubstr("Address already in use"));
  EXPECT_THAT(Sockets(server.pid()), UnorderedElementsAreArray(before));
}

TEST_P(ConfigE2eTest, MoreClientsRaiseTheFileLimit) {
  ServerProcess server({.program = GetParam(), .options = {"--maxclients", "10"}});
  Connection client = server.Connect();
  const int64_t before = FileLimit(server.pid());
  ASSERT_GT(before, 0);
  EXPECT_EQ(client.Command({"CONFIG", "SET", "maxclients", std::to_string(before - 32)}),
            Reply::Ok());
  EXPECT_EQ(FileLimit(server.pid()), before);
  EXPECT_EQ(client.Command({"CONFIG", "SET", "maxclients", "20"}), Reply::Ok());
  EXPECT_EQ(FileLimit(server.pid()), before);
  EXPECT_EQ(Option(client, "maxclients"), "20");
}

// Whatever this machine permits, the two agree on it.
TEST(ConfigLimitsTest, TooManyClientsAreRefusedAsRedisDoes) {
  std::vector<std::string> seen[2];
  const char* const programs[] = {EBB_SERVER_PATH, "redis-server"};
  for (size_t i = 0; i < 2; ++i) {
    ServerProcess server({.program = programs[i], .max_files = 200});
    Connection client = server.Connect();
    seen[i].push_back(Option(client, "maxclients"));
    for (const char* count : {"100", "100000", "300", "50"}) {
      seen[i].push_back(client.Command({"CONFIG", "SET", "maxclients", count}).ToString());
      seen[i].push_back(Option(client, "maxclients"));
    }
  }
  EXPECT_EQ(seen[0], seen[1]);
}

TEST(ConfigLimitsTest, NoRoomForClientsIsSaid) {
  if (MayRaiseFileLimit()) GTEST_SKIP() << "a privileged server makes room for itself";
  ServerProcess server({.max_files = 20, .await_ready = false});
  EXPECT_EQ(server.WaitForExit(), 1);
  EXPECT_THAT(server.Log(), HasSubstr("Raise it: ulimit -n 10032"));
}

TEST(ConfigLimitsTest, AsManyDatabasesAsThereAreNumbers) {
  ServerProcess server({.options = {"--databases", "2147483647"}});
  Connection client = server.Connect();
  EXPECT_LT(std::atoll(client.Info("used_memory").c_str()), 16 * kMegabyte);
  EXPECT_EQ(client.Command({"SELECT", "2147483646"}), Reply::Ok());
  EXPECT_EQ(client.Command({"SET", "k", "v", "PX", "1"}), Reply::Ok());
  EXPECT_TRUE(client.AwaitInfo("expired_keys", [](const auto& count) { return count == "1"; }));
  EXPECT_EQ(client.Command({"SET", "k", "v"}), Reply::Ok());
  EXPECT_EQ(client.Info("db2147483646"), "keys=1,expires=0,avg_ttl=0");
  EXPECT_EQ(client.Command({"SWAPDB", "2147483646", "1000000"}), Reply::Ok());
  EXPECT_EQ(client.Info("db1000000"), "keys=1,expires=0,avg_ttl=0");
  EXPECT_EQ(client.Command({"FLUSHALL"}), Reply::Ok());
  EXPECT_EQ(client.Info("db1000000"), "");
  EXPECT_TRUE(client.Command({"SELECT", "2147483647"}).IsError("ERR DB index is out of range"));
  EXPECT_LT(std::atoll(client.Info("used_memory").c_str()), 16 * kMegabyte);
}

// ----------------------------------------------------------------------------- what the start says

TEST(StartLogTest, NothingIsKeptOnDisk) {
  ServerProcess server;
  EXPECT_THAT(server.Log(),
              HasSubstr("* Nothing is kept on disk: the data lives in memory alone\n"));
}

TEST(StartLogTest, WarnsOfALimitThatLeavesNoRoomForData) {
  ServerProcess server({.options = {"--maxmemory", "1mb"}});
  if (server.Connect().Info("mem_allocator") == "libc") GTEST_SKIP() << "used memory is unknown";
  EXPECT_THAT(server.Log(), AllOf(HasSubstr("# maxmemory is 1.00M, and the server takes "),
                                  HasSubstr("Is a unit missing (100mb, 2gb)?\n")));
  ServerProcess roomy({.options = {"--maxmemory", "100mb"}});
  EXPECT_THAT(roomy.Log(), Not(HasSubstr("# maxmemory")));
}

TEST(StartLogTest, NamesTheFreesThatAreLeftToClients) {
  ServerProcess server({.config = "lazyfree-lazy-user-del no\nlazyfree-lazy-expire no\n"});
  EXPECT_THAT(server.Log(),
              HasSubstr("* Set to no, which is Redis's default where Ebb's is yes: "
                        "lazyfree-lazy-expire, lazyfree-lazy-user-del. Clients wait while"));
  ServerProcess other;
  EXPECT_THAT(other.Log(), Not(HasSubstr("lazyfree")));
}

// ------------------------------------------------------------------- options that only Redis has

// What Redis knows without CONFIG GET showing it.
constexpr const char* kInFilesOnly[] = {"rename-command",
                                        "user",
                                        "loadmodule",
                                        "sentinel",
                                        "list-max-ziplist-entries",
                                        "list-max-ziplist-value",
                                        "lua-replicate-commands"};
constexpr const char* kHidden[] = {"key-load-delay",
                                   "rdb-key-save-delay",
                                   "use-exit-on-panic",
                                   "watchdog-period",
                                   "loading-process-events-interval-bytes",
                                   "lua-enable-deprecated-api"};

// All of Redis's options that CONFIG GET knows, with the value that they have when nobody sets
// them.
std::map<std::string, std::string> OptionsOfRedis() {
  ServerProcess redis({.program = "redis-server"});
  Connection client = redis.Connect();
  std::map<std::string, std::string> options;
  const Reply all = client.Command({"CONFIG", "GET", "*"});
  for (size_t i = 0; i + 1 < all.elements.size(); i += 2) {
    options[all.elements[i].text] = all.elements[i + 1].text;
  }
  for (const char* name : kHidden) options[name] = Option(client, name);
  return options;
}

TEST(ForeignOptionsTest, EachOfRedissOptionsIsKnown) {
  std::vector<std::string> names(std::begin(kInFilesOnly), std::end(kInFilesOnly));
  const auto options = OptionsOfRedis();
  ASSERT_GT(options.size(), 150u);
  for (const auto& [name, value] : options) names.push_back(name);
  for (const std::string& name : names) {
    EXPECT_TRUE(FindOption(name) != nullptr || FindForeignOption(name) != nullptr) << name;
  }
}

// And so is nothing that Redis does not know: the table has no misspelt names.
TEST(ForeignOptionsTest, EachIsOneOfRediss) {
  const auto options = OptionsOfRedis();
  for (const ForeignOption& option : AllForeignOptions()) {
    EXPECT_TRUE(options.contains(std::string(option.name)) ||
                std::ranges::find(kInFilesOnly, option.name) != std::end(kInFilesOnly))
        << option.name;
  }
}

// What Redis does anyway is promised by nobody who writes it down.
TEST(ForeignOptionsTest, RedissDefaultsAreSetAside) {
  for (const auto& [name, value] : OptionsOfRedis()) {
    if (FindOption(name) != nullptr) continue;
    Config config;
    ConfigReader reader(&config);
    reader.ReadText(name + " \"" + value + "\"", "Here");
    EXPECT_THAT(reader.problems(), IsEmpty());
    EXPECT_THAT(reader.set_aside(), SizeIs(1)) << name;
  }
}

TEST(ForeignOptionsTest, TheFileThatDebianShipsStarts) {
  std::string text;
  if (!ReadWholeFile("/etc/redis/redis.conf", &text)) GTEST_SKIP() << "it is not to be read here";
  ServerProcess server(
      {.options = {"--daemonize", "no", "--pidfile", "", "--logfile", ""}, .config = text});
  Connection client = server.Connect();
  EXPECT_EQ(Option(client, "tcp-keepalive"), "300");
  EXPECT_THAT(server.Log(), HasSubstr(" options of what Ebb does not have (" +
                                      server.config_path().string() + ")"));
  EXPECT_THAT(server.Log(), HasSubstr("Set aside of snapshots: "));
}

TEST(ForeignOptionsTest, WhatIsSetAsideIsSaidAtAnyLogLevelAndNotListed) {
  ServerProcess server(
      {.options = {"--loglevel", "warning", "--repl-timeout", "5"}, .config = "appendfsync no\n"});
  Connection client = server.Connect();
  EXPECT_THAT(server.Log(), AllOf(HasSubstr("Set aside 2 options of what Ebb does not have (" +
                                            server.config_path().string() +
                                            ", Command line). The data lives in memory alone\n"),
                                  HasSubstr("Set aside of the append-only file: appendfsync\n"),
                                  HasSubstr("Set aside of replication: repl-timeout\n")));
  EXPECT_EQ(Option(client, "repl-timeout"), Reply::Array({}).ToString());
  EXPECT_TRUE(client.Command({"CONFIG", "SET", "repl-timeout", "6"})
                  .IsError("ERR Unknown option or number of arguments for CONFIG SET"));
  EXPECT_EQ(client.Command({"CONFIG", "REWRITE"}), Reply::Ok());
  std::string text;
  ASSERT_TRUE(ReadWholeFile(server.config_path(), &text));
  EXPECT_THAT(text, AllOf(StartsWith("appendfsync no\n"), Not(HasSubstr("repl-timeout"))));
  server.Restart();
  EXPECT_EQ(server.Connect().Command({"PING"}), Reply::Status("PONG"));
}

TEST(ForeignOptionsTest, APromiseIsRefused) {
  ServerProcess server({.options = {"--replicaof", "127.0.0.1", "1"}, .await_ready = false});
  EXPECT_EQ(server.WaitForExit(), 1);
  EXPECT_THAT(server.Log(), HasSubstr("\nthere is no replication: the server would follow nobody"));
}

}  // namespace
}  // namespace ebb::test

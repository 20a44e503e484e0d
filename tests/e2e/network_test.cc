// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
//
// What only a real socket shows: clients that are many, slow, rude or gone.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <regex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/support/await.h"
#include "tests/support/encode.h"
#include "tests/support/raw_client.h"
#include "tests/support/server_process.h"

namespace ebb::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

bool AwaitClients(Connection& observer, const std::string& count) {
  return observer.AwaitInfo("connected_clients", [&](const std::string& n) { return n == count; });
}

TEST(NetworkTest, TenThousandConnectionsOpenedAndDropped) {
  ServerProcess server;
  Connection observer = server.Connect();
  for (int i = 0; i < 10000; ++i) {
    RawClient client(server.port());
    ASSERT_TRUE(client.connected());
    // Some go in the middle of a command, some without a word, some with a reply on its way.
    if (i % 3 == 0) client.Send("*2\r\n$3\r\nGE");
    if (i % 3 == 1) client.Send("PING\r\n");
  }
  EXPECT_TRUE(AwaitClients(observer, "1"));
  EXPECT_EQ(observer.Command({"PING"}), Reply::Status("PONG"));
}

TEST(NetworkTest, AHalfOpenClientGetsItsAnswers) {
  ServerProcess server;
  RawClient client(server.port());
  ASSERT_TRUE(client.Send("PING\r\nSET k v\r\nGET k\r\n"));
  client.FinishSending();
  EXPECT_EQ(client.Read(), "+PONG\r\n+OK\r\n$1\r\nv\r\n");
}

// While the server does something else, twice what one read takes arrives, and elsewhere a command
// and the end.
TEST(NetworkTest, MoreThanOneReadMayComeAtOnce) {
  ServerProcess server({.options = {"--enable-debug-command", "yes"}});
  Connection observer = server.Connect();
  RawClient client(server.port());
  RawClient short_client(server.port());
  ASSERT_TRUE(AwaitClients(observer, "3"));
  observer.Append({"DEBUG", "SLEEP", "0.2"});
  std::string many;
  std::string answers;
  for (int i = 0; i < 2 * 64 * 1024 / 8; ++i) {
    many += "PING  \r\n";
    answers += "+PONG\r\n";
  }
  ASSERT_TRUE(client.Send(many));
  ASSERT_TRUE(short_client.Send("PING\r\n"));
  short_client.FinishSending();
  ASSERT_EQ(observer.Receive(), Reply::Ok());
  EXPECT_EQ(short_client.Read(), "+PONG\r\n");
  EXPECT_TRUE(client.Read(answers.size()) == answers) << "not all is answered";
  EXPECT_TRUE(AwaitClients(observer, "2"));
}

// What arrives around what is no part of the stream, all before the server looks, is several reads'
// worth, and the server is told of it once.
TEST(NetworkTest, CommandsMayComeBehindUrgentData) {
  ServerProcess server({.unix_socket = true});
  RawClient remote(server.port());
  RawClient local(server.socket_path().string());
  Connection observer = server.Connect();
  ASSERT_TRUE(AwaitClients(observer, "3"));
  server.Freeze();
  for (RawClient* client : {&remote, &local}) {
    ASSERT_TRUE(client->Send("PING\r\n"));
    // Not every kernel has it for Unix sockets.
    ASSERT_TRUE(client->SendUrgent('!') || client == &local);
    ASSERT_TRUE(client->Send("ECHO a\r\n"));
  }
  server.Signal(SIGCONT);
  constexpr std::string_view kAnswers = "+PONG\r\n$1\r\na\r\n";
  EXPECT_EQ(remote.Read(kAnswers.size()), kAnswers);
  EXPECT_EQ(local.Read(kAnswers.size()), kAnswers);
}

TEST(NetworkTest, CommandsMayComeBehindDescriptors) {
  ServerProcess server({.unix_socket = true});
  RawClient client(server.socket_path().string());
  Connection observer = server.Connect();
  ASSERT_TRUE(AwaitClients(observer, "2"));
  const auto files = [&server] {
    const std::filesystem::directory_iterator all("/proc/" + std::to_string(server.pid()) + "/fd");
    return std::distance(begin(all), end(all));
  };
  const auto before = files();
  server.Freeze();
  ASSERT_TRUE(client.SendWithDescriptor("PING\r\n"));
  ASSERT_TRUE(client.SendWithDescriptor("PING\r\n"));
  ASSERT_TRUE(client.Send("ECHO a\r\n"));
  server.Signal(SIGCONT);
  constexpr std::string_view kAnswers = "+PONG\r\n+PONG\r\n$1\r\na\r\n";
  EXPECT_EQ(client.Read(kAnswers.size()), kAnswers);
  EXPECT_EQ(files(), before) << "it keeps none of them";
}

// A subscriber does not read; meanwhile its long argument becomes whole, and more comes behind it.
TEST(NetworkTest, ALongArgumentMayWaitBehindMuchOutput) {
  ServerProcess server;
  Connection observer = server.Connect();
  RawClient client(server.port());
  ASSERT_TRUE(client.Send("SUBSCRIBE c\r\n"));
  const std::string subscribed = "*3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n";
  ASSERT_EQ(client.Read(subscribed.size()), subscribed);
  const std::string half(20'000, 'x');
  ASSERT_TRUE(client.Send("*2\r\n$4\r\nPING\r\n$40000\r\n" + half));
  const std::string message(1 << 20, 'm');
  std::string expected;
  for (int i = 0; i < 16; ++i) {
    ASSERT_EQ(observer.Command({"PUBLISH", "c", message}), Reply::Integer(1));
    expected += "*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$1048576\r\n" + message + "\r\n";
  }
  ASSERT_TRUE(client.Send(half + "\r\n"));
  ASSERT_EQ(observer.Command({"PING"}), Reply::Status("PONG"));
  ASSERT_TRUE(client.Send("PING\r\n"));
  ASSERT_EQ(observer.Command({"PING"}), Reply::Status("PONG"));
  expected += "*2\r\n$4\r\npong\r\n$40000\r\n" + half + half + "\r\n";
  expected += "*2\r\n$4\r\npong\r\n$0\r\n\r\n";
  EXPECT_TRUE(client.Read(expected.size()) == expected) << "not all has come";
}

TEST(NetworkTest, AClientMayGoWhileALongArgumentWaits) {
  ServerProcess server;
  Connection observer = server.Connect();
  const std::string half(20'000, 'x');
  RawClient client(server.port());
  ASSERT_TRUE(client.Send("SUBSCRIBE c\r\n*2\r\n$4\r\nPING\r\n$40000\r\n" + half));
  ASSERT_NE(client.Read(1), "");
  for (int i = 0; i < 16; ++i) {
    const std::string message(1 << 20, 'm');
    ASSERT_EQ(observer.Command({"PUBLISH", "c", message}), Reply::Integer(1));
  }
  ASSERT_TRUE(client.Send(half + "\r\nPING\r\n"));
  ASSERT_EQ(observer.Command({"PING"}), Reply::Status("PONG"));
  client.Reset();
  EXPECT_TRUE(AwaitClients(observer, "1"));
}

TEST(NetworkTest, ProtocolErrorsAreSaidAndEndTheConnection) {
  ServerProcess server;
  const std::pair<const char*, const char*> cases[] = {
      {"*1\r\n$x\r\n", "-ERR Protocol error: invalid bulk length\r\n"},
      {"*2\r\n$3\r\nGET\r\n:1\r\n", "-ERR Protocol error: expected '$', got ':'\r\n"},
      {"*99999999999\r\n", "-ERR Protocol error: invalid multibulk length\r\n"},
      {"GET \"open\r\n", "-ERR Protocol error: unbalanced quotes in request\r\n"},
  };
  for (const auto& [sent, answer] : cases) {
    RawClient client(server.port());
    ASSERT_TRUE(client.Send(sent));
    EXPECT_EQ(client.Read(), answer);
  }
}

// As when a web page has a browser post a form to this port.
TEST(NetworkTest, AnHttpRequestIsDroppedBeforeItsBodyIsRead) {
  ServerProcess server;
  for (const char* request :
       {"POST / HTTP/1.1\r\n\r\nSET k v\r\n", "GET / HTTP/1.1\r\nHost: x\r\n\r\nSET k v\r\n"}) {
    RawClient client(server.port());
    ASSERT_TRUE(client.Send(request));
    // Where a slice ends behind the first line, its error is on its way already.
    EXPECT_THAT(client.Read(), Not(HasSubstr("OK")));
  }
  EXPECT_EQ(server.Connect().Command({"EXISTS", "k"}), Reply::Integer(0));
  EXPECT_THAT(server.Log(), HasSubstr("sends HTTP"));
}

TEST(NetworkTest, ItsLogTellsOfClientsWhereItIsVerbose) {
  ServerProcess server({.options = {"--loglevel", "verbose"}, .await_ready = true});
  {
    RawClient client(server.port());
    ASSERT_TRUE(client.Send("*1\r\n+PING\r\n"));
    EXPECT_EQ(client.Read(), "-ERR Protocol error: expected '$', got '+'\r\n");
  }
  { server.Connect().Command({"CLIENT", "SETNAME", "gone"}); }
  const std::regex left("- Client closed connection: id=.* name=gone ");
  EXPECT_TRUE(Await([&] { return std::regex_search(server.Log(), left); }));
  EXPECT_THAT(server.Log(), HasSubstr("- Accepted 127.0.0.1:"));
  EXPECT_THAT(server.Log(), HasSubstr("- \"Protocol error: expected '$', got '+'\" from client: "));
}

TEST(NetworkTest, AnUnauthenticatedClientMaySendLittle) {
  ServerProcess server({.options = {"--requirepass", "secret"}, .await_ready = true});
  RawClient client(server.port());
  ASSERT_TRUE(client.Send("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$20000\r\n"));
  EXPECT_EQ(client.Read(), "-ERR Protocol error: unauthenticated bulk length\r\n");
}

// It reads none of its errors, so that they and what it sends on have to wait.
TEST(NetworkTest, AnUnauthenticatedClientMayNotFillTheMemory) {
  ServerProcess server({.options = {"--requirepass", "secret"}, .await_ready = true});
  RawClient client(server.port());
  std::string many;
  for (int i = 0; i < 10000; ++i) many += "PING\r\n";
  bool open = true;
  for (int i = 0; i < 2000 && open; ++i) open = client.Send(many);
  EXPECT_FALSE(open);
  EXPECT_THAT(server.Log(), HasSubstr("Closing client that reached max query buffer length"));
}

// The client sends a million commands before it reads the first reply: nothing is lost, nobody is
// disconnected.
TEST(NetworkTest, APipelineMayBeWrittenWholeBeforeItIsRead) {
  ServerProcess server;
  Connection client = server.Connect();
  constexpr int kCommands = 300000;
  for (int i = 0; i < kCommands; ++i) client.Append({"ECHO", std::to_string(i)});
  for (int i = 0; i < kCommands; ++i) ASSERT_EQ(client.Receive(), Reply::Bulk(std::to_string(i)));
}

// A client asks for 2 GB and reads nothing of it.
TEST(NetworkTest, AClientThatDoesNotReadCostsBoundedMemory) {
  ServerProcess server;
  Connection observer = server.Connect();
  ASSERT_EQ(observer.Command({"SET", "big", std::string(100 * 1024, 'x')}), Reply::Ok());
  const int64_t before = std::atoll(observer.Info("used_memory").c_str());
  RawClient client(server.port());
  std::string many;
  for (int i = 0; i < 20000; ++i) many += "GET big\r\n";
  client.SendNow(many);
  // The observer is served meanwhile, and sees no gigabytes.
  for (int i = 0; i < 100; ++i) ASSERT_EQ(observer.Command({"PING"}), Reply::Status("PONG"));
  const int64_t after = std::atoll(observer.Info("used_memory").c_str());
  EXPECT_LT(after - before, 32 << 20);
  client.Close();
  EXPECT_TRUE(AwaitClients(observer, "1"));
}

TEST(NetworkTest, ALongArgumentComesBackWhole) {
  ServerProcess server({.unix_socket = true});
  std::string value(64 << 20, '\0');
  for (size_t i = 0; i < value.size(); ++i) value[i] = static_cast<char>(i * 31 + (i >> 13));
  Connection tcp = server.Connect();
  ASSERT_EQ(tcp.Command({"SET", "big", value}), Reply::Ok());
  Connection local = server.ConnectUnix();
  const Reply reply = local.Command({"GET", "big"});
  EXPECT_TRUE(reply == Reply::Bulk(value)) << "the value has changed on its way";
  EXPECT_EQ(local.Command({"STRLEN", "big"}), Reply::Integer(64 << 20));
}

// The value that a slow reader is still being sent stays as it was when it was asked for.
TEST(NetworkTest, AnOverwrittenValueIsSentAsItWas) {
  ServerProcess server;
  Connection writer = server.Connect();
  const std::string first(8 << 20, 'a');
  ASSERT_EQ(writer.Command({"SET", "k", first}), Reply::Ok());
  RawClient reader(server.port());
  ASSERT_TRUE(reader.Send("GET k\r\n"));
  ASSERT_EQ(reader.Read(10), "$8388608\r\n");
  ASSERT_EQ(writer.Command({"SETRANGE", "k", "0", std::string(1 << 20, 'b')}),
            Reply::Integer(8 << 20));
  ASSERT_EQ(writer.Command({"APPEND", "k", "c"}), Reply::Integer((8 << 20) + 1));
  EXPECT_TRUE(reader.Read(first.size()) == first) << "the reply has changed on its way";
}

TEST(NetworkTest, TooManyClientsAreToldSo) {
  ServerProcess server({.options = {"--maxclients", "3"}});
  Connection observer = server.Connect();
  ASSERT_TRUE(AwaitClients(observer, "1"));
  RawClient second(server.port());
  RawClient third(server.port());
  ASSERT_TRUE(AwaitClients(observer, "3"));
  RawClient fourth(server.port());
  EXPECT_EQ(fourth.Read(), "-ERR max number of clients reached\r\n");
}

TEST(NetworkTest, AHardOutputLimitDisconnects) {
  ServerProcess server({.options = {"--client-output-buffer-limit", "normal 200kb 0 0"}});
  Connection observer = server.Connect();
  ASSERT_EQ(observer.Command({"SET", "big", std::string(8 << 20, 'x')}), Reply::Ok());
  RawClient client(server.port());
  ASSERT_TRUE(client.Send("GET big\r\n"));
  EXPECT_TRUE(AwaitClients(observer, "1"));
}

// Who is closed for its output is sent nothing more, whatever writes to it until then.
TEST(NetworkTest, WhoIsClosedIsSentNoMore) {
  ServerProcess server({.options = {"--client-output-buffer-limit", "pubsub 100kb 0 0"}});
  RawClient client(server.port());
  const std::string publish = Encode({"PUBLISH", "c", std::string(200'000, 'x')});
  ASSERT_TRUE(client.Send("MULTI\r\nSUBSCRIBE c\r\n" + publish + "SUBSCRIBE d\r\n"));
  constexpr std::string_view kQueued = "+OK\r\n+QUEUED\r\n+QUEUED\r\n+QUEUED\r\n";
  ASSERT_EQ(client.Read(kQueued.size()), kQueued);
  ASSERT_TRUE(client.Send("EXEC\r\n"));
  EXPECT_EQ(client.Read(), "");
}

// Slices of what had to wait, so far.
int64_t ResumedSlices(Connection& client) {
  const Reply slices = client.Command({"LATENCY", "SLICES"});
  for (size_t i = 0; i + 1 < slices.elements.size(); i += 2) {
    if (slices.elements[i].text == "resumed") return slices.elements[i + 1].elements[1].integer;
  }
  return 0;
}

// A pipeline takes several slices, and its order stays.
TEST(NetworkTest, ALongPipelineGoesInSlices) {
  ServerProcess server;
  Connection client = server.Connect();
  // Each takes some microseconds, and a read brings more than a thousand.
  std::vector<std::string> filling = {"RPUSH", "l"};
  for (int i = 0; i < 1000; ++i) filling.push_back("element");
  ASSERT_EQ(client.Command(filling), Reply::Integer(1000));
  constexpr int kCommands = 5000;
  for (int i = 0; i < kCommands; ++i) {
    client.Append({"LPOS", "l", "none"});
    client.Append({"ECHO", std::to_string(i)});
  }
  for (int i = 0; i < kCommands; ++i) {
    ASSERT_EQ(client.Receive(), Reply::Nil());
    ASSERT_EQ(client.Receive(), Reply::Bulk(std::to_string(i)));
  }
  EXPECT_GE(ResumedSlices(client), 4);
}

// So does a long message for many.
TEST(NetworkTest, AMessageForManyGoesInSlices) {
  ServerProcess server;
  constexpr int kSubscribers = 200;
  const std::string payload(64 * 1024, 'm');
  std::vector<RawClient> subscribers;
  constexpr std::string_view kSubscribed = "*3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n";
  for (int i = 0; i < kSubscribers; ++i) {
    subscribers.emplace_back(server.port());
    ASSERT_TRUE(subscribers.back().Send("SUBSCRIBE c\r\n"));
    ASSERT_EQ(subscribers.back().Read(kSubscribed.size()), kSubscribed);
  }
  Connection client = server.Connect();
  const int64_t before = ResumedSlices(client);
  ASSERT_EQ(client.Command({"PUBLISH", "c", payload}), Reply::Integer(kSubscribers));
  const std::string message = Encode({"message", "c", payload});
  for (RawClient& subscriber : subscribers) {
    ASSERT_EQ(subscriber.Read(message.size()), message);
  }
  EXPECT_GE(ResumedSlices(client) - before, 3);
}

// 60 clients ask, all before the first of them reads, for what takes the server some microseconds;
// a hundred times. Answers how many pauses it has made so far before it looked for requests.
std::string PausesAfterRounds(ServerProcess& server, std::vector<RawClient>& clients) {
  for (int i = 0; i < 100; ++i) {
    for (RawClient& client : clients) EXPECT_TRUE(client.Send("BITCOUNT k\r\n"));
    for (RawClient& client : clients) EXPECT_EQ(client.Read(4), ":4\r\n");
  }
  return server.Connect().Info("wakeup_pauses");
}

TEST(NetworkTest, ABusyServerTriesToLetRequestsGather) {
  ServerProcess server({.options = {"--wakeup-pause-us", "1000"}});
  Connection admin = server.Connect();
  admin.Command({"SETRANGE", "k", "20000", "x"});
  std::vector<RawClient> clients;
  for (int i = 0; i < 60; ++i) clients.emplace_back(server.port());
  EXPECT_TRUE(Await([&] { return PausesAfterRounds(server, clients) != "0"; }));
  for (int i = 0; i < 30 && std::stoi(PausesAfterRounds(server, clients)) < 30; ++i) continue;
  // Who asks for this may interrupt, too.
  EXPECT_LT(std::stoi(admin.Info("wakeup_interrupts")), std::stoi(admin.Info("wakeup_pauses")) + 10)
      << "the crowd that they are made for does not wait for their end";
  admin.Command({"CONFIG", "SET", "wakeup-pause-us", "0"});
  admin.Command({"CONFIG", "RESETSTAT"});
  for (int i = 0; i < 20; ++i) EXPECT_EQ(PausesAfterRounds(server, clients), "0");
}

// What one client waits for does not keep the others.
TEST(NetworkTest, CommandsThatWaitAreAnsweredInTheirTurn) {
  ServerProcess server({.options = {"--enable-debug-command", "yes"}});
  Connection waiting = server.Connect();
  Connection other = server.Connect();
  ASSERT_EQ(other.Command({"DEBUG", "POPULATE", "200000"}), Reply::Ok());
  waiting.Append({"MEMORY", "RECLAIM"});
  waiting.Append({"MEMORY", "RECLAIM", "TIMEOUT", "1"});
  waiting.Append({"MEMORY", "PURGE"});
  waiting.Append({"ECHO", "behind"});
  EXPECT_EQ(waiting.Receive().kind, Reply::Kind::kArray);
  EXPECT_EQ(other.Command({"PING"}), Reply::Status("PONG"));
  EXPECT_EQ(waiting.Receive().kind, Reply::Kind::kArray);
  EXPECT_EQ(waiting.Receive(), Reply::Ok());
  EXPECT_EQ(waiting.Receive(), Reply::Bulk("behind"));
  EXPECT_EQ(other.Info("blocked_clients"), "0");
}

// That it does not read its replies is no reason to forget what it has sent.
TEST(NetworkTest, WhatWasSentBeforeTheEndIsRun) {
  ServerProcess server({.options = {"--enable-debug-command", "yes"}});
  Connection observer = server.Connect();
  ASSERT_EQ(observer.Command({"SET", "v", std::string(3'000'000, 'x')}), Reply::Ok());
  const auto expect_set = [&](const std::string& key) {
    EXPECT_TRUE(AwaitClients(observer, "1"));
    EXPECT_EQ(observer.Command({"GET", key}), Reply::Bulk("1")) << key;
  };
  const std::string much = "GET v\r\nGET v\r\nGET v\r\nGET v\r\n";
  RawClient half_closed(server.port());
  ASSERT_TRUE(AwaitClients(observer, "2"));
  ASSERT_TRUE(half_closed.Send(much + "SET a 1\r\n"));
  half_closed.FinishSending();
  expect_set("a");
  RawClient closed(server.port());
  ASSERT_TRUE(AwaitClients(observer, "2"));
  ASSERT_TRUE(closed.Send(much + "SET b 1\r\nSET c"));
  closed.Close();
  expect_set("b");
  // The output waits already when the last of it comes, with the end.
  RawClient late(server.port());
  ASSERT_TRUE(AwaitClients(observer, "2"));
  ASSERT_EQ(observer.Command({"CONFIG", "RESETSTAT"}), Reply::Ok());
  ASSERT_TRUE(late.Send(much));
  ASSERT_TRUE(observer.AwaitInfo("keyspace_hits", [](const auto& n) { return n != "0"; }));
  observer.Append({"DEBUG", "SLEEP", "0.1"});
  ASSERT_TRUE(late.Send("SET e 1\r\n"));
  late.Close();
  ASSERT_EQ(observer.Receive(), Reply::Ok());
  expect_set("e");
  RawClient reading(server.port());
  ASSERT_TRUE(AwaitClients(observer, "2"));
  ASSERT_TRUE(reading.Send(much + "SET d 1\r\n"));
  reading.FinishSending();
  EXPECT_FALSE(reading.Read().empty());
  expect_set("d");
}

// Whatever the others' commands take.
TEST(NetworkTest, WhoCameFirstIsServedFirst) {
  constexpr size_t kClients = 40;
  ServerProcess server({.options = {"--enable-debug-command", "yes"}});
  Connection observer = server.Connect();
  std::vector<RawClient> clients;
  for (size_t i = 0; i < kClients; ++i) clients.emplace_back(server.port());
  RawClient busy(server.port());
  RawClient slow(server.port());
  ASSERT_TRUE(AwaitClients(observer, std::to_string(kClients + 3)));
  // While the server has no time for anybody, all send; then the first takes longer than a slice.
  ASSERT_TRUE(busy.Send("DEBUG SLEEP 0.3\r\n"));
  ASSERT_TRUE(slow.Send("DEBUG SLEEP 0.002\r\n"));
  std::vector<std::string> push = {"RPUSH", "q"};
  for (size_t i = 0; i < kClients; ++i) {
    ASSERT_TRUE(clients[i].Send("BLPOP q 0\r\n"));
    push.push_back(std::to_string(10 + i));
  }
  ASSERT_TRUE(observer.AwaitInfo(
      "blocked_clients", [](const std::string& now) { return now == std::to_string(kClients); }));
  ASSERT_EQ(observer.Command(push), Reply::Integer(static_cast<int64_t>(kClients)));
  for (size_t i = 0; i < kClients; ++i) {
    EXPECT_EQ(clients[i].Read(19), "*2\r\n$1\r\nq\r\n$2\r\n" + push[i + 2] + "\r\n") << i;
  }
}

TEST(NetworkTest, ThePasswordsLimitsGoWithIt) {
  ServerProcess server({.options = {"--requirepass", "secret"}});
  RawClient client(server.port());
  ASSERT_TRUE(client.Send("PING\r\n"));
  ASSERT_EQ(client.Read(34), "-NOAUTH Authentication required.\r\n");
  Connection observer = server.Connect();
  ASSERT_EQ(observer.Command({"AUTH", "secret"}), Reply::Ok());
  ASSERT_EQ(observer.Command({"CONFIG", "SET", "requirepass", ""}), Reply::Ok());
  const std::string value(20'000, 'x');
  ASSERT_TRUE(client.Send("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$20000\r\n" + value + "\r\n"));
  EXPECT_EQ(client.Read(5), "+OK\r\n");
}

}  // namespace
}  // namespace ebb::test

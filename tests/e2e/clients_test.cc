// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
//
// What clients do to each other over real sockets.
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "tests/support/connection.h"
#include "tests/support/encode.h"
#include "tests/support/raw_client.h"
#include "tests/support/server_process.h"

namespace ebb::test {
namespace {

// Enough to fill any socket's buffers many times.
constexpr int kManyMegabytes = 20;

std::string IdOf(Connection& connection) {
  return std::to_string(connection.Command({"CLIENT", "ID"}).integer);
}

// How many slices of this kind there were.
int64_t SlicesOf(Connection& client, const std::string& kind) {
  const Reply kinds = client.Command({"LATENCY", "SLICES"});
  for (size_t i = 0; i + 1 < kinds.elements.size(); i += 2) {
    if (kinds.elements[i].text == kind) return kinds.elements[i + 1].elements.at(1).integer;
  }
  return 0;
}

TEST(ClientsE2eTest, OneThatDoesNotReadHoldsUpNobody) {
  ServerProcess server;
  Connection monitor = server.Connect();
  Connection client = server.Connect();
  EXPECT_EQ(monitor.Command({"MONITOR"}), Reply::Ok());
  const std::string megabyte(1 << 20, 'x');
  for (int i = 0; i < kManyMegabytes; ++i) {
    ASSERT_EQ(client.Command({"SET", "k", megabyte}), Reply::Ok());
  }
  for (int i = 0; i < kManyMegabytes; ++i) {
    ASSERT_TRUE(monitor.Receive().text.ends_with(" \"SET\" \"k\" \"" + megabyte + '"')) << i;
  }
}

TEST(ClientsE2eTest, OneThatDoesNotReadIsClosedAtItsLimit) {
  ServerProcess server({.options = {"--client-output-buffer-limit", "normal 4mb 0 0"}});
  Connection monitor = server.Connect();
  Connection client = server.Connect();
  EXPECT_EQ(monitor.Command({"MONITOR"}), Reply::Ok());
  const std::string megabyte(1 << 20, 'x');
  for (int i = 0; i < kManyMegabytes; ++i) {
    ASSERT_EQ(client.Command({"SET", "k", megabyte}), Reply::Ok());
  }
  EXPECT_EQ(client.Info("connected_clients"), "1");
  EXPECT_EQ(client.Info("client_output_buffer_limit_disconnections"), "1");
}

TEST(ClientsE2eTest, PausedPipelinesGoOnInOrder) {
  ServerProcess server;
  Connection admin = server.Connect();
  Connection writer = server.Connect();
  EXPECT_EQ(admin.Command({"CLIENT", "PAUSE", "100000", "WRITE"}), Reply::Ok());
  writer.Append({"PING"});
  for (int i = 0; i < 1000; ++i) writer.Append({"APPEND", "k", std::to_string(i % 10)});
  writer.Append({"STRLEN", "k"});
  EXPECT_EQ(writer.Receive(), Reply::Status("PONG"));
  EXPECT_TRUE(admin.AwaitInfo("blocked_clients", [](const auto& text) { return text == "1"; }));
  EXPECT_EQ(admin.Command({"STRLEN", "k"}), Reply::Integer(0));
  EXPECT_EQ(admin.Command({"CLIENT", "UNPAUSE"}), Reply::Ok());
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(writer.Receive(), Reply::Integer(i + 1));
  EXPECT_EQ(writer.Receive(), Reply::Integer(1000));
}

// Though much stands before the end of what it sent.
TEST(ClientsE2eTest, WhoLeavesInAPauseIsGone) {
  ServerProcess server;
  Connection admin = server.Connect();
  EXPECT_EQ(admin.Command({"CLIENT", "PAUSE", "100000", "WRITE"}), Reply::Ok());
  RawClient writer(server.port());
  std::string sets;
  while (sets.size() < 200'000) sets += Encode({"SET", "k", "v"});
  ASSERT_TRUE(writer.Send(sets));
  EXPECT_TRUE(admin.AwaitInfo("blocked_clients", [](const auto& text) { return text == "1"; }));
  writer.Close();
  EXPECT_TRUE(admin.AwaitInfo("connected_clients", [](const auto& text) { return text == "1"; }));
  EXPECT_EQ(admin.Info("blocked_clients"), "0");
}

// What has been sent ahead is caught up with in many slices: each takes less than it all by far.
TEST(ClientsE2eTest, ALongArgumentSentAheadIsTakenInSlices) {
  ServerProcess server;
  Connection admin = server.Connect();
  RawClient writer(server.port());
  EXPECT_EQ(admin.Command({"CLIENT", "PAUSE", "100000", "WRITE"}), Reply::Ok());
  const std::string megabytes(size_t{30} << 20, 'x');
  ASSERT_TRUE(writer.Send(Encode({"SET", "first", "v"}) + Encode({"SET", "long", megabytes})));
  const auto has_come = [](const std::string& text) { return std::stoll(text) > 30 << 20; };
  EXPECT_TRUE(admin.AwaitInfo("mem_clients_normal", has_come));
  EXPECT_EQ(admin.Command({"CONFIG", "RESETSTAT"}), Reply::Ok());
  EXPECT_EQ(admin.Command({"CLIENT", "UNPAUSE"}), Reply::Ok());
  EXPECT_EQ(writer.Read(10), "+OK\r\n+OK\r\n");
  EXPECT_GT(SlicesOf(admin, "resumed"), 3);
}

TEST(ClientsE2eTest, APauseEndsByItself) {
  ServerProcess server;
  Connection client = server.Connect();
  EXPECT_EQ(client.Command({"CLIENT", "PAUSE", "50", "ALL"}), Reply::Ok());
  EXPECT_EQ(client.Command({"PING"}), Reply::Status("PONG"));
}

TEST(ClientsE2eTest, WhoIsKilledIsGone) {
  ServerProcess server;
  Connection admin = server.Connect();
  Connection idle = server.Connect();
  Connection paused = server.Connect();
  const std::string idle_id = IdOf(idle);
  const std::string paused_id = IdOf(paused);
  EXPECT_EQ(admin.Command({"CLIENT", "PAUSE", "100000", "WRITE"}), Reply::Ok());
  paused.Append({"SET", "k", "v"});
  paused.Append({"PING"});
  EXPECT_EQ(admin.Command({"CLIENT", "KILL", "ID", idle_id}), Reply::Integer(1));
  EXPECT_EQ(idle.Receive().kind, Reply::Kind::kLost);
  EXPECT_EQ(admin.Command({"CLIENT", "KILL", "ID", paused_id}), Reply::Integer(1));
  EXPECT_EQ(paused.Receive().kind, Reply::Kind::kLost);
  EXPECT_EQ(admin.Command({"CLIENT", "UNPAUSE"}), Reply::Ok());
  EXPECT_EQ(admin.Command({"EXISTS", "k"}), Reply::Integer(0));
  EXPECT_EQ(admin.Info("connected_clients"), "1");
}

TEST(ClientsE2eTest, KillingAllIncludingOneself) {
  ServerProcess server;
  Connection admin = server.Connect();
  std::vector<Connection> others;
  for (int i = 0; i < 20; ++i) others.push_back(server.Connect());
  for (Connection& other : others) EXPECT_EQ(other.Command({"MONITOR"}), Reply::Ok());
  admin.Append({"CLIENT", "KILL", "SKIPME", "no"});
  admin.Append({"PING"});
  EXPECT_EQ(admin.Receive(), Reply::Integer(21));
  EXPECT_EQ(admin.Receive().kind, Reply::Kind::kLost);
  for (Connection& other : others) EXPECT_EQ(other.Receive().kind, Reply::Kind::kLost);
  Connection fresh = server.Connect();
  EXPECT_EQ(fresh.Info("connected_clients"), "1");
}

TEST(ClientsE2eTest, IdleOnesAreClosed) {
  ServerProcess server({.options = {"--timeout", "1"}});
  Connection idle = server.Connect();
  EXPECT_EQ(idle.Command({"PING"}), Reply::Status("PONG"));
  EXPECT_EQ(idle.Receive().kind, Reply::Kind::kLost);
  Connection fresh = server.Connect();
  EXPECT_EQ(fresh.Info("connected_clients"), "1");
}

}  // namespace
}  // namespace ebb::test

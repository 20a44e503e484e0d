// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
//
// The lazy-free thread in a real server.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <string>
#include <vector>

#include "tests/support/encode.h"
#include "tests/support/no_threads.h"
#include "tests/support/raw_client.h"
#include "tests/support/server_process.h"

namespace ebb::test {
namespace {

using ::testing::HasSubstr;

bool IsZero(const std::string& text) {
  return text == "0";
}

TEST(LazyFreeServerTest, WhatIsBigComesBackByItself) {
  ServerProcess server;
  Connection client = server.Connect();
  const auto empty = std::stoull(client.Info("used_memory"));
  ASSERT_EQ(client.Command({"SET", "k", std::string(20'000'000, 'v')}), Reply::Ok());
  ASSERT_GT(std::stoull(client.Info("used_memory")), empty + 20'000'000);
  ASSERT_EQ(client.Command({"DEL", "k"}), Reply::Integer(1));
  EXPECT_TRUE(client.AwaitInfo("lazyfree_pending_bytes", IsZero));
  EXPECT_EQ(client.Info("lazyfree_pending_objects"), "0");
  EXPECT_EQ(client.Info("lazyfreed_objects"), "1");
  EXPECT_LT(std::stoull(client.Info("used_memory")), empty + 1'000'000);
}

// Replies that nobody has read, and an unfinished command.
TEST(LazyFreeServerTest, WhatClientsLeaveComesBackByItself) {
  ServerProcess server;
  Connection client = server.Connect();
  ASSERT_EQ(client.Command({"SET", "k", std::string(15'000, 'v')}), Reply::Ok());
  const auto empty = std::stoull(client.Info("used_memory"));
  RawClient reader(server.port());
  std::vector<std::string> mget(5001, "k");
  mget.front() = "MGET";
  ASSERT_TRUE(reader.Send(Encode(mget)));
  RawClient writer(server.port());
  std::string beginning = "*2000000\r\n";
  for (int i = 0; i < 1'000'000; ++i) beginning += "$1\r\nx\r\n";
  ASSERT_TRUE(writer.Send(beginning));
  const auto clients_take_much = [](const std::string& bytes) {
    return std::stoull(bytes) > 80'000'000;
  };
  EXPECT_TRUE(client.AwaitInfo("mem_clients_normal", clients_take_much));
  EXPECT_EQ(client.Command({"CLIENT", "KILL", "TYPE", "normal"}), Reply::Integer(2));
  // The pool keeps some chunks.
  EXPECT_TRUE(client.AwaitInfo(
      "used_memory",
      [&](const std::string& used) { return std::stoull(used) < empty + 2'000'000; }))
      << client.Info("used_memory") << " are used; it began with " << empty;
  EXPECT_TRUE(client.AwaitInfo("lazyfree_pending_bytes", IsZero));
}

TEST(LazyFreeServerTest, FlushAndSwapInALoopUnderLoad) {
  ServerProcess server({.options = {"--enable-debug-command", "yes"}});
  Connection client = server.Connect();
  Connection writer = server.Connect();
  const auto empty = std::stoull(client.Info("used_memory"));
  constexpr int kRounds = 40;
  constexpr int kWrites = 200;
  const std::string big(100'000, 'v');
  for (int round = 0; round < kRounds; ++round) {
    for (int i = 0; i < kWrites; ++i) {
      writer.Append({"SET", "key:" + std::to_string(i), i % 20 == 0 ? big : "small"});
      writer.Append({"GET", "key:" + std::to_string(i / 2)});
    }
    client.Append({"DEBUG", "POPULATE", "1000"});
    client.Append({"SWAPDB", "0", "1"});
    client.Append({"SELECT", round % 2 == 0 ? "0" : "1"});
    client.Append({round % 3 == 0 ? "FLUSHDB" : "FLUSHALL"});
    for (int i = 0; i < 4; ++i) ASSERT_EQ(client.Receive(), Reply::Ok());
    for (int i = 0; i < kWrites; ++i) {
      ASSERT_EQ(writer.Receive(), Reply::Ok());
      ASSERT_FALSE(writer.Receive().IsError());
    }
  }
  ASSERT_EQ(client.Command({"FLUSHALL"}), Reply::Ok());
  EXPECT_TRUE(client.AwaitInfo("lazyfree_pending_objects", IsZero));
  EXPECT_EQ(client.Info("lazyfree_pending_bytes"), "0");
  EXPECT_NE(client.Info("lazyfreed_objects"), "0");
  // Nothing has got lost on the way.
  EXPECT_TRUE(client.AwaitInfo(
      "used_memory",
      [&](const std::string& used) { return std::stoull(used) < empty + 1'000'000; }))
      << client.Info("used_memory") << " are used; it began with " << empty;
}

// What is pending is the process's end's to free. That it does not stay for it, tests of LazyFree
// show.
TEST(LazyFreeServerTest, ShutsDownWithAGigabytePending) {
  ServerProcess server({.options = {"--enable-debug-command", "yes"}});
  Connection client = server.Connect();
  // Where the sanitizers' allocator keeps what is freed, less.
  const size_t bytes = size_t{1} << (client.Info("mem_allocator") == "libc" ? 27 : 30);
  constexpr size_t kSize = 1'000'000;
  ASSERT_EQ(client.Command(
                {"DEBUG", "POPULATE", std::to_string(bytes / kSize), "big", std::to_string(kSize)}),
            Reply::Ok());
  ASSERT_EQ(client.Command({"SELECT", "1"}), Reply::Ok());
  ASSERT_EQ(client.Command({"DEBUG", "POPULATE", "200000"}), Reply::Ok());
  // In one go, so that nearly all is pending still; a machine that is busy may have freed it
  // before.
  client.Append({"FLUSHALL"});
  client.Append({"SHUTDOWN", "NOSAVE"});
  EXPECT_EQ(client.Receive(), Reply::Ok());
  EXPECT_EQ(server.WaitForExit(), 0);
}

TEST(LazyFreeServerTest, WithoutThreadsItSaysSoAndFreesByItself) {
#ifdef __SANITIZE_THREAD__
  GTEST_SKIP() << "ThreadSanitizer finds its memory taken where the stack is that large";
#endif
  ServerProcess server({.stack = kImpossibleStack});
  Connection client = server.Connect();
  EXPECT_THAT(server.Log(), HasSubstr("The lazy-free thread cannot be started"));
  ASSERT_EQ(client.Command({"SET", "k", std::string(20'000'000, 'v')}), Reply::Ok());
  const auto full = std::stoull(client.Info("used_memory"));
  ASSERT_EQ(client.Command({"DEL", "k"}), Reply::Integer(1));
  EXPECT_EQ(client.Info("lazyfree_pending_objects"), "0");
  EXPECT_LT(std::stoull(client.Info("used_memory")), full - 19'000'000);
  EXPECT_FALSE(client.Command({"MEMORY", "RECLAIM"}).IsError());
  if (client.Info("mem_allocator") == "libc") return;
  EXPECT_THAT(server.Log(), HasSubstr("The allocator cannot start its thread"));
}

TEST(LazyFreeServerTest, EndsBySignalWithMuchPending) {
  ServerProcess server({.options = {"--enable-debug-command", "yes"}});
  Connection client = server.Connect();
  ASSERT_EQ(client.Command({"DEBUG", "POPULATE", "200000"}), Reply::Ok());
  ASSERT_EQ(client.Command({"FLUSHALL"}), Reply::Ok());
  server.Signal(SIGTERM);
  EXPECT_EQ(server.WaitForExit(), 0);
}

}  // namespace
}  // namespace ebb::test

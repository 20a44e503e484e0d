// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
//
// A real server that is short of memory, or is kept busy with giving it back.
#include <gtest/gtest.h>

#include <string>

#include "tests/support/server_process.h"

namespace ebb::test {
namespace {

constexpr int kPipeline = 200;

// Writes `count` keys of 1,000 bytes, of which `space` are different, in pipelines. Answers how
// many were refused for want of memory; anything else than that or OK fails the test.
int Write(Connection& client, int count, int space) {
  const std::string value(1000, 'v');
  int refused = 0;
  for (int i = 0; i < count; i += kPipeline) {
    for (int j = i; j < i + kPipeline; ++j) {
      client.Append({"SET", "w:" + std::to_string(j * 7919 % space), value});
    }
    for (int j = 0; j < kPipeline; ++j) {
      const Reply reply = client.Receive();
      if (reply.IsError("OOM ")) {
        ++refused;
      } else {
        EXPECT_EQ(reply, Reply::Ok());
      }
    }
  }
  return refused;
}

TEST(MemoryPressureTest, AWriterThatNeverStopsEvicts) {
  ServerProcess server({.options = {"--maxmemory", "30mb", "--maxmemory-policy", "allkeys-lru"}});
  Connection client = server.Connect();
  EXPECT_EQ(Write(client, 90'000, 90'000), 0);
  EXPECT_LT(std::stoull(client.Info("used_memory")), 31u << 20);
  EXPECT_GT(std::stoull(client.Info("evicted_keys")), 50'000u);
  // As much is kept as there is room for.
  EXPECT_GT(client.Command({"DBSIZE"}).integer, 20'000);
}

TEST(MemoryPressureTest, WithoutEvictionWritesAreRefusedAndReadsAreNot) {
  ServerProcess server({.options = {"--maxmemory", "30mb"}});
  Connection client = server.Connect();
  EXPECT_GT(Write(client, 40'000, 40'000), 5'000);
  EXPECT_EQ(client.Info("evicted_keys"), "0");
  EXPECT_FALSE(client.Command({"GET", "w:0"}).IsError());
  ASSERT_EQ(client.Command({"FLUSHALL"}), Reply::Ok());
  EXPECT_EQ(Write(client, 1000, 1000), 0);
}

TEST(MemoryPressureTest, AResidentLimitHoldsAgainstAWriterThatNeverStops) {
  ServerProcess server(
      {.options = {"--maxmemory-rss", "60mb", "--maxmemory-policy", "allkeys-random"}});
  Connection client = server.Connect();
  if (client.Info("mem_allocator") == "libc") GTEST_SKIP() << "the sanitizers take memory, too";
  EXPECT_EQ(Write(client, 150'000, 150'000), 0);
  EXPECT_LT(std::stoull(client.Info("used_memory")), 60u << 20);
  // What has gone over the limit on the way comes back by itself.
  EXPECT_TRUE(client.AwaitInfo("used_memory_rss", [](const std::string& resident) {
    return std::stoull(resident) <= 60u << 20;
  })) << client.Info("maxmemory_rss_rung");
  EXPECT_GT(client.Command({"DBSIZE"}).integer, 20'000);
}

TEST(MemoryPressureTest, DefragFlippedUnderLoadChangesNothing) {
  ServerProcess server({.options = {"--enable-debug-command", "yes"}});
  Connection client = server.Connect();
  Connection writer = server.Connect();
  ASSERT_EQ(client.Command({"DEBUG", "POPULATE", "100000", "key", "150"}), Reply::Ok());
  for (int i = 0; i < 100'000; ++i) {
    if (i % 8 == 0) continue;
    client.Append({"DEL", "key:" + std::to_string(i)});
    ASSERT_EQ(client.Receive(), Reply::Integer(1));
    if (i % 5000 > 1 || i % 5000 == 0) continue;
    ASSERT_EQ(writer.Command({"CONFIG", "SET", "activedefrag", i % 2 == 0 ? "yes" : "no"}),
              Reply::Ok());
    EXPECT_EQ(Write(writer, kPipeline, 1000), 0);
  }
  ASSERT_EQ(client.Command({"CONFIG", "SET", "activedefrag", "no"}), Reply::Ok());
  const Reply before = client.Command({"DEBUG", "DIGEST"});
  ASSERT_EQ(client.Command({"CONFIG", "SET", "activedefrag", "yes"}), Reply::Ok());
  ASSERT_FALSE(client.Command({"MEMORY", "RECLAIM"}).IsError());
  EXPECT_NE(client.Info("active_defrag_hits"), "0");
  EXPECT_EQ(client.Command({"DEBUG", "DIGEST"}), before);
}

}  // namespace
}  // namespace ebb::test

// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/clients.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/support/encode.h"
#include "tests/support/engine_fixture.h"

namespace ebb::test {
namespace {

class ClientsTest : public EngineTest {
 protected:
  void Configure(std::string_view option, std::string_view value) {
    const std::string_view words[] = {option, value};
    ASSERT_EQ(config().Set(words, true), "");
  }

  // Seconds of regular work.
  void RunCron(int seconds) {
    for (int tick = 0; tick < seconds * engine().options().hz; ++tick) {
      AdvanceTime(1000 / engine().options().hz);
      engine().cron().Run();
    }
  }

  // Has `bytes` wait for the client.
  static void Fill(TestClient& client, size_t bytes) {
    client.session().output.Append(std::string(bytes, 'x'));
  }
};

TEST_F(ClientsTest, IdleOnesAreClosed) {
  Configure("timeout", "10");
  TestClient& idle = NewClient();
  TestClient& busy = NewClient();
  TestClient& monitor = NewClient();
  TestClient& waiting = NewClient();
  monitor.Run({"MONITOR"});
  Run({"CLIENT", "PAUSE", "60000", "WRITE"});
  waiting.Send("SET k v\r\n");
  RunCron(6);
  busy.Run({"PING"});
  RunCron(6);
  EXPECT_TRUE(idle.close_requested());
  EXPECT_FALSE(busy.close_requested());
  EXPECT_FALSE(monitor.close_requested()) << "watching is no idling";
  EXPECT_FALSE(waiting.close_requested()) << "nor is waiting for the server";
}

TEST_F(ClientsTest, EachIsSeenWithinASecond) {
  std::vector<TestClient*> many;
  for (int i = 0; i < 1000; ++i) many.push_back(&NewClient());
  RunCron(1);
  for (TestClient* each : many) EXPECT_GT(each->session().accounted_bytes, 0u);
}

TEST_F(ClientsTest, ATickLooksAtAShare) {
  Configure("timeout", "1");
  for (int i = 0; i < 999; ++i) NewClient();
  AdvanceTime(5000);
  engine().clients().Tick();
  EXPECT_EQ(engine().clients().all().size(), 900u);
}

TEST_F(ClientsTest, HardLimit) {
  Configure("client-output-buffer-limit", "normal 100000 0 0");
  Fill(client(), 100'000);
  EXPECT_FALSE(engine().clients().OverOutputLimit(client().session()))
      << "the first chunk does not count, as Redis's fixed buffer";
  Fill(client(), 50'000);
  EXPECT_TRUE(engine().clients().OverOutputLimit(client().session()));
  RunCron(2);
  EXPECT_TRUE(client().close_requested());
  EXPECT_EQ(client().session().output.size(), 0u) << "its memory is free at once";
  EXPECT_EQ(engine().clients().Find(client().session().id), nullptr);
  EXPECT_EQ(engine().counters().output_buffer_limit_disconnections, 1u);
}

// It would be eighteen times the limit.
TEST_F(ClientsTest, AReplyGrowsNoFurtherThanTheHardLimit) {
  Configure("client-output-buffer-limit", "normal 1000000 0 0");
  Run({"SET", "k", std::string(900, 'v')});
  std::vector<std::string> mget(20'000, "k");
  mget.front() = "MGET";
  Run({"MULTI"});
  Run(mget);
  Run({"INFO", "memory"});  // notes the peak
  Run({"SET", "behind", "v"});
  const size_t before = memory::UsedMemory();
  EXPECT_LE(client().RunRaw({"EXEC"}).size(), ChunkPool::kChunkBytes);
  EXPECT_LT(engine().peak_memory(), before + 3'000'000);
  EXPECT_TRUE(client().close_requested());
  EXPECT_EQ(engine().counters().output_buffer_limit_disconnections, 1u);
  EXPECT_EQ(NewClient().Run({"GET", "behind"}), Reply::Bulk("v")) << "the rest of it is done";
}

TEST_F(ClientsTest, CommandsThatAnswerMuchAreCutOffAtTheHardLimit) {
  Configure("client-output-buffer-limit", "normal 100000 0 0");
  const std::string text(900, 'x');
  Run({"SADD", "set", text});
  Run({"HSET", "hash", text, text});
  Run({"ZADD", "zset", "1", text});
  Run({"SET", "long", std::string(40'000, 'x')});
  const std::vector<std::vector<std::string>> commands = {
      {"SRANDMEMBER", "set", "-16000000"},
      {"HRANDFIELD", "hash", "-16000000", "WITHVALUES"},
      {"ZRANDMEMBER", "zset", "-16000000"},
      {"MGET", "long", "long", "long", "long"}};
  for (const auto& command : commands) {
    TestClient& next = NewClient();
    EXPECT_LE(next.RunRaw(command).size(), ChunkPool::kChunkBytes) << command[0];
    EXPECT_TRUE(next.close_requested()) << command[0];
  }
  EXPECT_EQ(engine().counters().output_buffer_limit_disconnections, commands.size());
}

TEST_F(ClientsTest, WhatIsHeldBackCountsForTheLimits) {
  Configure("client-output-buffer-limit", "normal 100000 0 0");
  EXPECT_FALSE(engine().clients().CloseOverOutputLimit(client().session(), 99'999));
  Fill(client(), 60'000);
  EXPECT_FALSE(engine().clients().CloseOverOutputLimit(client().session(), 30'000));
  EXPECT_FALSE(client().close_requested());
  EXPECT_TRUE(engine().clients().CloseOverOutputLimit(client().session(), 60'000));
  EXPECT_TRUE(client().close_requested());
  EXPECT_FALSE(engine().clients().CloseOverOutputLimit(client().session(), 60'000)) << "once";
}

TEST_F(ClientsTest, SoftLimitLastsBeforeItCloses) {
  Configure("client-output-buffer-limit", "normal 0 100000 5");
  Fill(client(), 150'000);
  RunCron(5);
  EXPECT_FALSE(client().close_requested());
  RunCron(2);
  EXPECT_TRUE(client().close_requested());
}

TEST_F(ClientsTest, SoftLimitStartsAnewWhenTheClientHasRead) {
  Configure("client-output-buffer-limit", "normal 0 100000 5");
  Fill(client(), 150'000);
  RunCron(4);
  client().session().output.Consume(100'000);
  RunCron(2);
  Fill(client(), 100'000);
  RunCron(4);
  EXPECT_FALSE(client().close_requested());
  RunCron(3);
  EXPECT_TRUE(client().close_requested());
}

TEST_F(ClientsTest, MemoryIsAccounted) {
  RunCron(1);
  const size_t before = engine().clients().memory_bytes(kNormalClient);
  EXPECT_GE(before, sizeof(Session));
  TestClient& other = NewClient();
  Fill(other, 500'000);
  RunCron(1);
  EXPECT_GE(engine().clients().memory_bytes(kNormalClient), before + 500'000);
  EXPECT_GE(engine().clients().recent_max_output(), 480'000u);
  other.session().output.Clear();
  Run({"CLIENT", "KILL", "ID", std::to_string(other.session().id)});
  EXPECT_EQ(engine().clients().memory_bytes(kNormalClient), before);
  RunCron(10);
  EXPECT_EQ(engine().clients().recent_max_output(), 0u) << "the peak is forgotten";
}

// To free a gigabyte of chunks at once would be a pause for everybody.
TEST_F(ClientsTest, MuchOutputThatIsDroppedEndsInSteps) {
  constexpr size_t kMuch = 10'000'000;
  TestClient& other = NewClient();
  Fill(other, kMuch);
  RunCron(1);
  ASSERT_GE(engine().clients().memory_bytes(kNormalClient), kMuch);
  const size_t pending = engine().pending_free_bytes();
  Configure("maxmemory-clients", "2mb");
  engine().clients().EnforceMemoryLimit();
  EXPECT_TRUE(other.close_requested());
  EXPECT_EQ(other.session().output.memory_bytes(), 0u);
  EXPECT_LT(engine().clients().memory_bytes(kNormalClient), kMuch);
  EXPECT_GE(engine().pending_free_bytes(), pending + kMuch - ChunkPool::kChunkBytes)
      << "it is dead, and not freed";
  time().LetLooksTake(1000);
  engine().cron().Run();
  EXPECT_GE(engine().pending_free_bytes(), pending + kMuch / 2) << "a slice is over";
  EXPECT_LT(engine().pending_free_bytes(), pending + kMuch * 9 / 10);
  EXPECT_TRUE(engine().cron().work_pending());
  while (engine().cron().work_pending()) engine().cron().RunSlice();
  EXPECT_EQ(engine().pending_free_bytes(), pending);
}

// Nor do the values end that it refers to, until its reference does.
TEST_F(ClientsTest, WhatDroppedOutputRefersToStaysUntilItsStep) {
  Run({"SET", "k", std::string(20'000, 'v')});
  std::vector<std::string> mget(1001, "k");
  mget.front() = "MGET";
  auto gone = std::make_unique<TestClient>(engine());
  gone->Send(Encode(mget));
  ASSERT_EQ(gone->session().output.shared_bytes(), 1000u * 20'000);
  gone.reset();
  Run({"DEL", "k"});
  const size_t used = memory::UsedMemory();
  EXPECT_TRUE(engine().chunk_pool().EndSome());
  EXPECT_GE(memory::UsedMemory() + 20'000, used);
  while (engine().chunk_pool().EndSome()) {
  }
  EXPECT_LE(memory::UsedMemory() + 20'000, used);
}

TEST_F(ClientsTest, ErrorsAreCountedByTheirFirstWord) {
  Run({"NOSUCH"});
  Run({"GET"});
  Run({"SET", "k", "v"});
  Run({"AUTH", "bob", "x"});
  const auto& counts = engine().accounting().error_counts();
  EXPECT_EQ(counts.at("ERR"), 2u);
  EXPECT_EQ(counts.at("WRONGPASS"), 1u);
  EXPECT_EQ(engine().counters().error_replies, 3u);
}

TEST_F(ClientsTest, APostponedCommandIsCountedOnce) {
  TestClient& writer = NewClient();
  Run({"CLIENT", "PAUSE", "1000", "WRITE"});
  const uint64_t before = engine().counters().commands_processed;
  writer.Send("SET k v\r\n");
  EXPECT_EQ(engine().counters().commands_processed, before);
  Run({"CLIENT", "UNPAUSE"});
  writer.Send("");
  EXPECT_EQ(writer.Receive(), Reply::Ok());
  EXPECT_EQ(engine().counters().commands_processed, before + 2);
  EXPECT_EQ(engine().commands().FindByName("set")->calls, 1u);
}

}  // namespace
}  // namespace ebb::test

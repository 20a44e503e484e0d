// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
//
// The memory of big arguments. What is left to the lazy-free thread waits here until a test frees
// it.
#include "server/request_limits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "storage/memory/allocator.h"
#include "storage/types/string.h"
#include "tests/support/engine_fixture.h"

namespace ebb::test {
namespace {

constexpr size_t kBig = 8'000'000;

class RequestLimitsTest : public EngineTest {
 protected:
  size_t Pending() { return engine().lazy_free().pending_bytes(); }

  void FreeAll() {
    while (engine().lazy_free().Step()) {
    }
  }

  // A client that announces `size` bytes for SET, and sends so many.
  std::unique_ptr<TestClient> Announce(size_t size, size_t sent) {
    auto client = std::make_unique<TestClient>(engine());
    client->Send("*3\r\n$3\r\nSET\r\n$1\r\nb\r\n$" + std::to_string(size) + "\r\n");
    client->Send(std::string(sent, 'v'));
    return client;
  }
};

TEST_F(RequestLimitsTest, WhatNoCommandTakesIsLeftToTheThread) {
  const std::string big(kBig, 'v');
  Run({"SET", "k", "v"});
  for (const std::vector<std::string>& command : std::vector<std::vector<std::string>>{
           {"SETNX", "k", big}, {"SET", "k", big, "NX"}, {"ECHOO", big}, {"GET", "k", big}}) {
    Run(command);
    EXPECT_GE(Pending(), kBig) << command[0];  // smaller blocks, as it grew, are less
    const uint64_t freed = engine().lazy_free().freed_objects();
    FreeAll();
    EXPECT_EQ(Pending(), 0u);
    EXPECT_EQ(engine().lazy_free().freed_objects(), freed) << "it was no object of a database";
  }
}

TEST_F(RequestLimitsTest, WhatAClientLeavesHalfSentIsLeftToTheThread) {
  auto gone = Announce(kBig, kBig / 2);
  FreeAll();
  gone.reset();
  EXPECT_GE(Pending(), kBig);
}

TEST_F(RequestLimitsTest, SmallOnesAreFreedAtOnce) {
  const std::string small(50'000, 'v');
  Run({"SET", "k", "v"});
  Run({"SETNX", "k", small});
  EXPECT_EQ(Pending(), 0u);
}

TEST_F(RequestLimitsTest, WithoutLazinessTheyAreFreedAtOnce) {
  Run({"CONFIG", "SET", "lazyfree-lazy-server-del", "no"});
  Run({"SET", "k", "v"});
  Run({"SETNX", "k", std::string(kBig, 'v')});
  EXPECT_EQ(Pending(), 0u);
}

// What nobody has touched is no reason to evict; what has come is.
TEST_F(RequestLimitsTest, WhatIsAnnouncedEvictsNothing) {
  constexpr size_t kSent = kBig / 2 + 100'000;
  Run({"CONFIG", "SET", "maxmemory-policy", "allkeys-lru"});
  for (int i = 0; i < 1000; ++i) Run({"SET", "key:" + std::to_string(i), std::string(500, 'v')});
  const size_t limit = memory::UsedMemory() + kBig;
  Run({"CONFIG", "SET", "maxmemory", std::to_string(limit)});
  const auto other = Announce(2 * kBig, kSent);
  FreeAll();
  ASSERT_GT(memory::UsedMemory(), limit) << "there is room for the whole";
  EXPECT_EQ(Run({"SET", "key:0", "v"}), Reply::Ok());
  EXPECT_EQ(engine().keyspace_counters().evicted, 0u);
  other->Send(std::string(2 * kBig - kSent, 'v'));
  Run({"SET", "key:0", "v"});
  EXPECT_GT(engine().keyspace_counters().evicted, 0u);
}

TEST_F(RequestLimitsTest, WhatHasComeIsNotAwaited) {
  const std::string big(kBig, 'v');
  EXPECT_EQ(Run({"SET", "k", big}), Reply::Ok());
  EXPECT_EQ(engine().awaited_argument_bytes(), 0u);
  auto client = Announce(kBig, kBig / 2);
  const size_t awaited = engine().awaited_argument_bytes();
  EXPECT_GE(awaited, kBig / 2);
  client->Send(std::string(kBig / 4, 'v'));
  EXPECT_EQ(engine().awaited_argument_bytes(), kBig / 4 + 2);
  client.reset();
  EXPECT_EQ(engine().awaited_argument_bytes(), 0u);
}

// Who copies one leaves the block itself to the thread.
TEST_F(RequestLimitsTest, AQueuedOneBecomesTheValue) {
  const std::string big(kBig, 'v');
  Run({"MULTI"});
  EXPECT_EQ(Run({"SET", "k", big}), Reply::Status("QUEUED"));
  EXPECT_LT(Pending(), kBig) << "but for smaller blocks, as it grew";
  const auto& queued = client().session().transaction.queue.at(0);
  const void* const bytes = queued.large->at(0).bulk.view().data();
  EXPECT_EQ(Run({"EXEC"}), Reply::Array({Reply::Ok()}));
  EXPECT_EQ(StringView(*engine().db(0).Peek("k")).view().data(), bytes);
  EXPECT_LT(Pending(), kBig);
  EXPECT_EQ(Run({"GET", "k"}), Reply::Bulk(big));
}

TEST_F(RequestLimitsTest, AQueuedOneGoesWithItsTransaction) {
  const std::string big(kBig, 'v');
  Run({"SET", "k", "v"});
  for (const std::vector<std::string>& end : std::vector<std::vector<std::string>>{
           {"DISCARD"}, {"RESET"}, {"EXEC", "too", "many"}, {"EXEC"}}) {
    Run({"MULTI"});
    Run({"SETNX", "k", big});
    FreeAll();
    Run(end);
    EXPECT_GE(Pending(), kBig) << end[0];
  }
  auto gone = std::make_unique<TestClient>(engine());
  gone->Run({"MULTI"});
  gone->Run({"SETNX", "k", big});
  FreeAll();
  gone.reset();
  EXPECT_GE(Pending(), kBig);
}

TEST_F(RequestLimitsTest, APublishedOneIsSentFromWhereItLies) {
  const std::string big(kBig, 'v');
  TestClient& reader = NewClient();
  reader.RunRaw({"SUBSCRIBE", "a"});
  reader.RunRaw({"SSUBSCRIBE", "a"});
  for (const std::string command : {"PUBLISH", "SPUBLISH"}) {
    for (const bool queued : {false, true}) {
      if (queued) Run({"MULTI"});
      Run({command, "a", big});
      if (queued) Run({"EXEC"});
      EXPECT_LT(Pending(), kBig) << command;
      FreeAll();
      EXPECT_EQ(reader.Receive().elements.at(2), Reply::Bulk(big));
      EXPECT_GE(Pending(), kBig) << "the reader was the last to hold it";
      FreeAll();
    }
  }
  EXPECT_EQ(Run({"PUBLISH", "b", big}), Reply::Integer(0));
  EXPECT_GE(Pending(), kBig);
}

TEST_F(RequestLimitsTest, OneThatSetRangePutsOverEverythingBecomesTheValue) {
  const std::string big(kBig, '1');
  for (const std::string key : {"absent", "short"}) {
    if (key == "short") Run({"SET", key, "v", "EX", "100"});
    EXPECT_EQ(Run({"SETRANGE", key, "0", big}), Reply::Integer(kBig));
    EXPECT_LT(Pending(), kBig) << key;
    EXPECT_EQ(Run({"GET", key}), Reply::Bulk(big));
    FreeAll();
  }
  EXPECT_EQ(Run({"TTL", "short"}), Reply::Integer(100));
  EXPECT_EQ(Run({"SETRANGE", "short", "1", big}), Reply::Integer(kBig + 1));
  EXPECT_EQ(Run({"SETRANGE", "short", "0", std::string(kBig, '2')}), Reply::Integer(kBig + 1));
  EXPECT_EQ(Run({"GETRANGE", "short", "-2", "-1"}), Reply::Bulk("21"));
}

}  // namespace
}  // namespace ebb::test

// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include "server/memory_report.h"
#include "storage/memory/allocator.h"
#include "tests/support/encode.h"
#include "tests/support/engine_fixture.h"

namespace ebb::test {
namespace {

class MemoryCommandsTest : public EngineTest {
 protected:
  MemoryCommandsTest() { AllowDebug(); }

  int64_t Usage(const std::string& key) { return Run({"MEMORY", "USAGE", key}).integer; }
};

// A map's values by its keys.
std::map<std::string, Reply> ByName(const Reply& map) {
  std::map<std::string, Reply> values;
  for (size_t i = 0; i + 1 < map.elements.size(); i += 2) {
    values[map.elements[i].text] = map.elements[i + 1];
  }
  return values;
}

TEST_F(MemoryCommandsTest, UsageAgreesWithTheAllocator) {
  const auto key_of = [](int i) { return "key:" + std::to_string(i); };
  const size_t before = memory::UsedMemory();
  constexpr int kKeys = 3000;
  for (int i = 0; i < kKeys; ++i) {
    Run({"SET", key_of(i), std::string(static_cast<size_t>(i) * 3 % 9000, 'x')});
    if (i % 3 == 0) Run({"EXPIRE", key_of(i), "100"});
  }
  const size_t grown = memory::UsedMemory() - before;
  int64_t sum = 0;
  for (int i = 0; i < kKeys; ++i) sum += Usage(key_of(i));
  EXPECT_NEAR(static_cast<double>(sum), static_cast<double>(grown),
              static_cast<double>(grown) * 0.01);
}

TEST_F(MemoryCommandsTest, UsageOfOneKeyIsWhatItTakes) {
  // Long enough for the client to have made what it needs to receive such a value.
  Run({"SET", "other", std::string(100000, 'x')});
  for (const size_t size : {1, 60, 1000, 5000, 100000}) {
    Run({"DEL", "k"});
    const size_t before = memory::UsedMemory();
    Run({"SET", "k", std::string(size, 'x')});
    const auto taken = static_cast<int64_t>(memory::UsedMemory() - before);
    const int64_t table = 64;  // the share of a table of two
    EXPECT_LE(std::abs(Usage("k") - taken), table) << size;
  }
}

TEST_F(MemoryCommandsTest, UsageReadsItsArgumentsFirst) {
  Run({"SET", "k", "v"});
  EXPECT_EQ(Run({"MEMORY", "USAGE", "none"}), Reply::Nil());
  EXPECT_EQ(client().RunRaw({"MEMORY", "USAGE", "none"}), "$-1\r\n");
  const Reply syntax = Reply::Error("ERR syntax error");
  EXPECT_EQ(Run({"MEMORY", "USAGE", "none", "foo"}), syntax);
  EXPECT_EQ(Run({"MEMORY", "USAGE", "k", "SAMPLES"}), syntax);
  EXPECT_EQ(Run({"MEMORY", "USAGE", "k", "SAMPLES", "-1"}), syntax);
  EXPECT_EQ(Run({"MEMORY", "USAGE", "k", "SAMPLES", "x"}),
            Reply::Error("ERR value is not an integer or out of range"));
  EXPECT_EQ(Run({"MEMORY", "USAGE", "k", "SAMPLES", "0"}).integer, Usage("k"));
  EXPECT_EQ(Run({"MEMORY", "USAGE", "k", "samples", "5", "SAMPLES", "3"}).integer, Usage("k"));
  EXPECT_EQ(Run({"MEMORY", "STATS", "x"}),
            Reply::Error("ERR wrong number of arguments for 'memory|stats' command"));
  EXPECT_EQ(Run({"MEMORY", "nothing"}),
            Reply::Error("ERR unknown subcommand 'nothing'. Try MEMORY HELP."));
}

TEST_F(MemoryCommandsTest, UsageLeavesWhatHasExpired) {
  Run({"SET", "k", "v", "PX", "10"});
  AdvanceTime(20);
  EXPECT_EQ(Run({"MEMORY", "USAGE", "k"}), Reply::Nil());
  EXPECT_EQ(Run({"DBSIZE"}), Reply::Integer(1));
}

TEST_F(MemoryCommandsTest, UsageIsNoUse) {
  Run({"SET", "k", "v"});
  AdvanceTime(5000);
  Usage("k");
  EXPECT_EQ(Run({"OBJECT", "IDLETIME", "k"}), Reply::Integer(5));
}

TEST_F(MemoryCommandsTest, StatsHasTheFieldsOfRedisAndTheBreakdown) {
  Run({"SET", "k", "v"});
  Run({"SELECT", "3"});
  Run({"SET", "k", "v"});
  auto stats = ByName(Run({"MEMORY", "STATS"}));
  for (const char* name : {"peak.allocated",
                           "total.allocated",
                           "startup.allocated",
                           "replication.backlog",
                           "clients.slaves",
                           "clients.normal",
                           "cluster.links",
                           "aof.buffer",
                           "lua.caches",
                           "functions.caches",
                           "overhead.total",
                           "keys.bytes-per-key",
                           "dataset.bytes",
                           "allocator.allocated",
                           "allocator.active",
                           "allocator.resident",
                           "allocator-fragmentation.bytes",
                           "allocator-rss.bytes",
                           "rss-overhead.bytes",
                           "fragmentation.bytes",
                           "breakdown.live",
                           "breakdown.unsent",
                           "breakdown.pubsub",
                           "breakdown.slowlog",
                           "breakdown.rest"}) {
    EXPECT_EQ(stats[name].kind, Reply::Kind::kInteger) << name;
  }
  EXPECT_EQ(stats["keys.count"], Reply::Integer(2));
  EXPECT_EQ(stats["dataset.percentage"].kind, Reply::Kind::kBulk);
  auto database = ByName(stats["db.3"]);
  EXPECT_GT(database["overhead.hashtable.main"].integer, 0);
  EXPECT_EQ(database["overhead.hashtable.expires"], Reply::Integer(0));
  EXPECT_FALSE(stats.contains("db.1"));
  Run({"HELLO", "3"});
  const std::string raw = client().RunRaw({"MEMORY", "STATS"});
  EXPECT_EQ(raw[0], '%');
  EXPECT_NE(raw.find("$18\r\ndataset.percentage\r\n,"), std::string::npos);
  EXPECT_NE(raw.find("$4\r\ndb.0\r\n%3\r\n"), std::string::npos);
}

TEST_F(MemoryCommandsTest, TheBreakdownOfUsedMemoryIsUsedMemory) {
  Run({"DEBUG", "POPULATE", "20000", "key", "100"});
  const MemoryReport report = ReportMemory(engine());
  const MemoryReport::Breakdown& parts = report.breakdown;
  EXPECT_EQ(parts.live + parts.tables + parts.pending_free + parts.clients + parts.unsent +
                parts.pubsub + parts.slowlog + parts.server,
            report.used);
  EXPECT_GE(parts.tables, 20000u * 8);
  EXPECT_GE(parts.live, 20000u * 100);
  EXPECT_LE(parts.live, 20000u * 160);
}

TEST_F(MemoryCommandsTest, TheDoctorKnowsWhichKeysMayBeEvicted) {
  Run({"SET", "k", std::string(100'000, 'x')});
  Run({"CONFIG", "SET", "maxmemory-policy", "volatile-lru", "maxmemory", "1000"});
  const auto says_refused = [this] {
    return Run({"MEMORY", "DOCTOR"}).text.find("writes are refused") != std::string::npos;
  };
  EXPECT_TRUE(says_refused());
  Run({"CONFIG", "SET", "maxmemory", "0"});
  EXPECT_FALSE(says_refused());
}

TEST_F(MemoryCommandsTest, TextsAreVerbatim) {
  Run({"HELLO", "3"});
  EXPECT_EQ(client().RunRaw({"MEMORY", "DOCTOR"}).substr(0, 1), "=");
  const std::string raw = client().RunRaw({"MEMORY", "MALLOC-STATS"});
  if (memory::Name() == "libc") {
    EXPECT_EQ(raw, "=49\r\ntxt:Stats not supported for the current allocator\r\n");
  } else {
    EXPECT_NE(raw.find("txt:___ Begin jemalloc statistics ___"), std::string::npos);
  }
}

// The same value may be on its way to many. Each is held to account for it all the same.
TEST_F(MemoryCommandsTest, WhatRepliesReferToIsNotTheClients) {
  const size_t before = ReportMemory(engine()).breakdown.clients;
  Run({"SET", "k", std::string(1'000'000, 'x')});
  for (int i = 0; i < 3; ++i) {
    TestClient& reader = NewClient();
    reader.Send("GET k\r\nGET k\r\n");
    EXPECT_GT(reader.session().MemoryBytes(), 2'000'000u);
  }
  const MemoryReport report = ReportMemory(engine());
  EXPECT_LT(report.breakdown.clients, before + 500'000);
  EXPECT_EQ(report.breakdown.unsent, 0u) << "it is data";
  EXPECT_GE(report.breakdown.live, 900'000u);
  EXPECT_GE(report.Dataset(), 900'000u);
}

TEST_F(MemoryCommandsTest, AValueThatIsGoneAndNotReadYetIsNoData) {
  Run({"SET", "k", std::string(1'000'000, 'x')});
  TestClient& reader = NewClient();
  reader.Send("GET k\r\nGET k\r\n");
  const MemoryReport before = ReportMemory(engine());
  Run({"DEL", "k"});
  const MemoryReport after = ReportMemory(engine());
  EXPECT_GE(after.breakdown.unsent, 1'000'000u);
  EXPECT_LT(after.breakdown.unsent, 1'300'000u) << "it is there once";
  EXPECT_LT(after.breakdown.live + 900'000, before.breakdown.live);
  EXPECT_GE(after.Overhead(), before.Overhead() + 900'000);
  EXPECT_LT(after.Dataset() + 900'000, before.Dataset());
  reader.TakeOutput();
  EXPECT_EQ(ReportMemory(engine()).breakdown.unsent, 0u);
}

TEST_F(MemoryCommandsTest, MessagesThatNobodyReadsAreNoData) {
  const std::string text(1'000'000, 'x');
  std::vector<TestClient*> subscribers;
  for (int i = 0; i < 5; ++i) {
    subscribers.push_back(&NewClient());
    subscribers.back()->RunRaw({"SUBSCRIBE", "a"});
  }
  const MemoryReport before = ReportMemory(engine());
  for (int i = 0; i < 10; ++i) EXPECT_EQ(Run({"PUBLISH", "a", text}), Reply::Integer(5));
  const MemoryReport after = ReportMemory(engine());
  EXPECT_GE(after.breakdown.unsent, 10'000'000u);
  EXPECT_LT(after.breakdown.unsent, 13'000'000u);
  EXPECT_LT(after.breakdown.live, before.breakdown.live + 1'000'000);
  for (TestClient* subscriber : subscribers) subscriber->TakeOutput();
  EXPECT_EQ(ReportMemory(engine()).breakdown.unsent, 0u);
}

TEST_F(MemoryCommandsTest, TheSlowLogIsCounted) {
  if (memory::Name() == "libc") GTEST_SKIP() << "what new takes is unknown";
  const auto counted = [this] { return ReportMemory(engine()).breakdown.slowlog; };
  Run({"CONFIG", "SET", "slowlog-log-slower-than", "0", "slowlog-max-len", "5000"});
  std::vector<std::string> command = {"DEL"};
  command.resize(31, std::string(120, 'x'));
  const size_t used_before = memory::UsedMemory();
  const size_t counted_before = counted();
  for (int i = 0; i < 1000; ++i) Run(command);
  const auto grown = static_cast<double>(counted() - counted_before);
  EXPECT_GT(grown, 1000 * 30 * 120);
  EXPECT_NEAR(grown, static_cast<double>(memory::UsedMemory() - used_before), grown * 0.03);
  Run({"CONFIG", "SET", "slowlog-max-len", "10"});
  EXPECT_LT(counted(), 100'000u);
  Run({"CONFIG", "SET", "slowlog-log-slower-than", "-1"});
  Run({"SLOWLOG", "RESET"});
  EXPECT_EQ(counted(), 0u);
}

TEST_F(MemoryCommandsTest, ClientsMemoryIsToldByWhatItIsFor) {
  const ClientMemory before = ReportMemory(engine()).client_memory;
  const std::string text(10'000, 'x');
  TestClient& reading = NewClient();
  TestClient& sending = NewClient();
  TestClient& queueing = NewClient();
  TestClient& watching = NewClient();
  TestClient& waiting = NewClient();
  sending.Send("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1000000\r\n" + std::string(999'999, 'x'));
  queueing.Run({"MULTI"});
  std::vector<std::string> wait = {"BLPOP"};
  for (int i = 0; i < 100; ++i) {
    const std::string name = text + std::to_string(i);
    reading.Send(Encode({"ECHO", text}));
    queueing.Run({"SET", "k", text});
    watching.Run({"WATCH", name});
    wait.push_back(name);
  }
  wait.emplace_back("0");
  waiting.Send(Encode(wait));
  const ClientMemory after = ReportMemory(engine()).client_memory;
  for (const auto part : {&ClientMemory::input, &ClientMemory::output, &ClientMemory::queued,
                          &ClientMemory::watches, &ClientMemory::waits}) {
    EXPECT_GE(after.*part, before.*part + 900'000);
  }
  EXPECT_GT(after.connection, before.connection);
  EXPECT_LT(after.connection, before.connection + 100'000);
}

}  // namespace
}  // namespace ebb::test

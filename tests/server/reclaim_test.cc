// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/reclaim.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "server/engine.h"
#include "storage/memory/slabs.h"
#include "tests/support/engine_fixture.h"

namespace ebb::test {
namespace {

class ReclaimTest : public EngineTest {
 protected:
  ReclaimTest() { AllowDebug(); }

  // What the transport does; the time stands still, so a slice goes as far as it can.
  void RunSlices() {
    while (engine().reclaim().pending()) engine().reclaim().RunSlice();
  }

  // Every eighth key stays.
  void MakeHoles(int keys) {
    Run({"DEBUG", "POPULATE", std::to_string(keys), "key", "100"});
    for (int i = 0; i < keys; ++i) {
      if (i % 8 != 0) Run({"DEL", "key:" + std::to_string(i)});
    }
  }
};

std::map<std::string, Reply> ByName(const Reply& map) {
  std::map<std::string, Reply> values;
  for (size_t i = 0; i + 1 < map.elements.size(); i += 2) {
    values[map.elements[i].text] = map.elements[i + 1];
  }
  return values;
}

TEST_F(ReclaimTest, AnswersWhenItIsDoneWhatCameBack) {
  Run({"CONFIG", "SET", "activedefrag", "no"});
  MakeHoles(100000);
  const Reply digest = Run({"DEBUG", "DIGEST"});
  client().Send("MEMORY RECLAIM\r\nPING\r\n");
  EXPECT_EQ(client().Receive().kind, Reply::Kind::kLost);
  EXPECT_TRUE(client().session().blocked);
  EXPECT_EQ(engine().blocked().count(), 1u);
  RunSlices();
  auto reply = ByName(client().Receive());
  EXPECT_GT(reply["moved"].integer, 500'000);
  EXPECT_EQ(reply["purged"].kind, Reply::Kind::kInteger);
  EXPECT_EQ(reply["table"].kind, Reply::Kind::kInteger);
  EXPECT_EQ(reply["pending"].kind, Reply::Kind::kInteger);
  EXPECT_EQ(reply["left"].kind, Reply::Kind::kArray);
  client().Send("");  // what came behind it
  EXPECT_EQ(client().Receive(), Reply::Status("PONG"));
  EXPECT_EQ(Run({"DEBUG", "DIGEST"}), digest);
  EXPECT_EQ(engine().blocked().count(), 0u);
}

// The regular work begins a round by itself where the options say that it pays.
TEST_F(ReclaimTest, TheOptionsDecideWhetherDefragBegins) {
  if (!memory::SlabsUnknown().empty()) GTEST_SKIP() << memory::SlabsUnknown();
  Run({"CONFIG", "SET", "activedefrag", "no"});
  MakeHoles(100000);
  const auto begins = [this] {
    engine().cron().Run();
    return engine().defragger().running();
  };
  EXPECT_FALSE(begins());
  Run({"CONFIG", "SET", "activedefrag", "yes", "active-defrag-ignore-bytes", "100mb"});
  EXPECT_FALSE(begins());
  Run({"CONFIG", "SET", "active-defrag-ignore-bytes", "1mb"});
  Run({"CONFIG", "SET", "active-defrag-threshold-upper", "1000"});
  Run({"CONFIG", "SET", "active-defrag-threshold-lower", "1000"});
  EXPECT_FALSE(begins());
  Run({"CONFIG", "SET", "active-defrag-threshold-lower", "10"});
  EXPECT_TRUE(begins());
}

TEST_F(ReclaimTest, TheSlabsAreDenseAfterwards) {
  if (!memory::SlabsUnknown().empty()) GTEST_SKIP() << memory::SlabsUnknown();
  Run({"CONFIG", "SET", "activedefrag", "no"});
  MakeHoles(100000);
  const auto slack = [] {
    memory::DefragAdvisor advisor;
    advisor.Refresh();
    return advisor.slack_bytes();
  };
  ASSERT_GT(slack(), 8'000'000u);
  client().Send("MEMORY RECLAIM\r\n");
  RunSlices();
  EXPECT_LT(slack(), 3'000'000u);
}

TEST_F(ReclaimTest, ResetstatForgetsWhatHasMoved) {
  MakeHoles(20000);
  client().Send("MEMORY RECLAIM\r\n");
  RunSlices();
  EXPECT_EQ(client().Receive().kind, Reply::Kind::kArray);
  const memory::MoveCounters& counters = engine().defragger().mover().counters();
  EXPECT_GT(counters.moved, 0u);
  EXPECT_GT(counters.keys_moved, 0u);
  Run({"CONFIG", "RESETSTAT"});
  EXPECT_EQ(counters.moved + counters.keys_moved, 0u);
}

TEST_F(ReclaimTest, EndsWhatClientsHaveDropped) {
  TestClient& other = NewClient();
  other.session().output.Append(std::string(10'000'000, 'x'));
  other.session().output.Clear();
  ASSERT_GE(engine().pending_free_bytes(), 9'900'000u);
  client().Send("MEMORY RECLAIM\r\n");
  RunSlices();
  EXPECT_EQ(engine().chunk_pool().dropped_bytes(), 0u);
  EXPECT_GE(ByName(client().Receive())["pending"].integer, 9'900'000);
}

TEST_F(ReclaimTest, WhatLiesInTheTrashIsNamed) {
  Run({"CONFIG", "SET", "trash-ttl", "100"});
  Run({"SET", "k", std::string(1000, 'x')});
  Run({"DEL", "k"});
  client().Send("MEMORY RECLAIM\r\n");
  RunSlices();
  const Reply left = ByName(client().Receive())["left"];
  const auto trash = ByName(left)["trash"];
  ASSERT_EQ(trash.elements.size(), 2u) << left.ToString();
  EXPECT_GT(trash.elements[0].integer, 1000);
}

TEST_F(ReclaimTest, EndsThoughThereIsAlwaysSomethingToFree) {
  const std::string large(1'000'000, 'x');
  Run({"SET", "k", large});
  Run({"SET", "k", large});
  client().Send("MEMORY RECLAIM\r\n");
  TestClient& other = NewClient();
  while (engine().reclaim().pending()) {
    other.Run({"SET", "k", large});  // the old one is garbage
    engine().lazy_free().Step();
    engine().reclaim().RunSlice();
  }
  EXPECT_EQ(client().Receive().kind, Reply::Kind::kArray);
}

TEST_F(ReclaimTest, OtherClientsAreServedMeanwhile) {
  MakeHoles(20000);
  client().Send("MEMORY RECLAIM\r\n");
  EXPECT_EQ(NewClient().Run({"SET", "k", "v"}), Reply::Ok());
  engine().reclaim().RunSlice();
  EXPECT_EQ(NewClient().Run({"GET", "k"}), Reply::Bulk("v"));
  RunSlices();
  EXPECT_EQ(client().Receive().kind, Reply::Kind::kArray);
}

TEST_F(ReclaimTest, TheTimeoutAnswersHowFarItCame) {
  Run({"SET", "k", "v"});
  client().Send("MEMORY RECLAIM TIMEOUT 50\r\n");
  AdvanceTime(49);
  ExpireBlocked();
  EXPECT_EQ(client().Receive().kind, Reply::Kind::kLost);
  AdvanceTime(1);
  ExpireBlocked();
  auto reply = ByName(client().Receive());
  EXPECT_EQ(reply["moved"], Reply::Integer(0));
  EXPECT_FALSE(engine().reclaim().pending());
  EXPECT_EQ(Run({"PING"}), Reply::Status("PONG"));
}

TEST_F(ReclaimTest, ArgumentsAreLookedAt) {
  EXPECT_EQ(Run({"MEMORY", "RECLAIM", "NOW"}), Reply::Error("ERR syntax error"));
  EXPECT_EQ(Run({"MEMORY", "RECLAIM", "TIMEOUT"}), Reply::Error("ERR syntax error"));
  EXPECT_EQ(Run({"MEMORY", "RECLAIM", "TIMEOUT", "0"}),
            Reply::Error("ERR timeout is not a positive integer"));
}

TEST_F(ReclaimTest, PurgeAnswersWhenItIsDone) {
  client().Send("MEMORY PURGE\r\n");
  NewClient().Send("MEMORY PURGE\r\n");
  RunSlices();
  EXPECT_EQ(client().Receive(), Reply::Ok());
}

TEST_F(ReclaimTest, UnblockEndsTheWaiting) {
  TestClient& other = NewClient();
  const std::string id = std::to_string(client().session().id);
  EXPECT_EQ(other.Run({"CLIENT", "UNBLOCK", id}), Reply::Integer(0));
  client().Send("MEMORY RECLAIM\r\n");
  EXPECT_EQ(other.Run({"CLIENT", "UNBLOCK", id, "ERROR"}), Reply::Integer(1));
  EXPECT_EQ(client().Receive(), Reply::Error("UNBLOCKED client unblocked via CLIENT UNBLOCK"));
  client().Send("MEMORY RECLAIM\r\n");
  EXPECT_EQ(other.Run({"CLIENT", "UNBLOCK", id}), Reply::Integer(1));
  EXPECT_EQ(client().Receive().kind, Reply::Kind::kArray);
  EXPECT_EQ(other.Run({"CLIENT", "UNBLOCK", "12345"}), Reply::Integer(0));
}

TEST_F(ReclaimTest, AClientThatGoesAwayIsForgotten) {
  {
    TestClient gone(engine());
    gone.Send("MEMORY RECLAIM\r\n");
    EXPECT_TRUE(engine().reclaim().pending());
  }
  EXPECT_FALSE(engine().reclaim().pending());
  EXPECT_EQ(engine().blocked().count(), 0u);
}

TEST_F(ReclaimTest, WhoComesLaterWaitsForARunOfItsOwn) {
  MakeHoles(20000);
  client().Send("MEMORY RECLAIM\r\n");
  engine().reclaim().RunSlice();
  TestClient& later = NewClient();
  later.Send("MEMORY RECLAIM\r\n");
  RunSlices();
  EXPECT_EQ(client().Receive().kind, Reply::Kind::kArray);
  EXPECT_EQ(later.Receive().kind, Reply::Kind::kArray);
}

}  // namespace
}  // namespace ebb::test

// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/support/engine_fixture.h"

namespace ebb::test {
namespace {

// Clients that wait for lists: who is served, with what, and when.
class ListWaitTest : public EngineTest {
 protected:
  // A new client that says this and is not answered yet.
  TestClient& Waiting(const std::vector<std::string>& argv) {
    TestClient& waiting = NewClient();
    EXPECT_EQ(waiting.RunRaw(argv), "") << argv[0];
    EXPECT_TRUE(waiting.session().blocked);
    return waiting;
  }
  void ExpectWaiting(TestClient& waiting) {
    EXPECT_TRUE(waiting.session().blocked);
    EXPECT_EQ(waiting.TakeOutput(), "");
  }
  static Reply Popped(const std::string& key, const std::string& element) {
    return Reply::Bulks({key, element});
  }
  std::string Info(const std::string& section, const std::string& field) {
    const std::string text = Run({"INFO", section}).text;
    const size_t at = text.find(field);
    return at == std::string::npos ? "" : text.substr(at, text.find("\r\n", at) - at);
  }
};

TEST_F(ListWaitTest, WhatIsThereIsAnsweredAtOnce) {
  Run({"RPUSH", "l", "a", "b", "c", "d", "e"});
  EXPECT_EQ(Run({"BLPOP", "none", "l", "0"}), Popped("l", "a"));
  EXPECT_EQ(Run({"BRPOP", "l", "0"}), Popped("l", "e"));
  EXPECT_EQ(Run({"BLMOVE", "l", "d", "LEFT", "RIGHT", "0"}), Reply::Bulk("b"));
  EXPECT_EQ(Run({"BRPOPLPUSH", "l", "d", "0"}), Reply::Bulk("d"));
  EXPECT_EQ(Run({"BLMPOP", "0", "2", "none", "d", "LEFT", "COUNT", "9"}),
            Reply::Array({Reply::Bulk("d"), Reply::Bulks({"d", "b"})}));
  EXPECT_EQ(Run({"LRANGE", "l", "0", "-1"}), Reply::Bulks({"c"}));
}

TEST_F(ListWaitTest, OfSeveralKeysTheOneThatCameFirstServes) {
  TestClient& waiting = Waiting({"BZPOPMIN", "a", "b", "0"});
  Run({"RPUSH", "a", "x", "y"});  // no sorted set
  ExpectWaiting(waiting);
  // What only takes away from it is no reason to look at it first.
  Run({"MULTI"});
  Run({"LPOP", "a"});
  Run({"DEL", "a"});
  Run({"ZADD", "b", "1", "of b"});
  Run({"ZADD", "a", "1", "of a"});
  Run({"EXEC"});
  EXPECT_EQ(waiting.Receive(), Reply::Bulks({"b", "of b", "1"}));
}

TEST_F(ListWaitTest, APushServesWhoWaits) {
  TestClient& waiting = Waiting({"BLPOP", "l", "0"});
  EXPECT_EQ(Info("clients", "blocked_clients"), "blocked_clients:1");
  EXPECT_NE(Run({"CLIENT", "LIST"}).text.find(" flags=b "), std::string::npos);
  EXPECT_EQ(Run({"RPUSH", "l", "a", "b"}), Reply::Integer(2));
  EXPECT_EQ(waiting.Receive(), Popped("l", "a"));
  EXPECT_FALSE(waiting.session().blocked);
  EXPECT_EQ(Run({"LRANGE", "l", "0", "-1"}), Reply::Bulks({"b"}));
  EXPECT_EQ(Info("clients", "blocked_clients"), "blocked_clients:0");
}

TEST_F(ListWaitTest, KeysThatAreWaitedForCountAsTheClientsMemory) {
  std::vector<std::string> argv = {"BLPOP"};
  for (int i = 0; i < 100; ++i) argv.push_back(std::string(1000, 'k') + std::to_string(i));
  argv.push_back(argv.back());
  argv.push_back("0");
  TestClient& waiting = NewClient();
  const size_t before = waiting.session().MemoryBytes();
  EXPECT_EQ(waiting.RunRaw(argv), "");
  EXPECT_GT(waiting.session().MemoryBytes(), before + 100'000);
  EXPECT_NE(Run({"CLIENT", "LIST"}).text.find(" argv-mem=100190 "), std::string::npos)
      << "a key that is named twice is kept once";
  Run({"RPUSH", argv[1], "x"});
  waiting.Receive();
  EXPECT_LT(waiting.session().MemoryBytes(), before + 10'000);
}

TEST_F(ListWaitTest, WhatIsServedCountsForTheOutputLimit) {
  Run({"CONFIG", "SET", "client-output-buffer-limit", "normal 50000 0 0"});
  TestClient& waiting = Waiting({"BLPOP", "l", "0"});
  Run({"RPUSH", "l", std::string(100'000, 'x')});
  EXPECT_TRUE(waiting.close_requested());
  EXPECT_EQ(waiting.TakeOutput(), "");
}

// What expires while its transaction goes on is gone when the others' turn comes.
TEST_F(ListWaitTest, WhatHasExpiredMeanwhileServesNobody) {
  TestClient& waiting = Waiting({"BLPOP", "l", "0"});
  Run({"MULTI"});
  Run({"RPUSH", "l", "a"});
  Run({"PEXPIRE", "l", "2"});
  Run({"PING"});
  time().LetLooksTake(1500);
  Run({"EXEC"});
  time().LetLooksTake(0);
  ExpectWaiting(waiting);
}

TEST_F(ListWaitTest, InfoTellsWhoDoesNotWaitForEver) {
  Waiting({"BLPOP", "l", "0"});
  EXPECT_EQ(Info("clients", "clients_in_timeout_table"), "clients_in_timeout_table:0");
  Waiting({"BLPOP", "l", "100"});
  EXPECT_EQ(Info("clients", "clients_in_timeout_table"), "clients_in_timeout_table:1");
  Run({"RPUSH", "l", "a", "b"});
  EXPECT_EQ(Info("clients", "clients_in_timeout_table"), "clients_in_timeout_table:0");
}

TEST_F(ListWaitTest, ServesInTheOrderOfArrival) {
  TestClient& first = Waiting({"BLPOP", "l", "0"});
  TestClient& second = Waiting({"BRPOP", "l", "0"});
  TestClient& third = Waiting({"BLPOP", "other", "l", "0"});
  Run({"RPUSH", "l", "a", "b"});
  EXPECT_EQ(first.Receive(), Popped("l", "a"));
  EXPECT_EQ(second.Receive(), Popped("l", "b"));
  ExpectWaiting(third);
  EXPECT_EQ(Run({"EXISTS", "l"}), Reply::Integer(0));
  Run({"RPUSH", "l", "c"});
  EXPECT_EQ(third.Receive(), Popped("l", "c"));
}

TEST_F(ListWaitTest, EachWaitsForItsOwnKeysAndDatabase) {
  TestClient& waiting = Waiting({"BLPOP", "a", "b", "a", "0"});
  Run({"RPUSH", "c", "v"});
  Run({"SELECT", "1"});
  Run({"RPUSH", "a", "v"});
  ExpectWaiting(waiting);
  Run({"SELECT", "0"});
  Run({"RPUSH", "b", "v"});
  EXPECT_EQ(waiting.Receive(), Popped("b", "v"));
  // It waits for nothing any more.
  EXPECT_EQ(Run({"RPUSH", "a", "v"}), Reply::Integer(1));
  EXPECT_EQ(waiting.Run({"LLEN", "a"}), Reply::Integer(1));
}

TEST_F(ListWaitTest, TakesAsManyAsItWants) {
  TestClient& waiting = Waiting({"BLMPOP", "0", "2", "a", "b", "RIGHT", "COUNT", "2"});
  Run({"RPUSH", "b", "1", "2", "3"});
  EXPECT_EQ(waiting.Receive(), Reply::Array({Reply::Bulk("b"), Reply::Bulks({"3", "2"})}));
  EXPECT_EQ(Run({"LRANGE", "b", "0", "-1"}), Reply::Bulks({"1"}));
}

TEST_F(ListWaitTest, WhatIsMovedServesTheNext) {
  TestClient& last = Waiting({"BLPOP", "c", "0"});
  TestClient& second = Waiting({"BRPOPLPUSH", "b", "c", "0"});
  TestClient& first = Waiting({"BLMOVE", "a", "b", "LEFT", "RIGHT", "0"});
  Run({"LPUSH", "a", "v"});
  EXPECT_EQ(first.Receive(), Reply::Bulk("v"));
  EXPECT_EQ(second.Receive(), Reply::Bulk("v"));
  EXPECT_EQ(last.Receive(), Popped("c", "v"));
  EXPECT_EQ(Run({"DBSIZE"}), Reply::Integer(0));
}

TEST_F(ListWaitTest, MovesWithinOneList) {
  TestClient& waiting = Waiting({"BLMOVE", "l", "l", "LEFT", "RIGHT", "0"});
  TestClient& next = Waiting({"BLPOP", "l", "0"});
  Run({"RPUSH", "l", "a", "b"});
  EXPECT_EQ(waiting.Receive(), Reply::Bulk("a"));
  EXPECT_EQ(next.Receive(), Popped("l", "b"));
  EXPECT_EQ(Run({"LRANGE", "l", "0", "-1"}), Reply::Bulks({"a"}));
}

// The error is the waiting one's, and the element the next one's.
TEST_F(ListWaitTest, AWrongDestinationIsToldWhenItIsTime) {
  TestClient& waiting = Waiting({"BLMOVE", "l", "s", "LEFT", "RIGHT", "0"});
  TestClient& next = Waiting({"BLPOP", "l", "0"});
  Run({"SET", "s", "v"});
  Run({"RPUSH", "l", "a"});
  EXPECT_TRUE(waiting.Receive().IsError("WRONGTYPE"));
  EXPECT_EQ(next.Receive(), Popped("l", "a"));
  EXPECT_EQ(Info("errorstats", "errorstat_WRONGTYPE"), "errorstat_WRONGTYPE:count=1");
  EXPECT_NE(Info("commandstats", "cmdstat_blmove").find("failed_calls=1"), std::string::npos);
  EXPECT_NE(Info("commandstats", "cmdstat_rpush").find("failed_calls=0"), std::string::npos);
}

TEST_F(ListWaitTest, OtherTypesServeNobody) {
  TestClient& waiting = Waiting({"BLPOP", "k", "0"});
  Run({"SET", "k", "v"});
  Run({"DEL", "k"});
  Run({"SADD", "k", "v"});
  ExpectWaiting(waiting);
  Run({"DEL", "k"});
  Run({"RPUSH", "k", "v"});
  EXPECT_EQ(waiting.Receive(), Popped("k", "v"));
}

// ---------------------------------------------------------------------------- ways to become a
// list

class ListAppearsTest : public ListWaitTest {
 protected:
  void SetUp() override {
    waiting_ = &Waiting({"BLPOP", "k", "0"});
    Run({"RPUSH", "source", "v"});
  }
  void ExpectServed() { EXPECT_EQ(waiting_->Receive(), Popped("k", "v")); }

 private:
  TestClient* waiting_ = nullptr;
};

TEST_F(ListAppearsTest, ByRename) {
  Run({"RENAME", "source", "k"});
  ExpectServed();
}

TEST_F(ListAppearsTest, ByRenameNx) {
  Run({"RENAMENX", "source", "k"});
  ExpectServed();
}

TEST_F(ListAppearsTest, ByCopy) {
  Run({"COPY", "source", "k"});
  ExpectServed();
  EXPECT_EQ(Run({"EXISTS", "source"}), Reply::Integer(1));
}

TEST_F(ListAppearsTest, ByCopyOverAnotherType) {
  Run({"SET", "k", "string"});
  Run({"COPY", "source", "k", "REPLACE"});
  ExpectServed();
}

TEST_F(ListAppearsTest, ByMove) {
  Run({"SELECT", "1"});
  Run({"RPUSH", "k", "v"});
  Run({"MOVE", "k", "0"});
  ExpectServed();
}

TEST_F(ListAppearsTest, BySwapDb) {
  Run({"SELECT", "3"});
  Run({"RPUSH", "k", "v"});
  Run({"SWAPDB", "0", "3"});
  ExpectServed();
}

TEST_F(ListAppearsTest, ByLMove) {
  Run({"LMOVE", "source", "k", "LEFT", "LEFT"});
  ExpectServed();
}

TEST_F(ListAppearsTest, OutOfTheTrash) {
  Run({"CONFIG", "SET", "trash-ttl", "60"});
  TestClient& other = NewClient();
  Run({"RPUSH", "x", "v"});
  Run({"RENAME", "x", "y"});
  Run({"CLIENT", "UNBLOCK", "2"});  // the one that waits
  Run({"RPUSH", "k", "v"});
  Run({"DEL", "k"});
  EXPECT_EQ(other.RunRaw({"BLPOP", "k", "0"}), "");
  EXPECT_EQ(Run({"TRASH", "RESTORE", "k"}), Reply::Integer(1));
  EXPECT_EQ(other.Receive(), Popped("k", "v"));
}

// ---------------------------------------------------------------------------------- ends of
// waiting

TEST_F(ListWaitTest, TimePasses) {
  for (const auto& argv : std::vector<std::vector<std::string>>{
           {"BLPOP", "l", "0.5"},
           {"BRPOP", "l", "0.5"},
           {"BLMOVE", "l", "d", "LEFT", "LEFT", "0.5"},
           {"BRPOPLPUSH", "l", "d", "0.5"},
           {"BLMPOP", "0.5", "1", "l", "LEFT"},
       }) {
    TestClient& waiting = Waiting(argv);
    AdvanceTime(499);
    ExpireBlocked();
    ExpectWaiting(waiting);
    AdvanceTime(1);
    ExpireBlocked();
    EXPECT_EQ(waiting.TakeOutput(), "*-1\r\n") << argv[0];
  }
  EXPECT_EQ(Run({"RPUSH", "l", "v"}), Reply::Integer(1));
  EXPECT_EQ(Run({"LLEN", "l"}), Reply::Integer(1));
}

// So many at once would keep the others waiting.
TEST_F(ListWaitTest, ManyTimeoutsTakeTurns) {
  for (int i = 0; i < 5; ++i) Waiting({"BLPOP", "l", "1"});
  engine().slices().Begin();
  AdvanceTime(1000);
  engine().ExpireBlocked();  // this slice is over
  EXPECT_EQ(engine().blocked().count(), 4u);
  engine().slices().Begin();
  engine().ExpireBlocked();
  EXPECT_EQ(engine().blocked().count(), 0u);
}

// The smallest part of a second counts as a millisecond; nothing, and what is as good as endless,
// as for ever.
TEST_F(ListWaitTest, TimeoutsAreRoundedUp) {
  TestClient& shortest = Waiting({"BLPOP", "l", "0.0001"});
  TestClient& endless = Waiting({"BLPOP", "l", "0"});
  TestClient& nothing = Waiting({"BLPOP", "l", "-0.0001"});
  TestClient& longest = Waiting({"BLPOP", "l", "9223372036854775"});
  AdvanceTime(1);
  ExpireBlocked();
  EXPECT_EQ(shortest.Receive(), Reply::Nil());
  AdvanceTime(1'000'000'000);
  ExpireBlocked();
  ExpectWaiting(endless);
  ExpectWaiting(nothing);
  ExpectWaiting(longest);
}

TEST_F(ListWaitTest, IsUnblocked) {
  TestClient& waiting = Waiting({"BLPOP", "l", "0"});
  EXPECT_EQ(Run({"CLIENT", "UNBLOCK", std::to_string(waiting.session().id)}), Reply::Integer(1));
  EXPECT_EQ(waiting.TakeOutput(), "*-1\r\n");
  EXPECT_EQ(waiting.RunRaw({"BLMOVE", "l", "d", "LEFT", "LEFT", "0"}), "");
  EXPECT_EQ(Run({"CLIENT", "UNBLOCK", std::to_string(waiting.session().id), "ERROR"}),
            Reply::Integer(1));
  EXPECT_EQ(waiting.Receive(), Reply::Error("UNBLOCKED client unblocked via CLIENT UNBLOCK"));
  EXPECT_EQ(Run({"RPUSH", "l", "v"}), Reply::Integer(1));
  EXPECT_EQ(Run({"LLEN", "l"}), Reply::Integer(1));
}

// As Redis: the slow log and the durations know of a command that waits when it has been answered.
TEST_F(ListWaitTest, IsSlowWhenAnswered) {
  const auto logged = [this] {
    const std::string log = Run({"SLOWLOG", "GET"}).ToString();
    const std::string_view wanted = R"(["BLPOP", "l", "0"])";
    size_t count = 0;
    for (size_t at = log.find(wanted); at != std::string::npos; at = log.find(wanted, at + 1)) {
      ++count;
    }
    return count;
  };
  Run({"CONFIG", "SET", "slowlog-log-slower-than", "0"});
  TestClient& waiting = Waiting({"BLPOP", "l", "0"});
  EXPECT_EQ(logged(), 0u);
  EXPECT_EQ(Run({"LATENCY", "HISTOGRAM", "blpop"}).ToString(), "[]");
  Run({"RPUSH", "l", "v"});
  EXPECT_EQ(waiting.Receive(), Popped("l", "v"));
  EXPECT_EQ(logged(), 1u);
  EXPECT_NE(Run({"LATENCY", "HISTOGRAM", "blpop"}).ToString(), "[]");
}

TEST_F(ListWaitTest, IsNotSlowWhenItsTimeIsOver) {
  Run({"CONFIG", "SET", "slowlog-log-slower-than", "0"});
  TestClient& waiting = Waiting({"BLPOP", "l", "1"});
  AdvanceTime(1000);
  ExpireBlocked();
  EXPECT_EQ(waiting.Receive(), Reply::Nil());
  EXPECT_EQ(Run({"SLOWLOG", "GET"}).ToString().find("BLPOP"), std::string::npos);
}

// As Redis: also where it is answered as if its time were over.
TEST_F(ListWaitTest, FailsWhenUnblocked) {
  Run({"CONFIG", "SET", "slowlog-log-slower-than", "0"});
  const auto failed = [this] {
    const std::string statistics = Run({"INFO", "commandstats"}).ToString();
    const size_t begin = statistics.find("cmdstat_blpop:");
    const size_t at = statistics.find("failed_calls=", begin);
    return statistics.substr(at, 14);
  };
  const std::string id = std::to_string(Waiting({"BLPOP", "l", "0"}).session().id);
  Run({"CLIENT", "UNBLOCK", id, "ERROR"});
  EXPECT_EQ(failed(), "failed_calls=1");
  EXPECT_NE(Run({"INFO", "errorstats"}).ToString().find("errorstat_UNBLOCKED:count=1"),
            std::string::npos);
  Run({"CLIENT", "UNBLOCK", std::to_string(Waiting({"BLPOP", "l", "0"}).session().id)});
  EXPECT_EQ(failed(), "failed_calls=2");
  EXPECT_NE(Run({"SLOWLOG", "GET"}).ToString().find(R"(["BLPOP", "l", "0"])"), std::string::npos);
}

TEST_F(ListWaitTest, WhoGoesAwayTakesNothing) {
  auto gone = std::make_unique<TestClient>(engine());
  EXPECT_EQ(gone->RunRaw({"BLPOP", "l", "m", "0"}), "");
  TestClient& killed = Waiting({"BLPOP", "l", "0"});
  TestClient& stays = Waiting({"BLPOP", "l", "0"});
  gone.reset();
  Run({"CLIENT", "KILL", "ID", std::to_string(killed.session().id)});
  Run({"RPUSH", "l", "v"});
  EXPECT_EQ(stays.Receive(), Popped("l", "v"));
  EXPECT_EQ(killed.TakeOutput(), "");
}

// What it sent meanwhile comes afterwards.
TEST_F(ListWaitTest, ThePipelineGoesOnWhenItIsServed) {
  TestClient& waiting = NewClient();
  waiting.Send("BLPOP l 0\r\nPING\r\nBLPOP l 0\r\nPING\r\n");
  EXPECT_EQ(waiting.TakeOutput(), "");
  Run({"RPUSH", "l", "a"});
  waiting.Send("");
  EXPECT_EQ(waiting.TakeOutput(), "*2\r\n$1\r\nl\r\n$1\r\na\r\n+PONG\r\n");
  ExpectWaiting(waiting);
}

// -------------------------------------------------------------------------------- pauses and
// figures

TEST_F(ListWaitTest, APauseHoldsWhatWouldServe) {
  TestClient& waiting = Waiting({"BLPOP", "l", "0"});
  Run({"CLIENT", "PAUSE", "100", "WRITE"});
  TestClient& pushing = NewClient();
  EXPECT_EQ(pushing.RunRaw({"RPUSH", "l", "v"}), "");
  TestClient& late = NewClient();
  EXPECT_EQ(late.RunRaw({"BLPOP", "l", "0"}), "");
  EXPECT_FALSE(late.session().blocked);
  ExpectWaiting(waiting);
  Run({"CLIENT", "UNPAUSE"});
  pushing.Send("");
  EXPECT_EQ(pushing.Receive(), Reply::Integer(1));
  EXPECT_EQ(waiting.Receive(), Popped("l", "v"));
}

TEST_F(ListWaitTest, IsCountedOnce) {
  TestClient& waiting = Waiting({"BLPOP", "l", "0"});
  EXPECT_NE(Info("commandstats", "cmdstat_blpop").find("calls=1,"), std::string::npos);
  EXPECT_EQ(Info("latencystats", "latency_percentiles_usec_blpop"), "");
  Run({"RPUSH", "l", "v"});
  EXPECT_EQ(waiting.Receive(), Popped("l", "v"));
  EXPECT_NE(Info("commandstats", "cmdstat_blpop").find("calls=1,"), std::string::npos);
  EXPECT_NE(Info("latencystats", "latency_percentiles_usec_blpop"), "");
  Run({"CONFIG", "SET", "latency-tracking", "no"});
  EXPECT_EQ(Info("latencystats", "latency_percentiles_usec_blpop"), "");
}

// Who no longer waits has no part in what is served, wherever it still stands.
TEST_F(ListWaitTest, ManyKeysAreLeftInSteps) {
  constexpr int kKeys = 10 * BlockedKeys::kStep;
  std::vector<std::string> pop = {"BLPOP"};
  for (int i = 0; i < kKeys; ++i) pop.push_back("k" + std::to_string(i));
  pop.push_back("0");
  TestClient& served = Waiting(pop);
  auto gone = std::make_unique<TestClient>(engine());
  gone->RunRaw(pop);
  TestClient& last = Waiting({"BLPOP", "k0", "k1", "0"});
  gone.reset();
  Run({"RPUSH", "k2", "a"});
  EXPECT_EQ(served.Receive(), Popped("k2", "a"));
  Run({"RPUSH", "k3", "b", "c"});
  EXPECT_EQ(Run({"LLEN", "k3"}), Reply::Integer(2));
  Run({"RPUSH", "k0", "d"});
  EXPECT_EQ(last.Receive(), Popped("k0", "d"));

  served.RunRaw({"BLPOP", "k1", "0"});
  int steps = 0;
  while (engine().blocked_keys().LeaveSome()) ++steps;
  EXPECT_EQ(steps, 2 * 9 - 1) << "the first ones were made at once";
  Run({"RPUSH", "k1", "e"});
  EXPECT_EQ(served.Receive(), Popped("k1", "e"));
}

TEST_F(ListWaitTest, TheRegularWorkLeavesTheKeysOfWhoIsGone) {
  std::vector<std::string> pop = {"BLPOP"};
  for (int i = 0; i < 5 * BlockedKeys::kStep; ++i) pop.push_back("k" + std::to_string(i));
  pop.push_back("0");
  auto gone = std::make_unique<TestClient>(engine());
  gone->RunRaw(pop);
  gone.reset();
  EXPECT_TRUE(engine().blocked_keys().LeaveSome());
  engine().cron().Run();
  while (engine().cron().work_pending()) engine().cron().RunSlice();
  EXPECT_FALSE(engine().blocked_keys().LeaveSome());
}

TEST_F(ListWaitTest, ManyWaitForManyKeys) {
  std::vector<TestClient*> waiting;
  for (int i = 0; i < 200; ++i) {
    waiting.push_back(
        &Waiting({"BLPOP", "k" + std::to_string(i % 7), "k" + std::to_string(i % 11), "0"}));
  }
  size_t served = 0;
  for (int round = 0; served < waiting.size(); ++round) {
    ASSERT_LT(round, 1000);
    const std::string key = "k" + std::to_string(round % 11);
    Run({"RPUSH", key, "v"});
    for (TestClient*& client : waiting) {
      if (client == nullptr || client->session().blocked) continue;
      ASSERT_EQ(client->Receive(), Popped(key, "v"));
      client = nullptr;
      ++served;
    }
    Run({"DEL", key});
  }
  EXPECT_EQ(engine().blocked().count(), 0u);
}

}  // namespace
}  // namespace ebb::test

// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/support/engine_fixture.h"

namespace ebb::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

using TransactionTest = EngineTest;

constexpr std::string_view kDirty = "*-1\r\n";

TEST_F(TransactionTest, QueuesAndRuns) {
  EXPECT_EQ(Run({"MULTI"}), Reply::Ok());
  EXPECT_EQ(Run({"SET", "k", "1"}), Reply::Status("QUEUED"));
  EXPECT_EQ(Run({"INCR", "k"}), Reply::Status("QUEUED"));
  EXPECT_EQ(client().RunRaw({"EXEC"}), "*2\r\n+OK\r\n:2\r\n");
  EXPECT_EQ(Run({"EXEC"}), Reply::Error("ERR EXEC without MULTI"));
}

TEST_F(TransactionTest, ARefusedCommandAborts) {
  Run({"MULTI"});
  Run({"GET"});
  EXPECT_EQ(Run({"EXEC"}),
            Reply::Error("EXECABORT Transaction discarded because of previous errors."));
  Run({"MULTI"});
  EXPECT_EQ(Run({"MULTI"}), Reply::Error("ERR MULTI calls can not be nested"));
  EXPECT_EQ(Run({"WATCH", "k"}), Reply::Error("ERR WATCH inside MULTI is not allowed"));
  EXPECT_EQ(Run({"DISCARD"}), Reply::Ok());
}

TEST_F(TransactionTest, WhatIsDoomedKeepsNoMoreCommands) {
  TestClient& other = NewClient();
  Run({"MULTI"});
  Run({"NOSUCH"});
  EXPECT_EQ(Run({"SET", "k", "v"}), Reply::Status("QUEUED"));
  EXPECT_THAT(other.Run({"CLIENT", "LIST"}).text, HasSubstr(" multi=0 "));
  other.Run({"CLIENT", "PAUSE", "1000", "WRITE"});
  EXPECT_EQ(Run({"EXEC"}),
            Reply::Error("EXECABORT Transaction discarded because of previous errors."))
      << "it writes nothing that would have to wait";
  other.Run({"CLIENT", "UNPAUSE"});
  Run({"WATCH", "k"});
  other.Run({"SET", "k", "v"});
  Run({"MULTI"});
  Run({"SET", "k", "w"});
  EXPECT_EQ(client().session().transaction.queue.size(), 0u);
  EXPECT_EQ(client().RunRaw({"EXEC"}), kDirty);
}

TEST_F(TransactionTest, AWatchedKeyThatChangedAborts) {
  TestClient& other = NewClient();
  Run({"WATCH", "k"});
  other.Run({"SET", "k", "v"});
  Run({"MULTI"});
  EXPECT_EQ(client().RunRaw({"EXEC"}), kDirty);
  Run({"WATCH", "k"});
  other.Run({"FLUSHALL"});
  Run({"MULTI"});
  EXPECT_EQ(client().RunRaw({"EXEC"}), kDirty);
  Run({"WATCH", "k"});
  other.Run({"SET", "k", "v"});
  Run({"UNWATCH"});
  Run({"MULTI"});
  EXPECT_EQ(client().RunRaw({"EXEC"}), "*0\r\n");
}

TEST_F(TransactionTest, WatchesCountAsTheClientsMemory) {
  const size_t before = client().session().MemoryBytes();
  const std::string key(1000, 'k');
  for (int i = 0; i < 100; ++i) Run({"WATCH", key + std::to_string(i)});
  const size_t watching = client().session().MemoryBytes();
  EXPECT_GT(watching, before + 100'000);
  EXPECT_LT(watching, before + 150'000) << "each key is kept once";
  Run({"WATCH", key + "0"});
  EXPECT_LT(client().session().MemoryBytes(), watching + key.size()) << "it is watched already";
  Run({"UNWATCH"});
  EXPECT_LT(client().session().MemoryBytes(), before + key.size());
}

TEST_F(TransactionTest, ExpiryAndSwapCountAsChanges) {
  Run({"SET", "k", "v", "PX", "10"});
  Run({"WATCH", "k"});
  AdvanceTime(20);
  Run({"MULTI"});
  EXPECT_EQ(client().RunRaw({"EXEC"}), kDirty);
  NewClient().Run({"SET", "k", "v"});
  EXPECT_EQ(Run({"SELECT", "1"}), Reply::Ok());
  Run({"WATCH", "k"});
  Run({"SWAPDB", "0", "1"});
  Run({"MULTI"});
  EXPECT_EQ(client().RunRaw({"EXEC"}), kDirty);
}

TEST_F(TransactionTest, QueuedArgumentsCountAsTheClientsMemory) {
  Run({"MULTI"});
  const size_t before = client().session().MemoryBytes();
  std::vector<std::string> del(1001, "a");
  del[0] = "DEL";
  Run(del);
  EXPECT_GE(client().session().MemoryBytes(), before + 1000 * sizeof(std::string));
}

TEST_F(TransactionTest, QueuedLongArgumentsCountOnce) {
  constexpr size_t kLittle = 50'000;
  const std::string value(1'000'000, 'x');
  TestClient& other = NewClient();
  Run({"MULTI"});
  const size_t before = client().session().MemoryBytes();
  Run({"SET", "k", value});
  EXPECT_GE(client().session().MemoryBytes(), before + value.size());
  EXPECT_LT(client().session().MemoryBytes(), before + value.size() + kLittle);
  EXPECT_THAT(other.Run({"CLIENT", "LIST"}).text, HasSubstr(" multi-mem=1000004 "));
  Run({"DISCARD"});
  EXPECT_LT(client().session().MemoryBytes(), before + kLittle);
}

// What a queue lets go of is no object of a database, but memory that is soon to be free.
TEST_F(TransactionTest, ALongQueueIsLeftToTheThread) {
  LazyFree& lazy_free = engine().lazy_free();
  const std::vector<std::string> set = {"SET", "k", std::string(100, 'x')};
  for (const std::vector<std::string>& end : std::vector<std::vector<std::string>>{
           {"EXEC"}, {"DISCARD"}, {"RESET"}, {"EXEC", "too", "many"}}) {
    const uint64_t before = lazy_free.added();
    Run({"MULTI"});
    for (int i = 0; i < 1000; ++i) Run(set);
    Run(end);
    EXPECT_EQ(lazy_free.added(), before + 1) << end[0];
    EXPECT_EQ(lazy_free.pending_objects(), 0u) << end[0];
    EXPECT_GE(lazy_free.pending_bytes(), 100'000u) << end[0];
    int slices = 0;
    while (lazy_free.Step()) ++slices;
    EXPECT_GE(slices, 10) << end[0];
    EXPECT_EQ(lazy_free.pending_bytes(), 0u) << end[0];
  }
  EXPECT_EQ(lazy_free.freed_objects(), 0u);
}

TEST_F(TransactionTest, WhatAClientHasQueuedIsLeftToTheThread) {
  LazyFree& lazy_free = engine().lazy_free();
  auto gone = std::make_unique<TestClient>(engine());
  gone->Run({"MULTI"});
  std::vector<std::string> del(1001, "a");
  del[0] = "DEL";
  gone->Run(del);
  const uint64_t before = lazy_free.added();
  gone.reset();
  EXPECT_EQ(lazy_free.added(), before + 1) << "one command is long, too";
}

TEST_F(TransactionTest, AShortQueueWakesNoThread) {
  const uint64_t before = engine().lazy_free().added();
  Run({"MULTI"});
  for (int i = 0; i < 64; ++i) Run({"SET", "k", "v"});
  Run({"DISCARD"});
  EXPECT_EQ(engine().lazy_free().added(), before);
}

TEST_F(TransactionTest, ALongQueuesLongArgumentsGoWithIt) {
  constexpr size_t kLong = 1'000'000;
  LazyFree& lazy_free = engine().lazy_free();
  Run({"MULTI"});
  for (int i = 0; i < 300; ++i) Run({"PING"});
  Run({"SET", "k", std::string(kLong, 'x')});
  while (lazy_free.Step()) {
  }
  const uint64_t before = lazy_free.added();
  Run({"DISCARD"});
  EXPECT_EQ(lazy_free.added(), before + 1);
  EXPECT_GE(lazy_free.pending_bytes(), kLong);
  EXPECT_LT(lazy_free.pending_bytes(), 2 * kLong);
  while (lazy_free.Step()) {
  }
  EXPECT_EQ(engine().awaited_argument_bytes(), 0u);
}

// Not so long that each would be left to the thread by itself.
TEST_F(TransactionTest, ManyLongArgumentsAreLeftToTheThread) {
  constexpr size_t kLong = 50'000;
  constexpr size_t kMany = 300;
  LazyFree& lazy_free = engine().lazy_free();
  std::vector<std::string> mset = {"MSET"};
  for (size_t i = 0; i < kMany; ++i) {
    mset.push_back("k" + std::to_string(i));
    mset.push_back(std::string(kLong, 'x'));
  }
  const size_t used = memory::UsedMemory();
  Run({"MULTI"});
  Run(mset);
  ASSERT_GE(memory::UsedMemory(), used + kMany * kLong);
  Run({"DISCARD"});
  EXPECT_GE(lazy_free.pending_bytes(), kMany * kLong);
  EXPECT_GE(memory::UsedMemory(), used + kMany * kLong) << "nothing of it is freed at once";
  while (lazy_free.Step()) {
  }
  EXPECT_LT(memory::UsedMemory(), used + 1'000'000);
  EXPECT_EQ(lazy_free.pending_bytes(), 0u);
}

TEST_F(TransactionTest, WhatCommandsHaveTakenIsNotPending) {
  constexpr size_t kLong = 1'000'000;
  Run({"MULTI"});
  for (int i = 0; i < 300; ++i) Run({"PING"});
  Run({"SET", "k", std::string(kLong, 'x')});
  Run({"SETNX", "k", std::string(kLong, 'y')});
  while (engine().lazy_free().Step()) {
  }
  Run({"EXEC"});
  EXPECT_GE(engine().lazy_free().pending_bytes(), kLong);
  EXPECT_LT(engine().lazy_free().pending_bytes(), 2 * kLong);
  while (engine().lazy_free().Step()) {
  }
  EXPECT_EQ(Run({"GET", "k"}), Reply::Bulk(std::string(kLong, 'x')));
}

TEST_F(TransactionTest, WhoQueuesTooMuchIsEvicted) {
  TestClient& other = NewClient();
  Run({"MULTI"});
  Run({"SET", "k", std::string(2'000'000, 'x')});
  other.Run({"CONFIG", "SET", "maxmemory-clients", "1mb"});
  engine().clients().EnforceMemoryLimit();
  EXPECT_TRUE(client().close_requested());
  EXPECT_FALSE(other.close_requested());
  EXPECT_TRUE(client().session().transaction.queue.empty());
}

TEST_F(TransactionTest, AWatchEndsWithWhatEndsTheTransaction) {
  TestClient& other = NewClient();
  for (const std::vector<std::string>& end : std::vector<std::vector<std::string>>{
           {"EXEC"}, {"DISCARD"}, {"RESET"}, {"EXEC", "too", "many"}}) {
    Run({"WATCH", "k"});
    other.Run({"INCR", "k"});
    Run({"MULTI"});
    Run(end);
    EXPECT_EQ(Run({"DISCARD"}), Reply::Error("ERR DISCARD without MULTI")) << end[0];
    Run({"MULTI"});
    EXPECT_EQ(client().RunRaw({"EXEC"}), "*0\r\n") << end[0];
  }
}

TEST_F(TransactionTest, DiscardForgetsWhatWasQueued) {
  Run({"MULTI"});
  Run({"SET", "k", "v"});
  EXPECT_EQ(Run({"DISCARD"}), Reply::Ok());
  EXPECT_EQ(Run({"GET", "k"}), Reply::Nil());
}

TEST_F(TransactionTest, OneErrorLeavesTheOthersToRun) {
  Run({"SET", "k", "text"});
  Run({"MULTI"});
  Run({"INCR", "k"});
  Run({"APPEND", "k", "!"});
  EXPECT_EQ(Run({"EXEC"}),
            Reply::Array(
                {Reply::Error("ERR value is not an integer or out of range"), Reply::Integer(5)}));
}

TEST_F(TransactionTest, ARefusedExecEndsTheTransaction) {
  Run({"MULTI"});
  EXPECT_EQ(Run({"EXEC", "x"}),
            Reply::Error("EXECABORT Transaction discarded because of: wrong number of arguments "
                         "for 'exec' command"));
  EXPECT_EQ(Run({"EXEC"}), Reply::Error("ERR EXEC without MULTI"));
}

TEST_F(TransactionTest, WithoutMemoryNothingIsQueuedAndNoWriteRuns) {
  constexpr std::string_view kOom = "OOM command not allowed when used memory > 'maxmemory'.";
  TestClient& other = NewClient();
  Run({"SET", "large", std::string(100'000, 'x')});
  Run({"MULTI"});
  Run({"SET", "k", "v"});
  other.Run({"CONFIG", "SET", "maxmemory", "1"});
  EXPECT_EQ(Run({"EXEC"}),
            Reply::Error("EXECABORT Transaction discarded because of: " + std::string(kOom)));
  EXPECT_EQ(Run({"GET", "k"}), Reply::Nil());
  Run({"MULTI"});
  EXPECT_EQ(Run({"GET", "k"}), Reply::Error(std::string(kOom)));
  EXPECT_EQ(Run({"EXEC"}),
            Reply::Error("EXECABORT Transaction discarded because of previous errors."));
}

TEST_F(TransactionTest, AWatchSurvivesItsClient) {
  {
    TestClient gone(engine());
    gone.Run({"WATCH", "k"});
    gone.Run({"MULTI"});
    gone.Run({"SET", "k", "v"});
  }
  EXPECT_EQ(Run({"SET", "k", "w"}), Reply::Ok());
  EXPECT_EQ(Run({"GET", "k"}), Reply::Bulk("w"));
}

TEST_F(TransactionTest, WhatHadExpiredBeforeTheWatchDoesNotCount) {
  Run({"SET", "k", "v", "PX", "10"});
  AdvanceTime(20);
  Run({"WATCH", "k"});
  NewClient().Run({"GET", "k"});
  Run({"MULTI"});
  EXPECT_EQ(client().RunRaw({"EXEC"}), "*0\r\n");
}

TEST_F(TransactionTest, ASwapForthAndBackIsAChange) {
  TestClient& other = NewClient();
  other.Run({"SELECT", "1"});
  other.Run({"SET", "k", "v"});
  Run({"WATCH", "k"});
  other.Run({"SWAPDB", "0", "1"});
  other.Run({"SWAPDB", "0", "1"});
  Run({"MULTI"});
  EXPECT_EQ(client().RunRaw({"EXEC"}), kDirty);
  other.Run({"SELECT", "0"});
  Run({"SET", "k", "v"});
  Run({"WATCH", "k"});
  other.Run({"SWAPDB", "0", "0"});
  Run({"MULTI"});
  EXPECT_EQ(client().RunRaw({"EXEC"}), "*0\r\n");
}

TEST_F(TransactionTest, ExecTakesWhatItsCommandsTake) {
  time().LetLooksTake(1000);
  Run({"MULTI"});
  for (int i = 0; i < 3; ++i) Run({"SET", "k", "v"});
  Run({"EXEC"});
  CommandTable& commands = engine().commands();
  EXPECT_GE(commands.FindByName("set")->nanoseconds, 3'000'000u);
  EXPECT_GT(commands.FindByName("exec")->nanoseconds, commands.FindByName("set")->nanoseconds);
}

TEST_F(TransactionTest, NoCommandOfATransactionWaits) {
  Run({"MULTI"});
  Run({"MEMORY", "PURGE"});
  Run({"MONITOR"});
  EXPECT_EQ(Run({"EXEC"}),
            Reply::Array(
                {Reply::Ok(), Reply::Error("ERR MONITOR isn't allowed for DENY BLOCKING client")}));
  Run({"MULTI"});
  EXPECT_EQ(Run({"MEMORY", "RECLAIM"}),
            Reply::Error("ERR Command not allowed inside a transaction"));
}

TEST_F(TransactionTest, WhatWouldWaitForAKeyAnswersAtOnce) {
  Run({"MULTI"});
  for (const std::vector<std::string>& argv :
       std::vector<std::vector<std::string>>{{"BLPOP", "l", "0"},
                                             {"BLMOVE", "l", "m", "LEFT", "LEFT", "0"},
                                             {"BLMPOP", "0", "1", "l", "LEFT"},
                                             {"RPUSH", "l", "a"},
                                             {"BRPOP", "l", "0"}}) {
    EXPECT_EQ(Run(argv), Reply::Status("QUEUED"));
  }
  EXPECT_EQ(client().RunRaw({"EXEC"}),
            "*5\r\n*-1\r\n$-1\r\n*-1\r\n:1\r\n*2\r\n$1\r\nl\r\n$1\r\na\r\n");
  EXPECT_FALSE(client().session().blocked);
}

TEST_F(TransactionTest, WhoWaitsIsServedWhenTheTransactionIsOver) {
  TestClient& waiting = NewClient();
  EXPECT_EQ(waiting.RunRaw({"BLPOP", "l", "0"}), "");
  Run({"MULTI"});
  Run({"RPUSH", "l", "a"});
  Run({"LPUSH", "l", "b"});
  Run({"EXEC"});
  EXPECT_EQ(waiting.Receive(), Reply::Bulks({"l", "b"}));
  EXPECT_EQ(Run({"LRANGE", "l", "0", "-1"}), Reply::Bulks({"a"}));
}

TEST_F(TransactionTest, ServingWhoWaitsCountsAsAChange) {
  TestClient& waiting = NewClient();
  EXPECT_EQ(waiting.RunRaw({"BLMOVE", "l", "k", "LEFT", "LEFT", "0"}), "");
  Run({"WATCH", "k"});
  NewClient().Run({"RPUSH", "l", "a"});
  Run({"MULTI"});
  EXPECT_EQ(client().RunRaw({"EXEC"}), kDirty);
}

TEST_F(TransactionTest, ALongValueIsTheQueuedCommandsOwn) {
  const std::string value(100'000, 'x');
  Run({"MULTI"});
  Run({"SET", "k", value});
  Run({"STRLEN", "k"});
  EXPECT_EQ(Run({"EXEC"}), Reply::Array({Reply::Ok(), Reply::Integer(100'000)}));
  EXPECT_EQ(Run({"GET", "k"}), Reply::Bulk(value));
}

TEST_F(TransactionTest, LongArgumentsStandInTheirPlaces) {
  const std::string key(40'000, 'k');
  const std::string first(50'000, 'a');
  const std::string second(60'000, 'b');
  Run({"MULTI"});
  Run({"MSET", key, first, "short", second, "n", "1"});
  Run({"MSET", "short", first, key, first, key, second});
  Run({"MGET", key, "short", "n"});
  Run({"RPUSH", "l", first, "x", second});
  EXPECT_EQ(Run({"EXEC"}), Reply::Array({Reply::Ok(), Reply::Ok(),
                                         Reply::Bulks({second, first, "1"}), Reply::Integer(3)}));
  EXPECT_EQ(Run({"LRANGE", "l", "0", "-1"}), Reply::Bulks({first, "x", second}));
}

TEST_F(TransactionTest, ShowsItsQueueWhileItRuns) {
  Run({"MULTI"});
  Run({"CLIENT", "LIST"});
  Run({"PING"});
  EXPECT_THAT(Run({"EXEC"}).elements.at(0).text,
              AllOf(HasSubstr(" flags=x "), HasSubstr(" multi=2 "), HasSubstr(" multi-mem=14 ")));
  EXPECT_THAT(Run({"CLIENT", "LIST"}).text,
              AllOf(HasSubstr(" flags=N "), HasSubstr(" multi=-1 "), HasSubstr(" multi-mem=0 ")));
}

}  // namespace
}  // namespace ebb::test

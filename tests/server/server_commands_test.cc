// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "tests/support/engine_fixture.h"

namespace ebb::test {
namespace {

using ServerCommandsTest = EngineTest;

TEST_F(ServerCommandsTest, TheSlowLogHidesPasswordsThatAreSet) {
  Run({"CONFIG", "SET", "slowlog-log-slower-than", "0"});
  EXPECT_EQ(Run({"CONFIG", "SET", "hz", "20", "RequirePass", "hunter2"}), Reply::Ok());
  EXPECT_TRUE(Run({"CONFIG", "SET", "requirepass", "hunter3", "hz", "x"}).IsError("ERR CONFIG"));
  const std::string log = Run({"SLOWLOG", "GET"}).ToString();
  EXPECT_EQ(log.find("hunter"), std::string::npos) << log;
  EXPECT_NE(log.find(R"-("hz", "20", "RequirePass", "(redacted)")-"), std::string::npos) << log;
}

// However long it is, of its client's name an entry keeps as much as of an argument.
TEST_F(ServerCommandsTest, TheSlowLogKeepsTheBeginningOfALongName) {
  Run({"CONFIG", "SET", "slowlog-log-slower-than", "0"});
  const auto kept = [this](const std::string& name) {
    EXPECT_EQ(Run({"CLIENT", "SETNAME", name}), Reply::Ok());
    return Run({"SLOWLOG", "GET", "1"}).elements.at(0).elements.at(5);
  };
  const std::string beginning(128, 'n');
  EXPECT_EQ(kept(beginning), Reply::Bulk(beginning));
  EXPECT_EQ(kept(std::string(100'000, 'n')), Reply::Bulk(beginning + "... (99872 more bytes)"));
}

TEST_F(ServerCommandsTest, InfoTellsHowLongKeysHaveLeft) {
  const auto keyspace = [this] { return Run({"INFO", "keyspace"}).text; };
  Run({"SET", "for-ever", "x"});
  EXPECT_EQ(keyspace(), "# Keyspace\r\ndb0:keys=1,expires=0,avg_ttl=0\r\n");
  Run({"SET", "short", "x", "PX", "1000"});
  Run({"SET", "long", "x", "PX", "3000"});
  EXPECT_EQ(keyspace(), "# Keyspace\r\ndb0:keys=3,expires=2,avg_ttl=2000\r\n");
  const std::string latest = std::to_string(INT64_MAX);
  Run({"PEXPIREAT", "short", latest});
  Run({"PEXPIREAT", "long", latest});
  EXPECT_NE(keyspace().find(",avg_ttl=92"), std::string::npos) << keyspace();
}

TEST_F(ServerCommandsTest, NothingIsAsSlowAsTheGreatestThreshold) {
  const std::string greatest = std::to_string(INT64_MAX);
  Run({"CONFIG", "SET", "slowlog-log-slower-than", greatest, "latency-monitor-threshold",
       greatest});
  Run({"SLOWLOG", "RESET"});
  Run({"PING"});
  EXPECT_EQ(Run({"SLOWLOG", "LEN"}), Reply::Integer(0));
  EXPECT_EQ(Run({"LATENCY", "LATEST"}), Reply::Array({}));
}

// A command of 2 ms, as the slow log and the latency monitor see it.
TEST_F(ServerCommandsTest, TheSlowLogAndTheLatencyMonitorHaveTheirOwnThresholds) {
  struct Case {
    const char* slower_than_us;
    const char* threshold_ms;
    bool is_slow;
    bool is_event;
  };
  for (const Case& c :
       {Case{"-1", "1", false, true}, Case{"1000", "0", true, false},
        Case{"2000", "3", true, false}, Case{"2001", "2", false, true}, Case{"0", "1", true, true},
        Case{"-1", "0", false, false}, Case{"3000", "3", false, false}}) {
    SCOPED_TRACE(std::string(c.slower_than_us) + " us, " + c.threshold_ms + " ms");
    Run({"CONFIG", "SET", "slowlog-log-slower-than", c.slower_than_us, "latency-monitor-threshold",
         c.threshold_ms});
    Run({"SLOWLOG", "RESET"});
    Run({"LATENCY", "RESET"});
    time().LetLooksTake(2000);
    Run({"ECHO", "hello"});
    time().LetLooksTake(0);
    const auto shows = [this](const char* word, const char* what, const char* text) {
      return Run({word, what}).ToString().find(text) != std::string::npos;
    };
    EXPECT_EQ(shows("SLOWLOG", "GET", "hello"), c.is_slow);
    EXPECT_EQ(shows("LATENCY", "LATEST", "fast-command"), c.is_event);
  }
}

TEST_F(ServerCommandsTest, AContainerAloneIsARejectedCallOfItsOwn) {
  Run({"CONFIG", "RESETSTAT"});
  std::vector<std::string> containers;
  for (const Command* command : engine().commands().commands()) {
    if (command->spec->function == nullptr) containers.emplace_back(command->spec->name);
  }
  ASSERT_GT(containers.size(), 5u);
  for (const std::string& name : containers) {
    EXPECT_EQ(Run({name}),
              Reply::Error("ERR wrong number of arguments for '" + name + "' command"));
  }
  Run({"OBJECT", "NOTHING"});  // unknown, which is nobody's
  const std::string statistics = Run({"INFO", "commandstats"}).text;
  for (const std::string& name : containers) {
    const std::string line =
        "cmdstat_" + name +
        ":calls=0,usec=0,usec_per_call=0.00,rejected_calls=1,failed_calls=0\r\n";
    EXPECT_NE(statistics.find(line), std::string::npos) << name << " in " << statistics;
  }
  EXPECT_EQ(Run({"MULTI"}), Reply::Ok());
  Run({"OBJECT"});
  EXPECT_TRUE(Run({"EXEC"}).IsError("EXECABORT "));
}

// Each of them reaches the keyspaces, whatever else changes or does not.
TEST_F(ServerCommandsTest, LimitsOfEncodingsChangeAtRunTime) {
  Run({"CONFIG", "SET", "hash-max-listpack-entries", "1", "hash-max-listpack-value", "2",
       "list-max-listpack-size", "3", "list-compress-depth", "4", "set-max-intset-entries", "5"});
  Run({"CONFIG", "SET", "set-max-listpack-entries", "6", "set-max-listpack-value", "7"});
  Run({"CONFIG", "SET", "zset-max-listpack-entries", "8"});
  Run({"CONFIG", "SET", "zset-max-listpack-value", "9"});
  const EncodingLimits& limits = engine().db(0).limits();
  EXPECT_EQ(limits.hash_max_listpack_entries, 1);
  EXPECT_EQ(limits.hash_max_listpack_value, 2u);
  EXPECT_EQ(limits.list_max_listpack_size, 3);
  EXPECT_EQ(limits.list_compress_depth, 4);
  EXPECT_EQ(limits.set_max_intset_entries, 5);
  EXPECT_EQ(limits.set_max_listpack_entries, 6);
  EXPECT_EQ(limits.set_max_listpack_value, 7u);
  EXPECT_EQ(limits.zset_max_listpack_entries, 8);
  EXPECT_EQ(limits.zset_max_listpack_value, 9u);
}

TEST_F(ServerCommandsTest, InfoShowsAPeakThatItHasSeen) {
  Run({"SETRANGE", "k", "10000000", "x"});
  Run({"INFO", "memory"});
  Run({"DEL", "k"});
  while (engine().lazy_free().Step()) {
  }
  EXPECT_GE(engine().peak_memory(), 10'000'000u);
}

TEST_F(ServerCommandsTest, ResetstatLeavesThePeakOfMemory) {
  Run({"SET", "k", std::string(10'000'000, 'x')});
  engine().cron().Run();
  const size_t peak = engine().peak_memory();
  Run({"DEL", "k"});
  while (engine().lazy_free().Step()) {
  }
  EXPECT_LT(memory::UsedMemory(), peak - 9'000'000);
  Run({"CONFIG", "RESETSTAT"});
  EXPECT_GE(engine().peak_memory(), peak);
}

}  // namespace
}  // namespace ebb::test

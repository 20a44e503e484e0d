// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/cron.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <sstream>
#include <string>

#include "server/log.h"
#include "storage/keyspace.h"
#include "tests/support/engine_fixture.h"
#include "tests/support/temp_directory.h"

namespace ebb::test {
namespace {

using CronTest = EngineTest;

// A time that passes only while somebody looks at it.
class TickingTime final : public TimeSource {
 public:
  int64_t UnixMicroseconds() override { return now_ns_ / 1000; }
  int64_t MonotonicNanoseconds() override { return now_ns_ += 100'000; }
  int64_t ThreadCpuNanoseconds() override { return now_ns_; }

 private:
  int64_t now_ns_ = 1'750'000'000'000'000'000;
};

TEST_F(CronTest, ALogOfAllDetailTellsOfClientsEveryFiveSeconds) {
  const TempDirectory directory;
  ASSERT_TRUE(log::Open(directory.path("log")));
  log::SetLevel(spdlog::level::trace);
  const auto told = [&] {
    const std::string text = directory.Read("log");
    return std::count(text.begin(), text.end(), '\n');
  };
  engine().cron().Run();
  EXPECT_NE(directory.Read("log").find(" . 1 clients connected, "), std::string::npos);
  AdvanceTime(4999);
  engine().cron().Run();
  EXPECT_EQ(told(), 1);
  AdvanceTime(1);
  engine().cron().Run();
  EXPECT_EQ(told(), 2);
  log::SetLevel(spdlog::level::info);
  log::Open({});
}

// Though the data changes with each tick, and these are many.
TEST_F(CronTest, TheDefraggersFiguresAreReadTenTimesASecond) {
  if (const auto reason = memory::DefragAdvisor::Unable(); !reason.empty()) GTEST_SKIP() << reason;
  for (const int hz : {1, 10, 15, 500}) {
    SCOPED_TRACE(hz);
    ASSERT_EQ(Run({"CONFIG", "SET", "hz", std::to_string(hz)}), Reply::Ok());
    // What is left of the ticks at the last frequency.
    for (int tick = 0; tick < hz; ++tick) engine().cron().Run();
    const uint64_t looks = engine().defragger().looks();
    for (int tick = 0; tick < 2 * hz; ++tick) {
      Run({"SET", std::to_string(hz) + ":" + std::to_string(tick), std::string(100, 'v')});
      engine().cron().Run();
    }
    EXPECT_LE(engine().defragger().looks() - looks, 20u);
    EXPECT_GE(engine().defragger().looks() - looks, static_cast<uint64_t>(std::min(hz, 7)));
  }
}

// The expire cycle takes many entries out of the table at once, more than it shrinks by. No client
// says anything afterwards.
TEST_F(CronTest, ATableShrinksWhileNobodyAsksForAnything) {
  constexpr int kKeys = 100'000;
  for (int i = 0; i < kKeys; ++i) {
    const std::string key = "key:" + std::to_string(i);
    if (i % 100 == 0) {
      Run({"SET", key, "v"});
    } else {
      Run({"SET", key, "v", "PX", "100"});
    }
  }
  const auto& table = engine().db(0).table();
  const size_t full = table.memory();
  AdvanceTime(100);
  for (int tick = 0; tick < 1000 && table.size() > kKeys / 100; ++tick) engine().cron().Run();
  ASSERT_EQ(table.size(), static_cast<size_t>(kKeys / 100));
  for (int tick = 0; tick < 10; ++tick) engine().cron().Run();
  EXPECT_FALSE(table.NeedsMaintenance());
  EXPECT_LT(table.memory(), full / 20);
}

// However little time a slice has, none counts as one that did not come to its end.
TEST_F(CronTest, KeysThatExpireLaterAreNoWork) {
  for (int i = 0; i < 10'000; ++i) Run({"SET", "key:" + std::to_string(i), "v", "EX", "604800"});
  time().LetLooksTake(500);
  for (int tick = 0; tick < 3; ++tick) {
    engine().cron().RunSlice();
    EXPECT_FALSE(engine().cron().work_pending());
  }
  EXPECT_EQ(engine().counters().expire_time_cap_reached, 0u);
}

TEST_F(CronTest, TheTrashAndTheDeadShareASlice) {
  constexpr int kKeys = 20'000;
  Run({"CONFIG", "SET", "trash-max-memory", "64mb", "trash-ttl", "1"});
  for (int i = 0; i < kKeys; ++i) {
    Run({"SET", "trashed:" + std::to_string(i), "v"});
    Run({"DEL", "trashed:" + std::to_string(i)});
    Run({"SET", "dead:" + std::to_string(i), "v", "PX", "100"});
  }
  AdvanceTime(2000);
  time().LetLooksTake(100);
  int slices = 0;
  do {
    const int64_t begin = time().MonotonicNanoseconds();
    engine().cron().RunSlice();
    // Half a millisecond, and the looks at the clock around it.
    EXPECT_LE(time().MonotonicNanoseconds() - begin, 1'100'000);
    ++slices;
  } while (engine().cron().work_pending());
  EXPECT_GT(slices, 20);
  EXPECT_EQ(engine().db(0).size(), 0u);
  EXPECT_EQ(Run({"TRASH", "LEN"}), Reply::Integer(0));
}

class ManyDatabasesTest : public ::testing::Test {
 protected:
  static constexpr int kDatabases = 400;

  ManyDatabasesTest() {
    std::istringstream no_input;
    EXPECT_EQ(config_.LoadArguments({"--databases", std::to_string(kDatabases)}, no_input).text,
              "");
    engine_.emplace(config_, time_);
  }
  // Keys of each database, with so long to live.
  void Fill(const std::string& ttl_ms) {
    TestClient client(*engine_);
    for (int db = 0; db < kDatabases; ++db) {
      client.Run({"SELECT", std::to_string(db)});
      for (int i = 0; i < 30; ++i) client.Run({"SET", std::to_string(i), "v", "PX", ttl_ms});
    }
  }
  void AdvanceTime(int64_t ms) {
    time_.Advance(ms);
    engine_->RefreshTime();
  }
  size_t Left() {
    size_t keys = 0;
    for (const auto& [index, db] : engine_->databases().used()) keys += db.size();
    return keys;
  }
  // Slices until none is wanted any more.
  int RunSlices() {
    int slices = 0;
    do {
      engine_->cron().RunSlice();
    } while (++slices < 1000 && engine_->cron().work_pending());
    return slices;
  }

  const memory::ThreadAccount account_;
  ConfigStore config_;
  FakeTime time_;
  std::optional<Engine> engine_;
};

TEST_F(ManyDatabasesTest, WhatIsDueInAllOfThemGoesInOneRound) {
  Fill("100");
  AdvanceTime(100);
  time_.LetLooksTake(2);
  const int slices = RunSlices();
  EXPECT_EQ(Left(), 0u);
  EXPECT_GT(slices, 1) << "each of half a millisecond";
  EXPECT_LT(slices, 20);
  EXPECT_EQ(RunSlices(), 1) << "nothing is due any more";
}

TEST_F(ManyDatabasesTest, WhereNothingIsDueARoundIsShort) {
  Fill("100000");
  for (int tick = 0; tick < 20; ++tick) EXPECT_EQ(RunSlices(), 1);
  TestClient client(*engine_);
  client.Run({"SELECT", std::to_string(kDatabases / 2)});
  client.Run({"SET", "due", "v", "PX", "100"});
  AdvanceTime(100);
  // In one tick or another it is found.
  int ticks = 0;
  for (; ticks < 10 && Left() > kDatabases * 30; ++ticks) RunSlices();
  EXPECT_EQ(Left(), size_t{kDatabases} * 30);
}

// A round over some 80 chunks, each of which seems to take 0.1 ms.
TEST(CronSliceTest, DefragmentationStopsByTheClock) {
  const memory::ThreadAccount account;
  ConfigStore config;
  TickingTime time;
  Engine engine(config, time);
  TestClient client(engine);
  for (int i = 0; i < 20'000; ++i) client.Run({"SET", "key:" + std::to_string(i), "v"});
  engine.defragger().Begin();
  int slices = 0;
  for (; engine.cron().defrag_pending(); ++slices) {
    const int64_t begin = time.MonotonicNanoseconds();
    engine.cron().DefragSlice();
    // Half a millisecond, and the looks at the clock around it.
    EXPECT_LE(time.MonotonicNanoseconds() - begin, 1'000'000);
  }
  EXPECT_GT(slices, 10);
}

}  // namespace
}  // namespace ebb::test

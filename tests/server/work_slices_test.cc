// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/work_slices.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/engine_fixture.h"

namespace ebb::test {
namespace {

using ::testing::HasSubstr;

// Both clocks go on as the test says.
class TwoClocks final : public TimeSource {
 public:
  int64_t UnixMicroseconds() override { return 0; }
  int64_t MonotonicNanoseconds() override { return wall_us_ * 1000; }
  int64_t ThreadCpuNanoseconds() override {
    ++readings_;
    return cpu_us_ * 1000;
  }
  void Work(int64_t us) {
    wall_us_ += us;
    cpu_us_ += us;
  }
  void Wait(int64_t us) { wall_us_ += us; }
  int readings() const { return readings_; }

 private:
  int64_t wall_us_ = 0;
  int64_t cpu_us_ = 0;
  int readings_ = 0;
};

TEST(WorkSlicesTest, TimeThatOthersTookIsNotCounted) {
  TwoClocks time;
  WorkSlices slices(time);
  slices.Begin();
  time.Work(400);
  time.Wait(5000);
  slices.End(SliceKind::kCommands);
  EXPECT_EQ(slices.max_ns(), 400'000u);
  EXPECT_EQ(slices.over_1ms(), 0u);
}

TEST(WorkSlicesTest, ALongSliceIsCountedWithItsKind) {
  TwoClocks time;
  WorkSlices slices(time);
  {
    const WorkSlice slice(slices, SliceKind::kCron);
    time.Work(100);
  }
  {
    const WorkSlice slice(slices, SliceKind::kDefrag);
    time.Work(1500);
  }
  EXPECT_EQ(slices.count(), 2u);
  EXPECT_EQ(slices.over_1ms(), 1u);
  EXPECT_EQ(slices.max_ns(), 1'500'000u);
  EXPECT_EQ(slices.longest(), SliceKind::kDefrag);
  EXPECT_EQ(slices.of(SliceKind::kCron).max_ns, 100'000u);
  EXPECT_EQ(slices.of(SliceKind::kDefrag).durations->CountUpTo(1'000'000), 0u);
  slices.Reset();
  EXPECT_EQ(slices.count(), 0u);
  EXPECT_EQ(slices.max_ns(), 0u);
}

TEST(WorkSlicesTest, ShortSlicesReadTheCpuClockRarely) {
  TwoClocks time;
  WorkSlices slices(time);
  for (int i = 0; i < 1000; ++i) {
    slices.Begin();
    time.Work(20);
    slices.Next(SliceKind::kCommands);
    time.Work(5);
    slices.End(SliceKind::kResumed);
  }
  EXPECT_LE(time.readings(), 1 + 25'000'000 / WorkSlices::kReadEveryNs);
  EXPECT_EQ(slices.of(SliceKind::kCommands).count, 1000u);
  EXPECT_EQ(slices.of(SliceKind::kResumed).max_ns, 5'000u);
}

TEST(WorkSlicesTest, WhatIsRecordedIsNeverLessThanTheTruthAndHardlyMore) {
  TwoClocks time;
  WorkSlices slices(time);
  int64_t truth_us = 0;
  for (int64_t work_us = 10; work_us < 3000; work_us += 37) {
    slices.Begin();
    time.Work(work_us);
    time.Wait(work_us % 5 * 100);
    slices.End(SliceKind::kCommands);
    time.Work(3);  // the loop's own
    truth_us = work_us;
    ASSERT_GE(slices.max_ns(), static_cast<uint64_t>(truth_us) * 1000);
    ASSERT_LE(slices.max_ns(),
              static_cast<uint64_t>(truth_us) * 1000 + 2 * WorkSlices::kReadEveryNs);
  }
}

using CommandTimeTest = EngineTest;

// Else a slice would end with none of them, however many there are.
TEST_F(CommandTimeTest, WhatIsNotRunTakesTimeToo) {
  const auto ends_slice = [this](const std::vector<std::string>& argv) {
    engine().slices().Begin();
    engine().BeginCommands();
    EXPECT_FALSE(engine().SliceOver());
    time().LetLooksTake(600);
    Run(argv);
    const bool over = engine().SliceOver();
    time().LetLooksTake(0);
    return over;
  };
  EXPECT_TRUE(ends_slice({"NOSUCH"}));
  EXPECT_TRUE(ends_slice({"GET"})) << "refused";
  Run({"MULTI"});
  EXPECT_TRUE(ends_slice({"SET", "k", "v"})) << "queued";
}

TEST_F(CommandTimeTest, WhatGoesByBetweenCommandsIsNotTheirs) {
  Run({"PING"});
  time().LetLooksTake(5000);
  engine().BeginCommands();
  time().LetLooksTake(0);
  Run({"PING"});
  EXPECT_THAT(Run({"INFO", "commandstats"}).text, HasSubstr("cmdstat_ping:calls=2,usec=0,"));
}

using LatencySlicesTest = EngineTest;

TEST_F(LatencySlicesTest, ShowsTheKindsThatThereWere) {
  EXPECT_EQ(Run({"LATENCY", "SLICES"}), Reply::Array({}));
  engine().slices().BeginExact();
  AdvanceTime(2);
  engine().slices().End(SliceKind::kExpire);
  const Reply histogram = Reply::Array({Reply::Integer(2113), Reply::Integer(1)});
  const Reply figures = Reply::Array(
      {Reply::Bulk("calls"), Reply::Integer(1), Reply::Bulk("max_usec"), Reply::Integer(2000),
       Reply::Bulk("over_1ms"), Reply::Integer(1), Reply::Bulk("histogram_usec"), histogram});
  EXPECT_EQ(Run({"LATENCY", "SLICES"}), Reply::Array({Reply::Bulk("expire"), figures}));
  EXPECT_NE(Run({"LATENCY", "DOCTOR"}).text.find("at most 2000 us of CPU (expire)"),
            std::string::npos);
  EXPECT_EQ(Run({"CONFIG", "RESETSTAT"}), Reply::Ok());
  EXPECT_EQ(Run({"LATENCY", "SLICES"}), Reply::Array({}));
}

}  // namespace
}  // namespace ebb::test

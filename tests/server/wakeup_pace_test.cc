// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/wakeup_pace.h"

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <vector>

namespace ebb {
namespace {

using namespace std::chrono_literals;
using Nanoseconds = WakeupPace::Nanoseconds;

// A server whose clients' requests come by turns and evenly.
class World {
 public:
  explicit World(size_t clients) : visitors_(clients) {}

  // For so long a request takes `service`, and one comes `between` after the other; or, while there
  // are pauses, after what `paused` makes of that.
  void Run(Nanoseconds time, Nanoseconds service, Nanoseconds between,
           const std::function<Nanoseconds(Nanoseconds)>& paused) {
    const Nanoseconds end = now_ + time;
    Nanoseconds pause{0};
    while (now_ < end) {
      const Nanoseconds one = now_ - paused_ < 1ms ? paused(between) : between;
      now_ = std::max(now_ + pause, came_ + one);
      const Nanoseconds looked = now_;
      for (; came_ + one <= looked; came_ += one, now_ += service) {
        pace_.Came(visitors_[next_++ % visitors_.size()]);
      }
      pause = pace_.Served(looked, now_, longest_);
      if (pause == 0ns) continue;
      paused_ = now_;
      ++pauses_;
      longest_pause_ = std::max(longest_pause_, pause);
    }
  }

  // Pauses in that time.
  int PausesIn(Nanoseconds time, Nanoseconds service, Nanoseconds between,
               const std::function<Nanoseconds(Nanoseconds)>& paused) {
    const int before = pauses_;
    Run(time, service, between, paused);
    return pauses_ - before;
  }

  void Idle(Nanoseconds time) { came_ = now_ += time; }
  void set_longest(Nanoseconds longest) { longest_ = longest; }
  Nanoseconds longest_pause() const { return longest_pause_; }

 private:
  WakeupPace pace_;
  std::vector<WakeupPace::Visitor> visitors_;
  size_t next_ = 0;
  Nanoseconds now_ = 1s;
  Nanoseconds came_ = 1s;    // the last request
  Nanoseconds paused_ = 0s;  // last
  Nanoseconds longest_ = 100us;
  int pauses_ = 0;
  Nanoseconds longest_pause_{0};
};

Nanoseconds Sooner(Nanoseconds between) {
  return between * 7 / 10;
}
Nanoseconds Later(Nanoseconds between) {
  return between * 13 / 10;
}
Nanoseconds LittleSooner(Nanoseconds between) {
  return between * 97 / 100;
}

TEST(WakeupPaceTest, PausesStayWhereMoreRequestsComeWithThem) {
  World world(50);
  world.Run(2s, 6us, 10us, Sooner);
  // Nearly always, but for the windows of a trial without.
  EXPECT_GT(world.PausesIn(1s, 6us, 10us, Sooner), 1000);
  EXPECT_EQ(world.longest_pause(), 100us);
}

TEST(WakeupPaceTest, PausesEndWhereClientsAreKeptWaiting) {
  World world(50);
  EXPECT_GT(world.PausesIn(100ms, 6us, 10us, Later), 0) << "never tried";
  world.Run(60s, 6us, 10us, Later);
  // At most one trial in the longest wait: three windows with pauses.
  EXPECT_LE(world.PausesIn(10s, 6us, 10us, Later), 3 * 10ms / 100us);
}

TEST(WakeupPaceTest, PausesThatChangeLittleEnd) {
  World world(50);
  world.Run(60s, 6us, 10us, LittleSooner);
  EXPECT_LE(world.PausesIn(10s, 6us, 10us, LittleSooner), 3 * 10ms / 100us);
}

TEST(WakeupPaceTest, PausesThatHelpedEndWhenTheyNoLongerDo) {
  World world(50);
  world.Run(2s, 6us, 10us, Sooner);
  world.Run(2s, 6us, 10us, Later);
  EXPECT_LE(world.PausesIn(1s, 6us, 10us, Later), 3 * 3 * 10ms / 100us);
}

TEST(WakeupPaceTest, PausesAreTriedAgainAfterAQuiet) {
  World world(50);
  world.Run(60s, 6us, 10us, Later);
  world.Idle(2s);
  world.Run(1s, 6us, 10us, Sooner);
  EXPECT_GT(world.PausesIn(1s, 6us, 10us, Sooner), 1000);
}

TEST(WakeupPaceTest, FewClientsAreServedAtOnce) {
  World world(23);
  EXPECT_EQ(world.PausesIn(5s, 6us, 10us, Sooner), 0);
}

TEST(WakeupPaceTest, AQuietServerServesAtOnce) {
  World world(50);
  EXPECT_EQ(world.PausesIn(5s, 3us, 10us, Sooner), 0) << "commands take less than a third";
  EXPECT_EQ(world.PausesIn(5s, 15us, 20us, Sooner), 0) << "five come in the longest pause";
}

TEST(WakeupPaceTest, AQuarterOfTheClientsWaitsAtMost) {
  World world(28);
  world.Run(1s, 6us, 10us, Sooner);
  EXPECT_GT(world.longest_pause(), 0us);
  EXPECT_LE(world.longest_pause(), 7 * 10us);
}

TEST(WakeupPaceTest, NoPauseIsLongerThanTheLimit) {
  World world(500);
  world.Run(1s, 6us, 10us, Sooner);
  EXPECT_EQ(world.longest_pause(), 100us);
  // A lower one holds at once.
  world.set_longest(0us);
  EXPECT_EQ(world.PausesIn(1s, 6us, 10us, Sooner), 0);
}

}  // namespace
}  // namespace ebb

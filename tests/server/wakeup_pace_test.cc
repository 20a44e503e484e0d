// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/wakeup_pace.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace ebb {
namespace {

using namespace std::chrono_literals;
using Nanoseconds = WakeupPace::Nanoseconds;

// ------------------------------------------------------------------------------- the trial

// How the windows of a trial were: P with pauses, n without.
std::string Order(PauseTrial& trial, int windows) {
  std::string order;
  for (int i = 0; i < windows; ++i) {
    order += trial.pausing() ? 'P' : 'n';
    trial.WindowEnded(1);
  }
  return order;
}

// A trial in which the first `won` pairs have `gain` as many requests with pauses, the others one
// in a thousand fewer.
void Try(PauseTrial& trial, int won, double gain) {
  for (int i = 0; i < 2 * PauseTrial::kPairs; ++i) {
    const double with = i / 2 < won ? gain : 0.999;
    trial.WindowEnded(trial.pausing() ? with : 1);
  }
}

TEST(PauseTrialTest, WindowsAreTriedByTurns) {
  PauseTrial trial;
  EXPECT_EQ(Order(trial, 11), "nPnnPPnnPPn");
}

TEST(PauseTrialTest, MostPairsMustGainAndEnoughOnAverage) {
  for (const auto& [won, gain, expected] : {std::tuple{5, 1.04, true},
                                            {4, 1.05, true},
                                            {3, 1.20, false},
                                            {5, 1.02, false},
                                            {0, 1.00, false}}) {
    PauseTrial trial;
    trial.WindowEnded(1);
    Try(trial, won, gain);
    EXPECT_EQ(trial.pausing(), expected) << won << " pairs with " << gain;
  }
}

TEST(PauseTrialTest, AGainIsTriedAgainAfterAWhile) {
  PauseTrial trial;
  trial.WindowEnded(1);
  Try(trial, 5, 1.1);
  for (int i = 0; i < PauseTrial::kRecheck; ++i) {
    EXPECT_TRUE(trial.pausing());
    trial.WindowEnded(1.1);
  }
  Try(trial, 5, 0.9);
  EXPECT_FALSE(trial.pausing());
  EXPECT_EQ(Order(trial, 26), std::string(25, 'n') + "P") << "the shortest wait, after a gain";
}

TEST(PauseTrialTest, NoGainIsTriedAgainAfterEverLonger) {
  PauseTrial trial;
  trial.WindowEnded(1);
  for (const int wait : {25, 50, 100, 200, 400, 800, 1000, 1000}) {
    Try(trial, 0, 1);
    for (int i = 0; i < wait; ++i) {
      ASSERT_FALSE(trial.pausing()) << i << " of " << wait;
      trial.WindowEnded(1);
    }
    ASSERT_TRUE(trial.pausing()) << wait;
  }
}

TEST(PauseTrialTest, AfterAQuietAGainIsTriedAtOnce) {
  PauseTrial trial;
  trial.WindowEnded(1);
  Try(trial, 5, 1.1);
  trial.OthersCome();
  EXPECT_EQ(Order(trial, 2), "nP");
}

TEST(PauseTrialTest, AfterAQuietNoGainIsTriedSoon) {
  PauseTrial trial;
  trial.WindowEnded(1);
  for (int i = 0; i < 3; ++i) {
    Try(trial, 0, 1);
    trial.OthersCome();
    EXPECT_EQ(Order(trial, 25), std::string(25, 'n'));
    EXPECT_TRUE(trial.pausing());
  }
  trial.WindowEnded(2);
  trial.OthersCome();
  EXPECT_EQ(Order(trial, 25), std::string(25, 'n')) << "nor does one that was under way go on";
}

// -------------------------------------------------------------------------------- the pace

using Pace = std::function<Nanoseconds(Nanoseconds)>;

// A server whose clients' requests come by turns and evenly.
class World {
 public:
  explicit World(size_t clients) : visitors_(clients) {}

  // For so long a request takes `service`, and one comes `between` after the other; or, while there
  // are pauses, after what `paused` makes of that.
  void Run(Nanoseconds time, Nanoseconds service, Nanoseconds between, const Pace& paused) {
    const Nanoseconds end = now_ + time;
    Nanoseconds pause{0};
    while (now_ < end) {
      const Nanoseconds one = now_ - paused_ < 1ms ? paused(between) : between;
      now_ = std::max(now_ + pause, came_ + one);
      const Nanoseconds looked = now_;
      uint64_t found = 0;
      for (; came_ + one <= looked; came_ += one, now_ += service, ++found) {
        pace_.Came(visitors_[next_++ % visitors_.size()], looked);
      }
      pause = pace_.Served(looked, now_, longest_, patience_);
      if (pause == 0ns) continue;
      paused_ = now_;
      ++pauses_;
      longest_pause_ = std::max(longest_pause_, pause);
      most_found_before_pause_ = std::max(most_found_before_pause_, found);
    }
  }

  // Pauses in that time.
  int PausesIn(Nanoseconds time, Nanoseconds service, Nanoseconds between, const Pace& paused) {
    const int before = pauses_;
    Run(time, service, between, paused);
    return pauses_ - before;
  }

  void OthersCome() { std::ranges::fill(visitors_, WakeupPace::Visitor()); }
  void Idle(Nanoseconds time) { came_ = now_ += time; }
  void set_longest(Nanoseconds longest) { longest_ = longest; }
  void set_patience(Nanoseconds patience) { patience_ = patience; }
  Nanoseconds longest_pause() const { return longest_pause_; }
  uint64_t most_found_before_pause() const { return most_found_before_pause_; }

 private:
  WakeupPace pace_;
  std::vector<WakeupPace::Visitor> visitors_;
  size_t next_ = 0;
  Nanoseconds now_ = 1s;
  Nanoseconds came_ = 1s;    // the last request
  Nanoseconds paused_ = 0s;  // last
  Nanoseconds longest_ = 100us;
  Nanoseconds patience_ = 5ms;
  int pauses_ = 0;
  Nanoseconds longest_pause_{0};
  uint64_t most_found_before_pause_ = 0;
};

Nanoseconds Sooner(Nanoseconds between) {
  return between * 7 / 10;
}
Nanoseconds Later(Nanoseconds between) {
  return between * 13 / 10;
}

// In ten seconds after a minute: one trial at most, half of whose windows have pauses.
constexpr int kOneTrial = PauseTrial::kPairs * (WakeupPace::kWindow / 100us);

TEST(WakeupPaceTest, PausesStayWhereMoreRequestsComeWithThem) {
  World world(50);
  world.Run(2s, 6us, 10us, Sooner);
  EXPECT_GT(world.PausesIn(1s, 6us, 10us, Sooner), 1000);
  EXPECT_EQ(world.longest_pause(), 100us);
}

TEST(WakeupPaceTest, PausesEndWhereClientsAreKeptWaiting) {
  World world(50);
  EXPECT_GT(world.PausesIn(100ms, 6us, 10us, Later), 0) << "never tried";
  world.Run(60s, 6us, 10us, Later);
  EXPECT_LE(world.PausesIn(10s, 6us, 10us, Later), kOneTrial);
}

// With pauses so few come that they would not be worth one, or leave the thread idle.
TEST(WakeupPaceTest, PausesEndThatAreThemselvesWhyTheyAreOfNoUse) {
  for (const auto& [service, between] : {std::pair{6us, 15us}, {5us, 14us}}) {
    World world(50);
    world.Run(60s, service, between, Later);
    EXPECT_LE(world.PausesIn(10s, service, between, Later), kOneTrial) << between.count();
  }
}

TEST(WakeupPaceTest, PausesThatHelpedEndWhenTheyNoLongerDo) {
  World world(50);
  world.Run(2s, 6us, 10us, Sooner);
  world.Run(2s, 6us, 10us, Later);
  EXPECT_LE(world.PausesIn(1s, 6us, 10us, Later), 2 * kOneTrial);
}

TEST(WakeupPaceTest, PausesThatHelpAreBackSoonAfterAQuiet) {
  World world(50);
  world.Run(60s, 6us, 10us, Later);
  world.Idle(2s);
  world.Run(1s, 6us, 10us, Sooner);
  EXPECT_GT(world.PausesIn(1s, 6us, 10us, Sooner), 1000);
}

TEST(WakeupPaceTest, PausesAreSoonTriedWithOtherClients) {
  World world(50);
  world.Run(60s, 6us, 10us, Later);
  world.OthersCome();
  world.Run(1s, 6us, 10us, Sooner);
  EXPECT_GT(world.PausesIn(1s, 6us, 10us, Sooner), 1000);
}

TEST(WakeupPaceTest, AShortRestForgetsNothing) {
  World world(50);
  world.Run(60s, 6us, 10us, Later);
  int pauses = 0;
  for (int i = 0; i < 10; ++i) {
    world.Idle(900ms);
    pauses += world.PausesIn(500ms, 6us, 10us, Later);
  }
  EXPECT_LE(pauses, kOneTrial);
}

TEST(WakeupPaceTest, BurstsThatAreKeptWaitingSeldomTry) {
  World world(50);
  int pauses = 0;
  for (int i = 0; i < 50; ++i) {
    pauses += world.PausesIn(50ms, 6us, 10us, Later);
    world.Idle(2s);
  }
  EXPECT_LE(pauses, 50 / 5 * kOneTrial / 2) << "once in five, and never to its end";
}

// A look that finds enough is followed by the next at once.
TEST(WakeupPaceTest, NoPauseWhereEnoughAreReady) {
  World world(50);
  world.Run(3s, 6us, 10us, Sooner);
  EXPECT_GT(world.longest_pause(), 0us);
  EXPECT_LT(world.most_found_before_pause(), 14 * 2 / 3);
  EXPECT_GE(world.most_found_before_pause(), 14 / 2) << "nor looks that find too few";
}

TEST(WakeupPaceTest, NoPauseIsLongerThanThereIsPatience) {
  World world(50);
  for (const Nanoseconds none : {0ns, -1ns}) {
    world.set_patience(none);
    EXPECT_EQ(world.PausesIn(10s, 6us, 10us, Sooner), 0);
  }
  world.set_patience(30us);
  world.Idle(2s);
  EXPECT_GT(world.PausesIn(1s, 6us, 10us, Sooner), 0);
  EXPECT_EQ(world.longest_pause(), 30us);
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

TEST(WakeupPaceTest, AsManyRequestsAsAQuarterOfTheClientsWaitAtMost) {
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

// -------------------------------------------------------------------------------- the crowd

// One client among others, each of which comes once in `between`. Somebody new comes every 10 ms.
class Neighbour {
 public:
  Neighbour(size_t others, Nanoseconds between) : others_(others), step_(between / others) {}

  // Comes so often, each time after it was away so long: y where it is of the crowd.
  std::string Comes(int times, Nanoseconds away) {
    std::string answers;
    for (int i = 0; i < times; ++i) {
      Pass(away);
      answers += pace_.Came(one_, now_) ? 'y' : 'n';
    }
    return answers;
  }
  void Pass(Nanoseconds time) {
    for (const Nanoseconds end = now_ + time; now_ < end; now_ += step_) {
      pace_.Came(others_[next_++ % others_.size()], now_);
      if (now_ % 10ms < step_) {
        WakeupPace::Visitor newcomer;
        pace_.Came(newcomer, now_);
      }
      pace_.Served(now_, now_, 0ns, 0ns);
    }
  }

 private:
  WakeupPace pace_;
  WakeupPace::Visitor one_;
  std::vector<WakeupPace::Visitor> others_;
  const Nanoseconds step_;
  size_t next_ = 0;
  Nanoseconds now_ = 1s;
};

TEST(WakeupPaceTest, WhoIsAwayTwiceAsLongAsOthersIsNotOfTheCrowd) {
  Neighbour neighbour(100, 1ms);
  neighbour.Pass(20ms);
  EXPECT_EQ(neighbour.Comes(3, 3ms), "nnn");
  EXPECT_EQ(neighbour.Comes(3, 1500us), "yyy");
}

TEST(WakeupPaceTest, WhoIsAwayFourTimesAsLongLeavesTheCrowd) {
  Neighbour neighbour(100, 1ms);
  neighbour.Pass(20ms);
  EXPECT_EQ(neighbour.Comes(2, 1ms), "ny");
  EXPECT_EQ(neighbour.Comes(2, 3ms), "yy");
  EXPECT_EQ(neighbour.Comes(1, 5ms), "n");
  EXPECT_EQ(neighbour.Comes(2, 3ms), "nn") << "that does not make it one again";
}

TEST(WakeupPaceTest, ManyWhoEachComeSeldomAreACrowd) {
  Neighbour neighbour(2000, 40ms);
  neighbour.Pass(1s);
  EXPECT_EQ(neighbour.Comes(3, 40ms), "nyy");
  EXPECT_EQ(neighbour.Comes(3, 1s), "nnn");
}

}  // namespace
}  // namespace ebb

// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace ebb {

// Finds out whether more requests come with pauses between the looks at clients, or without: in
// pairs of windows of time, one of each. What it finds holds for the windows that follow, and is
// tried again after a while: pauses after kRecheck windows, no pauses after ever more.
//
// The order within the pairs changes, so that a load that rises or falls favours neither. With
// windows that differ by 5 % by chance, 3 % of the trials find a gain where there is none; pauses
// that bring an eighth are found in nine of ten.
class PauseTrial {
 public:
  static constexpr int kPairs = 5;
  static constexpr int kPairsToWin = 4;
  static constexpr double kGain = 1.03;  // and so much more must come, on average
  static constexpr int kRecheck = 300;
  static constexpr int kShortestWait = 25;
  static constexpr int kLongestWait = 1000;

  // Whether the window that begins now is to have pauses.
  bool pausing() const { return pausing_; }

  // It is over; so many requests came per unit of time.
  void WindowEnded(double rate);

  // Many are there who never were, or may be, as nobody has come for long. Pauses only after a new
  // trial, which begins at once if there were some, and otherwise after kShortestWait windows or
  // sooner.
  void OthersCome();

 private:
  void Begin();
  void End(bool gain);

  bool pausing_ = false;
  bool under_way_ = false;
  int until_next_ = 1;  // windows to the next trial
  int wait_ = kShortestWait;

  // Of the trial under way.
  int windows_ = 0;  // that are over
  double with_ = 0;  // rates of the present pair
  double without_ = 0;
  int won_ = 0;        // pairs
  double ratios_ = 0;  // their sum
};

// When to look next for clients that are ready, while many keep the thread busy.
//
// A thread that answers sooner than its clients ask is woken for every one or two of them, and
// wakes them for every answer or two. Where they run on the same machine that takes a sixth of the
// CPU time of both, and it is the clients that everything waits for. A pause before the next look,
// as network cards make them between interrupts, lets some gather: they wake nobody and are served
// together. Where clients are far away, or idle between their requests, a pause only keeps them
// waiting: it is made only where a trial has shown that more requests come with it than without.
//
// A pause is at most the time in which as many requests come as a quarter of the active clients,
// and there is none unless several will have come at its end and serving them takes much of the
// thread's time (by the wall clock). All this is judged by the last few milliseconds: whoever comes
// to a quiet server is served at once.
//
// Thread: engine thread.
class WakeupPace {
 public:
  using Nanoseconds = std::chrono::nanoseconds;

  // What is judged by is of no less time than this. (In a shorter window it would matter that those
  // who come while its last ones are served count for the next.)
  static constexpr Nanoseconds kWindow = std::chrono::milliseconds(10);
  // After so long without a request all is judged anew.
  static constexpr Nanoseconds kQuiet = std::chrono::seconds(1);
  // In a pause one request for so many active clients may come.
  static constexpr uint64_t kActiveToComing = 4;
  // A pause in which fewer come costs more than it saves.
  static constexpr uint64_t kFewest = 6;
  // Who comes more seldom counts as often as this, so that some of these make no average.
  static constexpr Nanoseconds kLongestAway = std::chrono::milliseconds(100);
  // Serving takes at least one part in so many of the time.
  static constexpr int64_t kLeastBusy = 3;

  // What a client is known by: in which window it was active last, when it came last, and whether
  // it is one of the crowd.
  class Visitor {
    friend class WakeupPace;
    uint64_t window_ = 0;
    Nanoseconds came_{0};
    bool of_crowd_ = false;
  };

  // A client was found ready at `looked`. Whether it is of the crowd that pauses are made for: it
  // has come again within twice the time that passed between two requests of one client on average,
  // in the last window; and stays of it within four times that. Others are not to wait for the end
  // of a pause. O(1).
  bool Came(Visitor& visitor, Nanoseconds looked) {
    ++found_;
    const Nanoseconds away = looked - visitor.came_;
    visitor.came_ = looked;
    away_ += std::min(away, kLongestAway);
    visitor.of_crowd_ = away < usually_away_ * (visitor.of_crowd_ ? 4 : 2);
    if (visitor.window_ != window_) {
      if (visitor.window_ == 0) ++newcomers_;
      visitor.window_ = window_;
      ++active_;
    }
    return visitor.of_crowd_;
  }

  // Those found at the last look, at `looked`, have been served by `now`; both by one clock that
  // never goes back. How long not to look for more, `longest` and `patience` at most; zero: no
  // pause. Patience is what the present moment allows, longest what the configuration does. O(1).
  Nanoseconds Served(Nanoseconds looked, Nanoseconds now, Nanoseconds longest,
                     Nanoseconds patience);

 private:
  void EndWindow(Nanoseconds now, Nanoseconds longest);
  void Plan(Nanoseconds elapsed, Nanoseconds longest);
  bool paused() const { return pause_ > Nanoseconds::zero(); }

  // The window, and what is seen in it.
  uint64_t window_ = 1;
  Nanoseconds began_{0};
  Nanoseconds busy_{0};
  uint64_t came_ = 0;            // requests, or what else was read at once
  uint64_t active_ = 0;          // clients
  uint64_t newcomers_ = 0;       // of these
  Nanoseconds away_{0};          // the times between two requests of one client, their sum
  Nanoseconds usually_away_{0};  // on average, in the window before; zero: not known
  // Its pauses; zero: none. And how many found at a look are enough to look again at once: others
  // will be ready by the time these are served.
  Nanoseconds pause_{0};
  uint64_t enough_ = 0;

  uint64_t found_ = 0;     // at the last look
  Nanoseconds served_{0};  // when the last were
  PauseTrial trial_;
};

}  // namespace ebb

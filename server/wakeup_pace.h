// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <chrono>
#include <cstdint>

namespace ebb {

// Finds out whether clients come more often with pauses between the looks at them, or without: by
// turns, for a few windows of time each. What proved better stays, and is tried again after a
// while: pauses after kRecheck windows, no pauses after ever more.
class PauseTrial {
 public:
  static constexpr int kWindows = 6;         // of a trial
  static constexpr double kGain = 1.03;      // more than this is better
  static constexpr int kRecheck = 100;       // windows
  static constexpr int kShortestWait = 25;   // windows without pauses after a first trial
  static constexpr int kLongestWait = 1000;  // and after many

  // Whether the window that begins now has pauses.
  bool pausing() const { return pausing_; }

  // A window is over, in which so many came per unit of time, with pauses or without.
  void WindowEnded(double rate, bool paused);

 private:
  bool pausing_ = false;
  int left_ = 0;        // windows of the trial; 0: none under way
  int until_next_ = 1;  // windows
  int wait_ = kShortestWait;
  double with_ = 0;
  double without_ = 0;
};

// When to look next for clients that are ready, while many keep the thread busy.
//
// A thread that answers sooner than its clients ask is woken for every one or two of them, and
// wakes them for every answer or two. Where they run on the same machine that takes a sixth of the
// CPU time of both, and it is the clients that everything waits for. A pause before the next look,
// as network cards make them between interrupts, lets some gather: they wake nobody and are served
// together. Where clients are far away, or idle between their requests, a pause only keeps them
// waiting: it is made only where it has been seen that more requests come with it than without.
//
// A pause is at most the time in which a quarter of the active clients come, and there is none
// unless several will have come at its end and commands take much of the thread's time. All this is
// judged by the last few milliseconds: whoever comes to a quiet server is served at once.
//
// Thread: engine thread.
class WakeupPace {
 public:
  using Nanoseconds = std::chrono::nanoseconds;

  // What is judged by is of no less time than this. (In a shorter one it would matter that those
  // who come in its last pause count for the next.)
  static constexpr Nanoseconds kWindow = std::chrono::milliseconds(10);
  // After so long a quiet all is judged anew.
  static constexpr Nanoseconds kQuiet = std::chrono::seconds(1);
  // Of the active clients one in so many may come in a pause.
  static constexpr uint64_t kActiveToComing = 4;
  // A pause in which fewer come costs more than it saves.
  static constexpr uint64_t kFewest = 6;
  // Commands take at least one part in so many of the time.
  static constexpr int64_t kLeastBusy = 3;

  // What a client is known by: in which window it was active last.
  class Visitor {
    friend class WakeupPace;
    uint64_t window_ = 0;
  };

  // A client was ready. O(1).
  void Came(Visitor& visitor) {
    ++found_;
    if (visitor.window_ == window_) return;
    visitor.window_ = window_;
    ++active_;
  }

  // Those found at the last look, at `looked`, have been served by `now`; both by one clock that
  // never goes back. How long not to look for more, `longest` at most; zero: no pause. O(1).
  Nanoseconds Served(Nanoseconds looked, Nanoseconds now, Nanoseconds longest);

 private:
  void EndWindow(Nanoseconds now, Nanoseconds longest);
  Nanoseconds Judge(Nanoseconds elapsed, Nanoseconds longest);

  // The window.
  uint64_t window_ = 1;
  Nanoseconds began_{0};
  Nanoseconds busy_{0};  // serving
  uint64_t came_ = 0;
  uint64_t active_ = 0;  // clients

  uint64_t found_ = 0;    // at the last look
  Nanoseconds pause_{0};  // as the last window has it; zero: none
  uint64_t few_ = 0;      // when fewer were found it is time for one
  PauseTrial trial_;
};

}  // namespace ebb

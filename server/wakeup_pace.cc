// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/wakeup_pace.h"

#include <algorithm>
#include <utility>

namespace ebb {

void PauseTrial::WindowEnded(double rate, bool paused) {
  if (left_ == 0) {
    if (--until_next_ > 0) return;
    left_ = kWindows;
    with_ = without_ = 0;
    pausing_ = true;
    return;
  }
  if (paused != pausing_) return;  // there was a reason for no pause that is gone
  (paused ? with_ : without_) += rate;
  pausing_ = !pausing_;
  if (--left_ > 0) return;
  pausing_ = with_ > without_ * kGain;
  until_next_ = pausing_ ? kRecheck : wait_;
  wait_ = pausing_ ? kShortestWait : std::min(2 * wait_, kLongestWait);
}

WakeupPace::Nanoseconds WakeupPace::Served(Nanoseconds looked, Nanoseconds now,
                                           Nanoseconds longest) {
  const uint64_t found = std::exchange(found_, 0);
  came_ += found;
  busy_ += now - looked;
  if (now - began_ >= kWindow) EndWindow(now, longest);
  return found < few_ ? std::min(pause_, longest) : Nanoseconds::zero();
}

void WakeupPace::EndWindow(Nanoseconds now, Nanoseconds longest) {
  const Nanoseconds elapsed = now - began_;
  if (elapsed > kQuiet) trial_ = {};
  pause_ = Judge(elapsed, longest);
  ++window_;
  began_ = now;
  busy_ = Nanoseconds::zero();
  came_ = active_ = 0;
}

// How long a pause is in the next window.
WakeupPace::Nanoseconds WakeupPace::Judge(Nanoseconds elapsed, Nanoseconds longest) {
  few_ = 0;
  const uint64_t most = active_ / kActiveToComing;
  if (most < kFewest || busy_ * kLeastBusy < elapsed) return Nanoseconds::zero();
  const Nanoseconds between = elapsed / static_cast<int64_t>(came_);  // one client and the next
  const Nanoseconds pause = std::min(between * static_cast<int64_t>(most), longest);
  const auto coming = static_cast<uint64_t>(pause / between);
  if (coming < kFewest) return Nanoseconds::zero();
  trial_.WindowEnded(1.0 / static_cast<double>(between.count()), pause_ > Nanoseconds::zero());
  if (!trial_.pausing()) return Nanoseconds::zero();
  // Who found more has others ready by the time these are served.
  few_ = coming * 2 / 3;
  return pause;
}

}  // namespace ebb

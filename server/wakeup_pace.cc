// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/wakeup_pace.h"

#include <algorithm>
#include <utility>

namespace ebb {

void PauseTrial::WindowEnded(double rate) {
  if (!under_way_) {
    if (--until_next_ <= 0) Begin();
    return;
  }
  (pausing_ ? with_ : without_) = rate;
  if (++windows_ % 2 == 0) {
    won_ += with_ > without_;
    ratios_ += with_ / without_;
  }
  if (windows_ == 2 * kPairs) return End(won_ >= kPairsToWin && ratios_ > kGain * kPairs);
  pausing_ = (windows_ + 1) / 2 % 2 == 0;  // with, without; without, with; and so on
}

void PauseTrial::OthersCome() {
  if (under_way_) End(false);
  until_next_ = pausing_ ? 1 : std::min(until_next_, kShortestWait);
  pausing_ = false;
}

void PauseTrial::Begin() {
  pausing_ = under_way_ = true;
  windows_ = won_ = 0;
  ratios_ = 0;
}

void PauseTrial::End(bool gain) {
  under_way_ = false;
  pausing_ = gain;
  until_next_ = gain ? kRecheck : wait_;
  wait_ = gain ? kShortestWait : std::min(2 * wait_, kLongestWait);
}

WakeupPace::Nanoseconds WakeupPace::Served(Nanoseconds looked, Nanoseconds now, Nanoseconds longest,
                                           Nanoseconds patience) {
  if (looked - std::exchange(served_, now) > kQuiet) trial_.OthersCome();
  const uint64_t found = std::exchange(found_, 0);
  came_ += found;
  busy_ += now - looked;
  if (now - began_ >= kWindow) EndWindow(now, longest);
  if (!paused() || found >= enough_) return Nanoseconds::zero();
  return std::max(std::min({pause_, longest, patience}), Nanoseconds::zero());
}

void WakeupPace::EndWindow(Nanoseconds now, Nanoseconds longest) {
  const Nanoseconds elapsed = now - began_;
  const bool had_pauses = paused();
  // In the window in which others take their place, those who leave are active, too.
  if (newcomers_ * 3 > active_) trial_.OthersCome();
  Plan(elapsed, longest);
  // With pauses it counts whatever it was: they may be why it was no busy one.
  if (had_pauses || paused()) {
    trial_.WindowEnded(static_cast<double>(came_) / static_cast<double>(elapsed.count()));
  }
  if (!trial_.pausing()) pause_ = Nanoseconds::zero();
  if (came_ > 0) usually_away_ = away_ / static_cast<int64_t>(came_);
  ++window_;
  began_ = now;
  busy_ = away_ = Nanoseconds::zero();
  came_ = active_ = newcomers_ = 0;
}

// Which pauses would be of use in the next window.
void WakeupPace::Plan(Nanoseconds elapsed, Nanoseconds longest) {
  pause_ = Nanoseconds::zero();
  if (came_ == 0 || busy_ * kLeastBusy < elapsed) return;
  const Nanoseconds between = elapsed / static_cast<int64_t>(came_);  // one request and the next
  const auto most = static_cast<int64_t>(active_ / kActiveToComing);
  const Nanoseconds pause = std::min(between * most, longest);
  const auto coming = static_cast<uint64_t>(pause / between);
  if (coming < kFewest) return;
  pause_ = pause;
  enough_ = coming * 2 / 3;
}

}  // namespace ebb

// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/net/background.h"

#include <algorithm>
#include <utility>

namespace ebb::net {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

Background::Background(asio::io_context& io, Engine& engine)
    : engine_(engine), cron_(io), work_(io), defrag_(io), deadline_(io), reclaim_(io) {}

void Background::Start() {
  ScheduleCron();
}

void Background::Stop() {
  stopped_ = true;
  for (asio::steady_timer* timer : {&cron_, &work_, &defrag_, &deadline_, &reclaim_}) {
    timer->cancel();
  }
}

bool Background::busy() const {
  return engine_.cron().work_pending() || engine_.cron().defrag_pending() || reclaims_;
}

// One slice of `work` when `wait` is over.
template <typename Work>
void Background::After(asio::steady_timer& timer, nanoseconds wait, SliceKind kind, Work work) {
  timer.expires_after(wait);
  timer.async_wait([this, kind, work](asio::error_code error) {
    if (error || stopped_) return;
    const WorkSlice slice(engine_.slices(), kind);
    engine_.RefreshTime();
    work();
  });
}

void Background::ScheduleCron() {
  After(cron_, microseconds(1'000'000 / engine_.options().hz), SliceKind::kCron, [this] {
    engine_.cron().Run();
    if (engine_.cron().work_pending()) ScheduleWork();
    if (engine_.cron().defrag_pending()) ScheduleDefrag();
    ScheduleCron();
  });
}

// More slices of a cycle that did not finish; a new tick starts over.
void Background::ScheduleWork() {
  After(work_, nanoseconds(engine_.cron().work_pause_ns()), SliceKind::kExpire, [this] {
    engine_.cron().RunSlice();
    if (engine_.cron().work_pending()) ScheduleWork();
  });
}

// Once at a time: if each of cron's ticks set the timer anew, it would never run out where these
// come more often than slices.
void Background::ScheduleDefrag() {
  if (std::exchange(defrags_, true)) return;
  After(defrag_, nanoseconds(engine_.cron().defrag_pause_ns()), SliceKind::kDefrag, [this] {
    defrags_ = false;
    engine_.cron().DefragSlice();
    if (engine_.cron().defrag_pending()) ScheduleDefrag();
  });
}

void Background::ScheduleReclaim() {
  reclaims_ = true;
  After(reclaim_, nanoseconds(engine_.reclaim().pause_ns()), SliceKind::kReclaim, [this] {
    reclaims_ = false;
    engine_.reclaim().RunSlice();
    if (engine_.reclaim().pending()) ScheduleReclaim();
  });
}

void Background::ScheduleWaiting() {
  if (engine_.reclaim().pending() && !reclaims_) ScheduleReclaim();
  const int64_t deadline_ms = engine_.blocked().next_deadline_ms();
  if (deadline_ms >= deadline_ms_) return;
  deadline_ms_ = deadline_ms;
  // Further ahead than a timer may be set, it only looks again.
  constexpr int64_t kDayMs = 86'400'000;
  const int64_t wait_ms = std::clamp<int64_t>(deadline_ms - engine_.steady_ms(), 0, kDayMs);
  After(deadline_, milliseconds(wait_ms), SliceKind::kResumed, [this] {
    deadline_ms_ = INT64_MAX;
    engine_.ExpireBlocked();
    ScheduleWaiting();
  });
}

}  // namespace ebb::net

// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>

#include "server/engine.h"

namespace ebb::net {

// The engine's work that no client asks for at this moment, by timers of the loop: cron's ticks,
// the further slices of cycles that one did not finish, and what commands wait for that are
// answered later.
//
// Thread: engine thread, the only one that runs `io`.
class Background {
 public:
  // Both outlive this.
  Background(asio::io_context& io, Engine& engine);
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;

  // Cron ticks from here on.
  void Start();

  // Nothing runs any more, and no timer holds `io` back.
  void Stop();

  // Commands have run, and some may wait: sees to their deadlines and to the work that they wait
  // for. Some nanoseconds where there is nothing new.
  void ScheduleWaiting();

  // Whether a cycle is to go on as soon as possible.
  bool busy() const;

 private:
  template <typename Work>
  void After(asio::steady_timer& timer, std::chrono::nanoseconds wait, SliceKind kind, Work work);
  void ScheduleCron();
  void ScheduleWork();
  void ScheduleDefrag();
  void ScheduleReclaim();

  Engine& engine_;
  asio::steady_timer cron_;
  asio::steady_timer work_;
  asio::steady_timer defrag_;
  asio::steady_timer deadline_;
  asio::steady_timer reclaim_;
  int64_t deadline_ms_ = INT64_MAX;  // that the timer waits for, on the steady clock
  bool defrags_ = false;             // they have been scheduled
  bool reclaims_ = false;
  bool stopped_ = false;
};

}  // namespace ebb::net

// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "storage/memory/purger.h"

#include "storage/memory/allocator.h"
#include "storage/memory/start_thread.h"

namespace ebb::memory {

Purger::~Purger() {
  if (thread_.joinable()) thread_.join();
}

void Purger::Run() {
  const ThreadAccount account;
  Purge();
  working_.store(false, std::memory_order_release);
}

uint64_t Purger::Request() {
  const uint64_t ticket = ++requested_;
  Done(ticket);
  return ticket;
}

bool Purger::Done(uint64_t ticket) {
  if (working_.load(std::memory_order_acquire)) return false;
  if (thread_.joinable()) thread_.join();
  if (begun_ < requested_) {
    const bool done = begun_ >= ticket;
    begun_ = requested_;
    working_.store(true, std::memory_order_relaxed);
    error_ = StartThread(&thread_, "ebb-purger", [this] { Run(); });
    if (!error_) return done;
    working_.store(false, std::memory_order_relaxed);
  }
  return begun_ >= ticket;
}

}  // namespace ebb::memory

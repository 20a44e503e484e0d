// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "storage/memory/purger.h"

#include "storage/memory/start_thread.h"

namespace ebb::memory {

Purger::~Purger() {
  if (!thread_.joinable()) return;
  stopping_ = true;
  ++requested_;
  requested_.notify_one();
  thread_.join();
}

void Purger::Run() {
  const ThreadAccount account;
  uint64_t served = served_;
  while (true) {
    requested_.wait(served);
    if (stopping_) return;
    served = requested_;
    purge_();
    served_ = served;
  }
}

uint64_t Purger::Request() {
  const uint64_t ticket = ++requested_;
  if (thread_.joinable()) {
    requested_.notify_one();
  } else {
    error_ = StartThread(&thread_, "ebb-purger", [this] { Run(); });
    if (error_) served_ = ticket;
  }
  return ticket;
}

}  // namespace ebb::memory

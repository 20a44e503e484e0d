// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "storage/memory/lazy_free.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "storage/memory/allocator.h"
#include "storage/memory/start_thread.h"

namespace ebb {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// How long nothing new may have come before free pages are given back. A client that overwrites
// big values all the time gets the same pages again instead of new ones from the kernel.
constexpr milliseconds kQuiet(50);

// How often they are while there is always something to free.
constexpr milliseconds kPurgePeriod(500);

// Leaves garbage to the end of the process. A leak checker does not see what tables hold, since
// their addresses are packed, so where there is one all is freed.
void LeaveBehind(std::deque<Garbage>& garbage) {
#ifndef __SANITIZE_ADDRESS__
  for (Garbage& one : garbage) one.Forget();
#endif
  garbage.clear();
}

}  // namespace

Garbage::~Garbage() {
  while (FreeSlice()) {
  }
}

Garbage::Garbage(Garbage&& other) noexcept
    : what_(std::exchange(other.what_, nullptr)),
      step_(other.step_),
      note_(other.note_),
      objects_(other.objects_),
      bytes_(other.bytes_),
      parts_(other.parts_) {}

bool Garbage::FreeSlice() {
  if (what_ == nullptr) return false;
  const Slice slice = step_(what_, note_);
  if (!slice.more || slice.parts >= parts_) {
    if (!slice.more) what_ = nullptr;
    objects_ = bytes_ = parts_ = 0;
    return slice.more;
  }
  bytes_ -= static_cast<size_t>(static_cast<double>(bytes_) * static_cast<double>(slice.parts) /
                                static_cast<double>(parts_));
  parts_ -= slice.parts;
  objects_ = std::min(objects_, parts_);
  return true;
}

LazyFree::~LazyFree() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
  LeaveBehind(batch_);
  LeaveBehind(queue_);
}

std::error_code LazyFree::Start() {
  return memory::StartThread(&thread_, "ebb-lazy-free", [this] { Run(); });
}

void LazyFree::Add(Garbage garbage) {
  pending_objects_.fetch_add(garbage.objects(), std::memory_order_relaxed);
  pending_bytes_.fetch_add(garbage.bytes(), std::memory_order_relaxed);
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    first = queue_.empty();
    queue_.push_back(std::move(garbage));
    added_.fetch_add(1, std::memory_order_relaxed);
  }
  // Where something was there before, the thread knows.
  if (first) wake_.notify_one();
}

bool LazyFree::Step() {
  if (batch_.empty()) batch_.swap(queue_);
  return FreeSome();
}

// One slice of what is in the batch; false when there is none.
bool LazyFree::FreeSome() {
  if (batch_.empty()) return false;
  Garbage& garbage = batch_.front();
  const size_t objects = garbage.objects();
  const size_t bytes = garbage.bytes();
  const bool more = garbage.FreeSlice();
  pending_objects_.fetch_sub(objects - garbage.objects(), std::memory_order_relaxed);
  pending_bytes_.fetch_sub(bytes - garbage.bytes(), std::memory_order_relaxed);
  freed_objects_.fetch_add(objects - garbage.objects(), std::memory_order_relaxed);
  if (!more) {
    batch_.pop_front();
    freed_.fetch_add(1, std::memory_order_release);
  }
  return true;
}

// Moves the queue to the empty batch, waiting for something to be in it. False when nothing has
// come for a while and `purge_due` says that this is of interest.
bool LazyFree::AwaitGarbage(bool purge_due) {
  std::unique_lock lock(mutex_);
  const auto awake = [this] { return stopping_ || !queue_.empty(); };
  if (!purge_due) {
    wake_.wait(lock, awake);
  } else if (!wake_.wait_for(lock, kQuiet, awake)) {
    return false;
  }
  batch_.swap(queue_);
  return true;
}

void LazyFree::Run() {
  const memory::ThreadAccount account;
  auto purged = steady_clock::now();
  bool purge_due = false;
  while (!stopping_) {
    const bool quiet = batch_.empty() && !AwaitGarbage(purge_due);
    if (stopping_) break;
    purge_due |= FreeSome();
    if (!quiet && (!purge_due || steady_clock::now() - purged < kPurgePeriod)) continue;
    memory::Purge();
    purged = steady_clock::now();
    purge_due = false;
  }
}

}  // namespace ebb

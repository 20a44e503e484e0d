// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "storage/memory/page_returns.h"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <thread>
#include <utility>

#include "storage/memory/start_thread.h"

namespace ebb::memory {
namespace {

// How long the first waits for others.
constexpr std::chrono::milliseconds kCollect(20);

char* BeginOf(const iovec& run) {
  return static_cast<char*>(run.iov_base);
}

char* EndOf(const iovec& run) {
  return BeginOf(run) + run.iov_len;
}

}  // namespace

bool PageReturns::Batch::Overlaps(const char* begin, const char* end) {
  return std::ranges::any_of(
      all(), [=](const iovec& run) { return BeginOf(run) < end && EndOf(run) > begin; });
}

void PageReturns::Batch::Push(char* begin, char* end) {
  if (begin == end) return;
  const auto size = static_cast<size_t>(end - begin);
  runs[count++] = {begin, size};
  bytes += size;
}

std::error_code PageReturns::Start() {
  own_process_ = static_cast<int>(syscall(SYS_pidfd_open, getpid(), 0));
  std::thread thread;
  const std::error_code error = StartThread(&thread, "ebb-pages", [this] { Run(); });
  if (!error) thread.detach();
  return error;
}

void PageReturns::Run() {
  std::unique_lock lock(mutex_);
  while (true) {
    added_.wait(lock, [this] { return waiting_->count > 0; });
    lock.unlock();
    std::this_thread::sleep_for(kCollect);
    lock.lock();
    GiveBackWaiting(lock);
  }
}

void PageReturns::Add(void* begin, size_t bytes) {
  if (bytes > kLongRun) {
    madvise(begin, bytes, MADV_DONTNEED);
    return;
  }
  std::unique_lock lock(mutex_);
  while (waiting_->full()) GiveBackWaiting(lock);
  char* const from = static_cast<char*>(begin);
  waiting_->Push(from, from + bytes);
  if (waiting_->count == 1) added_.notify_one();
}

void PageReturns::Reuse(void* begin, size_t bytes) {
  char* const from = static_cast<char*>(begin);
  char* const to = from + bytes;
  std::unique_lock lock(mutex_);
  gone_.wait(lock, [=, this] { return !going_->Overlaps(from, to); });
  if (!waiting_->Overlaps(from, to)) return;
  // What is left of a run on both sides of the pages takes a place more.
  if (waiting_->count == kMostRuns) return GiveBackWaiting(lock);
  Withdraw(from, to);
}

// To zero pages that are there is less work than to have them fetched anew.
void PageReturns::Withdraw(char* begin, char* end) {
  Batch& batch = *waiting_;
  for (size_t i = batch.count; i-- > 0;) {
    const iovec run = batch.runs[i];
    char* const from = std::max(begin, BeginOf(run));
    char* const to = std::min(end, EndOf(run));
    if (from >= to) continue;
    std::memset(from, 0, static_cast<size_t>(to - from));
    batch.runs[i] = batch.runs[--batch.count];
    batch.bytes -= run.iov_len;
    batch.Push(BeginOf(run), from);
    batch.Push(to, EndOf(run));
  }
}

void PageReturns::GiveBack() {
  std::unique_lock lock(mutex_);
  GiveBackWaiting(lock);
}

// One thread at a time; who comes second waits for the first. Others may add meanwhile.
void PageReturns::GiveBackWaiting(std::unique_lock<std::mutex>& lock) {
  gone_.wait(lock, [this] { return going_->count == 0; });
  // An empty batch would keep nobody else from going at the same time.
  if (waiting_->count == 0) return;
  std::swap(waiting_, going_);
  lock.unlock();
  ReturnToSystem(going_->all());
  lock.lock();
  going_->Clear();
  gone_.notify_all();
}

// Kernels before 6.13 do not let a process say this of itself, and some containers have no such
// call.
void PageReturns::ReturnToSystem(std::span<iovec> runs) {
  while (!runs.empty() && own_process_ >= 0) {
    const auto told =
        syscall(SYS_process_madvise, own_process_, runs.data(), runs.size(), MADV_DONTNEED, 0);
    if (told <= 0) break;
    auto left = static_cast<size_t>(told);
    while (!runs.empty() && left >= runs.front().iov_len) {
      left -= runs.front().iov_len;
      runs = runs.subspan(1);
    }
    if (left > 0) {  // told in part: all of it once more
      madvise(runs.front().iov_base, runs.front().iov_len, MADV_DONTNEED);
      runs = runs.subspan(1);
    }
  }
  for (const iovec& run : runs) madvise(run.iov_base, run.iov_len, MADV_DONTNEED);
}

size_t PageReturns::bytes() const {
  const std::lock_guard lock(mutex_);
  return waiting_->bytes + going_->bytes;
}

}  // namespace ebb::memory

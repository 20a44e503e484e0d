// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "storage/memory/start_thread.h"

#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <thread>

namespace ebb::memory {
namespace {

// The calling thread's time slice in ns as the kernel tells it; 0 where it tells none.
uint64_t SliceNs() {
  std::array<uint64_t, 6> attributes{};  // the fourth is sched_attr's sched_runtime
  if (syscall(SYS_sched_getattr, 0, attributes.data(), sizeof attributes, 0u) != 0) return 0;
  return attributes[3];
}

TEST(StartThreadTest, TheThreadAndThoseItStartsGiveWay) {
  if (SliceNs() == 0) GTEST_SKIP() << "this kernel has no slices of a thread's own";
  uint64_t thread_ns = 0;
  uint64_t started_ns = 0;
  std::thread thread;
  ASSERT_FALSE(StartThread(&thread, "ebb-test", [&] {
    thread_ns = SliceNs();
    std::thread([&] { started_ns = SliceNs(); }).join();
  }));
  thread.join();
  EXPECT_GT(thread_ns, SliceNs());
  EXPECT_GT(started_ns, SliceNs());
}

TEST(StartThreadTest, TheThreadTakesNoSignalsAndTheCallerStillDoes) {
  sigset_t within;
  sigemptyset(&within);
  std::thread thread;
  ASSERT_FALSE(
      StartThread(&thread, "ebb-test", [&] { pthread_sigmask(SIG_BLOCK, nullptr, &within); }));
  thread.join();
  EXPECT_EQ(sigismember(&within, SIGTERM), 1);
  sigset_t here;
  pthread_sigmask(SIG_BLOCK, nullptr, &here);
  EXPECT_EQ(sigismember(&here, SIGTERM), 0);
}

}  // namespace
}  // namespace ebb::memory

// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "storage/memory/start_thread.h"

#include <gtest/gtest.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <thread>

namespace ebb::memory {
namespace {

// The calling thread's time slice in ns, where it has one of its own; else 0 or the system's.
uint64_t SliceNs() {
  std::array<uint64_t, 6> attributes{};  // the fourth is sched_attr's sched_runtime
  if (syscall(SYS_sched_getattr, 0, attributes.data(), sizeof attributes, 0u) != 0) return 0;
  return attributes[3];
}

// How the calling thread is scheduled.
struct Scheduling {
  int policy = sched_getscheduler(0);
  uint64_t slice_ns = SliceNs();
};

TEST(StartThreadTest, TheThreadAndThoseItStartsGiveWay) {
  const Scheduling here;
  std::array<Scheduling, 2> there;
  std::thread thread;
  ASSERT_FALSE(StartThread(&thread, "ebb-test", [&there] {
    there[0] = Scheduling();
    std::thread([&there] { there[1] = Scheduling(); }).join();
  }));
  thread.join();
  for (const Scheduling& one : there) {
    EXPECT_EQ(one.policy, here.policy == SCHED_OTHER ? SCHED_BATCH : here.policy);
    // Kernels before 6.12 know no slices of a thread's own, and tell none.
    if (here.policy == SCHED_OTHER && here.slice_ns != 0) {
      EXPECT_GT(one.slice_ns, here.slice_ns);
    }
  }
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

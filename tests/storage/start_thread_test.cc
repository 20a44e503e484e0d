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

// Whether the system lets a thread of this process be one.
bool MayBeBatch() {
  int error = 0;
  std::thread([&error] {
    const sched_param none{};
    error = sched_setscheduler(0, SCHED_BATCH, &none);
  }).join();
  return error == 0;
}

TEST(StartThreadTest, TheThreadAndThoseItStartsGiveWay) {
  const Scheduling here;
  if (!MayBeBatch()) GTEST_SKIP() << "no thread may be a batch thread here";
  std::array<Scheduling, 2> there;
  std::thread thread;
  ASSERT_FALSE(StartThread(&thread, "ebb-test", [&there] {
    there[0] = Scheduling();
    std::thread([&there] { there[1] = Scheduling(); }).join();
  }));
  thread.join();
  for (const Scheduling& one : there) {
    EXPECT_EQ(one.policy, here.policy == SCHED_OTHER ? SCHED_BATCH : here.policy);
    if (here.policy == SCHED_OTHER && LongSlicesHelpOthers()) {
      EXPECT_GT(one.slice_ns, here.slice_ns);
    } else {
      EXPECT_EQ(one.slice_ns, here.slice_ns);
    }
  }
}

// Whether the calling thread takes the signal.
bool Takes(int number) {
  sigset_t blocked;
  pthread_sigmask(SIG_BLOCK, nullptr, &blocked);
  return sigismember(&blocked, number) == 0;
}

TEST(StartThreadTest, TheThreadTakesNoSignalsAndTheCallerWhatItTook) {
  const bool before = Takes(SIGTERM);
  bool within = true;
  std::thread thread;
  ASSERT_FALSE(StartThread(&thread, "ebb-test", [&] { within = Takes(SIGTERM); }));
  thread.join();
  EXPECT_FALSE(within);
  EXPECT_EQ(Takes(SIGTERM), before);
}

TEST(StartThreadTest, TheThreadTakesTheSignalsOfItsOwnFailure) {
  for (const int number : {SIGSEGV, SIGBUS, SIGFPE, SIGILL}) {
    bool within = false;
    std::thread thread;
    ASSERT_FALSE(StartThread(&thread, "ebb-test", [&] { within = Takes(number); }));
    thread.join();
    EXPECT_TRUE(within) << number;
  }
}

}  // namespace
}  // namespace ebb::memory

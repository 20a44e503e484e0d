// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "storage/memory/start_thread.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <new>
#include <utility>

namespace ebb::memory {
namespace {

// Where a thread that fails blocks the signal, the kernel ends the process without a handler's
// report. abort() unblocks its own.
constexpr int kFailures[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL};

// The kernel's sched_attr, whose header cannot be included together with the C library's.
struct SchedAttributes {
  uint32_t size;
  uint32_t policy;
  uint64_t flags;
  int32_t nice;
  uint32_t priority;
  uint64_t runtime_ns;
  uint64_t deadline_ns;
  uint64_t period_ns;
};

// Puts this thread behind others on its core, without a smaller share of it, as far as the kernel
// lets it. SCHED_BATCH: when it wakes up it interrupts nobody. Longer slices than others': who
// wakes up interrupts it, instead of waiting for its slice's end or for the next tick of the
// kernel's clock (4 ms, often). Slices of 100 ms did no better than these, some of 5 and 10 less
// well.
void GiveWay() {
  constexpr uint64_t kSliceNs = 20'000'000;
  SchedAttributes attributes{};
  if (syscall(SYS_sched_getattr, 0, &attributes, sizeof attributes, 0u) != 0) return;
  if (attributes.policy != SCHED_OTHER) return;
  attributes.policy = SCHED_BATCH;
  if (LongSlicesHelpOthers()) attributes.runtime_ns = kSliceNs;
  syscall(SYS_sched_setattr, 0, &attributes, 0u);
}

}  // namespace

bool LongSlicesHelpOthers() {
  utsname system;
  unsigned major = 0;
  unsigned minor = 0;
  return uname(&system) == 0 && std::sscanf(system.release, "%u.%u", &major, &minor) == 2 &&
         std::pair(major, minor) >= std::pair(6u, 17u);
}

void TakeSignalsOfFailures() {
  sigset_t failures;
  sigemptyset(&failures);
  for (const int number : kFailures) sigaddset(&failures, number);
  pthread_sigmask(SIG_UNBLOCK, &failures, nullptr);
}

std::error_code StartThread(std::thread* thread, const char* name, std::function<void()> run) {
  sigset_t others;
  sigset_t before;
  sigfillset(&others);
  for (const int number : kFailures) sigdelset(&others, number);
  pthread_sigmask(SIG_SETMASK, &others, &before);
  std::error_code error;
  try {
    *thread = std::thread([run = std::move(run)] {
      GiveWay();
      run();
    });
    pthread_setname_np(thread->native_handle(), name);
  } catch (const std::system_error& failure) {
    error = failure.code();
  } catch (const std::bad_alloc&) {
    error = std::make_error_code(std::errc::not_enough_memory);
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return error;
}

}  // namespace ebb::memory

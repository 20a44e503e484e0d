// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "storage/memory/start_thread.h"

#include <pthread.h>
#include <signal.h>

#include <new>
#include <utility>

namespace ebb::memory {

std::error_code StartThread(std::thread* thread, const char* name, std::function<void()> run) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  std::error_code error;
  try {
    *thread = std::thread(std::move(run));
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

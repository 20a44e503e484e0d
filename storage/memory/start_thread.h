// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <functional>
#include <system_error>
#include <thread>

namespace ebb::memory {

// Begins `*thread`, which runs `run` with all signals blocked: those are the main thread's. It
// gives way, as do threads that it starts: when it wakes up it interrupts nobody, and who wakes up
// on its core, the engine thread above all, mostly need not wait for it, where the kernel knows how
// (Linux from 6.17 on). `name` is what the system shows of it, at most 15 characters. Answers why
// no thread could be had (limits of processes, no room for a stack); `*thread` is as before then.
std::error_code StartThread(std::thread* thread, const char* name, std::function<void()> run);

}  // namespace ebb::memory

// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <functional>
#include <system_error>
#include <thread>

namespace ebb::memory {

// Whether a thread does others on its core a favour by asking for longer slices than theirs. From
// Linux 6.17 on who wakes up with shorter ones interrupts it, and who waits already does so for a
// slice of its own at the most. Before 6.12 no thread has slices of its own; in between, who waits
// already may have to wait for the whole long one. Any thread.
bool LongSlicesHelpOthers();

// Has this thread take the signals of a failure of its own, so that a crash report can be made. For
// threads that others have begun, with all signals blocked. Any thread.
void TakeSignalsOfFailures();

// Begins `*thread`, which runs `run` with all signals blocked but those of a failure of its own
// (SIGSEGV, SIGBUS, SIGFPE, SIGILL): the others are the main thread's. It gives way, as do threads
// that it starts: when it wakes up it interrupts nobody, and who wakes up on its core, the engine
// thread above all, mostly need not wait for it, where LongSlicesHelpOthers. `name` is what the
// system shows of it, at most 15 characters. Answers why no thread could be had (limits of
// processes, no room for a stack); `*thread` is as before then.
std::error_code StartThread(std::thread* thread, const char* name, std::function<void()> run);

}  // namespace ebb::memory

// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

namespace ebb {

class ConfigStore;
class Engine;

// What a server that dies of an error of its own (SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT) leaves
// in its log: the signal, the stack, the command that was running. Then it dies as it would have,
// with a core dump where these are wanted. `crash-log-enabled` switches it off and on; builds with
// a sanitizer have none, as that makes reports of its own.
//
// One at a time, made after the log has been opened; `config` and `engine` outlive it. Thread: the
// one that runs the engine; the report is made by whichever thread fails.
class CrashReport {
 public:
  CrashReport(ConfigStore& config, const Engine& engine);
  ~CrashReport();
  CrashReport(const CrashReport&) = delete;
  CrashReport& operator=(const CrashReport&) = delete;
};

}  // namespace ebb

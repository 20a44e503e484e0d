// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "server/config.h"

// The server as a process of the operating system: its start, its first words, its end.
// Thread: the only one, before and after the loop runs.
namespace ebb {

// Reads the command line and the files it names into `config`. A value is the exit code when there
// is nothing to run: --help and --version were answered, or something was wrong and has been said
// on standard error.
std::optional<int> LoadConfiguration(ConfigStore& config, int argc, char** argv);

// Whether a supervisor waits to be told that the server is ready: `supervised` allows it, and
// systemd has set NOTIFY_SOCKET. `daemonize` is without effect then.
bool IsSupervised(const Config& options);

// Opens the log, changes the directory, goes to the background, raises the limit of open files: as
// configured. False when one of them fails; the log says which.
bool PrepareProcess(ConfigStore& config);

// Where the pid file is to be: `pidfile`, or a usual place for who is in the background without
// one; empty: nowhere.
std::string PidFilePath(const Config& options);

// The first lines: version, port, memory limit and where it comes from, what a user may not expect
// of it, what to type next. Tells a supervisor that the server is ready.
void AnnounceReady(const Config& options);

// What its user can type on the same machine to see it work; the password is for them to fill in.
// Empty when it listens nowhere.
std::string CommandToTry(const Config& options);

// Says goodbye, and how many keys go with the process.
void FinishProcess(const Config& options, size_t keys);

}  // namespace ebb

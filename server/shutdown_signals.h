// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

namespace ebb {

// SIGINT and SIGTERM, which ask the server to end. The first one is noted, and whoever runs the
// loop learns of it by a descriptor. A SIGINT after that, whoever presses Ctrl+C again, ends the
// process at once with status 1, whatever the engine thread is doing; a SIGTERM changes nothing.
// As with Redis, but that the first one's line in the log is the loop's to write.
//
// A signal also ends the wait of a system call that waits for a time (nanosleep, epoll_wait).
// Others go on.
//
// Thread: the main one, which is also the one that the signals interrupt: others block them
// (memory::StartThread). One object at a time; it is made after log::Open, and goes after
// whatever runs the loop: from then on both signals are ignored, as the process is about to end.
class ShutdownSignals {
 public:
  // Throws std::system_error where there is no descriptor to be had.
  ShutdownSignals();
  ~ShutdownSignals();
  ShutdownSignals(const ShutdownSignals&) = delete;
  ShutdownSignals& operator=(const ShutdownSignals&) = delete;

  // Readable once a signal has come, and ever after. Stays this object's.
  int fd() const;

  // The first signal that has come; 0 if none has.
  int first() const;
};

}  // namespace ebb

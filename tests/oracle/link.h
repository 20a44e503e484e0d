// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "tests/oracle/wire.h"

namespace ebb::oracle {

// A connection to a server on 127.0.0.1 that pipelines bytes and cuts the answer into replies,
// without looking into them.
//
// Thread: one at a time.
class Link {
 public:
  explicit Link(int port);
  ~Link();  // closes with a reset, so that thousands of connections leave no waiting ports behind
  Link(Link&& other) noexcept;
  Link& operator=(Link&&) = delete;

  // Queues bytes, and how many replies will answer them.
  void Queue(std::string_view bytes, size_t replies);

  // Queues bytes; all that comes up to the reply `last`, included, answers them.
  void QueueUntil(std::string_view bytes, std::string_view last);

  // Queues bytes and, behind them, the end of what is sent; all that comes until the server ends
  // the connection is its output.
  void QueueLast(std::string_view bytes);
  std::string TakeOutput();

  // Sends what is queued, and reads what has arrived; neither waits. For bytes whose replies may
  // come late.
  void SendQueued();
  void ReadArrived();

  // The replies that came, in order, as bytes; fewer than were queued when the connection failed.
  // Out of band pushes are not among them.
  std::vector<std::string> TakeReplies();

  // Sends one command and waits for its reply; a value that is no reply (its kind says so) when
  // none came.
  Value Ask(const Argv& argv);

  // Everything queued is answered, or nothing more will come.
  bool Done() const { return failed_ || pending_ == 0; }
  bool failed() const { return failed_; }

 private:
  friend bool Finish(Link&, Link&, std::chrono::milliseconds);

  short WantedEvents() const;
  void Transfer(short events);
  void Write();
  void Read();

  int fd_;
  bool failed_ = false;
  std::string out_;
  size_t sent_ = 0;
  std::string in_;
  size_t parsed_ = 0;
  size_t pending_ = 0;
  std::string until_;  // the reply that is waited for; empty: any
  bool last_ = false;  // until the end: no replies are cut
  std::vector<std::string> replies_;
};

// Sends and receives on both until both are done; false when that takes longer than `limit`, and
// then both have failed.
bool Finish(Link& one, Link& other, std::chrono::milliseconds limit);

}  // namespace ebb::oracle

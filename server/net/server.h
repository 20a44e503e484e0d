// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <asio/io_context.hpp>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "server/engine.h"
#include "server/net/background.h"
#include "server/net/connection.h"
#include "server/net/listening.h"
#include "server/net/poller.h"
#include "server/wakeup_pace.h"

namespace ebb::net {

// The network side of the server: listening sockets, the connections they bring, and the turns of
// the loop that serves these.
//
// Ownership: owns every connection. Thread: engine thread, the only one that runs `io`.
class Server {
 public:
  Server(asio::io_context& io, Engine& engine);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // As Listening::Open.
  std::string Listen() { return listening_.Open(); }

  // Starts accepting, reading and the engine's cron.
  void Start();

  // Closes all sockets after sending what waits, as far as the kernel takes it; afterwards `io`
  // runs out of work.
  void Stop();

  Engine& engine() { return engine_; }
  Poller& poller() { return poller_; }
  const ParserLimits& parser_limits() const { return parser_limits_; }

  // Memory for one connection's read until it has run.
  std::span<char> scratch() {
    return {scratch_.get() + to_run_.size() * kScratchStride, kReadBytes};
  }

  // The connection has read; its commands run when the others of the group have read too.
  void RunSoon(Connection* connection) { to_run_.push_back(connection); }

  // A client is ready. Whether it is of the crowd that pauses are made for.
  bool NoteReady(WakeupPace::Visitor& visitor) {
    return pace_.Came(visitor, std::chrono::nanoseconds(looked_ns_));
  }

  // Postponed to the end of the batch, or to the loop's next turn.
  void FlushLater(Connection* connection);
  void ResumeLater(Connection* connection);
  void Bury(Connection* connection);

 private:
  // One read takes at most this much, which bounds the work of one wake-up. The places for them
  // begin at different lines of the cache.
  static constexpr size_t kReadBytes = 64 * 1024;
  static constexpr size_t kScratchStride = kReadBytes + 5 * 64;

  void Welcome(int fd);
  void Refuse(int fd, std::string_view message);
  Poller::Wait NextWait();
  std::chrono::nanoseconds Patience() const;
  void RunGroup();
  template <typename Visit>
  void WorkOff(std::vector<Connection*>* list, Visit&& visit);
  void AfterBatch();
  void ScheduleAfterBatch();

  asio::io_context& io_;
  Engine& engine_;
  Poller poller_;
  ParserLimits parser_limits_;
  const std::unique_ptr<char[]> scratch_;
  Listening listening_;
  Background background_;
  std::unordered_map<Connection*, std::unique_ptr<Connection>> connections_;
  std::vector<Connection*> to_run_;
  std::vector<Connection*> to_flush_;
  std::vector<Connection*> to_resume_;
  std::vector<Connection*> dead_;
  WakeupPace pace_;
  int64_t looked_ns_ = 0;      // when it was last asked who is ready
  int64_t turn_began_ns_ = 0;  // since when only clients have been served
  bool after_batch_scheduled_ = false;
  bool stopped_ = false;
};

}  // namespace ebb::net

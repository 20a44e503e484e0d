// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <span>
#include <string>

#include "protocol/request_parser.h"
#include "server/engine.h"
#include "server/net/poller.h"
#include "server/session.h"
#include "server/wakeup_pace.h"

namespace ebb::net {

class Server;

// One client's socket: reads what is there, hands each command to the engine, sends all replies at
// once.
//
// One read and one write per wake-up, however many commands were pipelined. While more than
// kOutputPause bytes wait for a client that does not read, its further commands wait too (still
// being received, up to client-query-buffer-limit, or a megabyte of who has never authenticated),
// so that what it costs is bounded and a client that writes a whole pipeline before it reads still
// gets its answers.
//
// Ownership: the Server owns it, and deletes it some time after Close.
// Thread: engine thread.
class Connection final : public PollHandler, public SessionTransport {
 public:
  // Takes over the socket `fd`, blocking or not.
  Connection(Server& server, int fd, std::string peer, std::string local);
  ~Connection() override;

  Session& session() { return session_; }

  // Starts watching the socket; false when the kernel refuses.
  bool Start();

  void OnReady(uint32_t events) override;

  // Sends what waits; called after each batch for connections that asked by ScheduleFlush.
  void Flush();
  // The three steps after a read, which the Server takes for several connections at once: fetches
  // the entry of a command that is alone, runs the commands, sends the replies.
  void FetchLoneEntry();
  void Run();
  void Finish();

  // What it costs counts from now on (maxmemory-clients).
  void NoteMemory() {
    if (!closed()) engine_.clients().NoteMemory(session_);
  }
  // Run and Finish, to go on with commands that had to wait.
  void Process();
  // Gives the socket up; the Server deletes the object after the batch.
  void Close();
  bool closed() const { return fd_ < 0; }

  void ScheduleFlush() override;
  void ScheduleClose(bool after_reply) override;
  void ScheduleResume() override;
  std::string PeerAddress() const override { return peer_; }
  std::string LocalAddress() const override { return local_; }
  int FileDescriptor() const override { return fd_; }
  InputUsage Input() const override;
  size_t InputMemory() const override;
  std::optional<LargeBulk> TakeLarge(size_t index) override;
  bool WaitsToSend() const override { return watching_writable_; }

 private:
  static constexpr size_t kOutputPause = size_t{1} << 20;
  // One turn sends about as much: more would be a slice that others wait for.
  static constexpr size_t kMaxSend = size_t{256} << 10;
  // What a client whose command waits for memory may have sent ahead before it is received no more.
  // Others are: that one leaves shows only behind all that it has sent.
  static constexpr size_t kMaxAhead = size_t{64} << 10;

  ssize_t Receive(std::span<char> target);
  void Read();
  void EndInput();
  void RunCommands();
  ssize_t Send(size_t most);
  bool Yield();
  uint32_t Events() const;
  void Watch();

  Server& server_;
  Engine& engine_;
  int fd_;
  const std::string peer_;
  const std::string local_;
  WakeupPace::Visitor visitor_;
  RequestParser parser_;
  Session session_;
  bool watching_readable_ = true;
  bool watching_writable_ = false;
  bool flush_scheduled_ = false;
  bool yielded_ = false;      // commands go on in another slice
  bool input_ended_ = false;  // what is left of it is run
  bool peer_gone_ = false;    // output is dropped
  bool tell_again_ = false;   // there may be more to read or to send than epoll will tell of itself
  KnownHash lone_;            // the key of a command that came alone
};

}  // namespace ebb::net

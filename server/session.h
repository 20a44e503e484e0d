// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "protocol/output_buffer.h"
#include "protocol/reply_writer.h"
#include "protocol/request_parser.h"
#include "server/client_memory.h"
#include "server/config.h"
#include "server/subscriptions.h"
#include "server/transaction.h"
#include "storage/actor.h"

namespace ebb {

struct Command;

// What the engine may ask of whatever carries a session: a socket's connection, or a test.
//
// Thread: engine thread. None of these calls back into the engine before it returns.
class SessionTransport {
 public:
  virtual ~SessionTransport() = default;

  // Output was added outside the session's own command (MONITOR, a kill's message): send it soon.
  virtual void ScheduleFlush() = 0;

  // Close soon; output that is already there is sent first when `after_reply`, else dropped.
  virtual void ScheduleClose(bool after_reply) = 0;

  // The command that Execute postponed may be tried again; or one that was blocked has been
  // answered, and what came behind it may go on.
  virtual void ScheduleResume() = 0;

  // As CLIENT LIST shows them: "127.0.0.1:50312", or the path of a unix socket with ":0".
  virtual std::string PeerAddress() const = 0;
  virtual std::string LocalAddress() const = 0;
  virtual int FileDescriptor() const = 0;

  // Hands over the buffer of args[index] of the running command when it is big enough to have one
  // of its own.
  virtual std::optional<LargeBulk> TakeLarge(size_t index) = 0;

  // Whether the peer takes bytes too slowly, so that the transport waits to send more.
  virtual bool WaitsToSend() const { return false; }

  // Bytes received and not parsed yet, bytes free in that buffer, and bytes of the arguments of a
  // command that is not complete. O(arguments).
  struct InputUsage {
    size_t pending = 0;
    size_t free = 0;
    size_t arguments = 0;
  };
  virtual InputUsage Input() const = 0;

  // All memory that the transport holds for the session (itself included, the Session not). O(1).
  virtual size_t InputMemory() const = 0;
};

// One client's conversation: what it has selected, said of itself, and is allowed to do; with its
// outgoing bytes. Made by the transport, registered with the engine (Engine::Attach) for as long as
// it lives.
//
// Thread: engine thread.
class Session final : public Actor {
 public:
  Session(ChunkPool& pool, SessionTransport& carrier)
      : output(pool), reply(output), transport(carrier) {}
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  OutputBuffer output;
  ReplyWriter reply;
  SessionTransport& transport;

  // Which limits of its output hold for it.
  ClientClass client_class() const { return subscriptions ? kPubSubClient : kNormalClient; }

  // As the trash knows who has removed something.
  bool Is(const Remover& remover) const override;
  Remover Describe() const override;

  // The command that runs, or ran last; within EXEC, the one out of its queue. Empty before any.
  std::string_view RunningCommand() const;

  // Memory that is the session's own, by what it is for. O(1).
  ClientMemory OwnMemory() const;

  // What the session is held to account for, by maxmemory-clients and in CLIENT LIST's tot-mem: its
  // own memory, and what it shares as if it had a copy of its own. A value that is on its way to
  // ten clients is there once and counts with each of them. O(1).
  size_t MemoryBytes() const;

  // CLIENT REPLY: replies from the next one on; EndCommand moves kSkipNext on.
  enum class ReplyMode : uint8_t { kOn, kOff, kSkipNext, kSkipping };
  ReplyMode reply_mode() const { return reply_mode_; }
  void SetReplyMode(ReplyMode mode);

  // A command has been executed.
  void EndCommand() {
    if (reply_mode_ != ReplyMode::kOn) AdvanceReplyMode();
  }

  // Notes how much output waits, for the peak that CLIENT LIST shows. The transport calls it before
  // it sends.
  void NoteOutput() {
    if (output.size() > output_peak_bytes) output_peak_bytes = output.size();
  }

  uint64_t id = 0;  // given by the engine, never reused
  int db = 0;
  std::string name;
  std::string library_name;
  std::string library_version;
  bool authenticated = false;
  bool is_unix_socket = false;
  bool is_loopback = true;

  bool close_after_reply = false;  // QUIT, SHUTDOWN, a protocol error
  bool closing = false;            // ScheduleClose(false) was asked for: it is sent nothing more
  // What it has been answered is the last that it gets.
  bool ending() const { return closing || close_after_reply; }
  bool monitor = false;
  bool no_evict = false;
  bool no_touch = false;
  // Its command waits for the end of a pause or for memory; the engine sets and clears it.
  bool postponed = false;
  bool blocked = false;  // its command will be answered later; BlockedCalls sets and clears it
  // Bytes of the keys that it waits for, and of all that knows of them; BlockedKeys books them,
  // BlockedCalls forgets them.
  size_t blocked_key_bytes = 0;
  size_t blocked_bytes = 0;
  bool waiting() const { return postponed || blocked; }

  Transaction transaction;
  const Transaction* executing = nullptr;  // what EXEC has taken out of it and runs now, or null

  // Null while there are none; the PubSub makes and ends them.
  std::unique_ptr<Subscriptions> subscriptions;

  // On the steady clock, as whatever else ends in _ms here.
  int64_t created_ms = 0;
  int64_t last_interaction_ms = 0;
  Command* last_command = nullptr;  // null: none yet, or an unknown one
  Command* repeatable = nullptr;    // the last one that its word alone names
  // As the client wrote it, to recognise a repetition without a look-up.
  std::string repeatable_word;
  // client-output-buffer-limit: since when above the soft limit; 0: not.
  int64_t soft_limit_since_ms = 0;
  size_t output_peak_bytes = 0;  // the most that waited since output_peak_since_ms
  int64_t output_peak_since_ms = 0;
  size_t accounted_bytes = 0;  // of MemoryBytes, as Clients counted it last

 private:
  void AdvanceReplyMode();
  ReplyMode reply_mode_ = ReplyMode::kOn;
};

}  // namespace ebb

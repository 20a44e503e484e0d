// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "server/slow_log.h"

namespace ebb {

class Session;

// What a command leaves behind that cannot answer yet: it knows how to answer when its time is
// over, and whatever it waits for holds a pointer to it.
//
// Ownership: BlockedCalls owns it, from Block until it has been answered or its session goes away;
// its destructor takes it off whatever list it is on.
class BlockedCall {
 public:
  BlockedCall() = default;
  virtual ~BlockedCall() = default;
  BlockedCall(const BlockedCall&) = delete;
  BlockedCall& operator=(const BlockedCall&) = delete;

  // Writes the reply of a command that has waited in vain: its time is over, or CLIENT UNBLOCK said
  // so.
  virtual void ReplyTimeout(Session& session) = 0;

  Session& session() const { return *session_; }

  // What there is to be said of the command until it is answered; Accounting fills it in.
  struct Begun {
    int64_t nanoseconds = 0;              // of CPU time that it took
    std::optional<SlowLog::Entry> entry;  // for the slow log, unless it is not to be there
  };
  Begun begun;

 private:
  friend class BlockedCalls;

  Session* session_ = nullptr;
  int64_t deadline_ms_ = 0;  // on the steady clock; 0: none
};

// The door for commands that wait: for time, for work that goes in slices, for other clients.
// Unlike a postponed command (ClientPause), which is tried again from the start, a blocked one has
// begun, and is answered later.
//
//   auto waiting = std::make_unique<PopCall>(...);  // a BlockedCall; notes itself where it waits
//   call.engine.blocked().Block(call.session, std::move(waiting), deadline_ms);
//   return;                                             // without a reply
//   ...
//   blocked.Answer(*pop, [&](Session& session) { session.reply.Bulk(value); });
//
// Until then no further command of the session runs; what it sends meanwhile waits.
//
// Thread: engine thread.
class BlockedCalls {
 public:
  BlockedCalls() = default;
  BlockedCalls(const BlockedCalls&) = delete;
  BlockedCalls& operator=(const BlockedCalls&) = delete;
  ~BlockedCalls();

  // The session's command waits until `deadline_ms` (on the steady clock; 0: for ever). REQUIRES:
  // it does not wait already, and has written no reply. O(log n).
  void Block(Session& session, std::unique_ptr<BlockedCall> call, int64_t deadline_ms);

  // The session's command that waits, null if none does. O(log n).
  BlockedCall* Find(Session& session) const;

  // Ends the waiting: `write` writes the reply, then `call` is gone and the session goes on. O(log
  // n).
  void Answer(BlockedCall& call, const std::function<void(Session&)>& write);

  // The session goes away.
  void Forget(Session& session);

  // Answers those whose time is over at `steady_ms`, the earliest first: one, and others until
  // `enough()`, which is asked after each.
  void Expire(int64_t steady_ms, const std::function<bool()>& enough);

  // The earliest deadline on the steady clock, INT64_MAX when there is none.
  int64_t next_deadline_ms() const;

  // How many wait, and how many of them not for ever.
  size_t count() const { return calls_.size(); }
  size_t with_deadline() const { return deadlines_.size(); }

 private:
  std::map<Session*, std::unique_ptr<BlockedCall>> calls_;
  std::map<std::pair<int64_t, Session*>, BlockedCall*> deadlines_;
};

}  // namespace ebb

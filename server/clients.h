// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string_view>

#include "server/config.h"
#include "server/session.h"

namespace ebb {

class Engine;

// The sessions that are connected, by id: their coming and going, the limits of their output, and
// their share of the regular work.
//
// Ownership: the transports own the sessions; one is here from Attach to Detach or Kill.
// Thread: engine thread.
class Clients {
 public:
  explicit Clients(Engine& engine) : engine_(engine) {}
  Clients(const Clients&) = delete;
  Clients& operator=(const Clients&) = delete;

  // Gives the session its id and its rights. Detach may come more than once, and after Kill.
  void Attach(Session& session);
  void Detach(Session& session);

  // By id, which is the order of their coming.
  const std::map<uint64_t, Session*>& all() const { return sessions_; }
  // Null when there is none. O(log n).
  Session* Find(uint64_t id) const;

  // The session is no longer a client, and its connection ends soon. What waits for it is dropped.
  void Kill(Session& session);

  // Sends bytes that are no reply to the session's own command; not to one that wants no replies.
  // May close it, for its output.
  void Send(Session& session, std::string_view bytes);

  // Whether more waits for the session than client-output-buffer-limit allows it, with the memory
  // of what is held back and will be its output. Monitors are normal clients, but where those have
  // no limit the replicas' holds for monitors: what they are sent grows with what others do. O(1).
  bool OverOutputLimit(Session& session, size_t held_bytes = 0);

  // Has the session closed, its output dropped, when OverOutputLimit; answers whether it did. Until
  // its transport closes it, it stays a client, for whoever is in the midst of something that holds
  // a session; but what else its command answers is dropped, and no further one is run. A command's
  // reply may come to this while it is written.
  bool CloseOverOutputLimit(Session& session, size_t held_bytes = 0) {
    return (held_bytes > 0 || !HasLittleOutput(session)) && CloseIfOver(session, held_bytes);
  }

  // One tick of the regular work: idle clients, output limits that time decides, memory figures. A
  // tick looks at so many that each is seen once a second.
  void Tick();

  // Whether, by what is booked, all clients but replicas take more than maxmemory-clients. O(1).
  bool OverMemoryLimit() const;

  // Ends the clients that take the most memory until all together take no more than
  // maxmemory-clients; those that CLIENT NO-EVICT protects and replicas stay. O(n log n).
  // REQUIRES: there is such a limit.
  void EnforceMemoryLimit();

  // The session has received, run commands or sent: books what it costs, and enforces the limit
  // where that has gone beyond it. O(1) otherwise.
  void NoteMemory(Session& session) {
    if (LimitsMemory()) AccountAndEnforce(session);
  }

  // Books what the session costs, in its class; 0 before it becomes a client of another one.
  void Account(Session& session, size_t bytes);

  // Memory of the sessions of a class, at most a second old.
  size_t memory_bytes(ClientClass who) const { return memory_bytes_[who]; }

  // The biggest input and output that Tick saw in the last seconds.
  size_t recent_max_input() const { return recent_input_.Max(); }
  size_t recent_max_output() const { return recent_output_.Max(); }

 private:
  // A maximum over the last kSeconds, second by second.
  class RecentPeak {
   public:
    void Advance(int64_t second);
    void Note(size_t value) {
      size_t& slot = slots_[static_cast<size_t>(second_ % kSeconds)];
      if (value > slot) slot = value;
    }
    size_t Max() const;

   private:
    static constexpr int64_t kSeconds = 8;
    std::array<size_t, kSeconds> slots_{};
    int64_t second_ = 0;
  };

  static bool HasLittleOutput(const Session& session) {
    return session.output.overflow_pieces() == 0 && session.soft_limit_since_ms == 0;
  }
  bool RefusesReply(Session& session);
  bool LimitsMemory() const;
  void AccountAndEnforce(Session& session);
  const OutputLimit& LimitOf(const Session& session) const;
  bool CloseIfOver(Session& session, size_t held_bytes);
  bool CloseIfIdle(Session& session);
  void UpdateFigures(Session& session);

  Engine& engine_;
  std::map<uint64_t, Session*> sessions_;
  uint64_t next_id_ = 1;
  uint64_t tick_cursor_ = 0;  // the last one that Tick saw
  std::array<size_t, kClientClasses> memory_bytes_{};
  bool only_protected_left_ = false;  // and they take more than maxmemory-clients
  RecentPeak recent_input_;
  RecentPeak recent_output_;
};

}  // namespace ebb

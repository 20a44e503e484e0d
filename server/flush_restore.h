// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>

#include "server/command.h"
#include "storage/trash.h"

namespace ebb {

class Engine;

// TRASH RESTORE FLUSH: brings back what a FLUSHALL or FLUSHDB has put into the trash. A database
// that is still empty gets its table back as it was; elsewhere the keys come back some at a time,
// between the clients' commands, and who has asked is answered at the end. Once begun it goes on to
// the end, also without whoever asked. What is flushed meanwhile goes into the trash with what has
// not come back to it yet, and databases that are exchanged take that along.
//
// Thread: engine thread.
class FlushRestore {
 public:
  explicit FlushRestore(Engine& engine) : engine_(engine) {}
  ~FlushRestore();  // what is not back yet dies: a table does not free its entries by itself
  FlushRestore(const FlushRestore&) = delete;
  FlushRestore& operator=(const FlushRestore&) = delete;

  // Brings `flush` back. Keys that exist again stay as they are, and their old content goes back
  // into the trash, unless `replace`. The call is answered with the number of keys, now or later;
  // where a table comes back as a whole, those whose time to live has run out are among them: to
  // tell them would take a look at each of its chunks.
  void Start(Call& call, TrashedFlush flush, bool replace);

  // Whether Start would have to merge.
  bool NeedsMerge(const TrashedFlush& flush) const;

  // About the bytes that are still on their way into a database.
  size_t BytesLeft(int db) const;

  // A database is being flushed: what is not back yet goes along, to the trash, or to the
  // lazy-free thread however the flush was asked for. Two have been exchanged.
  void OnFlush(int db);
  void OnSwap(int a, int b);

  // Whether Step has work.
  bool pending() const { return !jobs_.empty(); }

  // Brings a piece of the oldest unfinished flush back, some hundred keys.
  void Step();

 private:
  class Waiting;
  struct Job {
    TrashedFlush flush;
    bool replace;
    int64_t restored;
    Waiting* waiting;  // null: nobody waits any more
  };

  void AdoptWhole(Job* job);
  void Restore(Job* job, TrashedFlush::Part* part, Entry* entry);
  void End();

  Engine& engine_;
  std::deque<Job> jobs_;
};

}  // namespace ebb

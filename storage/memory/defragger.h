// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/memory/block_mover.h"
#include "storage/memory/defrag_advisor.h"
#include "storage/memory/defrag_scope.h"
#include "storage/memory/purger.h"

namespace ebb {

class Keyspace;

// When to defragment and how hard; Redis's options.
struct DefragOptions {
  bool enabled = true;
  size_t ignore_bytes = 0;  // slack that is not worth it
  int lower_percent = 0;    // slack, in percent of the bytes in use, from which it begins
  int upper_percent = 0;    // and from which it takes cycle_max
  int cycle_min = 0;        // percent of the engine thread's time
  int cycle_max = 0;
  int looks_per_second = 10;      // how often Consider is asked
  size_t max_scan_fields = 1000;  // elements of a value that a walk over a table moves on its way

  bool operator==(const DefragOptions&) const = default;
};

// Active defragmentation: walks over all databases and moves what lies in emptier slabs than it
// has to, so that those become free and go back to the system. A round is one walk; it goes in
// slices between the clients' commands.
//
// Unless there is much slack in the entries' size classes, a round over the tables' own blocks
// comes first, which are few: they change size while a table grows and leave a trail of half-empty
// slabs. Then one over those of values: a sorted set that had grown to a million members had a
// sixth of the engine's time taken for seconds by a round over all of them, of which one in 200
// moved. What is still left is looked for in everything.
//
// A round begins when the slack in the slabs (DefragAdvisor) is above both limits. When a round has
// changed nothing to speak of, because the slack is in blocks that are not its to move, the next
// one waits until there is noticeably more. While the data grows or shrinks fast, a round waits,
// too, unless the slack has reached the upper limit: new data fills the slabs, and the tables'
// blocks are about to change size again; of what shrinks, what would move would mostly be deleted
// soon, and slabs that become empty do not need it.
//
// Pages that a round has emptied go back at its end where they are many. Few wait for the
// allocator's own time, as they may be wanted again.
//
// Thread: engine thread.
class Defragger {
 public:
  // `next_database(i)` answers the first database in use whose number is i or greater, null when
  // there is none. `purger` outlives this object.
  Defragger(std::function<Keyspace*(int)> next_database, memory::Purger& purger)
      : next_database_in_use_(std::move(next_database)), purger_(purger) {}

  // Looks at the figures: begins a round, or changes the effort of the one that goes on. Some tens
  // of microseconds; a few times a second. Where there was nothing to do, and used memory stays
  // what it is, it looks once more a quarter of a second later and then no more: to look was half
  // of what an idle server did. Answers running().
  bool Consider(const DefragOptions& options);

  // Begins a round whatever the figures and the options say, unless one is running that looks at as
  // much; it goes on to its end.
  void Begin(DefragScope scope = DefragScope::kAll);

  bool running() const { return running_; }

  // The share of the engine's time that it takes now, in percent; 0 when it does not run.
  int effort_percent() const { return running_ ? effort_percent_ : 0; }

  // Moves blocks until `expired()` says so (asked after each chunk of a table, some 200 entries and
  // 50 us) or the round is over.
  void RunSlice(const std::function<bool()>& expired);

  // In a few words, why it does nothing now; empty while it runs.
  std::string_view idle_reason() const { return idle_reason_; }

  // One more walk, after the databases': what they do not hold any more but might get back. As
  // Keyspace::Defrag, from cursor 0 until it answers 0, values of more than `most` elements a part
  // at a time.
  std::function<uint64_t(uint64_t cursor, memory::BlockMover& mover, DefragScope scope,
                         size_t most)>
      defrag_rest;

  const memory::BlockMover& mover() const { return mover_; }

  // Sets the mover's counters to zero.
  void ResetStatistics() { mover_.ResetCounters(); }

  const memory::DefragAdvisor& advisor() const { return advisor_; }
  uint64_t rounds() const { return rounds_; }
  uint64_t looks() const { return looks_; }  // at the figures, by Consider

 private:
  bool SlackInEntries(const DefragOptions& options) const {
    return advisor_.entry_slack_bytes() > options.ignore_bytes;
  }
  // Counts how often there was nothing new since a look after which there was nothing to do, and
  // answers whether this one can be spared. The one that cannot is for what had been freed by then
  // and lay in a thread's cache.
  bool SpareLook(const DefragOptions& options, size_t used_memory);
  enum class Pace { kSteady, kGrowsFast, kShrinksFast };
  // By what has come and gone since the last look.
  Pace NotePace(int looks_per_second);
  // In the scope that the figures ask for.
  void BeginRound(const DefragOptions& options);
  void BeginRound(DefragScope scope);
  void Step(Keyspace& keyspace);
  void StepInLarge(Keyspace& keyspace);
  void EndRound();
  // Looks may be spared while used memory is `with`, without it none.
  void StayIdle(std::string_view reason, size_t with = SIZE_MAX) {
    running_ = false;
    idle_with_ = with;
    idle_reason_ = reason;
  }
  void StayWithLittle(std::string_view reason, size_t used_memory) {
    StayIdle(reason, used_memory);
    futile_slack_ = 0;
    next_scope_ = DefragScope::kTables;
  }

  const std::function<Keyspace*(int)> next_database_in_use_;
  memory::Purger& purger_;
  memory::DefragAdvisor advisor_;
  memory::BlockMover mover_{advisor_};
  bool running_ = false;
  DefragScope scope_ = DefragScope::kAll;
  // Of a round that much slack in the entries' size classes does not ask for.
  DefragScope next_scope_ = DefragScope::kTables;
  bool values_are_dense_ = false;  // the last round over them had next to nothing to move
  bool for_entries_ = false;       // this round, by slack there
  bool asked_ = false;             // this round, by Begin
  int effort_percent_ = 0;
  int next_database_ = 0;
  uint64_t cursor_ = 0;
  LargeValues large_;                // to walk through before the table goes on
  uint64_t value_cursor_ = 0;        // in the last of them
  uint64_t value_moved_before_ = 0;  // BlockMover::moved_bytes when that began
  uint64_t moved_bytes_before_ = 0;  // this round
  size_t used_at_last_look_ = 0;     // bytes in slabs; 0: none yet
  size_t used_at_begin_ = 0;         // of the last round
  size_t futile_slack_ = 0;          // what the last round could not do anything about
  uint64_t rounds_ = 0;
  uint64_t looks_ = 0;
  uint64_t looks_spared_ = 0;    // since something was new
  size_t idle_with_ = SIZE_MAX;  // the used memory when there was nothing to do; none
  DefragOptions options_seen_;   // then
  std::string_view idle_reason_ = "has not looked yet";
};

}  // namespace ebb

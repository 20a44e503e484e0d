// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "storage/actor.h"
#include "storage/clock.h"
#include "storage/dispose.h"
#include "storage/entry.h"
#include "storage/keyspace.h"
#include "storage/memory/block_mover.h"
#include "storage/memory/defrag_scope.h"
#include "storage/memory/lazy_free.h"
#include "storage/trash_log.h"

// What was deleted a short while ago and can still be brought back. Undo is a delayed lazy free:
// what would leave through the Disposer waits here with its key, its type and its time to live
// until its time is over or its memory is wanted, and leaves then.
namespace ebb {

// As trash-events names them, in the order of TrashEvent.
inline constexpr std::string_view kTrashEventNames[] = {"del", "flush", "overwrite", "expire",
                                                        "evict"};
static_assert(std::size(kTrashEventNames) == kTrashEvents);
inline std::string_view TrashEventName(TrashEvent event) {
  return kTrashEventNames[static_cast<size_t>(event)];
}

// What the trash keeps, for how long, and how much of it.
struct TrashLimits {
  int64_t ttl_ms = 0;  // 0: nothing is kept
  size_t max_bytes = 0;
  uint8_t events = 0;  // a bit for each TrashEvent

  bool Keeps(TrashEvent event) const {
    return ttl_ms > 0 && (events >> static_cast<unsigned>(event) & 1) != 0;
  }
};

// The tables of a FLUSHALL or FLUSHDB, as they were.
struct TrashedFlush {
  // A database may have several: what it held, and then what was on its way back into it when it
  // was flushed, which the former goes before.
  struct Part {
    int db;
    Keyspace::Table table;
    size_t keys;     // that there were
    size_t expires;  // of them have a time to live
    size_t bytes;
    size_t counted = 0;  // of them, so far, while they are being counted

    // What is left of `bytes`.
    size_t bytes_left() const { return keys == 0 ? 0 : bytes / keys * table.size(); }
  };
  uint64_t id = 0;         // a version, as TrashedKey's
  int64_t removed_ms = 0;  // on the steady clock
  Remover remover;
  std::vector<Part> parts;
  bool to_count = false;  // its parts' bytes are an estimate, for CountStep to put right
  size_t most = 0;        // that it counts with until then

  size_t bytes = 0;  // that it counts with, itself included

  size_t keys() const;
};

// What the trash has done, for INFO.
struct TrashCounters {
  uint64_t restored = 0;        // keys
  uint64_t purged_expired = 0;  // keys whose time was over
  uint64_t purged_memory = 0;   // keys whose memory was wanted
  uint64_t purged_asked = 0;    // keys that a client has purged
};

// The trash of all databases.
//
// What is due to go is not found any more from that moment on; SweepStep ends it in bounded steps,
// oldest first. What takes long is left to the disposer's thread, and so is every flush: there is
// no telling, without a look at it, how little it holds. As everything waits for the same time, the
// order of removal is that of the deadlines, and a new trash-ttl counts for what is there already.
// All this goes by the steady clock: if the system's is set, nothing goes sooner or stays longer.
// CountStep puts right what flushes were estimated to take.
//
// A removal writes half a cache line into the log and a slot into the index of the log's newest
// run; the end of a record is a gap. Searches pay for that: they ask each run, some 10 ns for every
// 16000 versions that are newer than what they find.
//
// Ownership: owns entries and tables from Put until Take, or until the disposer gets them. Records
// are valid until they are given to Take or Purge, at the longest until the next Put, PurgeAll,
// YieldStep or SweepStep. Thread: engine thread.
class Trash {
 public:
  Trash(const Clock& clock, Disposer& disposer) : clock_(clock), disposer_(disposer) {}
  ~Trash();
  Trash(const Trash&) = delete;
  Trash& operator=(const Trash&) = delete;

  const TrashLimits& limits() const { return limits_; }
  // Without a time to live, what is there goes at once.
  void SetLimits(const TrashLimits& limits);

  // Takes an entry that no table holds any more; `hash` is HashBytes of its key, `actor` who has
  // removed it, null for the server itself. False, and the entry is still the caller's, if it is
  // too big for the limit, or comes while much goes for an earlier one and is more than what goes
  // at once. So what is kept is above the limit by one entry at most. O(1), amortised.
  [[nodiscard]] bool Put(Entry* entry, uint64_t hash, int db, TrashEvent event, const Actor* actor);

  // Takes a copy of what is about to be overwritten; a value of its own is shared, not copied.
  void PutCopy(const Entry& entry, uint64_t hash, int db, TrashEvent event, const Actor* actor);

  // A flush of tables of `bytes` together begins; what is too big for the limit, as in Put, is
  // decided for all of them. Answers whether they will be kept. If the bytes are `estimated`, they
  // are kept however many that seem to be, and count with what room there is at the most, until
  // CountStep has found out.
  bool BeginFlush(const Actor* actor, size_t bytes, bool estimated = false);
  // Takes the table of a flushed database; false, and it is still the caller's, if BeginFlush said
  // so. Those of one BeginFlush are brought back together. O(1).
  [[nodiscard]] bool PutTable(Keyspace::Table&& table, int db, size_t expires, size_t bytes);

  // The newest version of a key that can be brought back, or the one with this number (0: newest).
  // Null when there is none. O(runs of the log); O(log(runs)) for a number.
  TrashedKey* Find(int db, std::string_view key, uint64_t version = 0);
  // The next older version; null when there is none. O(runs).
  TrashedKey* Older(const TrashedKey& record);

  // The flush of that number, 0 for the latest; null when there is none. O(log(flushes)).
  TrashedFlush* FindFlush(uint64_t id);
  // Those that can be brought back, oldest first.
  const std::deque<TrashedFlush>& flushes() const { return flushes_; }
  bool Live(const TrashedFlush& flush) const { return !Due(flush.removed_ms); }

  // Hands a version's entry to the caller; the record is gone.
  Entry* Take(TrashedKey* record);
  // Hands a flush to the caller.
  TrashedFlush TakeFlush(uint64_t id);
  // Puts what a client has not brought back into its place again, as new.
  void PutBack(Entry* entry, int db, const TrashedFlush& from);

  // Ends one version; a flush; everything that is there now, which is handed over as it is. O(1),
  // amortised; for a flush, O(flushes) that are older, or newer if these are fewer.
  void Purge(TrashedKey* record);
  void PurgeFlush(uint64_t id);
  void PurgeAll();

  // Ends some of what is due: one version or flush, and more until that was some hundred elements'
  // work. Answers whether more is. Some tens of microseconds.
  bool SweepStep();

  // Counts some more of the oldest flush whose bytes were estimated: its tables, entries and
  // values, as Keyspace::CountBytes does. With the last of them the flush counts with what that
  // was; what other content has to go for it is SweepStep's. One that is found to be more than the
  // limit by itself is ended there and then. A flush that is taken or ended before is counted no
  // more.
  //
  // Some tens of microseconds a step. As each entry and each value has to be looked at, all steps
  // together take what SCAN does for so many keys: 0.1 to 0.2 s of CPU a million, once a flush.
  struct CountResult {
    bool more = false;
    size_t too_big = 0;  // the bytes of a flush that has been ended, at least; else 0
  };
  CountResult CountStep();

  // Ends the oldest content, about `bytes` of it, because the memory is wanted, in a step that is
  // some times SweepStep's. Answers how many bytes went to the disposer; 0 when the trash is empty.
  size_t YieldStep(size_t bytes);

  // SCAN's step over the keys that are in the trash, newest first: looks at up to `count` versions
  // and calls `visit(const TrashedKey&)` for those that are wanted, by `wanted(const TrashedKey&)`,
  // and are their keys' newest of those that were there when the walk began. Looks at fewer where
  // that takes long, and at 16384 at the most, so that a step takes a millisecond or two however
  // large `count` is: O(count). Answers the next cursor, 0 at the end; any number is a safe one.
  //
  // A key that has a version in the trash from the first step to the last is visited: that version
  // is passed over only for a newer one, which the walk has come by. No walk goes on for longer
  // because of what comes meanwhile. It reaches 2^32 versions back.
  template <typename Wanted, typename Visit>
  uint64_t Scan(uint64_t cursor, uint64_t count, Wanted&& wanted, Visit&& visit);

  // One step of the defragger's walk, as Keyspace::Defrag's, over all versions and the tables of
  // flushes; values of more than `most` elements a part at a time. There is one walk at a time:
  // cursor 0 begins anew. The log itself stays where it is: it goes soon.
  uint64_t Defrag(uint64_t cursor, memory::BlockMover& mover, DefragScope scope, size_t most);

  size_t versions() const { return log_.size(); }
  size_t flush_count() const { return flushes_.size(); }
  size_t flushed_keys() const { return flushed_keys_; }
  // Bytes that everything here takes. O(1).
  size_t bytes() const { return bytes_ + log_.memory(); }

  // When what was removed then will go; both on the steady clock.
  int64_t DeadlineMs(int64_t removed_ms) const { return removed_ms + limits_.ttl_ms; }

  TrashCounters& counters() { return counters_; }

 private:
  using Flushes = std::deque<TrashedFlush>;
  struct Dead;

  // Where a scan is: two versions, of which the cursor has 32 bits each.
  struct ScanPlace {
    uint64_t start;  // the walk's first version
    uint64_t next;

    ScanPlace(uint64_t cursor, uint64_t last);
    uint64_t cursor() const;
  };

  // Where the count is; see CountStep.
  struct Count {
    uint64_t flush_id = 0;  // flushes before this one are counted
    size_t part = 0;        // of that flush
    uint64_t cursor = 0;    // in its table
  };

  // Where the defragger's walk is.
  struct Walk {
    enum class Part : uint8_t { kRecords, kFlushes };
    struct Large {
      uint64_t version;  // or the flush's number, with what follows
      int db = 0;
      std::string key = {};
    };
    Part part = Part::kRecords;
    uint64_t cursor = 0;       // a version, or one in a flushed table
    uint64_t flush_id = 0;     // flushes before this one are done
    size_t table = 0;          // of that flush
    std::vector<Large> large;  // values to walk through before all else
    uint64_t value_cursor = 0;
  };

  bool empty() const { return log_.empty() && flushes_.empty(); }
  bool Due(int64_t removed_ms) const { return DeadlineMs(removed_ms) <= clock_.steady_ms; }
  bool OldestIsFlush();
  void Add(Entry* entry, uint64_t hash, int db, TrashEvent event, SharedRemover* by, size_t bytes);
  bool Admits(size_t wanted);
  // Where what is above the limit goes, down to this, so that there is some room for the next.
  size_t RoomTarget() const { return limits_.max_bytes - limits_.max_bytes / 256; }
  void Weigh(TrashedFlush* flush);
  void CountSome(TrashedFlush* flush);
  void NoteCounted(TrashedFlush* flush);
  void EndTooBig(Flushes::iterator flush);
  TrashedKey* FindNewest(int db, std::string_view key, uint64_t last, uint64_t above);
  void Unlink(TrashedKey* record);
  size_t End(TrashedKey* record, uint64_t* counter);
  Flushes::iterator FlushFrom(uint64_t id);
  void Forget(const TrashedFlush& flush);
  size_t EndFlush(uint64_t* counter, Flushes::iterator flush);
  void HandOver(Garbage garbage);
  size_t EndOldest(uint64_t* counter);
  template <typename CounterOf>
  bool EndRun(size_t effort, CounterOf&& counter_of);
  void FetchOldest(size_t versions);
  bool MakeRoom(size_t effort);
  SharedRemover* Share(Remover remover);
  SharedRemover* RemoverOf(const Actor* actor);
  void Release(SharedRemover* by);
  void WalkRecords(memory::BlockMover& mover, DefragScope scope, size_t most);
  bool WalkFlush(memory::BlockMover& mover, DefragScope scope, size_t most);
  Entry* FindLarge(const Walk::Large& large);

  const Clock& clock_;
  Disposer& disposer_;
  TrashLimits limits_;
  TrashLog log_;
  Flushes flushes_;  // oldest first
  Remover flush_remover_;
  bool flush_admitted_ = false;
  bool flush_estimated_ = false;
  size_t flush_room_ = 0;
  bool flush_begun_ = false;  // the next table is the first of its flush
  SharedRemover* last_remover_ = nullptr;
  size_t bytes_ = 0;  // without the log's
  size_t flushed_keys_ = 0;
  TrashCounters counters_;
  Count count_;
  Walk walk_;
};

template <typename Wanted, typename Visit>
uint64_t Trash::Scan(uint64_t cursor, uint64_t count, Wanted&& wanted, Visit&& visit) {
  // What a step may look at: some tens of microseconds' worth, more when it is asked for, and a
  // millisecond or two at the most. A look in a search takes 10 ns and more, a version by itself
  // as much as some of them.
  constexpr uint64_t kLooks = 4096;
  constexpr uint64_t kLooksPerVersion = 64;
  constexpr uint64_t kMostLooks = 65'536;
  constexpr uint64_t kLooksOfVersion = 4;
  ScanPlace place(cursor, log_.last_version());
  const uint64_t begin = log_.looks();
  count = std::min(count, kMostLooks);
  const uint64_t looks = std::min(kLooks + count * kLooksPerVersion, kMostLooks);
  for (uint64_t seen = 0; seen < count; ++seen) {
    if (log_.looks() - begin + seen * kLooksOfVersion >= looks) break;
    const TrashedKey* record = log_.FindUpTo(place.next);
    if (record == nullptr) return 0;
    const uint64_t version = record->version();
    if (place.start - version > std::numeric_limits<uint32_t>::max() - 1) return 0;
    place.next = version - 1;
    if (Due(record->removed_ms()) || !wanted(*record)) continue;
    if (FindNewest(record->db, record->entry->key(), place.start, version) == nullptr) {
      visit(*record);
    }
  }
  return place.next == 0 ? 0 : place.cursor();
}

}  // namespace ebb

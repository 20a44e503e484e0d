// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "storage/actor.h"
#include "storage/clock.h"
#include "storage/dict.h"
#include "storage/dispose.h"
#include "storage/entry.h"
#include "storage/keyspace.h"
#include "storage/memory/block_mover.h"
#include "storage/memory/defrag_scope.h"
#include "storage/trash_log.h"

// What was deleted a short while ago and can still be brought back. Undo is a delayed lazy free:
// what would leave through the Disposer waits here with its key, its type and its time to live
// until its time is over or its memory is wanted, and leaves then.
namespace ebb {

// As trash-events names it: "del".
std::string_view TrashEventName(TrashEvent event);

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
  struct Part {
    int db;
    Keyspace::Table table;
    size_t keys;     // that there were
    size_t expires;  // of them have a time to live
    size_t bytes;
  };
  uint64_t id = 0;  // a version, as TrashedKey's
  int64_t removed_ms = 0;
  Remover remover;
  std::vector<Part> parts;

  size_t keys() const;
  size_t bytes() const;  // itself included
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
// oldest first. As everything waits for the same time, the order of removal is that of the
// deadlines, and a new trash-ttl counts for what is there already.
//
// A removal writes one cache line into the log. Places in the index are taken some removals later,
// several at once, so that they are fetched into the cache together.
//
// Ownership: owns entries and tables from Put until Take, or until the disposer gets them. Records
// are valid until the next Put, Take, Purge, PurgeAll or SweepStep. Thread: engine thread.
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
  // removed it, null for the server itself. Disposed of instead: what is too big for the limit, and
  // what comes while so much goes for an earlier one that its room is not there yet. So what is
  // kept is above the limit by one entry at most. O(1), amortised.
  void Put(Entry* entry, uint64_t hash, int db, TrashEvent event, const Actor* actor);

  // Takes a copy of what is about to be overwritten; a value of its own is shared, not copied.
  void PutCopy(const Entry& entry, uint64_t hash, int db, TrashEvent event, const Actor* actor);

  // Takes the table of a flushed database, or disposes of it as Put would. Those of one BeginFlush
  // are brought back together. O(1).
  void BeginFlush(const Actor* actor);
  void PutTable(Keyspace::Table table, int db, size_t expires, size_t bytes);

  // The newest version of a key that can be brought back, or the one with this number (0: newest).
  // Null when there is none. O(versions) for a number.
  TrashedKey* Find(int db, std::string_view key, uint64_t version = 0);
  // The next older version; null when there is none.
  TrashedKey* Older(const TrashedKey& record);

  // The flush of that number, 0 for the latest; null when there is none. O(flushes).
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

  // Ends one version; a flush; everything that is there now. O(1), amortised; for everything,
  // O(flushes).
  void Purge(TrashedKey* record);
  void PurgeFlush(uint64_t id);
  void PurgeAll();

  // Ends some of what is due. Answers whether more is. Some tens of microseconds.
  bool SweepStep();

  // Ends the oldest content, about `bytes` of it, because the memory is wanted, in a step as
  // SweepStep's. Answers how many bytes went to the disposer; 0 when the trash is empty.
  size_t YieldStep(size_t bytes);

  // SCAN's step over the keys that are in the trash: calls `visit(const TrashedKey& newest)`.
  template <typename Visit>
  uint64_t Scan(uint64_t cursor, Visit&& visit) {
    TakePlaces();
    return index_.Scan(cursor, [&](TrashedKey* record) {
      if (!Due(record->removed_ms())) visit(*record);
    });
  }

  // One step of the defragger's walk, as Keyspace::Defrag's, over all versions and the tables of
  // flushes, large values a part at a time. There is one walk at a time: cursor 0 begins anew.
  uint64_t Defrag(uint64_t cursor, memory::BlockMover& mover, DefragScope scope);

  size_t versions() const { return versions_; }
  size_t flush_count() const { return flushes_.size(); }
  size_t flushed_keys() const;
  // Bytes that everything here takes. O(1).
  size_t bytes() const { return bytes_ + index_.memory() + log_.memory(); }

  // When the record will go.
  int64_t DeadlineMs(int64_t removed_ms) const { return removed_ms + limits_.ttl_ms; }

  TrashCounters& counters() { return counters_; }

 private:
  struct KeyName {
    int db;
    std::string_view key;
    const TrashedKey* record = nullptr;  // this one, whatever its name
  };
  struct Policy {
    using Element = TrashedKey;
    using Key = KeyName;
    static uint64_t Hash(const TrashedKey& record) { return record.hash; }
    static bool Equal(const TrashedKey& record, const KeyName& name) {
      if (name.record != nullptr) return &record == name.record;
      return record.db == name.db && record.entry->key() == name.key;
    }
    static uint32_t Hint(const TrashedKey&) { return 0; }
  };
  struct Dead;

  // Where the defragger's walk is.
  struct Walk {
    enum class Part : uint8_t { kRecords, kIndex, kFlushes };
    struct Large {
      uint64_t version;  // or the flush's number
      int db;
      std::string key;
    };
    Part part = Part::kRecords;
    uint64_t cursor = 0;       // in the index, or a flushed table
    uint64_t flush_id = 0;     // flushes before this one are done
    size_t table = 0;          // of that flush
    std::vector<Large> large;  // values to walk through before all else
    uint64_t value_cursor = 0;
  };

  bool empty() const { return log_.empty() && flushes_.empty(); }
  bool Due(int64_t removed_ms) const { return DeadlineMs(removed_ms) <= clock_.unix_ms; }
  bool OldestIsFlush();
  void Add(Entry* entry, uint64_t hash, int db, TrashEvent event, SharedRemover* by, size_t bytes);
  bool Admits(size_t bytes);
  void TakePlaces();
  void TakePlace(TrashedKey* record);
  void Unlink(TrashedKey* record);
  void End(TrashedKey* record, uint64_t* counter);
  void EndFlush(uint64_t* counter, size_t at);
  void EndOldest(uint64_t* counter);
  template <typename CounterOf>
  bool EndRun(size_t versions, CounterOf&& counter_of);
  void FetchOldest(size_t versions);
  bool MakeRoom(size_t versions);
  SharedRemover* Share(Remover remover);
  SharedRemover* RemoverOf(const Actor* actor);
  void Release(SharedRemover* by);
  void WalkRecords(memory::BlockMover& mover);
  bool WalkFlush(memory::BlockMover& mover, DefragScope scope);
  Entry* FindLarge(const Walk::Large& large);

  const Clock& clock_;
  Disposer& disposer_;
  TrashLimits limits_;
  TrashLog log_;
  Dict<Policy> index_;  // the newest version of each key
  // Records that are not in the index yet, in their order.
  static constexpr size_t kWaiting = 16;
  std::array<TrashedKey*, kWaiting> waiting_;
  size_t waiting_count_ = 0;
  std::deque<TrashedFlush> flushes_;  // oldest first
  Remover flush_remover_;
  bool flush_begun_ = false;  // the next table is the first of its flush
  SharedRemover* last_remover_ = nullptr;
  size_t versions_ = 0;
  size_t bytes_ = 0;
  uint64_t last_version_ = 0;
  TrashCounters counters_;
  Walk walk_;
};

}  // namespace ebb

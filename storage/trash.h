// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string_view>

#include "storage/clock.h"
#include "storage/dict.h"
#include "storage/dispose.h"
#include "storage/entry.h"
#include "storage/keyspace.h"
#include "storage/memory/block_mover.h"

// What was deleted a short while ago and can still be brought back. Undo is a delayed lazy free:
// what would leave through the Disposer waits here with its key, its type and its time to live
// until its time is over or its memory is wanted, and leaves then.
namespace ebb {

// By what a key's content came into the trash.
enum class TrashEvent : uint8_t { kDel, kFlush, kOverwrite, kExpire, kEvict };
inline constexpr size_t kTrashEvents = 5;

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

// One version of a key: what it held when it was removed.
struct TrashedKey {
  Entry* entry;
  TrashedKey* newer;  // of the same key; null: this is its newest
  TrashedKey* older;
  TrashedKey* next;  // in the order of removal, all keys
  TrashedKey* previous;
  int64_t removed_ms;  // Unix time
  uint64_t version;    // counts all removals, from 1
  uint64_t client_id;  // who removed it; 0: the server itself
  size_t bytes;        // that it takes, this record included
  int db;
  TrashEvent event;
};

// The tables of a FLUSHALL or FLUSHDB, as they were.
struct TrashedFlush {
  struct Part {
    int db;
    Keyspace::Table table;
    size_t expires;  // of its keys have a time to live
    size_t bytes;
  };
  uint64_t id = 0;  // a version, as TrashedKey's
  int64_t removed_ms = 0;
  uint64_t client_id = 0;
  std::deque<Part> parts;

  size_t keys() const;
  size_t bytes() const;
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
// Ownership: owns entries and tables from Put until Take, or until the disposer gets them. Records
// are valid until the next Put, Take, Purge or SweepStep. Thread: engine thread.
class Trash {
 public:
  Trash(const Clock& clock, Disposer& disposer) : clock_(clock), disposer_(disposer) {}
  ~Trash();
  Trash(const Trash&) = delete;
  Trash& operator=(const Trash&) = delete;

  const TrashLimits& limits() const { return limits_; }
  void SetLimits(const TrashLimits& limits) { limits_ = limits; }

  // Takes an entry that no table holds any more. One that is too big for the limit is disposed of.
  // Where the limit is passed, the oldest content goes, a bounded number at a time, so that what is
  // kept is above the limit by this entry at most. O(1), amortised.
  void Put(Entry* entry, int db, TrashEvent event, uint64_t client_id);

  // Takes a copy of what is about to be overwritten; a value of its own is shared, not copied.
  void PutCopy(const Entry& entry, int db, TrashEvent event, uint64_t client_id);

  // Takes the table of a flushed database, or disposes of it where its `bytes` are above the limit.
  // Those of one BeginFlush are brought back together. O(1).
  void BeginFlush(uint64_t client_id);
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
  bool Live(const TrashedFlush& flush) const { return !Due(flush.removed_ms, flush.id); }

  // Hands a version's entry to the caller; the record is gone.
  Entry* Take(TrashedKey* record);
  // Hands a flush to the caller.
  TrashedFlush TakeFlush(uint64_t id);
  // Puts what a client has not brought back into its place again.
  void PutBack(Entry* entry, int db, const TrashedFlush& from);

  // Ends one version; a flush; everything that is there now (in the steps of SweepStep).
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
    return index_.Scan(cursor, [&](TrashedKey* record) {
      if (!Due(record->removed_ms, record->version)) visit(*record);
    });
  }

  // One step of the defragger's walk, as Keyspace::Defrag's, over the keys with all their versions.
  // The tables of flushes stay as they are: as a rule they are as dense as they were.
  uint64_t Defrag(uint64_t cursor, memory::BlockMover& mover);

  size_t versions() const { return versions_; }
  size_t flush_count() const { return flushes_.size(); }
  size_t flushed_keys() const;
  // Bytes that everything here takes. O(1).
  size_t bytes() const { return bytes_ + index_.memory(); }

  // When the record will go.
  int64_t DeadlineMs(int64_t removed_ms) const { return removed_ms + limits_.ttl_ms; }

  TrashCounters& counters() { return counters_; }

 private:
  struct KeyName {
    int db;
    std::string_view key;
  };
  struct Policy {
    using Element = TrashedKey;
    using Key = KeyName;
    static uint64_t Hash(const TrashedKey& record) {
      return HashOf({record.db, record.entry->key()});
    }
    static uint64_t HashOf(const KeyName& name);
    static bool Equal(const TrashedKey& record, const KeyName& name) {
      return record.db == name.db && record.entry->key() == name.key;
    }
    static uint32_t Hint(const TrashedKey&) { return 0; }
  };

  bool Due(int64_t removed_ms, uint64_t version) const {
    return version <= purged_through_ || DeadlineMs(removed_ms) <= clock_.unix_ms;
  }
  bool OldestIsFlush() const;
  void Add(Entry* entry, int db, TrashEvent event, uint64_t client_id, size_t bytes);
  void Unlink(TrashedKey* record);
  void End(TrashedKey* record, uint64_t* counter);
  void EndFlush(uint64_t* counter, size_t at);
  size_t EndOldest(uint64_t* counter);
  void MakeRoom();

  const Clock& clock_;
  Disposer& disposer_;
  TrashLimits limits_;
  Dict<Policy> index_;  // the newest version of each key
  TrashedKey* oldest_ = nullptr;
  TrashedKey* newest_ = nullptr;
  std::deque<TrashedFlush> flushes_;  // oldest first
  uint64_t flush_client_id_ = 0;
  bool flush_begun_ = false;  // the next table is the first of its flush
  size_t versions_ = 0;
  size_t bytes_ = 0;
  uint64_t last_version_ = 0;
  uint64_t purged_through_ = 0;
  TrashCounters counters_;
};

}  // namespace ebb

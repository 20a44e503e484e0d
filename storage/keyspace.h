// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "storage/access.h"
#include "storage/clock.h"
#include "storage/dict.h"
#include "storage/dispose.h"
#include "storage/encoding_limits.h"
#include "storage/entry.h"
#include "storage/hash.h"
#include "storage/memory/block_mover.h"
#include "storage/memory/defrag_scope.h"
#include "storage/memory/lazy_free.h"
#include "storage/observer.h"
#include "storage/shedding.h"

namespace ebb {

class Actor;
class KeyWriter;
class Trash;
enum class TrashEvent : uint8_t;

// What all databases count together; INFO stats shows it.
struct KeyspaceCounters {
  uint64_t hits = 0;
  uint64_t misses = 0;
  uint64_t expired = 0;
  uint64_t evicted = 0;
};

// What a keyspace needs from around it; outlives it.
struct KeyspaceContext {
  const Clock& clock;
  KeyspaceObserver& observer;
  KeyspaceCounters& counters;
  bool touch_on_read = true;  // CLIENT NO-TOUCH clears it for the command
  // The running command's key and element, the first or the one that it has come to, where somebody
  // needed their hashes before.
  KnownHash known_key = {};
  KnownHash known_element = {};
  // During a pause keys whose time has come are not found, but stay until a KeyWriter opens them.
  bool keep_expired = false;
  Disposer disposer = {};  // frees everything at once unless told otherwise
  Trash* trash = nullptr;  // where what is removed waits before it dies; null: it does not
  AccessTracking access = {};
  bool tell_new = false;  // whether the observer hears of new keys, and of misses
  bool tell_misses = false;
  const Actor* actor = nullptr;  // whose command is running, for the trash; null: the server itself
  EncodingLimits limits = {};
  size_t list_node_max_bytes = SIZE_MAX;  // besides list-max-listpack-size; DEBUG sets it
  Shedding shedding{disposer};            // after the disposer, on which it relies
};

// How the dict sees entries. The hint is the expiry in units of 2^8 ms, rounded down and saturated,
// kept as the minimum of each chunk, so that the expire cycle skips chunks where nothing is due.
struct EntryPolicy {
  using Element = Entry;
  using Key = std::string_view;
  static uint64_t Hash(const Entry& entry) { return HashBytes(entry.key()); }
  static bool Equal(const Entry& entry, std::string_view key) { return entry.key() == key; }
  static uint32_t Hint(const Entry& entry) { return ExpireHint(entry.expire_ms()); }
  static uint32_t ExpireHint(int64_t unix_ms);
};

// One database: keys to entries. Finds, removes, expires on access and by a cycle; what is written
// is written through a KeyWriter (storage/key_writer.h).
//
// Ownership: owns its entries; pointers to entries are valid until the next write or removal of
// that key, or the next expire, defrag or flush step. Thread: engine thread only.
class Keyspace {
 public:
  using Table = Dict<EntryPolicy>;

  Keyspace(int id, KeyspaceContext& context) : id_(id), context_(context) {}
  ~Keyspace();
  Keyspace(const Keyspace&) = delete;
  Keyspace& operator=(const Keyspace&) = delete;

  int id() const { return id_; }
  size_t size() const { return table_.size(); }
  size_t expires() const { return expires_; }
  const KeyspaceContext& context() const { return context_; }
  const Table& table() const { return table_; }
  Table& table() { return table_; }
  const EncodingLimits& limits() const { return context_.limits; }
  Disposer& disposer() { return context_.disposer; }
  Shedding& shedding() { return context_.shedding; }

  // The hash of the element that the running command has come to, where somebody knows it. Who says
  // so takes it back, before there can be something else in the place of its bytes.
  const KnownHash& known_element() const { return context_.known_element; }
  void KnowElement(const KnownHash& element) { context_.known_element = element; }

  // The entry of `key`, or null when there is none or its time has come (it is removed then). Read
  // counts a hit or a miss and touches the access clock; Inspect, for questions about the key and
  // not its value, only counts; Use, for a write that may come to nothing, only touches; Peek does
  // neither. O(1).
  Entry* Read(std::string_view key);
  Entry* Inspect(std::string_view key);
  Entry* Use(std::string_view key);
  Entry* Peek(std::string_view key);

  // Notes in the access clock that the entry is used, whoever says so; Read and Use do unless the
  // context says otherwise (touch_on_read).
  void Touch(Entry* entry);

  // Counts a hit or a miss of `key`, for commands that read it by other ways than Read.
  void CountLookUp(std::string_view key, bool found);

  // Whether `key` is there and its time has not come. Nothing changes, so that observers may ask.
  // O(1).
  bool Contains(std::string_view key) const;

  // Where the bucket, then the entry, of a key whose hash is `hash` probably are; for batches of
  // commands, which have them fetched into the cache (Prefetch; the addresses are good for nothing
  // else). LikelyPlace is for those who come back for an entry that is not at home: see Dict's.
  const void* LikelyBucket(uint64_t hash) const { return table_.LikelyBucket(hash); }
  const void* LikelyEntry(uint64_t hash) const { return table_.LikelyElement(hash); }
  Table::Likely LikelyPlace(uint64_t hash) const { return table_.LikelyPlace(hash); }

  // The entry that the table has of `key`, whose time may have come; null when there is none.
  // Nothing changes and nothing is counted. O(1).
  const Entry* Glance(std::string_view key, uint64_t hash) const {
    const Table::Slot slot = table_.Find(key, hash);
    return slot ? slot.element() : nullptr;
  }

  // Removes `key`; answers whether it was there (and not expired). `event` is what observers hear.
  bool Remove(std::string_view key, const KeyEvent& event = events::kDel,
              DisposeCause cause = DisposeCause::kUserDel);

  // Makes the entry of `from` that of `to` in `target`, which may be this database, with value and
  // expiry; whatever was at `to` is disposed of. The value does not move, only what is inline does.
  // Observers hear `from_event`, then `to_event`.
  // REQUIRES: `from` exists, and is not `to` of the same database. O(key + inline value).
  void Move(std::string_view from, Keyspace& target, std::string_view to,
            const KeyEvent& from_event, const KeyEvent& to_event);

  // A random key's entry, each about equally likely unless nearly all have expired; null when none
  // is live, or none among the next 20,000 after 64 draws of expired ones, which are removed. O(1).
  Entry* RandomEntry();

  // SCAN's step: calls `visit(const Entry&)` for one bucket's entries and answers the next cursor,
  // 0 at the end. Entries whose time has come are shown too; who calls filters with IsExpired. O(1)
  // expected.
  template <typename Visit>
  uint64_t Scan(uint64_t cursor, Visit&& visit) {
    return table_.Scan(cursor, [&](Entry* entry) { visit(static_cast<const Entry&>(*entry)); });
  }

  // Calls `visit(const Entry&)` for each live entry; `visit` must not change the keyspace. O(n).
  template <typename Visit>
  void ForEach(Visit&& visit) const {
    table_.ForEach([&](const Entry* entry) {
      if (!IsExpired(*entry)) visit(*entry);
    });
  }

  bool IsExpired(const Entry& entry) const {
    return entry.has_expire() && entry.expire_ms() <= context_.clock.unix_ms;
  }

  // One step of the expire cycle: goes on to the next chunk of the table whose earliest deadline
  // has come and removes what is dead there. `more` is false once the whole table has been seen
  // since the cycle's start. O(chunk).
  struct ExpireStep {
    uint64_t removed = 0;
    bool more = false;
  };
  ExpireStep ExpireChunk();

  // Whether such a step may find something: false while the earliest deadline of all is still to
  // come. O(1).
  bool NeedsExpireStep() const;

  // Calls `visit(const Entry&)` for up to `count` entries, those with a time to live alone if
  // `only_expiring`, from a random place of the table; see Dict::Sample.
  template <typename Visit>
  void Sample(size_t count, bool only_expiring, Visit&& visit) {
    table_.Sample(ThreadRandom(), count, only_expiring,
                  [&](Entry* entry) { visit(static_cast<const Entry&>(*entry)); });
  }

  // Removes `key` because memory is short; false when it is not there or, if `only_expiring`, lives
  // for ever. O(1).
  bool Evict(std::string_view key, bool only_expiring = false);

  // Removes everything; answers how many keys there were. O(1) where the context's disposer takes
  // what dies of `cause`: the table as a whole is handed over. Else O(n).
  // `bytes` are what it all takes, an estimate when not given.
  uint64_t Flush(DisposeCause cause = DisposeCause::kUserFlush);
  uint64_t Flush(DisposeCause cause, size_t bytes);

  // The bytes of the table with its entries and their values, by a look at a few of them, or at
  // each of them. O(1); O(n).
  size_t EstimateBytes() const;
  size_t CountBytes() const;

  // Makes `table`, the contents of a flushed database of which `expires` keys have a time to live,
  // those of this one; observers hear it. REQUIRES: size() == 0. O(1).
  void Adopt(Table table, size_t expires);

  // Exchanges the contents with `other`'s (SWAPDB); observers hear it. O(1).
  void SwapContents(Keyspace& other);

  // One step of a walk in which `mover` moves the table's blocks and, as `scope` says, the entries
  // and values that should move: chunk by chunk, from cursor 0 until it answers 0. Nothing else
  // changes, but that pointers to entries are no longer valid. O(chunk). Keys whose values have
  // many elements are added to `large`: their elements are moved by DefragValue.
  uint64_t Defrag(uint64_t cursor, memory::BlockMover& mover, DefragScope scope,
                  LargeValues* large);

  // One step of such a walk over the elements of `key`'s value; 0 at its end, and when the key is
  // gone. Some tens of microseconds.
  uint64_t DefragValue(std::string_view key, uint64_t cursor, memory::BlockMover& mover,
                       DefragScope scope);

  // Moves a bounded amount of table work on; answers whether there is more. For the idle server.
  bool Maintain() { return table_.Maintain(); }

 private:
  friend class KeyWriter;

  uint64_t HashOf(std::string_view key) const { return context_.known_key.Of(key); }

  // Ends an entry that the table does not hold any more, for now or for good; with a trash, `hash`
  // is its key's.
  void End(Entry* entry, uint64_t hash, DisposeCause cause);

  // The live slot of a key. Whose time has come is removed first, but for `keep_expired`.
  Table::Slot FindLive(std::string_view key, uint64_t hash, bool keep_expired);
  Table::Slot FindLive(std::string_view key, uint64_t hash) {
    return FindLive(key, hash, context_.keep_expired);
  }
  void RemoveSlot(Table::Slot slot, uint64_t hash, const KeyEvent& event, uint64_t changes,
                  DisposeCause cause);
  void TouchIfWanted(Entry* entry) {
    if (context_.touch_on_read) Touch(entry);
  }
  bool Trashes(TrashEvent event) const;

  const int id_;
  KeyspaceContext& context_;
  Table table_;
  size_t expires_ = 0;
  uint64_t expire_cursor_ = 0;
  bool writing_ = false;  // a KeyWriter is alive
};

// Frees tables that nobody uses any more, one after the other, with all that they hold.
//
// Ownership: of what it has taken out of a table and not freed yet. Thread: one at a time, whoever
// has made it.
class TableFreer {
 public:
  // For tables of up to `keys` keys: to free them takes no memory then.
  explicit TableFreer(size_t keys);

  // Frees a chunk of the table, or a part of a large value that was in it. Another table comes next
  // when there is no more of this one.
  Garbage::Slice FreeSlice(Keyspace::Table* table);

 private:
  std::vector<Entry*> large_;  // whose values take several slices by themselves
};

// Ends a table that nobody uses any more, of about `bytes` with all that it holds: handed to the
// disposer as a whole where it takes what dies of `cause`, unless it is little work; else taken
// apart here and now.
void DisposeTable(Keyspace::Table table, size_t bytes, DisposeCause cause, Disposer& disposer);

}  // namespace ebb

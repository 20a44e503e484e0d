// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "storage/dispose.h"
#include "storage/entry.h"
#include "storage/keyspace.h"
#include "storage/observer.h"
#include "storage/type.h"
#include "storage/value.h"

namespace ebb {

// The one door for writes: holds the place of one key while a command changes it, and tells the
// observer when it is done.
//
//   KeyWriter writer(keyspace, key);
//   writer.NextExpire(0);
//   AssignString(writer, value);          // types/string.h
//   writer.Changed(events::kSet);         // announced when the writer goes out of scope
//
// Who changes a key says so, by Changed or Remove: what is not told, WATCH, waiting clients and
// notifications never hear. A debug build asserts it of a key that came to be, got another time to
// live, or has another value in its entry; what it does not notice are changes of values outside
// of entries.
//
// While a writer lives, nothing else of its keyspace is looked up or written (entries found before
// stay valid, but for the writer's own): it holds a place in the table. A debug build asserts it.
// Thread: engine thread.
class KeyWriter {
 public:
  // Finds the place of `key`; the access clock of an entry there is touched.
  KeyWriter(Keyspace& keyspace, std::string_view key);
  ~KeyWriter();
  KeyWriter(const KeyWriter&) = delete;
  KeyWriter& operator=(const KeyWriter&) = delete;

  std::string_view key() const { return key_; }
  Keyspace& keyspace() const { return keyspace_; }
  bool exists() const { return entry_ != nullptr; }

  // The entry, null when the key does not exist.
  Entry* entry() const { return entry_; }

  // The hash of an element of the value, or one to be.
  uint64_t HashOf(std::string_view element) const { return keyspace_.known_element().Of(element); }

  // Makes the entry, new or not, one of `type` and `encoding` with an inline value of `inline_size`
  // bytes for the caller to fill in. An existing value is disposed of (its inline bytes, as many as
  // fit, stay where they are with `keep_bytes`); expiry is kept. O(key + inline_size).
  Entry* MakeInline(Type type, Encoding encoding, size_t inline_size, bool keep_bytes = false);

  // Makes the entry one of `type` that points to `value`, whose reference it takes over; the old
  // value is disposed of, expiry is kept.
  Entry* MakePointer(Type type, Encoding encoding, Value* value);

  // Says which time to live MakeInline or MakePointer, the one that comes next, gives the entry
  // instead of keeping the present one: Unix time in ms, 0 for none. Changing it afterwards does as
  // well but may move the entry once more.
  void NextExpire(int64_t unix_ms) { next_expire_ms_ = unix_ms; }

  // Says that the value, if there is one, is about to be replaced as a whole and not just edited,
  // so that a trash that keeps what is overwritten gets it.
  void Overwrite();

  // Makes the entry, new or not, one with the content and the expiry of `entry`, which no table
  // holds any more: its value passes over, and how often it was used; its block is freed.
  // O(key + inline value).
  void TakeOver(Entry* entry);

  // Makes the entry, new or not, one with equal content and expiry as `source`, an entry of another
  // key. False, with everything as it was, when memory cannot be had. O(source).
  bool CopyFrom(const Entry& source);

  // Sets the time to live, as Unix time in ms, or clears it; the entry may move. REQUIRES:
  // exists(). O(key + inline value).
  void SetExpire(int64_t unix_ms);
  void ClearExpire();

  // Removes the key. `event` is what observers hear, after those of Changed before.
  void Remove(const KeyEvent& event = events::kDel, DisposeCause cause = DisposeCause::kUserDel);

  // Removes the key of a collection that has become empty: there is nothing to bring back.
  void RemoveEmpty() { Remove(events::kDel, DisposeCause::kServerDel); }

  // Marks the key as changed: the observer hears `event` (a second one in the order of calls) when
  // the writer ends. It stands for so many `changes` (KeyspaceObserver); what this writer tells
  // after it, for none.
  void Changed(const KeyEvent& event, uint64_t changes = 1);

 private:
  Entry* Reshape(Entry::Shape shape, bool keep_bytes);
  void MoveInto(const Entry::Shape& shape, int64_t expire_ms, bool keep_bytes);
  Entry* Put(Entry* fresh);
  void Become(const Entry& source, Value* value, uint32_t access_clock);
  void SetLayout(bool has_expire);
  void DisposeOldValue();
  void Announce();

  Keyspace& keyspace_;
  const std::string_view key_;
  const uint64_t hash_;
  Keyspace::Table::Slot slot_;
  Entry* entry_ = nullptr;
  std::optional<int64_t> next_expire_ms_;
  // What is to be announced, and how many changes the first of it stands for.
  const KeyEvent* events_[2] = {nullptr, nullptr};
  uint64_t changes_ = 1;

#ifndef NDEBUG
  // What of a key is cheap to compare.
  struct Look {
    bool exists = false;
    int64_t expire_ms = 0;
    uint64_t inline_hash = 0;  // 0 where the value is outside of the entry
    bool operator==(const Look&) const = default;
  };
  Look LookAtKey() const;
  bool LeftUntold() const;

  Look before_;  // when the writer began
  bool told_ = false;
#endif
};

}  // namespace ebb

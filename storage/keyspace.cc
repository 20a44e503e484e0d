// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "storage/keyspace.h"

#include <algorithm>
#include <cassert>
#include <optional>
#include <utility>
#include <vector>

#include "storage/entry_bytes.h"
#include "storage/entry_defrag.h"
#include "storage/key_writer.h"
#include "storage/trash.h"
#include "storage/type_ops.h"

namespace ebb {

uint32_t EntryPolicy::ExpireHint(int64_t unix_ms) {
  // 2^32 units of 256 ms from the start of 2024 reach to 2058; later deadlines are looked at then.
  constexpr int64_t kBase = 1704067200000;
  constexpr int64_t kMax = 0xfffffffe;
  return static_cast<uint32_t>(std::clamp<int64_t>((unix_ms - kBase) >> 8, 0, kMax));
}

namespace {

// By what event the trash gets what is removed for `cause`, if it may. What the server removes for
// itself has nothing in it: a collection that has become empty.
std::optional<TrashEvent> TrashEventOf(DisposeCause cause) {
  switch (cause) {
    case DisposeCause::kUserDel:
    case DisposeCause::kUserExpire:
    case DisposeCause::kAsync:
      return TrashEvent::kDel;
    case DisposeCause::kExpire:
      return TrashEvent::kExpire;
    case DisposeCause::kEviction:
      return TrashEvent::kEvict;
    default:
      return std::nullopt;
  }
}

struct DeadTable {
  Keyspace::Table table;
  TableFreer freer;
};

Garbage::Slice FreeSome(void* what, uint32_t) {
  auto* dead = static_cast<DeadTable*>(what);
  const Garbage::Slice slice = dead->freer.FreeSlice(&dead->table);
  if (!slice.more) delete dead;
  return slice;
}

// Whether to end all that is in the table is no more work than to hand it over. A few keys are
// looked at: they may hold much.
bool IsLittleWork(const Keyspace::Table& table, DisposeCause cause, const Disposer& disposer) {
  if (table.size() > Disposer::kInlineEffort) return false;
  size_t effort = 0;
  table.ForEach([&](const Entry* entry) {
    effort += disposer.EffortOf(*entry, cause);
    return effort <= Disposer::kInlineEffort;
  });
  return effort <= Disposer::kInlineEffort;
}

}  // namespace

TableFreer::TableFreer(size_t keys) {
  // More than chance brings into a chunk of a table.
  constexpr size_t kLargeAtOnce = 512;
  large_.reserve(std::min(keys, kLargeAtOnce));
}

Garbage::Slice TableFreer::FreeSlice(Keyspace::Table* table) {
  Garbage::Slice slice{.parts = 0, .more = true};
  if (!large_.empty()) {
    Entry* entry = large_.back();
    if (OpsOf(entry->type()).free_slice(entry->value(), entry->encoding()).more) return slice;
    Entry::FreeBlock(entry);
    large_.pop_back();
    slice.parts = 1;
    return slice;
  }
  slice.more = table->TakeApartStep([&](Entry* entry) {
    // What chosen keys bring beyond that is freed at once, as to put it aside would take memory.
    const bool has_room = large_.size() < large_.capacity();
    if (has_room && Disposer::TakesLong(*entry)) return large_.push_back(entry);
    Disposer::Free(entry);
    ++slice.parts;
  });
  slice.more |= !large_.empty();
  return slice;
}

void DisposeTable(Keyspace::Table table, size_t bytes, DisposeCause cause, Disposer& disposer) {
  if (!disposer.lazy(cause) || IsLittleWork(table, cause, disposer)) {
    while (table.TakeApartStep([&](Entry* entry) { disposer.Dispose(entry, cause); })) {
    }
    return;
  }
  const size_t keys = table.size();
  auto* dead = new DeadTable{std::move(table), TableFreer(keys)};
  disposer.DisposeLater(Garbage(dead, 0, FreeSome, keys, bytes, keys));
}

Keyspace::~Keyspace() {
  const size_t bytes = EstimateBytes();
  DisposeTable(std::move(table_), bytes, DisposeCause::kAsync, context_.disposer);
}

bool Keyspace::Trashes(TrashEvent event) const {
  return context_.trash != nullptr && context_.trash->limits().Keeps(event);
}

void Keyspace::End(Entry* entry, uint64_t hash, DisposeCause cause) {
  if (context_.trash != nullptr) [[unlikely]] {
    const auto event = TrashEventOf(cause);
    if (event && Trashes(*event)) {
      // Time and want of memory are nobody's doing.
      const Actor* actor = *event == TrashEvent::kDel ? context_.actor : nullptr;
      if (context_.trash->Put(entry, hash, id_, *event, actor)) return;
    }
  }
  context_.disposer.Dispose(entry, cause);
}

void Keyspace::RemoveSlot(Table::Slot slot, uint64_t hash, const KeyEvent& event, uint64_t changes,
                          DisposeCause cause) {
  Entry* entry = table_.Erase(slot);
  if (entry->has_expire()) --expires_;
  context_.observer.OnKeyEvent(id_, entry->key(), event, changes);
  End(entry, hash, cause);
}

Keyspace::Table::Slot Keyspace::FindLive(std::string_view key, uint64_t hash, bool keep_expired) {
  assert(!writing_);
  Table::Slot slot = table_.Find(key, hash);
  // The mark says "has an expire", so that entries without one are not touched for it.
  if (slot && slot.marked() && IsExpired(*slot.element())) {
    if (keep_expired) return Table::Slot();
    RemoveSlot(slot, hash, events::kExpired, 0, DisposeCause::kExpire);
    ++context_.counters.expired;
    return Table::Slot();
  }
  return slot;
}

Entry* Keyspace::Peek(std::string_view key) {
  const Table::Slot slot = FindLive(key, HashOf(key));
  return slot ? slot.element() : nullptr;
}

bool Keyspace::Contains(std::string_view key) const {
  const Table::Slot slot = table_.Find(key, HashOf(key));
  return slot && !(slot.marked() && IsExpired(*slot.element()));
}

void Keyspace::CountLookUp(std::string_view key, bool found) {
  if (found) {
    ++context_.counters.hits;
    return;
  }
  ++context_.counters.misses;
  if (context_.tell_misses) context_.observer.OnKeyMiss(id_, key);
}

Entry* Keyspace::Inspect(std::string_view key) {
  Entry* entry = Peek(key);
  CountLookUp(key, entry != nullptr);
  return entry;
}

Entry* Keyspace::Read(std::string_view key) {
  Entry* entry = Inspect(key);
  if (entry != nullptr) TouchIfWanted(entry);
  return entry;
}

Entry* Keyspace::Use(std::string_view key) {
  Entry* entry = Peek(key);
  if (entry != nullptr) TouchIfWanted(entry);
  return entry;
}

void Keyspace::Touch(Entry* entry) {
  entry->set_access_clock(context_.access.Touched(entry->access_clock(), context_.clock));
}

bool Keyspace::Evict(std::string_view key, bool only_expiring) {
  const uint64_t hash = HashBytes(key);
  const Table::Slot slot = table_.Find(key, hash);
  if (!slot || (only_expiring && !slot.marked())) return false;
  RemoveSlot(slot, hash, events::kEvicted, 0, DisposeCause::kEviction);
  ++context_.counters.evicted;
  return true;
}

bool Keyspace::Remove(std::string_view key, const KeyEvent& event, DisposeCause cause) {
  const uint64_t hash = HashOf(key);
  const Table::Slot slot = FindLive(key, hash);
  if (!slot) return false;
  RemoveSlot(slot, hash, event, 1, cause);
  return true;
}

void Keyspace::Move(std::string_view from, Keyspace& target, std::string_view to,
                    const KeyEvent& from_event, const KeyEvent& to_event) {
  const Table::Slot slot = FindLive(from, HashOf(from));
  assert(slot);
  Entry* entry = table_.Erase(slot);
  if (entry->has_expire()) --expires_;
  KeyWriter writer(target, to);
  writer.TakeOver(entry);
  writer.Changed(to_event);
  context_.observer.OnKeyEvent(id_, from, from_event, 0);
}

Entry* Keyspace::RandomEntry() {
  constexpr int kTries = 64;
  for (int tries = 0; tries < kTries; ++tries) {
    Entry* entry = table_.Random();
    if (entry == nullptr || !IsExpired(*entry)) return entry;
    FindLive(entry->key(), HashBytes(entry->key()));
  }
  // Expired ones are nearly all that there is: the next live one from a random chunk on, to the
  // end, then from the begin, of those that one call may look at.
  constexpr size_t kMostLooks = 20'000;
  Entry* live = nullptr;
  size_t looks = 0;
  for (uint64_t cursor : {ThreadRandom()(), uint64_t{0}}) {
    do {
      cursor = table_.Scan(cursor, [&](Entry* entry) {
        ++looks;
        if (live == nullptr && !IsExpired(*entry)) live = entry;
      });
    } while (live == nullptr && cursor != 0 && looks < kMostLooks);
    if (live != nullptr) break;
  }
  return live;
}

Keyspace::ExpireStep Keyspace::ExpireChunk() {
  ExpireStep step;
  step.more = table_.SweepMarked(
      &expire_cursor_, EntryPolicy::ExpireHint(context_.clock.unix_ms),
      [&](Entry* entry) {
        if (!IsExpired(*entry)) return false;
        ++step.removed;
        --expires_;
        context_.observer.OnKeyEvent(id_, entry->key(), events::kExpired, 0);
        return true;
      },
      [&](Entry* entry) {
        const uint64_t hash = context_.trash != nullptr ? HashBytes(entry->key()) : 0;
        End(entry, hash, DisposeCause::kExpire);
      });
  context_.counters.expired += step.removed;
  return step;
}

bool Keyspace::NeedsExpireStep() const {
  return expires_ > 0 &&
         table_.NeedsSweep(expire_cursor_, EntryPolicy::ExpireHint(context_.clock.unix_ms));
}

uint64_t Keyspace::Defrag(uint64_t cursor, memory::BlockMover& mover, DefragScope scope,
                          LargeValues* large) {
  assert(!writing_);
  return DefragTable(table_, cursor, mover, scope, large->above,
                     [large](const Entry& entry) { large->keys.emplace_back(entry.key()); });
}

uint64_t Keyspace::DefragValue(std::string_view key, uint64_t cursor, memory::BlockMover& mover,
                               DefragScope scope) {
  const Table::Slot slot = table_.Find(key, HashBytes(key));
  if (!slot || slot.element()->is_inline()) return 0;
  const Entry& entry = *slot.element();
  return OpsOf(entry.type()).defrag_elements(entry, cursor, mover, scope);
}

uint64_t Keyspace::Flush(DisposeCause cause) {
  return Flush(cause, EstimateBytes());
}

uint64_t Keyspace::Flush(DisposeCause cause, size_t bytes) {
  const uint64_t keys = table_.size();
  const bool kept = keys > 0 && Trashes(TrashEvent::kFlush) &&
                    context_.trash->PutTable(std::move(table_), id_, expires_, bytes);
  if (!kept) DisposeTable(std::move(table_), bytes, cause, context_.disposer);
  expires_ = 0;
  expire_cursor_ = 0;
  if (keys > 0) context_.observer.OnFlush(id_, keys);
  return keys;
}

void Keyspace::Adopt(Table table, size_t expires) {
  assert(table_.empty());
  table_ = std::move(table);
  expires_ = expires;
  expire_cursor_ = 0;
  context_.observer.OnSwap(id_, id_);
}

namespace {

// Looks at a value whose bytes can only be guessed.
constexpr size_t kLooks = 5;

}  // namespace

size_t Keyspace::EstimateBytes() const {
  constexpr size_t kSamples = 64;
  if (table_.empty()) return 0;
  size_t sum = 0;
  for (size_t i = 0; i < kSamples; ++i) sum += BytesOf(*table_.Random(), kLooks);
  const double average = static_cast<double>(sum) / kSamples;
  return table_.memory() + static_cast<size_t>(average * static_cast<double>(table_.size()));
}

size_t Keyspace::CountBytes() const {
  size_t sum = table_.memory();
  table_.ForEach([&](const Entry* entry) { sum += BytesOf(*entry, kLooks); });
  return sum;
}

void Keyspace::SwapContents(Keyspace& other) {
  std::swap(table_, other.table_);
  std::swap(expires_, other.expires_);
  std::swap(expire_cursor_, other.expire_cursor_);
  context_.observer.OnSwap(id_, other.id_);
}

}  // namespace ebb

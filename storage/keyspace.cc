// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "storage/keyspace.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstring>
#include <utility>

#include "storage/entry_bytes.h"
#include "storage/entry_defrag.h"
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

// A dead table, and those of its values that take several steps by themselves.
struct DeadTable {
  Keyspace::Table table;
  std::vector<Entry*> large;
};

// As many as a chunk of a table may hold, at the most.
constexpr size_t kLargeAtOnce = 512;

// A part of a large value, or a chunk of the table.
Garbage::Slice FreeChunk(void* what, uint32_t) {
  auto* dead = static_cast<DeadTable*>(what);
  Garbage::Slice slice{.parts = 0, .more = true};
  if (!dead->large.empty()) {
    Entry* entry = dead->large.back();
    if (OpsOf(entry->type()).free_slice(entry->value(), entry->encoding()).more) return slice;
    Entry::FreeBlock(entry);
    dead->large.pop_back();
    slice.parts = 1;
    return slice;
  }
  slice.more = dead->table.TakeApartStep([&](Entry* entry) {
    if (Disposer::TakesLong(*entry)) return dead->large.push_back(entry);
    Disposer::Free(entry);
    ++slice.parts;
  });
  slice.more |= !dead->large.empty();
  if (!slice.more) delete dead;
  return slice;
}

}  // namespace

void DisposeTable(Keyspace::Table table, size_t bytes, DisposeCause cause, Disposer& disposer) {
  // A few keys are no more work than handing them over.
  if (table.size() <= Disposer::kInlineEffort || !disposer.lazy(cause)) {
    while (table.TakeApartStep([&](Entry* entry) { disposer.Dispose(entry, cause); })) {
    }
    return;
  }
  const size_t keys = table.size();
  auto* dead = new DeadTable{std::move(table), {}};
  // So that the thread that frees it takes no memory.
  dead->large.reserve(kLargeAtOnce);
  disposer.DisposeLater(Garbage(dead, 0, FreeChunk, keys, bytes, keys));
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
  // Expired entries may be nearly all that there is.
  int tries = 1000;
  while (Entry* entry = table_.Random()) {
    if (!IsExpired(*entry)) return entry;
    if (--tries == 0) break;
    FindLive(entry->key(), HashBytes(entry->key()));
  }
  return nullptr;
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

size_t Keyspace::EstimateBytes() const {
  constexpr size_t kSamples = 64;
  if (table_.empty()) return 0;
  size_t sum = 0;
  for (size_t i = 0; i < kSamples; ++i) sum += BytesOf(*table_.Random(), 1);
  const double average = static_cast<double>(sum) / kSamples;
  return table_.memory() + static_cast<size_t>(average * static_cast<double>(table_.size()));
}

size_t Keyspace::CountBytes() const {
  constexpr size_t kElements = 5;
  size_t sum = table_.memory();
  table_.ForEach([&](const Entry* entry) { sum += BytesOf(*entry, kElements); });
  return sum;
}

void Keyspace::SwapContents(Keyspace& other) {
  std::swap(table_, other.table_);
  std::swap(expires_, other.expires_);
  std::swap(expire_cursor_, other.expire_cursor_);
  context_.observer.OnSwap(id_, other.id_);
}

KeyWriter::KeyWriter(Keyspace& keyspace, std::string_view key)
    : keyspace_(keyspace),
      key_(key),
      hash_(keyspace.HashOf(key)),
      // What is expired goes even during a pause: what is written takes its place.
      slot_(keyspace.FindLive(key, hash_, false)) {
  if (slot_) {
    entry_ = slot_.element();
    keyspace_.TouchIfWanted(entry_);
  }
  keyspace_.writing_ = true;
}

KeyWriter::~KeyWriter() {
  keyspace_.writing_ = false;
  Announce();
}

void KeyWriter::Announce() {
  for (const KeyEvent*& event : events_) {
    if (event == nullptr) continue;
    keyspace_.context_.observer.OnKeyEvent(keyspace_.id(), key_, *std::exchange(event, nullptr),
                                           std::exchange(changes_, 0));
  }
}

Entry* KeyWriter::Put(Entry* fresh) {
  // The constructor has touched what was there before.
  const KeyspaceContext& context = keyspace_.context_;
  fresh->set_access_clock(entry_ != nullptr ? entry_->access_clock()
                                            : context.access.Fresh(context.clock));
  if (slot_) {
    Entry::FreeBlock(entry_);
    slot_.Replace(fresh);
  } else {
    slot_ = keyspace_.table_.Insert(fresh, hash_, fresh->has_expire());
    if (context.tell_new) context.observer.OnNewKey(keyspace_.id(), key_);
  }
  return entry_ = fresh;
}

// Puts a new entry of `shape` in the place of the present one, if any.
void KeyWriter::MoveInto(const Entry::Shape& shape, int64_t expire_ms, bool keep_bytes) {
  Entry* fresh = Entry::Make(key_, shape);
  if (shape.has_expire) fresh->set_expire_ms(expire_ms);
  if (keep_bytes && entry_ != nullptr && entry_->is_inline()) {
    std::memcpy(fresh->inline_bytes(), entry_->inline_bytes(),
                std::min(fresh->inline_size(), entry_->inline_size()));
  }
  Put(fresh);
}

// Makes the entry one of `shape`, whose has_expire follows from what is and what NextExpire said.
Entry* KeyWriter::Reshape(Entry::Shape shape, bool keep_bytes) {
  const bool had_expire = entry_ != nullptr && entry_->has_expire();
  const int64_t expire_ms =
      next_expire_ms_ ? *next_expire_ms_ : (had_expire ? entry_->expire_ms() : 0);
  shape.has_expire = next_expire_ms_ ? expire_ms != 0 : had_expire;
  if (entry_ == nullptr || !entry_->ReshapeInPlace(shape)) MoveInto(shape, expire_ms, keep_bytes);
  if (next_expire_ms_) {
    next_expire_ms_.reset();
    if (had_expire != shape.has_expire) {
      slot_.set_marked(shape.has_expire);
      keyspace_.expires_ += shape.has_expire ? 1 : -1;
    }
    if (shape.has_expire) SetExpire(expire_ms);
  }
  return entry_;
}

void KeyWriter::DisposeOldValue() {
  if (entry_ == nullptr) return;
  keyspace_.context_.disposer.DisposeValue(*entry_, DisposeCause::kServerDel);
}

Entry* KeyWriter::MakeInline(Type type, Encoding encoding, size_t inline_size, bool keep_bytes) {
  // Counters, above all, are most often written over by what has their shape: 3 % of an INCR.
  if (entry_ != nullptr && entry_->is_inline() && entry_->encoding() == encoding &&
      entry_->type() == type && entry_->inline_size() == inline_size && !next_expire_ms_) {
    return entry_;
  }
  DisposeOldValue();
  return Reshape({.type = type, .encoding = encoding, .inline_size = inline_size}, keep_bytes);
}

Entry* KeyWriter::MakePointer(Type type, Encoding encoding, Value* value) {
  DisposeOldValue();
  Entry* entry = Reshape({.type = type, .encoding = encoding, .inline_value = false}, false);
  entry->set_value(value);
  return entry;
}

// Makes the entry like `source`: with the same inline bytes, or else with `value`, whose reference
// it takes over.
void KeyWriter::Become(const Entry& source, Value* value, uint32_t access_clock) {
  Overwrite();
  Entry* fresh = Entry::Make(key_, source.shape());
  if (source.is_inline()) {
    std::memcpy(fresh->inline_bytes(), source.inline_bytes(), source.inline_size());
  } else {
    fresh->set_value(value);
  }
  if (source.has_expire()) fresh->set_expire_ms(source.expire_ms());
  const bool replaces = entry_ != nullptr;
  if (replaces) {
    if (entry_->has_expire()) --keyspace_.expires_;
    DisposeOldValue();
  }
  Put(fresh);
  fresh->set_access_clock(access_clock);  // and not the old one's, which Put keeps
  // To who hears of new keys, the old one has gone first.
  const KeyspaceContext& context = keyspace_.context_;
  if (replaces && context.tell_new) context.observer.OnNewKey(keyspace_.id(), key_);
  slot_.set_marked(fresh->has_expire());
  if (!fresh->has_expire()) return;
  ++keyspace_.expires_;
  keyspace_.table_.LowerHint(slot_, EntryPolicy::ExpireHint(fresh->expire_ms()));
}

void KeyWriter::Overwrite() {
  if (entry_ == nullptr || !keyspace_.Trashes(TrashEvent::kOverwrite)) return;
  const KeyspaceContext& context = keyspace_.context_;
  context.trash->PutCopy(*entry_, hash_, keyspace_.id(), TrashEvent::kOverwrite, context.actor);
}

void KeyWriter::TakeOver(Entry* entry) {
  const KeyspaceContext& context = keyspace_.context_;
  Become(*entry, entry->is_inline() ? nullptr : entry->value(),
         context.access.Moved(entry->access_clock(), context.clock));
  Entry::FreeBlock(entry);
}

bool KeyWriter::CopyFrom(const Entry& source) {
  Value* value = nullptr;
  if (!source.is_inline()) {
    value = OpsOf(source.type()).copy(source);
    if (value == nullptr) return false;
  }
  const KeyspaceContext& context = keyspace_.context_;
  Become(source, value, context.access.Fresh(context.clock));
  return true;
}

void KeyWriter::SetLayout(bool has_expire) {
  Entry::Shape shape = entry_->shape();
  if (shape.has_expire == has_expire) return;
  shape.has_expire = has_expire;
  Value* value = entry_->is_inline() ? nullptr : entry_->value();
  Entry* fresh = Entry::Make(key_, shape);
  if (value != nullptr) {
    fresh->set_value(value);
  } else {
    std::memcpy(fresh->inline_bytes(), entry_->inline_bytes(), shape.inline_size);
  }
  Put(fresh);
  slot_.set_marked(has_expire);
  keyspace_.expires_ += has_expire ? 1 : -1;
}

void KeyWriter::SetExpire(int64_t unix_ms) {
  SetLayout(true);
  entry_->set_expire_ms(unix_ms);
  keyspace_.table_.LowerHint(slot_, EntryPolicy::ExpireHint(unix_ms));
}

void KeyWriter::ClearExpire() {
  SetLayout(false);
}

void KeyWriter::Remove(const KeyEvent& event, DisposeCause cause) {
  Announce();
  keyspace_.RemoveSlot(slot_, hash_, event, std::exchange(changes_, 0), cause);
  slot_ = Keyspace::Table::Slot();
  entry_ = nullptr;
}

void KeyWriter::Changed(const KeyEvent& event, uint64_t changes) {
  assert(events_[1] == nullptr);
  const bool told = changes_ == 0;  // with an event before
  if (events_[0] == nullptr && !told) changes_ = changes;
  events_[events_[0] != nullptr ? 1 : 0] = &event;
}

}  // namespace ebb

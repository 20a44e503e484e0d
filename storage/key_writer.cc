// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "storage/key_writer.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <utility>

#include "storage/hash.h"
#include "storage/trash.h"
#include "storage/type_ops.h"
#include "storage/types/string.h"

namespace ebb {

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
#ifndef NDEBUG
  before_ = LookAtKey();
#endif
}

KeyWriter::~KeyWriter() {
  assert(!LeftUntold() && "a command changed a key and told no event: writer.Changed() is missing");
  keyspace_.writing_ = false;
  Announce();
}

#ifndef NDEBUG
KeyWriter::Look KeyWriter::LookAtKey() const {
  if (entry_ == nullptr) return {};
  return {.exists = true,
          .expire_ms = entry_->has_expire() ? entry_->expire_ms() : 0,
          // An integer may have become its digits.
          .inline_hash = entry_->is_inline() ? HashBytes(StringView(*entry_)) : 0};
}

bool KeyWriter::LeftUntold() const {
  return !told_ && keyspace_.context_.observer.relies_on_events() && LookAtKey() != before_;
}
#endif

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
#ifndef NDEBUG
  told_ = true;
#endif
  Announce();
  keyspace_.RemoveSlot(slot_, hash_, event, std::exchange(changes_, 0), cause);
  slot_ = Keyspace::Table::Slot();
  entry_ = nullptr;
}

void KeyWriter::Changed(const KeyEvent& event, uint64_t changes) {
#ifndef NDEBUG
  told_ = true;
#endif
  assert(events_[1] == nullptr);
  const bool told = changes_ == 0;  // with an event before
  if (events_[0] == nullptr && !told) changes_ = changes;
  events_[events_[0] != nullptr ? 1 : 0] = &event;
}

}  // namespace ebb

// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "storage/trash.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <functional>
#include <iterator>
#include <limits>
#include <new>
#include <utility>

#include "storage/entry_bytes.h"
#include "storage/hash.h"
#include "storage/memory/allocator.h"
#include "storage/memory/heap_bytes.h"
#include "storage/prefetch.h"
#include "storage/type_ops.h"

namespace ebb {
namespace {

// The effort (Disposer::EffortOf) that a step of the sweep takes; that one removal takes to make
// room for itself; and the most that goes at once where an earlier one was big, or the memory is
// wanted. To end a version takes 1 for most, and up to twice Disposer::kInlineEffort.
constexpr size_t kSweepEffort = 512;
constexpr size_t kRoomEffort = 16;
constexpr size_t kMostEffort = 2048;

// Versions of a dead log that are freed in one slice.
constexpr size_t kSliceVersions = 256;

// Versions whose memory is fetched ahead, before the first of them ends.
constexpr size_t kRun = 32;

// Elements of which a collection's memory is estimated.
constexpr size_t kSamples = 5;

// The effort of a step of the count of a flush's bytes: 1 for an entry or for a look at a bucket,
// and so many for a value outside of its entry, at whose tree samples may have to be taken.
constexpr size_t kCountEffort = 256;
constexpr size_t kValueEffort = 8;

// What a flush takes beside its tables, at the most but for hundreds of databases.
constexpr size_t kFlushOverhead = size_t{8} << 10;

size_t RecordBytes(const Entry& entry) {
  return BytesOf(entry, kSamples) + sizeof(TrashedKey);
}

size_t BytesOf(const Remover& remover) {
  return memory::HeapBytes(remover.address) + memory::HeapBytes(remover.name) +
         memory::HeapBytes(remover.command);
}

size_t BytesOf(const TrashedFlush& flush) {
  size_t sum =
      sizeof(flush) + flush.parts.capacity() * sizeof(TrashedFlush::Part) + BytesOf(flush.remover);
  for (const TrashedFlush::Part& part : flush.parts) sum += part.bytes;
  return sum;
}

uint64_t IndexHash(uint64_t key_hash, int db) {
  return key_hash ^ static_cast<uint64_t>(db) * 0x9e3779b97f4a7c15;
}

}  // namespace

size_t TrashedFlush::keys() const {
  size_t sum = 0;
  for (const Part& part : parts) sum += part.table.size();
  return sum;
}

// ------------------------------------------------------------------------------------ left behind

namespace {

// Frees a part of a flush, which has a table at least. Answers whether there is more of it.
Garbage::Slice FreeTables(TrashedFlush* flush, TableFreer* freer) {
  Garbage::Slice slice = freer->FreeSlice(&flush->parts.back().table);
  if (!slice.more) flush->parts.pop_back();
  slice.more = !flush->parts.empty();
  return slice;
}

struct DeadFlush {
  TrashedFlush flush;
  TableFreer freer;
};

Garbage::Slice FreeFlush(void* what, uint32_t) {
  auto* dead = static_cast<DeadFlush*>(what);
  const Garbage::Slice slice = FreeTables(&dead->flush, &dead->freer);
  if (!slice.more) delete dead;
  return slice;
}

}  // namespace

// What a trash has left behind.
struct Trash::Dead {
  TrashLog log;
  Flushes flushes;
  TableFreer freer;
  bool in_oldest = false;  // a part of the oldest record's value is gone

  static Garbage::Slice FreeSome(void* what, uint32_t);
  size_t FreeRecords();
  bool FreePart(Entry* entry);
};

// A part of an entry with a value that takes long; whether that was the last one.
bool Trash::Dead::FreePart(Entry* entry) {
  in_oldest = OpsOf(entry->type()).free_slice(entry->value(), entry->encoding()).more;
  if (!in_oldest) Entry::FreeBlock(entry);
  return !in_oldest;
}

// Some of the oldest records, or a part of a large one; answers how many have gone.
size_t Trash::Dead::FreeRecords() {
  size_t freed = 0;
  for (bool large = false; !large && !log.empty() && freed < kSliceVersions; ++freed) {
    TrashedKey* record = log.oldest();
    large = in_oldest || Disposer::TakesLong(*record->entry);
    if (!large) {
      Disposer::Free(record->entry);
    } else if (!FreePart(record->entry)) {
      return freed;
    }
    SharedRemover* by = record->shared_remover();
    if (by != nullptr && --by->users == 0) delete by;
    log.Remove(record);
  }
  return freed;
}

Garbage::Slice Trash::Dead::FreeSome(void* what, uint32_t) {
  auto* dead = static_cast<Dead*>(what);
  Garbage::Slice slice;
  if (dead->flushes.empty()) {
    slice.parts = dead->FreeRecords();
  } else {
    slice = FreeTables(&dead->flushes.front(), &dead->freer);
    if (!slice.more) dead->flushes.pop_front();
  }
  slice.more = !dead->flushes.empty() || !dead->log.empty();
  if (!slice.more) delete dead;
  return slice;
}

Trash::~Trash() {
  PurgeAll();
}

void Trash::SetLimits(const TrashLimits& limits) {
  limits_ = limits;
  if (limits_.ttl_ms == 0) PurgeAll();
}

// -------------------------------------------------------------------------------------- coming in

// Whether something that takes so much may come in: also while the limit is passed, when what goes
// at once makes room for it.
bool Trash::Admits(size_t wanted) {
  if (limits_.ttl_ms == 0 || wanted > limits_.max_bytes) return false;
  const size_t before = bytes();
  return MakeRoom(kMostEffort) || before - bytes() >= wanted;
}

bool Trash::Put(Entry* entry, uint64_t hash, int db, TrashEvent event, const Actor* actor) {
  const size_t bytes = RecordBytes(*entry);
  if (!Admits(bytes)) return false;
  Add(entry, hash, db, event, RemoverOf(actor), bytes);
  MakeRoom(kRoomEffort);
  return true;
}

void Trash::PutCopy(const Entry& entry, uint64_t hash, int db, TrashEvent event,
                    const Actor* actor) {
  Entry* copy = Entry::Make(entry.key(), entry.shape());
  std::memcpy(static_cast<void*>(copy), static_cast<const void*>(&entry), entry.block_size());
  if (!copy->is_inline()) Retain(copy->value());
  if (!Put(copy, hash, db, event, actor)) disposer_.Dispose(copy, DisposeCause::kServerDel);
}

void Trash::Add(Entry* entry, uint64_t hash, int db, TrashEvent event, SharedRemover* by,
                size_t bytes) {
  constexpr size_t kMaxUnits = std::numeric_limits<uint32_t>::max();
  TrashedKey* record = log_.Append(IndexHash(hash, db));
  record->entry = entry;
  record->SetBy(by);
  record->db = db;
  record->units = static_cast<uint32_t>(
      std::min((bytes + TrashedKey::kUnit - 1) / TrashedKey::kUnit, kMaxUnits));
  record->Stamp(clock_.steady_ms, event);
  if (by != nullptr) ++by->users;
  bytes_ += record->bytes() - sizeof(TrashedKey);
}

// The remover as several records share it. The last one is kept, for who comes next.
SharedRemover* Trash::Share(Remover remover) {
  if (last_remover_ != nullptr) Release(last_remover_);
  const size_t bytes = memory::GoodSize(sizeof(SharedRemover)) + BytesOf(remover);
  last_remover_ = new SharedRemover{std::move(remover), 1, bytes};
  bytes_ += bytes;
  return last_remover_;
}

SharedRemover* Trash::RemoverOf(const Actor* actor) {
  if (actor == nullptr) return nullptr;
  if (last_remover_ != nullptr && actor->Is(last_remover_->remover)) return last_remover_;
  return Share(actor->Describe());
}

void Trash::Release(SharedRemover* by) {
  if (by == nullptr || --by->users > 0) return;
  bytes_ -= by->bytes;
  delete by;
}

bool Trash::BeginFlush(const Actor* actor, size_t bytes, bool estimated) {
  // It must fit beside the log, so that it does not go by itself.
  const size_t beside = log_.memory() + kFlushOverhead;
  const size_t room = RoomTarget() - std::min(RoomTarget(), beside);
  flush_admitted_ = estimated ? limits_.ttl_ms > 0 : bytes <= room && Admits(bytes);
  flush_estimated_ = estimated;
  // For a guess nothing else goes.
  flush_room_ = RoomTarget() - std::min(RoomTarget(), this->bytes() + kFlushOverhead);
  flush_remover_ = actor != nullptr ? actor->Describe() : Remover();
  flush_begun_ = true;
  return flush_admitted_;
}

bool Trash::PutTable(Keyspace::Table&& table, int db, size_t expires, size_t bytes) {
  if (!flush_admitted_) return false;
  if (flush_begun_ || flushes_.empty()) {
    flush_begun_ = false;
    flushes_.push_back({.id = log_.SkipVersion(),
                        .removed_ms = clock_.steady_ms,
                        .remover = flush_remover_,
                        .parts = {},
                        .to_count = flush_estimated_,
                        .most = flush_room_});
  }
  TrashedFlush& flush = flushes_.back();
  const size_t keys = table.size();
  flush.parts.push_back({db, std::move(table), keys, expires, bytes});
  flushed_keys_ += keys;
  // BeginFlush has made room; to make more here might end parts of the same flush.
  Weigh(&flush);
  return true;
}

// The flush counts with what its parts come to now.
void Trash::Weigh(TrashedFlush* flush) {
  bytes_ -= flush->bytes;
  flush->bytes = BytesOf(*flush);
  if (flush->to_count) flush->bytes = std::min(flush->bytes, flush->most);
  bytes_ += flush->bytes;
}

void Trash::PutBack(Entry* entry, int db, const TrashedFlush& from) {
  const size_t bytes = RecordBytes(*entry);
  if (!Admits(bytes)) return disposer_.Dispose(entry, DisposeCause::kAsync);
  const Remover& remover = from.remover;
  const bool same = last_remover_ != nullptr && last_remover_->remover == remover;
  SharedRemover* by = remover.client_id == 0 ? nullptr : same ? last_remover_ : Share(remover);
  Add(entry, HashBytes(entry->key()), db, TrashEvent::kFlush, by, bytes);
  MakeRoom(kRoomEffort);
}

// --------------------------------------------------------------------------------------- counting

Trash::CountResult Trash::CountStep() {
  const auto flush = FlushFrom(count_.flush_id);
  if (flush == flushes_.end()) return {};
  if (flush->id != count_.flush_id) count_ = {.flush_id = flush->id};
  CountResult result{.more = true};
  if (flush->to_count) {
    CountSome(&*flush);
    size_t counted = 0;
    for (const TrashedFlush::Part& part : flush->parts) counted += part.counted;
    if (counted + kFlushOverhead > limits_.max_bytes) {
      result.too_big = counted;
    } else if (count_.part < flush->parts.size()) {
      return result;
    }
  }
  count_ = {.flush_id = flush->id + 1};
  result.too_big > 0 ? EndTooBig(flush) : NoteCounted(&*flush);
  return result;
}

// The sweep would end all that is older first.
void Trash::EndTooBig(Flushes::iterator flush) {
  for (TrashedFlush::Part& part : flush->parts) part.bytes = std::max(part.bytes, part.counted);
  EndFlush(&counters_.purged_memory, flush);
}

void Trash::NoteCounted(TrashedFlush* flush) {
  if (!std::exchange(flush->to_count, false)) return;
  for (TrashedFlush::Part& part : flush->parts) part.bytes = part.counted;
  Weigh(flush);
}

// Nobody inserts into a flushed table or erases from it, so none of its chunks is split, merged or
// built anew, and the walk comes by each entry once. What the defragger moves stays in its place of
// the table.
void Trash::CountSome(TrashedFlush* flush) {
  size_t spent = 0;
  while (count_.part < flush->parts.size() && spent < kCountEffort) {
    TrashedFlush::Part& part = flush->parts[count_.part];
    if (count_.cursor == 0) part.counted = part.table.memory();
    count_.cursor = part.table.Scan(count_.cursor, [&](const Entry* entry) {
      part.counted += BytesOf(*entry, kSamples);
      spent += entry->is_inline() ? 1 : kValueEffort;
    });
    ++spent;
    if (count_.cursor == 0) ++count_.part;
  }
}

// ---------------------------------------------------------------------------------------- looking

// The newest version of a key up to `last`, if it is above that one.
TrashedKey* Trash::FindNewest(int db, std::string_view key, uint64_t last, uint64_t above) {
  return log_.FindNewest(IndexHash(HashBytes(key), db), last, above, [&](const TrashedKey& record) {
    return record.db == db && record.entry->key() == key;
  });
}

TrashedKey* Trash::Find(int db, std::string_view key, uint64_t version) {
  TrashedKey* record = nullptr;
  if (version == 0) {
    record = FindNewest(db, key, log_.last_version(), 0);
  } else {
    record = log_.Find(version);
    if (record != nullptr && (record->db != db || record->entry->key() != key)) return nullptr;
  }
  return record == nullptr || Due(record->removed_ms()) ? nullptr : record;
}

TrashedKey* Trash::Older(const TrashedKey& record) {
  const std::string_view key = record.entry->key();
  TrashedKey* const older = log_.FindOlder(
      record, IndexHash(HashBytes(key), record.db),
      [&](const TrashedKey& other) { return other.db == record.db && other.entry->key() == key; });
  return older == nullptr || Due(older->removed_ms()) ? nullptr : older;
}

// As if `last`, the newest version that there is, and all older ones were the only ones.
Trash::ScanPlace::ScanPlace(uint64_t cursor, uint64_t last) : start(last), next(last) {
  if (cursor == 0) return;
  const uint32_t since_start = static_cast<uint32_t>(last) - static_cast<uint32_t>(cursor >> 32);
  start -= std::min<uint64_t>(since_start, start);
  const uint32_t passed = static_cast<uint32_t>(start) - static_cast<uint32_t>(cursor);
  next = start - std::min<uint64_t>(passed, start);
}

uint64_t Trash::ScanPlace::cursor() const {
  return start << 32 | static_cast<uint32_t>(next);
}

// The flush of that number, or else the next one.
Trash::Flushes::iterator Trash::FlushFrom(uint64_t id) {
  return std::ranges::lower_bound(flushes_, id, std::less(), &TrashedFlush::id);
}

TrashedFlush* Trash::FindFlush(uint64_t id) {
  if (flushes_.empty()) return nullptr;
  const auto found = id == 0 ? std::prev(flushes_.end()) : FlushFrom(id);
  if (found == flushes_.end() || (id != 0 && found->id != id)) return nullptr;
  return Live(*found) ? &*found : nullptr;
}

// -------------------------------------------------------------------------------------- going out

// Takes the record out of the log; its entry is the caller's.
void Trash::Unlink(TrashedKey* record) {
  bytes_ -= record->bytes() - sizeof(TrashedKey);
  Release(record->shared_remover());
  log_.Remove(record);
  if (log_.empty()) Release(std::exchange(last_remover_, nullptr));
}

// Answers what effort it was.
size_t Trash::End(TrashedKey* record, uint64_t* counter) {
  Entry* entry = record->entry;
  Unlink(record);
  const size_t effort = disposer_.EffortOf(*entry, DisposeCause::kAsync);
  disposer_.Dispose(entry, DisposeCause::kAsync);
  ++*counter;
  return effort;
}

Entry* Trash::Take(TrashedKey* record) {
  Entry* entry = record->entry;
  Unlink(record);
  return entry;
}

void Trash::Purge(TrashedKey* record) {
  End(record, &counters_.purged_asked);
}

TrashedFlush Trash::TakeFlush(uint64_t id) {
  const auto found = FlushFrom(id);
  assert(found != flushes_.end() && found->id == id);
  TrashedFlush flush = std::move(*found);
  flushes_.erase(found);
  Forget(flush);
  return flush;
}

// The flush counts no more. As it came: its own strings may have other sizes by now.
void Trash::Forget(const TrashedFlush& flush) {
  bytes_ -= flush.bytes;
  flushed_keys_ -= flush.keys();
}

void Trash::PurgeFlush(uint64_t id) {
  const auto found = FlushFrom(id);
  assert(found != flushes_.end() && found->id == id);
  EndFlush(&counters_.purged_asked, found);
}

// Answers what effort it was: none of what it holds is freed here, be it ever so little.
size_t Trash::EndFlush(uint64_t* counter, Flushes::iterator flush) {
  const size_t keys = flush->keys();
  const size_t effort = 1 + flush->parts.size();
  const size_t bytes = BytesOf(*flush);
  *counter += keys;
  Forget(*flush);
  HandOver(
      Garbage(new DeadFlush{std::move(*flush), TableFreer(keys)}, 0, FreeFlush, keys, bytes, keys));
  flushes_.erase(flush);
  return effort;
}

void Trash::PurgeAll() {
  const size_t keys = log_.size() + flushed_keys_;
  counters_.purged_asked += keys;
  // Who removed what goes with the records, but for the one that is kept for the next.
  Release(std::exchange(last_remover_, nullptr));
  if (empty()) return;
  const size_t total = bytes();
  auto* dead = new Dead{std::move(log_), std::exchange(flushes_, {}), TableFreer(flushed_keys_)};
  bytes_ = flushed_keys_ = 0;
  HandOver(Garbage(dead, 0, Dead::FreeSome, keys, total, keys));
}

// Where there is no thread for it, it is freed here, with the object.
void Trash::HandOver(Garbage garbage) {
  if (disposer_.lazy(DisposeCause::kAsync)) disposer_.DisposeLater(std::move(garbage));
}

// REQUIRES: the trash is not empty.
bool Trash::OldestIsFlush() {
  if (flushes_.empty()) return false;
  return log_.empty() || flushes_.front().id < log_.oldest()->version();
}

// Ends the oldest version, or flush; answers what effort it was.
size_t Trash::EndOldest(uint64_t* counter) {
  return OldestIsFlush() ? EndFlush(counter, flushes_.begin()) : End(log_.oldest(), counter);
}

// Has what it takes to end the oldest versions fetched into the cache.
void Trash::FetchOldest(size_t versions) {
  log_.ForOldest(versions, [](TrashedKey& record) { Prefetch(record.entry); });
}

// Ends the oldest versions and flushes until that was so much effort, as long as
// `counter_of(int64_t removed_ms)` answers a counter and not null. Answers whether it never did.
template <typename CounterOf>
bool Trash::EndRun(size_t effort, CounterOf&& counter_of) {
  size_t spent = 0;
  for (size_t i = 0; spent < effort; ++i) {
    if (empty()) return false;
    const int64_t removed_ms =
        OldestIsFlush() ? flushes_.front().removed_ms : log_.oldest()->removed_ms();
    uint64_t* counter = counter_of(removed_ms);
    if (counter == nullptr) return false;
    if (i % kRun == 0) FetchOldest(std::min(effort - spent, kRun));
    spent += EndOldest(counter);
  }
  return true;
}

// When the limit is passed, ends some of the oldest, with so much effort, and a little more than it
// has to: several at once are ended faster than each by itself. Answers whether the limit is kept.
bool Trash::MakeRoom(size_t effort) {
  const auto wanted = [this] { return bytes() + log_.growth(); };
  if (wanted() <= limits_.max_bytes) [[likely]] {
    return true;
  }
  EndRun(effort,
         [&](int64_t) { return wanted() > RoomTarget() ? &counters_.purged_memory : nullptr; });
  return wanted() <= limits_.max_bytes;
}

bool Trash::SweepStep() {
  return EndRun(kSweepEffort, [this](int64_t removed_ms) -> uint64_t* {
    if (Due(removed_ms)) return &counters_.purged_expired;
    return bytes() > limits_.max_bytes ? &counters_.purged_memory : nullptr;
  });
}

size_t Trash::YieldStep(size_t wanted) {
  const size_t before = bytes();
  EndRun(kMostEffort,
         [&](int64_t) { return before - bytes() < wanted ? &counters_.purged_memory : nullptr; });
  return before - bytes();
}

}  // namespace ebb

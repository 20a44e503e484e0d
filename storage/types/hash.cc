// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "storage/types/hash.h"

#include <algorithm>
#include <array>
#include <utility>

#include "storage/digest.h"
#include "storage/element_walk.h"
#include "storage/memory/allocator.h"
#include "storage/random.h"
#include "storage/types/sampling.h"

namespace ebb {
namespace {

using Pairs = std::span<const std::string_view>;

size_t BlockBytes(const HashField& field) {
  return memory::GoodSize(field.block_size());
}

// ----------------------------------------------------------------------------------------- writing

// Adds a field that is not there yet.
void Add(HashValue& hash, std::string_view field, std::string_view value) {
  HashField* const element = HashField::Make(field, value);
  hash.bytes += BlockBytes(*element);
  hash.elements.Insert(element, HashBytes(field));
}

// Sets a field of a hashtable; answers whether it is new.
bool SetInTable(KeyWriter& writer, std::string_view field, std::string_view value) {
  HashValue& hash = HashValue::Of(*writer.entry());
  const auto found = hash.elements.FindOrInsert(field, writer.HashOf(field), [&] {
    HashField* const element = HashField::Make(field, value);
    hash.bytes += BlockBytes(*element);
    return element;
  });
  if (found.inserted) return true;
  HashField* const old = found.slot.element();
  if (old->Rewrite(value)) return false;
  HashField* const fresh = HashField::Make(field, value);
  hash.bytes += BlockBytes(*fresh) - BlockBytes(*old);
  auto slot = found.slot;
  slot.Replace(fresh);
  writer.keyspace().disposer().DisposeElement(old, DisposeCause::kServerDel);
  return false;
}

// Makes the key, a listpack or nothing, a hashtable.
void ConvertToTable(KeyWriter& writer) {
  HashValue* const hash = HashValue::Make();
  if (writer.exists()) {
    ForEachField(*writer.entry(), [hash](const HashPair& pair) {
      HashText::Digits field, value;
      Add(*hash, pair.field.View(field), pair.value.View(value));
    });
  }
  writer.MakePointer(Type::kHash, Encoding::kHashtable, hash);
}

// Whether a listpack, present or to be, may take these for all that can be told without a look at
// what is in it.
bool FitListpack(const KeyWriter& writer, Pairs pairs) {
  const EncodingLimits& limits = writer.keyspace().limits();
  size_t bytes = writer.exists() ? StoredBytes(*writer.entry()).size() : 0;
  for (const std::string_view text : pairs) {
    if (text.size() > limits.hash_max_listpack_value) return false;
    bytes += text.size();
  }
  return bytes <= limits.max_listpack_bytes;
}

// Offset of a field in a hash's listpack; the end when it is not there.
size_t Locate(const Listpack& list, std::string_view field) {
  return list.Find(ListpackNeedle(field), list.Begin(), 2);
}

// Gives a field of a listpack another value; false when there is no such field.
bool ReplaceValue(KeyWriter& writer, std::string_view field, std::string_view value) {
  if (!writer.exists()) return false;
  const Listpack list(StoredBytes(*writer.entry()));
  const size_t at = Locate(list, field);
  if (at == list.End()) return false;
  ReplacePacked(writer, list.Next(at), value);
  return true;
}

// So many texts, fields and values, come to a listpack at once.
constexpr size_t kBatch = 32;

// Sets up to kBatch / 2 fields of a listpack; answers how many are new. Those that are come to its
// end together.
size_t SetBatch(KeyWriter& writer, Pairs pairs) {
  std::array<std::string_view, kBatch> added;
  size_t count = 0;
  for (size_t i = 0; i < pairs.size(); i += 2) {
    if (ReplaceValue(writer, pairs[i], pairs[i + 1])) continue;
    size_t at = 0;
    while (at < count && added[at] != pairs[i]) at += 2;
    if (at == count) count += 2;
    added[at] = pairs[i];
    added[at + 1] = pairs[i + 1];
  }
  if (count > 0) {
    const size_t end = writer.exists() ? StoredBytes(*writer.entry()).size() : 0;
    InsertPacked(writer, Type::kHash, end, std::span(added).first(count));
  }
  return count / 2;
}

}  // namespace

size_t SetFields(KeyWriter& writer, Pairs pairs) {
  size_t created = 0;
  bool table = writer.exists() && IsTable(*writer.entry());
  if (!table && !FitListpack(writer, pairs)) {
    ConvertToTable(writer);
    table = true;
  }
  while (!table && !pairs.empty()) {
    const Pairs batch = pairs.first(std::min(pairs.size(), kBatch));
    created += SetBatch(writer, batch);
    pairs = pairs.subspan(batch.size());
    const auto size = static_cast<int64_t>(HashSize(*writer.entry()));
    if (size <= writer.keyspace().limits().hash_max_listpack_entries) continue;
    ConvertToTable(writer);
    table = true;
  }
  ElementWalk walk(writer, pairs, {.step = 2});
  for (; walk.More(); walk.Next()) {
    created += SetInTable(writer, walk.text(), pairs[walk.index() + 1]);
  }
  return created;
}

bool EraseField(KeyWriter& writer, std::string_view field) {
  const Entry& entry = *writer.entry();
  if (!IsTable(entry)) {
    const Listpack list(StoredBytes(entry));
    const size_t at = Locate(list, field);
    if (at == list.End()) return false;
    ErasePacked(writer, at, 2);
    return true;
  }
  HashValue& hash = HashValue::Of(entry);
  const auto slot = hash.elements.Find(field, writer.HashOf(field));
  if (!slot) return false;
  HashField* const old = hash.elements.Erase(slot);
  hash.bytes -= BlockBytes(*old);
  writer.keyspace().disposer().DisposeElement(old, DisposeCause::kUserDel);
  return true;
}

// ----------------------------------------------------------------------------------------- reading

size_t HashSize(const Entry& entry) {
  return IsTable(entry) ? HashValue::Of(entry).elements.size()
                        : Listpack(StoredBytes(entry)).Count() / 2;
}

std::optional<HashText> FindField(const Entry& entry, std::string_view field,
                                  const KnownHash& known) {
  if (IsTable(entry)) {
    const auto slot = HashValue::Of(entry).elements.Find(field, known.Of(field));
    if (!slot) return std::nullopt;
    return HashText(slot.element()->value());
  }
  const Listpack list(StoredBytes(entry));
  const size_t at = Locate(list, field);
  if (at == list.End()) return std::nullopt;
  return list.Get(list.Next(at));
}

HashPair RandomField(const Entry& entry) {
  if (IsTable(entry)) return PairOf(*DrawAhead(HashValue::Of(entry).elements).element());
  const Listpack list(StoredBytes(entry));
  const size_t at = list.Seek(static_cast<int64_t>(2 * ThreadRandom().Below(list.Count() / 2)));
  return {list.Get(at), list.Get(list.Next(at))};
}

namespace {

std::vector<HashPair> AllFields(const Entry& entry) {
  std::vector<HashPair> all;
  all.reserve(HashSize(entry));
  ForEachField(entry, [&](const HashPair& pair) { all.push_back(pair); });
  return all;
}

}  // namespace

std::vector<HashPair> DrawFields(const Entry& entry, size_t count) {
  std::vector<HashPair> drawn;
  drawn.reserve(count);
  if (IsTable(entry)) {
    while (drawn.size() < count) drawn.push_back(RandomField(entry));
    return drawn;
  }
  const std::vector<HashPair> all = AllFields(entry);
  while (drawn.size() < count) drawn.push_back(all[ThreadRandom().Below(all.size())]);
  return drawn;
}

std::vector<HashPair> SampleFields(const Entry& entry, size_t count) {
  std::vector<HashPair> sample;
  // Where many of all are wanted, most draws would be repetitions.
  if (!IsTable(entry) || count > HashSize(entry) / 3) {
    sample = AllFields(entry);
    TakeRandom(&sample, count);
    return sample;
  }
  DrawDistinct(HashValue::Of(entry).elements, count,
               [&](const HashField& field) { sample.push_back(PairOf(field)); });
  return sample;
}

// ------------------------------------------------------------------------------------- TypeOps

namespace {

std::string_view EncodingName(const Entry& entry) {
  return IsTable(entry) ? "hashtable" : "listpack";
}

Value* Copy(const Entry& entry) {
  if (!IsTable(entry)) return CopyStored(entry);
  HashValue* const copy = HashValue::Make();
  HashValue::Of(entry).elements.ForEach(
      [copy](const HashField* field) { Add(*copy, field->field(), field->value()); });
  return copy;
}

void DigestHash(const Entry& entry, Digest& digest) {
  ForEachField(entry, [&digest](const HashPair& pair) {
    HashText::Digits field, value;
    Digest one;
    one.Mix(pair.field.View(field));
    one.Mix(pair.value.View(value));
    digest.Xor(one);
  });
}

}  // namespace

constexpr TypeOps kHashOps = TableOps<HashFieldPolicy>::With(
    {.name = "hash", .encoding_name = EncodingName, .copy = Copy, .digest = DigestHash});

}  // namespace ebb

// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "storage/types/set.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>

#include "storage/digest.h"
#include "storage/element_walk.h"
#include "storage/memory/allocator.h"
#include "storage/number.h"
#include "storage/random.h"
#include "storage/texts_ahead.h"
#include "storage/types/sampling.h"

namespace ebb {
namespace {

size_t BlockBytes(const SetMember& member) {
  return memory::GoodSize(member.block_size());
}

// ----------------------------------------------------------------------------------------- writing

// An element for the caller to enter into the table.
SetMember* NewMember(SetValue& set, std::string_view member) {
  SetMember* const element = SetMember::Make(member);
  set.bytes += BlockBytes(*element);
  return element;
}

// Adds a member that is not there yet.
void Add(SetValue& set, std::string_view member) {
  set.elements.Insert(NewMember(set, member), HashBytes(member));
}

// Adds a member to a table; answers whether it is new.
bool AddTo(SetValue& set, std::string_view member, uint64_t hash) {
  const auto make = [&] { return NewMember(set, member); };
  return set.elements.FindOrInsert(member, hash, make).inserted;
}

// Makes the key, whatever it is, a table with its members.
void ConvertToTable(KeyWriter& writer) {
  SetValue* const set = SetValue::Make();
  if (writer.exists()) {
    ForEachMember(*writer.entry(), [set](const SetText& member) {
      SetText::Digits digits;
      Add(*set, member.View(digits));
    });
  }
  writer.MakePointer(Type::kSet, Encoding::kHashtable, set);
}

// Whether a listpack of so many bytes may have `count` members, and one as long as this.
bool FitsListpack(const EncodingLimits& limits, size_t bytes, size_t count, size_t longest) {
  return bytes <= limits.max_listpack_bytes &&
         count <= static_cast<size_t>(limits.set_max_listpack_entries) &&
         longest <= limits.set_max_listpack_value;
}

// Makes an intset, to which `member` comes, what it has to be with it: a listpack or a table.
void LeaveIntset(KeyWriter& writer, std::string_view member) {
  const Intset set(StoredBytes(*writer.entry()));
  size_t longest = member.size();
  ListpackBuilder list;
  for (size_t i = 0; i < set.Count(); ++i) {
    SetText::Digits digits;
    longest = std::max(longest, SetText(set.At(i)).View(digits).size());
    list.Append(set.At(i));
  }
  const size_t size = list.size() + member.size();
  if (!FitsListpack(writer.keyspace().limits(), size, set.Count() + 1, longest)) {
    return ConvertToTable(writer);
  }
  AssignStored(writer, Type::kSet, Encoding::kListpack, list.Take());
}

// Adds an integer to an intset, or begins one; answers whether it is new.
bool AddInteger(KeyWriter& writer, int64_t value) {
  const std::string_view old = writer.exists() ? StoredBytes(*writer.entry()) : std::string_view();
  const Intset set(old);
  const Intset::Place place = set.Find(value);
  if (place.found) return false;
  const size_t width = std::max(set.width(), IntsetWidth(value));
  if (old.empty() || width != set.width()) {
    std::string wider(Intset::kHeadSize + width * (set.Count() + 1), '\0');
    WriteWider(set, width, wider.data());
    char* gap = wider.data() + Intset::kHeadSize + place.index * width;
    std::memmove(gap + width, gap, (set.Count() - place.index) * width);
    WriteIntsetAt(wider.data(), place.index, value);
    AssignStored(writer, Type::kSet, Encoding::kIntset, wider);
    return true;
  }
  char* bytes = SplicePacked(writer, Type::kSet, Encoding::kIntset,
                             Intset::kHeadSize + place.index * width, 0, width);
  WriteIntsetAt(bytes, place.index, value);
  return true;
}

bool AddToListpack(KeyWriter& writer, std::string_view member) {
  const std::string_view bytes =
      writer.exists() ? StoredBytes(*writer.entry()) : std::string_view();
  const Listpack list(bytes);
  if (list.Find(ListpackNeedle(member), list.Begin()) != list.End()) return false;
  const size_t size = bytes.size() + member.size();
  if (!FitsListpack(writer.keyspace().limits(), size, list.Count() + 1, member.size())) {
    ConvertToTable(writer);
    return AddTo(SetValue::Of(*writer.entry()), member, writer.HashOf(member));
  }
  const std::string_view values[] = {member};
  InsertPacked(writer, Type::kSet, bytes.size(), values);
  return true;
}

bool AddMember(KeyWriter& writer, std::string_view member) {
  const EncodingLimits& limits = writer.keyspace().limits();
  if (writer.exists() && IsTable(*writer.entry())) {
    return AddTo(SetValue::Of(*writer.entry()), member, writer.HashOf(member));
  }
  const bool fresh = !writer.exists();
  if (fresh || writer.entry()->encoding() == Encoding::kIntset) {
    const auto integer = ParseInteger(member);
    if (integer) {
      if (!AddInteger(writer, *integer)) return false;
      if (SetSize(*writer.entry()) > static_cast<size_t>(limits.set_max_intset_entries)) {
        ConvertToTable(writer);
      }
      return true;
    }
    if (!fresh) {
      LeaveIntset(writer, member);
      return AddMember(writer, member);
    }
  }
  return AddToListpack(writer, member);
}

// Offset of a member in a set's listpack; the end when it is not there.
size_t Locate(const Listpack& list, std::string_view member) {
  return list.Find(ListpackNeedle(member), list.Begin());
}

}  // namespace

size_t AddMembers(KeyWriter& writer, std::span<const std::string_view> members) {
  size_t added = 0;
  for (ElementWalk walk(writer, members); walk.More(); walk.Next()) {
    added += AddMember(writer, walk.text());
  }
  return added;
}

namespace {

void EraseFromIntset(KeyWriter& writer, size_t index) {
  const size_t width = Intset(StoredBytes(*writer.entry())).width();
  SplicePacked(writer, Type::kSet, Encoding::kIntset, Intset::kHeadSize + index * width, width, 0);
}

void EraseFromTable(KeyWriter& writer, Dict<SetMemberPolicy>::Slot slot) {
  SetValue& set = SetValue::Of(*writer.entry());
  SetMember* const old = set.elements.Erase(slot);
  set.bytes -= BlockBytes(*old);
  writer.keyspace().disposer().DisposeElement(old, DisposeCause::kUserDel);
}

}  // namespace

bool EraseMember(KeyWriter& writer, std::string_view member) {
  const Entry& entry = *writer.entry();
  if (IsTable(entry)) {
    const auto slot = SetValue::Of(entry).elements.Find(member, writer.HashOf(member));
    if (slot) EraseFromTable(writer, slot);
    return bool{slot};
  }
  const std::string_view bytes = StoredBytes(entry);
  if (entry.encoding() == Encoding::kListpack) {
    const size_t at = Locate(Listpack(bytes), member);
    if (at == bytes.size()) return false;
    ErasePacked(writer, at, 1);
    return true;
  }
  const auto integer = ParseInteger(member);
  const Intset::Place place = integer ? Intset(bytes).Find(*integer) : Intset::Place{0, false};
  if (place.found) EraseFromIntset(writer, place.index);
  return place.found;
}

void EraseDrawn(KeyWriter& writer, const DrawnMember& drawn) {
  if (drawn.slot) return EraseFromTable(writer, drawn.slot);
  const bool integers = writer.entry()->encoding() == Encoding::kIntset;
  integers ? EraseFromIntset(writer, drawn.at) : ErasePacked(writer, drawn.at, 1);
}

namespace {

// The bytes of an intset with these members, if they can make one within the limit.
std::optional<std::string> AsIntset(std::span<const std::string_view> members, int64_t limit) {
  if (members.size() > static_cast<size_t>(std::max<int64_t>(limit, 0))) return std::nullopt;
  std::vector<int64_t> integers;
  size_t width = 2;
  for (const std::string_view member : members) {
    const auto integer = ParseInteger(member);
    if (!integer) return std::nullopt;
    width = std::max(width, IntsetWidth(*integer));
    integers.push_back(*integer);
  }
  std::ranges::sort(integers);
  std::string bytes(Intset::kHeadSize + width * integers.size(), '\0');
  WriteWider(Intset({}), width, bytes.data());
  for (size_t i = 0; i < integers.size(); ++i) WriteIntsetAt(bytes.data(), i, integers[i]);
  return bytes;
}

// The bytes of a listpack with these members, if one within the limits may hold them.
std::optional<std::string> AsListpack(std::span<const std::string_view> members,
                                      const EncodingLimits& limits) {
  ListpackBuilder list;
  for (const std::string_view member : members) {
    const size_t size = list.size() + member.size();
    if (!FitsListpack(limits, size, members.size(), member.size())) return std::nullopt;
    list.Append(member);
  }
  return list.Take();
}

}  // namespace

void AssignSet(KeyWriter& writer, std::span<const std::string_view> members) {
  const EncodingLimits& limits = writer.keyspace().limits();
  if (const auto bytes = AsIntset(members, limits.set_max_intset_entries)) {
    return AssignStored(writer, Type::kSet, Encoding::kIntset, *bytes);
  }
  if (const auto bytes = AsListpack(members, limits)) {
    return AssignStored(writer, Type::kSet, Encoding::kListpack, *bytes);
  }
  SetValue* const set = SetValue::Make();
  ForEachText(members, [set](std::string_view member) { Add(*set, member); });
  writer.MakePointer(Type::kSet, Encoding::kHashtable, set);
}

// ----------------------------------------------------------------------------------------- reading

size_t SetSize(const Entry& entry) {
  if (IsTable(entry)) return SetValue::Of(entry).elements.size();
  const std::string_view bytes = StoredBytes(entry);
  return entry.encoding() == Encoding::kIntset ? Intset(bytes).Count() : Listpack(bytes).Count();
}

bool HasMember(const Entry& entry, std::string_view member, const KnownHash& known) {
  if (IsTable(entry)) return bool{SetValue::Of(entry).elements.Find(member, known.Of(member))};
  const std::string_view bytes = StoredBytes(entry);
  if (entry.encoding() == Encoding::kListpack) {
    return Locate(Listpack(bytes), member) < bytes.size();
  }
  const auto integer = ParseInteger(member);
  return integer && Intset(bytes).Find(*integer).found;
}

DrawnMember DrawMember(const Entry& entry) {
  if (IsTable(entry)) {
    const auto slot = DrawAhead(SetValue::Of(entry).elements);
    return {.text = SetText(slot.element()->view()), .slot = slot};
  }
  const std::string_view bytes = StoredBytes(entry);
  const size_t index = ThreadRandom().Below(SetSize(entry));
  if (entry.encoding() == Encoding::kIntset) {
    return {.text = SetText(Intset(bytes).At(index)), .at = index};
  }
  const Listpack list(bytes);
  const size_t at = list.Seek(static_cast<int64_t>(index));
  return {.text = list.Get(at), .at = at};
}

std::vector<SetText> SampleMembers(const Entry& entry, size_t count) {
  std::vector<SetText> sample;
  // Where many of all are wanted, most draws would be repetitions.
  if (!IsTable(entry) || count > SetSize(entry) / 3) {
    sample.reserve(SetSize(entry));
    ForEachMember(entry, [&](const SetText& member) { sample.push_back(member); });
    TakeRandom(&sample, count);
    return sample;
  }
  DrawDistinct(SetValue::Of(entry).elements, count,
               [&](const SetMember& member) { sample.emplace_back(member.view()); });
  return sample;
}

// --------------------------------------------------------------------------------------- TypeOps

namespace {

std::string_view EncodingName(const Entry& entry) {
  if (IsTable(entry)) return "hashtable";
  return entry.encoding() == Encoding::kIntset ? "intset" : "listpack";
}

Value* Copy(const Entry& entry) {
  if (!IsTable(entry)) return CopyStored(entry);
  SetValue* const copy = SetValue::Make();
  ForEachMember(entry, [copy](const SetText& member) { Add(*copy, member.text()); });
  return copy;
}

void DigestSet(const Entry& entry, Digest& digest) {
  ForEachMember(entry, [&digest](const SetText& member) {
    SetText::Digits digits;
    digest.Xor(member.View(digits));
  });
}

}  // namespace

constexpr TypeOps kSetOps = TableOps<SetMemberPolicy>::With(
    {.name = "set", .encoding_name = EncodingName, .copy = Copy, .digest = DigestSet});

}  // namespace ebb

// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "storage/types/list.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <new>
#include <utility>
#include <vector>

#include "storage/digest.h"
#include "storage/memory/allocator.h"

namespace ebb {
namespace {

bool IsQuicklist(const Entry& entry) {
  return entry.encoding() == Encoding::kQuicklist;
}

Quicklist& Nodes(const Entry& entry) {
  return static_cast<ListValue*>(entry.value())->list;
}

Listpack PackedList(const Entry& entry) {
  return Listpack(StoredBytes(entry), ListpackWays::kBoth);
}

ListNodeLimit LimitOf(const KeyWriter& writer) {
  const KeyspaceContext& context = writer.keyspace().context();
  ListNodeLimit limit =
      ListNodeLimit::Of(context.limits.list_max_listpack_size, context.limits.list_compress_depth);
  limit.bytes = std::min(limit.bytes, context.list_node_max_bytes);
  return limit;
}

ListValue* MakeList() {
  return new (memory::Allocate(sizeof(ListValue))) ListValue;
}

// What freeing it would come to, as TypeOps::free_effort says.
size_t EffortOf(const Quicklist& list) {
  return list.nodes() + list.memory() / kEffortBytes;
}

void FreeAll(Quicklist* list) {
  Quicklist::Freed freed;
  while (list->FreeStep(&freed)) {
  }
}

Garbage::Slice FreeNodes(void* value, uint32_t) {
  return kListOps.free_slice(static_cast<ListValue*>(value), Encoding::kQuicklist);
}

// Ends nodes that no list holds any more.
void Dispose(KeyWriter& writer, Quicklist* dead) {
  Disposer& disposer = writer.keyspace().disposer();
  const size_t effort = EffortOf(*dead);
  if (effort <= Disposer::kInlineEffort || !disposer.lazy(DisposeCause::kUserDel)) {
    return FreeAll(dead);
  }
  ListValue* const value = MakeList();
  value->list.Swap(*dead);
  disposer.DisposeLater(Garbage(value, 0, FreeNodes, 1, value->list.memory(), effort));
}

// Makes the key, a listpack or nothing, a quicklist.
void ConvertToQuicklist(KeyWriter& writer) {
  ListValue* const value = MakeList();
  if (writer.exists()) value->list.Assign(StoredBytes(*writer.entry()));
  writer.MakePointer(Type::kList, Encoding::kQuicklist, value);
}

// Makes a quicklist a listpack in its entry where it has become one.
void ConvertBack(KeyWriter& writer) {
  const Quicklist& list = Nodes(*writer.entry());
  if (list.nodes() != 1) return;
  const ListNode& node = list.node(list.First());
  if (node.size() > kBackInline) return;
  ListNodeReader reader;
  const std::string_view bytes = reader.Read(node).bytes();
  std::array<char, kBackInline> copy;
  std::memcpy(copy.data(), bytes.data(), bytes.size());
  AssignStored(writer, Type::kList, Encoding::kListpack, {copy.data(), bytes.size()});
}

// Whether a listpack, present or to be, may take so many bytes more.
bool FitsEntry(const KeyWriter& writer, size_t more) {
  const size_t size =
      writer.exists() ? StoredBytes(*writer.entry()).size() : size_t{Listpack::kHeadSize};
  return size + more <= Entry::kInlineMax;
}

size_t ElementBytes(std::span<const std::string_view> elements) {
  size_t bytes = 0;
  for (const std::string_view element : elements) {
    bytes += ListpackElementSize(element, ListpackWays::kBoth);
  }
  return bytes;
}

// Whether the key, a listpack or nothing, stays one with these elements more; otherwise it has
// become a quicklist.
bool StaysPacked(KeyWriter& writer, std::span<const std::string_view> elements) {
  if (writer.exists() && IsQuicklist(*writer.entry())) return false;
  if (FitsEntry(writer, ElementBytes(elements))) return true;
  ConvertToQuicklist(writer);
  return false;
}

}  // namespace

// ----------------------------------------------------------------------------------------- reading

size_t ListSize(const Entry& entry) {
  return IsQuicklist(entry) ? Nodes(entry).size() : PackedList(entry).Count();
}

ListWalk::ListWalk(const Entry& entry, size_t index, ListEnd towards)
    : list_({}), at_(0), towards_(towards) {
  if (IsQuicklist(entry)) {
    nodes_ = &Nodes(entry);
    const Quicklist::Located found = nodes_->Locate(index);
    place_ = found.place;
    const ListNode& node = nodes_->node(place_);
    list_ = reader_.Read(node);
    // From the node's end where that is nearer.
    const auto inner = static_cast<int64_t>(found.inner);
    const auto count = static_cast<int64_t>(node.count());
    at_ = list_.Seek(inner > count / 2 ? inner - count : inner);
  } else {
    list_ = PackedList(entry);
    at_ = list_.Seek(static_cast<int64_t>(index));
  }
}

void ListWalk::Step() {
  if (towards_ == ListEnd::kTail) {
    at_ = list_.Next(at_);
    if (at_ < list_.End() || nodes_ == nullptr || !nodes_->Next(&place_)) return;
    list_ = reader_.Read(nodes_->node(place_));
    at_ = list_.Begin();
  } else if (at_ > list_.Begin()) {
    at_ = list_.Previous(at_);
  } else if (nodes_ != nullptr && nodes_->Previous(&place_)) {
    list_ = reader_.Read(nodes_->node(place_));
    at_ = list_.Previous(list_.End());
  } else {
    at_ = list_.End();
  }
}

// ----------------------------------------------------------------------------------------- writing

void PushElements(KeyWriter& writer, ListEnd end, std::span<const std::string_view> elements) {
  const bool head = end == ListEnd::kHead;
  if (StaysPacked(writer, elements)) {
    const size_t size = writer.exists() ? StoredBytes(*writer.entry()).size() : 0;
    if (!head) return InsertPacked(writer, Type::kList, size, elements);
    if (elements.size() == 1) {
      return InsertPacked(writer, Type::kList, Listpack::kHeadSize, elements);
    }
    const std::vector<std::string_view> reversed(elements.rbegin(), elements.rend());
    return InsertPacked(writer, Type::kList, Listpack::kHeadSize, reversed);
  }
  Quicklist& list = Nodes(*writer.entry());
  const ListNodeLimit limit = LimitOf(writer);
  for (const std::string_view element : elements) {
    head ? list.PushFront(element, limit) : list.PushBack(element, limit);
  }
}

void AssignList(KeyWriter& writer, std::span<const std::string_view> elements) {
  const size_t size = Listpack::kHeadSize + ElementBytes(elements);
  if (size <= Entry::kInlineMax) {
    std::array<char, Entry::kInlineMax> bytes{};
    char* at = bytes.data() + Listpack::kHeadSize;
    for (const std::string_view element : elements) {
      at = WriteListpackElement(at, element, ListpackWays::kBoth);
    }
    AdjustListpackCount(bytes.data(), static_cast<int64_t>(elements.size()));
    return AssignStored(writer, Type::kList, Encoding::kListpack, {bytes.data(), size});
  }
  ListValue* const value = MakeList();
  const ListNodeLimit limit = LimitOf(writer);
  for (const std::string_view element : elements) value->list.PushBack(element, limit);
  writer.MakePointer(Type::kList, Encoding::kQuicklist, value);
}

void DropElements(KeyWriter& writer, ListEnd end, size_t count) {
  const Entry& entry = *writer.entry();
  const bool head = end == ListEnd::kHead;
  if (!IsQuicklist(entry)) {
    const Listpack list = PackedList(entry);
    const size_t from = head ? list.Begin() : list.Seek(-static_cast<int64_t>(count));
    return ErasePacked(writer, from, count);
  }
  Quicklist dead;
  Quicklist& list = Nodes(entry);
  const ListNodeLimit limit = LimitOf(writer);
  head ? list.CutFront(count, limit, &dead) : list.CutBack(count, limit, &dead);
  Dispose(writer, &dead);
  ConvertBack(writer);
}

void SetElement(KeyWriter& writer, size_t index, std::string_view element) {
  if (!IsQuicklist(*writer.entry())) {
    const Listpack list = PackedList(*writer.entry());
    const size_t at = list.Seek(static_cast<int64_t>(index));
    const size_t old_size = list.Next(at) - at;
    const size_t new_size = ListpackElementSize(element, ListpackWays::kBoth);
    if (new_size <= old_size || FitsEntry(writer, new_size - old_size)) {
      return ReplacePacked(writer, at, element);
    }
    ConvertToQuicklist(writer);
  }
  Quicklist dead;
  Nodes(*writer.entry()).Replace(index, element, LimitOf(writer), &dead);
  Dispose(writer, &dead);
  ConvertBack(writer);
}

bool InsertElement(KeyWriter& writer, std::string_view pivot, bool before,
                   std::string_view element) {
  const ListpackNeedle needle(pivot);
  ListWalk walk(*writer.entry(), 0, ListEnd::kTail);
  while (walk.More() && !walk.Equals(needle)) walk.Step();
  if (!walk.More()) return false;
  const Quicklist::Place place = before ? walk.place() : walk.end();
  const std::string_view elements[] = {element};
  if (StaysPacked(writer, elements)) {
    InsertPacked(writer, Type::kList, place.offset, elements);
  } else {
    // A listpack that has just become a quicklist is its first node.
    Nodes(*writer.entry()).Insert(place, element, LimitOf(writer));
  }
  return true;
}

namespace {

size_t RemoveFromPacked(KeyWriter& writer, const ListpackNeedle& needle, size_t count,
                        bool from_back) {
  size_t removed = 0;
  Listpack list = PackedList(*writer.entry());
  size_t at = from_back ? list.End() : list.Begin();
  while (removed < count && (from_back ? at > list.Begin() : at < list.End())) {
    if (from_back) at = list.Previous(at);
    if (list.Equals(at, needle)) {
      ErasePacked(writer, at, 1);
      list = PackedList(*writer.entry());
      ++removed;
    } else if (!from_back) {
      at = list.Next(at);
    }
  }
  return removed;
}

}  // namespace

size_t RemoveElements(KeyWriter& writer, std::string_view element, int64_t count) {
  const ListpackNeedle needle(element);
  const bool from_back = count < 0;
  const uint64_t magnitude = from_back ? -static_cast<uint64_t>(count) : count;
  const size_t most = count == 0 ? SIZE_MAX : magnitude;
  if (!IsQuicklist(*writer.entry())) return RemoveFromPacked(writer, needle, most, from_back);
  Quicklist dead;
  Quicklist& list = Nodes(*writer.entry());
  const size_t removed = list.EraseEqual(needle, most, from_back, LimitOf(writer), &dead);
  Dispose(writer, &dead);
  if (removed > 0) ConvertBack(writer);
  return removed;
}

// ------------------------------------------------------------------------------------- TypeOps

namespace {

std::string_view EncodingName(const Entry&) {
  return "quicklist";
}

Garbage::Slice FreeSlice(Value* value, Encoding) {
  auto* const list = static_cast<ListValue*>(value);
  Quicklist::Freed freed;
  Garbage::Slice slice;
  slice.more = list->list.FreeStep(&freed);
  slice.parts = freed.nodes + freed.bytes / kEffortBytes;
  if (!slice.more) {
    list->~ListValue();
    memory::Free(list, sizeof(ListValue));
  }
  return slice;
}

void Free(Value* value, Encoding encoding) {
  if (!GiveBack(value)) return;
  while (FreeSlice(value, encoding).more) {
  }
}

size_t FreeEffort(const Entry& entry) {
  return EffortOf(Nodes(entry));
}

// Exact at once: the list counts its blocks.
size_t MemoryUsage(const Entry& entry, size_t) {
  if (entry.is_inline()) return 0;
  return memory::GoodSize(sizeof(ListValue)) + Nodes(entry).memory();
}

Value* Copy(const Entry& entry) {
  ListValue* const copy = MakeList();
  copy->list.CopyFrom(Nodes(entry));
  return copy;
}

Value* Defrag(const Entry& entry, memory::BlockMover& mover) {
  void* const moved = mover.MoveIfAdvised(entry.value(), sizeof(ListValue));
  auto* const list = static_cast<ListValue*>(moved == nullptr ? entry.value() : moved);
  list->list.DefragDirectory(mover);
  return list;
}

// Elements have no blocks of their own.
uint64_t DefragElements(const Entry& entry, uint64_t cursor, memory::BlockMover& mover,
                        DefragScope) {
  return Nodes(entry).DefragStep(cursor, mover);
}

void DigestList(const Entry& entry, Digest& digest) {
  ListText::Digits digits;
  for (ListWalk walk(entry, 0, ListEnd::kTail); walk.More(); walk.Step()) {
    digest.Mix(walk.Get().View(digits));
  }
}

}  // namespace

constexpr TypeOps kListOps = Complete({.name = "list",
                                       .encoding_name = EncodingName,
                                       .free = Free,
                                       .free_slice = FreeSlice,
                                       .free_effort = FreeEffort,
                                       .memory_usage = MemoryUsage,
                                       .copy = Copy,
                                       .defrag = Defrag,
                                       .defrag_elements = DefragElements,
                                       .digest = DigestList});

}  // namespace ebb

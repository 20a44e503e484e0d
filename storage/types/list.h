// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "storage/encodings/listpack.h"
#include "storage/encodings/quicklist.h"
#include "storage/key_writer.h"
#include "storage/type_ops.h"
#include "storage/types/packed.h"

// Lists: kListpack, which is always within its entry (packed.h), and kQuicklist. OBJECT ENCODING
// calls both quicklist, as Redis 7.0 does. A quicklist that has become short goes back.
//
// What is read points into the list and is valid until its entry is written, but for compressed
// nodes' elements (ListWalk::is_copy).
//
// Thread: engine thread.
namespace ebb {

extern const TypeOps kListOps;

// What a quicklist's entry points to.
struct ListValue : Value {
  Quicklist list;
};

// An element: text, or an integer where a listpack keeps it as one.
using ListText = ListpackElement;

enum class ListEnd : uint8_t { kHead, kTail };

// The number of elements. O(1).
size_t ListSize(const Entry& entry);

// A walk over a list's elements, from one of them on towards either end.
//
//   for (ListWalk walk(entry, 0, ListEnd::kTail); walk.More(); walk.Step()) Use(walk.Get());
class ListWalk {
 public:
  // From element `index` on. REQUIRES: index < ListSize(entry). O(chunks + elements of a node).
  ListWalk(const Entry& entry, size_t index, ListEnd towards = ListEnd::kTail);

  bool More() const { return at_ < list_.End(); }
  ListText Get() const { return list_.Get(at_); }
  // Whether the element's bytes are not the list's, but a copy that is valid until the next Step.
  bool is_copy() const { return reader_.is_copy(); }
  bool Equals(const ListpackNeedle& needle) const { return list_.Equals(at_, needle); }
  void Step();

  // Where the element is, and where it ends: in its listpack or, of a quicklist, in its node.
  Quicklist::Place place() const { return {place_.chunk, place_.node, at_}; }
  Quicklist::Place end() const { return {place_.chunk, place_.node, list_.Next(at_)}; }

 private:
  const Quicklist* nodes_ = nullptr;  // null: there is but this listpack
  Quicklist::Place place_;
  ListNodeReader reader_;
  Listpack list_;
  size_t at_;
  const ListEnd towards_;
};

// For all below that writes: texts may not be bytes of the list itself; what is not said to make a
// list needs one (writer.exists()).

// Pushes elements to an end, in the order given, so that the last one is outermost; a key that does
// not exist becomes a list. O(1) each, amortised.
void PushElements(KeyWriter& writer, ListEnd end, std::span<const std::string_view> elements);

// Makes the key, whatever it was, a list of these, at least one; they may be the old value's own
// bytes. Expiry is kept unless the writer says otherwise. O(n).
void AssignList(KeyWriter& writer, std::span<const std::string_view> elements);

// Removes `count` > 0 elements from an end. REQUIRES: there are more. O(chunks + node).
void DropElements(KeyWriter& writer, ListEnd end, size_t count);

// Replaces the element `index`. REQUIRES: index < ListSize(entry). O(chunks + node).
void SetElement(KeyWriter& writer, size_t index, std::string_view element);

// Inserts `element` before or behind the first one that is `pivot`; false when there is none. O(n).
bool InsertElement(KeyWriter& writer, std::string_view pivot, bool before,
                   std::string_view element);

// Removes elements that are `element`: up to `count` from the list's head on, or -count from its
// tail on; 0: all. Answers how many. The caller removes the key when nothing is left. O(n).
size_t RemoveElements(KeyWriter& writer, std::string_view element, int64_t count);

}  // namespace ebb

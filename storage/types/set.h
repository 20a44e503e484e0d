// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "storage/encodings/intset.h"
#include "storage/encodings/listpack.h"
#include "storage/encodings/set_member.h"
#include "storage/key_writer.h"
#include "storage/type_ops.h"
#include "storage/types/packed.h"
#include "storage/types/table_value.h"
#include "storage/visit.h"

// Sets: kIntset (nothing but integers), kListpack (few short members) and, beyond the limits of
// EncodingLimits, kHashtable (a dict of SetMembers). The first two are runs of bytes, see packed.h.
// A set that has become a hashtable stays one.
//
// What is read points into the set and is valid until its entry is written.
//
// Thread: engine thread.
namespace ebb {

extern const TypeOps kSetOps;

// What a hashtable's entry points to.
using SetValue = TableValue<SetMemberPolicy>;

// A member: text, or an integer where it is kept as one.
using SetText = ListpackElement;

// The number of members. O(1).
size_t SetSize(const Entry& entry);

// `known` may know the member's hash. O(1) in a hashtable, O(log n) in an intset, O(n) in a
// listpack.
bool HasMember(const Entry& entry, std::string_view member, const KnownHash& known = {});

// Calls `visit(const SetText&)` for each member, until it answers false if it answers; it must not
// change the set. O(n).
template <typename Visit>
void ForEachMember(const Entry& entry, Visit&& visit) {
  if (IsTable(entry)) {
    SetValue::Of(entry).elements.ForEach(
        [&](const SetMember* member) { return GoesOn(visit, SetText(member->view())); });
  } else if (entry.encoding() == Encoding::kIntset) {
    const Intset set(StoredBytes(entry));
    for (size_t i = 0; i < set.Count() && GoesOn(visit, SetText(set.At(i))); ++i) {
    }
  } else {
    const Listpack list(StoredBytes(entry));
    for (size_t at = list.Begin(); at < list.End() && GoesOn(visit, list.Get(at));) {
      at = list.Next(at);
    }
  }
}

// SSCAN's step, as Keyspace::Scan; what is no hashtable is walked over in one.
template <typename Visit>
uint64_t ScanMembers(const Entry& entry, uint64_t cursor, Visit&& visit) {
  if (!IsTable(entry)) {
    ForEachMember(entry, visit);
    return 0;
  }
  return SetValue::Of(entry).elements.Scan(
      cursor, [&](SetMember* member) { visit(SetText(member->view())); });
}

// A member and its place; both valid until the set changes.
struct DrawnMember {
  SetText text;
  Dict<SetMemberPolicy>::Slot slot = {};  // in a hashtable
  size_t at = 0;                          // else: index in an intset, offset in a listpack
};

// A random member, each about equally likely. What the draws after it will look at is being fetched
// meanwhile: draws that follow each other do not wait for memory. Expected O(1), O(n) in a
// listpack.
DrawnMember DrawMember(const Entry& entry);
inline SetText RandomMember(const Entry& entry) {
  return DrawMember(entry).text;
}

// `count` random members, none twice; all there are when these are not more. Expected O(count), but
// O(n) where many of all are wanted.
std::vector<SetText> SampleMembers(const Entry& entry, size_t count);

// Adds members; a key that does not exist becomes a set. Answers how many of them are new. O(1) a
// member in a hashtable, else O(n). The bytes may not be the set's own.
size_t AddMembers(KeyWriter& writer, std::span<const std::string_view> members);

// Removes a member; answers whether it was there. The caller removes the key when nothing is left.
// REQUIRES: writer.exists().
bool EraseMember(KeyWriter& writer, std::string_view member);

// Removes what has been drawn, without a search. As EraseMember.
void EraseDrawn(KeyWriter& writer, const DrawnMember& drawn);

// Makes the key, whatever it was, a set of these, all different and at least one; they may be the
// old value's own bytes. Expiry is kept unless the writer says otherwise. O(n).
void AssignSet(KeyWriter& writer, std::span<const std::string_view> members);

}  // namespace ebb

// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "storage/encodings/hash_field.h"
#include "storage/encodings/listpack.h"
#include "storage/key_writer.h"
#include "storage/type_ops.h"
#include "storage/types/packed.h"
#include "storage/types/table_value.h"

// Hashes: kListpack (fields and values in turn, see packed.h) and, beyond the limits of
// EncodingLimits or of what a listpack can be, kHashtable (a dict of HashFields). A hash that has
// become a hashtable stays one.
//
// What is read points into the hash and is valid until its entry is written.
//
// Thread: engine thread.
namespace ebb {

extern const TypeOps kHashOps;

// What a hashtable's entry points to.
using HashValue = TableValue<HashFieldPolicy>;

// A field or a value: text, or an integer where a listpack keeps it as one.
using HashText = ListpackElement;

struct HashPair {
  HashText field;
  HashText value;
};

inline HashPair PairOf(const HashField& field) {
  return {HashText(field.field()), HashText(field.value())};
}

// The number of fields. O(1).
size_t HashSize(const Entry& entry);

// The value of a field, if it is there; `known` may know the field's hash. O(1) in a hashtable,
// O(n) in a listpack.
std::optional<HashText> FindField(const Entry& entry, std::string_view field,
                                  const KnownHash& known = {});

// Calls `visit(const HashPair&)` for each field; `visit` must not change the hash. O(n).
template <typename Visit>
void ForEachField(const Entry& entry, Visit&& visit) {
  if (IsTable(entry)) {
    HashValue::Of(entry).elements.ForEach([&](const HashField* field) { visit(PairOf(*field)); });
    return;
  }
  const Listpack list(StoredBytes(entry));
  for (size_t at = list.Begin(); at < list.End();) {
    const size_t value = list.Next(at);
    visit(HashPair{list.Get(at), list.Get(value)});
    at = list.Next(value);
  }
}

// HSCAN's step, as Keyspace::Scan; a listpack is walked over in one.
template <typename Visit>
uint64_t ScanFields(const Entry& entry, uint64_t cursor, Visit&& visit) {
  if (IsTable(entry)) {
    return HashValue::Of(entry).elements.Scan(
        cursor, [&](const HashField* field) { visit(PairOf(*field)); });
  }
  ForEachField(entry, visit);
  return 0;
}

// A random field, each about equally likely. Expected O(1) in a hashtable, O(n) in a listpack.
HashPair RandomField(const Entry& entry);

// `count` random fields, one after the other: the same may come again. O(count), and O(n) once for
// a listpack.
std::vector<HashPair> DrawFields(const Entry& entry, size_t count);

// `count` random fields, none twice; all there are when these are not more. Expected O(count).
std::vector<HashPair> SampleFields(const Entry& entry, size_t count);

// Sets fields, given in turn with their values, in the order given; a key that does not exist
// becomes a hash. Answers how many of the fields are new. O(1) a field in a hashtable, O(n) in a
// listpack. The bytes may not be the hash's own.
size_t SetFields(KeyWriter& writer, std::span<const std::string_view> fields_and_values);

// Removes a field; answers whether it was there. The caller removes the key when nothing is left.
// REQUIRES: writer.exists().
bool EraseField(KeyWriter& writer, std::string_view field);

}  // namespace ebb

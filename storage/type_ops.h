// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "storage/entry.h"
#include "storage/memory/defrag_scope.h"
#include "storage/memory/lazy_free.h"

namespace ebb {

class Digest;
struct DictStats;
namespace memory {
class BlockMover;
}

// So many bytes freed in one piece are as much work as one element (free_effort).
inline constexpr size_t kEffortBytes = 1024;

// What fetch_element has fetched: first the place where a search for the element begins, a little
// later the element that it will probably find.
enum class FetchStage : uint8_t { kPlace, kElement };

// What a data type knows how to do: the one struct that a type fills in, at the end of its file.
// Every caller (dispose, defrag, the trash, OBJECT, MEMORY, COPY, DEBUG DIGEST) goes through it; no
// switch over types stands anywhere.
//
// Thread: engine thread, but for what ends a value: `free`, `free_slice` and `free_effort` are for
// whichever thread is its only owner.
struct TypeOps {
  // As TYPE answers: "string".
  std::string_view name;

  // As OBJECT ENCODING answers: "embstr".
  std::string_view (*encoding_name)(const Entry& entry) = nullptr;

  // Gives back the reference that the entry holds on its out-of-line value. REQUIRES:
  // !entry.is_inline().
  void (*free)(Value* value, Encoding encoding) = nullptr;

  // Frees a part of a value that nobody else refers to, some tens of microseconds' worth where it
  // can be divided, and with the last part the value itself. Its parts are elements.
  Garbage::Slice (*free_slice)(Value* value, Encoding encoding) = nullptr;

  // How much work `free` would be: one for each element that it has to look at, and one for each
  // kEffortBytes of what is freed in one piece. REQUIRES: !entry.is_inline(). O(1).
  size_t (*free_effort)(const Entry& entry) = nullptr;

  // Bytes of the allocator's blocks behind the entry, its own excluded. O(1) where a value counts
  // them. What it does not count, the nodes of a sorted set's tree, is guessed by a look at
  // `samples` of them, O(samples * log n), or with 0 counted now, O(n / 50).
  size_t (*memory_usage)(const Entry& entry, size_t samples) = nullptr;

  // A value of its own with equal content, for COPY. REQUIRES: !entry.is_inline(). Null when memory
  // for what is one block cannot be had; for parts of a value it has to be there, see
  // memory::Allocate.
  Value* (*copy)(const Entry& entry) = nullptr;

  // Moves the value's own block, and the few that it always has, where they should move, and
  // answers where the value is now. REQUIRES: !entry.is_inline(), and nobody else holds a
  // reference.
  Value* (*defrag)(const Entry& entry, memory::BlockMover& mover) = nullptr;

  // One step of a walk over the blocks that hold the value's elements, which move where they
  // should, and over those elements that have a block each, which do so if `scope` says kAll: from
  // cursor 0 until it answers 0. Any number is a safe cursor; what is changed between two steps may
  // be missed. Some tens of microseconds. REQUIRES: !entry.is_inline().
  uint64_t (*defrag_elements)(const Entry& entry, uint64_t cursor, memory::BlockMover& mover,
                              DefragScope scope) = nullptr;

  // Mixes the content into `digest`, equal content equally whatever the encoding.
  void (*digest)(const Entry& entry, Digest& digest) = nullptr;

  // Whether the entry's elements are found by their hashes; no element that comes or goes ends
  // that. Null where no encoding's are. O(1).
  bool (*finds_by_hash)(const Entry& entry) = nullptr;

  // Has a part of what a search for the element of this hash will read fetched into the cache.
  // REQUIRES: finds_by_hash(entry). O(1).
  void (*fetch_element)(const Entry& entry, uint64_t hash, FetchStage stage) = nullptr;

  // Figures of the entry's table; false when the entry has none. Null where no encoding has one.
  bool (*table_stats)(const Entry& entry, DictStats* stats) = nullptr;
};

// `ops`; where one is missing that may not be null, the compilation ends.
consteval TypeOps Complete(TypeOps ops) {
  if (ops.name.empty()) throw "name is missing";
  if (!ops.encoding_name) throw "encoding_name is missing";
  if (!ops.free) throw "free is missing";
  if (!ops.free_slice) throw "free_slice is missing";
  if (!ops.free_effort) throw "free_effort is missing";
  if (!ops.memory_usage) throw "memory_usage is missing";
  if (!ops.copy) throw "copy is missing";
  if (!ops.defrag) throw "defrag is missing";
  if (!ops.defrag_elements) throw "defrag_elements is missing";
  if (!ops.digest) throw "digest is missing";
  return ops;
}

// The operations of `type`; one line per type in type_ops.cc.
const TypeOps& OpsOf(Type type);

inline bool FindsByHash(const Entry& entry) {
  const auto finds_by_hash = OpsOf(entry.type()).finds_by_hash;
  return finds_by_hash != nullptr && finds_by_hash(entry);
}

}  // namespace ebb

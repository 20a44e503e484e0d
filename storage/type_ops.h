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

inline constexpr size_t kEffortBytes = 1024;

// What fetch_element has fetched: first the place where a search for the element begins, a little
// later the element that it will probably find.
enum class FetchStage : uint8_t { kPlace, kElement };

// What a data type knows how to do: the one struct that a type fills in, at the end of its file.
// Every caller (dispose, OBJECT, MEMORY, COPY, DEBUG DIGEST) goes through it; no switch over types
// stands anywhere.
//
// Thread: engine thread, but for what ends a value: `free`, `free_slice` and `free_effort` are for
// whichever thread is its only owner.
struct TypeOps {
  // As TYPE answers: "string".
  std::string_view name;

  // As OBJECT ENCODING answers: "embstr".
  std::string_view (*encoding_name)(const Entry& entry);

  // Gives back the reference that the entry holds on its out-of-line value. REQUIRES:
  // !entry.is_inline().
  void (*free)(Value* value, Encoding encoding);

  // Frees a part of a value that nobody else refers to, some tens of microseconds' worth where it
  // can be divided, and with the last part the value itself. Its parts are elements.
  Garbage::Slice (*free_slice)(Value* value, Encoding encoding);

  // How much work `free` would be: one for each element that it has to look at, and one for each
  // kEffortBytes of what is freed in one piece. REQUIRES: !entry.is_inline(). O(1).
  size_t (*free_effort)(const Entry& entry);

  // Bytes of the allocator's blocks behind the entry, its own excluded. O(1) where a value counts
  // them. What it does not count, the nodes of a sorted set's tree, is guessed by a look at
  // `samples` of them, O(samples * log n), or with 0 counted now, O(n / 50).
  size_t (*memory_usage)(const Entry& entry, size_t samples);

  // A value of its own with equal content, for COPY. REQUIRES: !entry.is_inline(). Null when memory
  // for what is one block cannot be had; for parts of a value it has to be there, see
  // memory::Allocate.
  Value* (*copy)(const Entry& entry);

  // Moves the value's own block, and the few that it always has, where they should move, and
  // answers where the value is now. REQUIRES: !entry.is_inline(), and nobody else holds a
  // reference.
  Value* (*defrag)(const Entry& entry, memory::BlockMover& mover);

  // One step of a walk over the blocks that hold the value's elements, which move where they
  // should, and over those elements that have a block each, which do so if `scope` says kAll: from
  // cursor 0 until it answers 0. Any number is a safe cursor; what is changed between two steps may
  // be missed. Some tens of microseconds. REQUIRES: !entry.is_inline().
  uint64_t (*defrag_elements)(const Entry& entry, uint64_t cursor, memory::BlockMover& mover,
                              DefragScope scope);

  // Mixes the content into `digest`, equal content equally whatever the encoding.
  void (*digest)(const Entry& entry, Digest& digest);

  // Whether the entry's elements are found by their hashes; no element that comes or goes ends
  // that. Null where no encoding's are. O(1).
  bool (*finds_by_hash)(const Entry& entry);

  // Has a part of what a search for the element of this hash will read fetched into the cache.
  // REQUIRES: finds_by_hash(entry). O(1).
  void (*fetch_element)(const Entry& entry, uint64_t hash, FetchStage stage);

  // Figures of the element's table; false when the entry has none. Null where no encoding has one.
  bool (*table_stats)(const Entry& entry, DictStats* stats);

  // Every type has all of these but those with a default: none of the others may be null.
  consteval TypeOps(
      std::string_view type_name, std::string_view (*type_encoding_name)(const Entry&),
      void (*type_free)(Value*, Encoding), Garbage::Slice (*type_free_slice)(Value*, Encoding),
      size_t (*type_free_effort)(const Entry&), size_t (*type_memory_usage)(const Entry&, size_t),
      Value* (*type_copy)(const Entry&), Value* (*type_defrag)(const Entry&, memory::BlockMover&),
      uint64_t (*type_defrag_elements)(const Entry&, uint64_t, memory::BlockMover&, DefragScope),
      void (*type_digest)(const Entry&, Digest&),
      bool (*type_finds_by_hash)(const Entry&) = nullptr,
      void (*type_fetch_element)(const Entry&, uint64_t, FetchStage) = nullptr,
      bool (*type_table_stats)(const Entry&, DictStats*) = nullptr)
      : name(type_name),
        encoding_name(type_encoding_name),
        free(type_free),
        free_slice(type_free_slice),
        free_effort(type_free_effort),
        memory_usage(type_memory_usage),
        copy(type_copy),
        defrag(type_defrag),
        defrag_elements(type_defrag_elements),
        digest(type_digest),
        finds_by_hash(type_finds_by_hash),
        fetch_element(type_fetch_element),
        table_stats(type_table_stats) {}
};

// The operations of `type`; one line per type in type_ops.cc.
const TypeOps& OpsOf(Type type);

inline bool FindsByHash(const Entry& entry) {
  const auto finds_by_hash = OpsOf(entry.type()).finds_by_hash;
  return finds_by_hash != nullptr && finds_by_hash(entry);
}

}  // namespace ebb

// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "storage/type.h"

// Refcounted values: what an entry points to when the value is too big, or of a kind, to live
// inside the entry.
//
// Ownership: a Value starts with one reference, its entry's. Whoever keeps a pointer past the
// current command (a reply still waiting to be sent, say) takes a reference with Retain and gives
// it back with Release. Only a value with a single reference may be changed in place; Shedding's
// does not count, which lets go of what is no part of the content.
//
// Thread: references are taken by the engine thread alone, and given back by any: a reply may still
// hold a value that the lazy-free thread lets go of. Who sees a single reference and holds it is
// alone with the value, since nobody else can come by another.
namespace ebb {

struct Value {
  std::atomic<uint32_t> references{1};

  // Whether the caller, who holds a reference, holds the only one. What others did to the value
  // before they gave theirs back is done.
  bool sole() const { return references.load(std::memory_order_acquire) == 1; }
};

inline void Retain(Value* value) {
  value->references.fetch_add(1, std::memory_order_relaxed);
}

// Gives back a reference; answers whether it was the last one: then the value is the caller's to
// free.
inline bool GiveBack(Value* value) {
  // An owner who is alone needs no atomic change.
  return value->sole() || value->references.fetch_sub(1, std::memory_order_acq_rel) == 1;
}

// A byte string of its own block: this header, then `capacity` bytes. The header fits into the room
// that the request parser leaves before a big argument, so SET adopts what the socket delivered
// without copying it.
struct StringValue : Value {
  uint32_t prefix = 0;  // bytes of the block before this header; not zero for adopted arguments
  size_t size = 0;
  size_t capacity = 0;

  char* bytes() { return reinterpret_cast<char*>(this + 1); }
  const char* bytes() const { return reinterpret_cast<const char*>(this + 1); }
  std::string_view view() const { return {bytes(), size}; }
  size_t block_size() const { return prefix + sizeof(StringValue) + capacity; }

  // A string of `size` bytes (not set) with room for `capacity`; one reference. Null when memory
  // cannot be had.
  static StringValue* Make(size_t size, size_t capacity);

  // As Make, but all bytes are zero.
  static StringValue* MakeZeroed(size_t size, size_t capacity);

  // Gives the string room for `size` bytes where it is, and for `spare` more if possible; its size
  // stays. False when the allocator has no room behind it. O(1).
  bool Expand(size_t size, size_t spare);

  // Takes over `block`, allocated with memory::TryAllocate(`block_bytes`), whose string of `size`
  // bytes starts at `offset` >= sizeof(StringValue).
  static StringValue* Adopt(void* block, size_t block_bytes, size_t offset, size_t size);
};

// Gives one reference back; the last one frees the string. O(1) but for what the allocator and the
// system do, which is much for hundreds of megabytes.
void Release(StringValue* string);

namespace memory {
class BlockMover;
}

// Moves the string's block where it should move, and answers where the string is now. REQUIRES:
// string->sole().
StringValue* MoveIfAdvised(StringValue* string, memory::BlockMover& mover);

}  // namespace ebb

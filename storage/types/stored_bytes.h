// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstddef>
#include <string_view>

#include "storage/key_writer.h"
#include "storage/memory/block_mover.h"
#include "storage/memory/lazy_free.h"
#include "storage/value.h"

// A run of bytes as a value: in the entry itself as long as it fits (Entry::kInlineMax), else in a
// StringValue. So strings lie, and small collections.
//
// Thread: engine thread.
namespace ebb {

// Bytes outside of the entry come back into it when they have become this few: not at the limit, so
// that a collection about as big as that does not go to and fro.
inline constexpr size_t kBackInline = Entry::kInlineMax / 2;

// The block outside of the entry. REQUIRES: !entry.is_inline().
inline StringValue* StoredBlock(const Entry& entry) {
  return static_cast<StringValue*>(entry.value());
}

// Readable until the entry is written.
inline std::string_view StoredBytes(const Entry& entry) {
  if (entry.is_inline()) return {entry.inline_bytes(), entry.inline_size()};
  return StoredBlock(entry)->view();
}

// Makes the key, new or not, one of exactly `bytes`, which may not be its own. Expiry is kept.
// O(bytes).
void AssignStored(KeyWriter& writer, Type type, Encoding encoding, std::string_view bytes);

// What TypeOps needs of them. FreeStored gives back the reference on the block, as a whole.
Garbage::Slice FreeStored(Value* value);
size_t StoredMemory(const Entry& entry);
Value* CopyStored(const Entry& entry);
Value* DefragStored(const Entry& entry, memory::BlockMover& mover);

}  // namespace ebb

// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "storage/encodings/listpack.h"
#include "storage/key_writer.h"
#include "storage/type.h"
#include "storage/types/stored_bytes.h"

// Small collections: one run of bytes, a listpack or an intset, that lies where stored_bytes.h
// says: a hash of five short fields is a single allocation.
//
// Thread: engine thread.
namespace ebb {

// Replaces `removed` bytes at `offset` of the collection's bytes by `inserted` ones, which the
// caller fills in; answers where the whole of the bytes lies now. A key that does not exist becomes
// a collection of `inserted` bytes; one that exists has to be of `type` and `encoding`. Expiry is
// kept. O(bytes); where the block stays, only the bytes behind `offset` move.
char* SplicePacked(KeyWriter& writer, Type type, Encoding encoding, size_t offset, size_t removed,
                   size_t inserted);

// The ways that a small collection of `type` can be walked: a list's listpack both, so that it can
// be a quicklist's node; any other's forward.
ListpackWays PackedWays(Type type);

// The same for listpacks, element by element; each keeps the count in the head.
//
// Inserts `values` before the element at `offset` (the listpack's end to append). A key that does
// not exist becomes a listpack of `type`. O(bytes). The values may not be bytes of the collection
// itself.
void InsertPacked(KeyWriter& writer, Type type, size_t offset,
                  std::span<const std::string_view> values);

// Removes `count` elements from `offset` on. REQUIRES: they are there. The caller removes the key
// when nothing is left.
void ErasePacked(KeyWriter& writer, size_t offset, size_t count);

// Replaces the element at `offset`.
void ReplacePacked(KeyWriter& writer, size_t offset, std::string_view value);

}  // namespace ebb

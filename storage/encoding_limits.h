// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstddef>
#include <cstdint>

namespace ebb {

// How far each type's compact encodings go; collections beyond these take the big one. The options
// of the same names say what each means.
struct EncodingLimits {
  int64_t hash_max_listpack_entries = 512;
  uint64_t hash_max_listpack_value = 64;
  int64_t list_max_listpack_size = -2;
  int64_t list_compress_depth = 0;
  int64_t set_max_intset_entries = 512;
  int64_t set_max_listpack_entries = 128;
  uint64_t set_max_listpack_value = 64;
  int64_t zset_max_listpack_entries = 128;
  uint64_t zset_max_listpack_value = 64;

  // Of a hash, set or sorted set, whatever the options allow, as in Redis; no option.
  size_t max_listpack_bytes = size_t{1} << 30;
};

}  // namespace ebb

// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstddef>

#include "storage/entry.h"
#include "storage/memory/allocator.h"
#include "storage/type_ops.h"

namespace ebb {

// Bytes of the entry's block and of those behind it; `samples` as for TypeOps::memory_usage.
inline size_t BytesOf(const Entry& entry, size_t samples) {
  const size_t block = memory::GoodSize(entry.block_size());
  return entry.is_inline() ? block : block + OpsOf(entry.type()).memory_usage(entry, samples);
}

}  // namespace ebb

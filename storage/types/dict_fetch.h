// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstdint>

#include "storage/dict.h"
#include "storage/prefetch.h"
#include "storage/type_ops.h"

namespace ebb {

// TypeOps::fetch_element for what is in a dict.
template <typename Policy>
void FetchFromDict(const Dict<Policy>& dict, uint64_t hash, FetchStage stage) {
  if (stage == FetchStage::kPlace) return Prefetch(dict.LikelyBucket(hash));
  if (const void* const element = dict.LikelyElement(hash)) PrefetchBlock(element);
}

}  // namespace ebb

// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "storage/element_walk.h"

#include "storage/type_ops.h"

namespace ebb {

bool WalkedCollection::FindsByHash() const {
  return entry() != nullptr && ebb::FindsByHash(*entry());
}

void WalkedCollection::Fetch(std::span<const uint64_t> hashes) const {
  const Entry& collection = *entry();
  const auto fetch = OpsOf(collection.type()).fetch_element;
  for (const FetchStage stage : {FetchStage::kPlace, FetchStage::kElement}) {
    for (const uint64_t hash : hashes) fetch(collection, hash, stage);
  }
}

}  // namespace ebb

// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/look_ahead.h"

#include <algorithm>

#include "protocol/peek.h"
#include "storage/keyspace.h"
#include "storage/prefetch.h"

namespace ebb {

void LookAhead::Begin(const Keyspace& keyspace, std::string_view unparsed) {
  keyspace_ = &keyspace;
  unseen_ = unparsed;
  begun_ = seen_ = fetched_ = 0;
}

void LookAhead::Advance() {
  if (begun_ % kStep == 0) Step();
  if (begun_ < seen_) {
    const Seen& now = At(begun_);
    context_.known_key = now.key;
    context_.known_hash = now.hash;
  } else {
    context_.known_key = {};
  }
  ++begun_;
}

void LookAhead::End() {
  context_.known_key = {};
}

// Loops of one kind of thing instead of one loop of all, so that what waits for memory stands close
// together and waits at the same time: a run of nothing but prefetches has all its addresses
// translated at once, where others between them would fill the processor's window.
void LookAhead::Step() {
  const uint32_t first = seen_;
  for (std::string_view key; seen_ < begun_ + 3 * kStep && PeekCommand(&unseen_, 1, &key);) {
    At(seen_++) = {key, HashBytes(key)};
  }
  std::array<const void*, 3 * kStep> places;
  uint32_t count = 0;
  for (uint32_t i = first; i < seen_; ++i) places[count++] = keyspace_->LikelyBucket(At(i).hash);
  for (uint32_t i = 0; i < count; ++i) Prefetch(places[i]);
  count = 0;
  for (const uint32_t until = std::min(begun_ + 2 * kStep, seen_); fetched_ < until; ++fetched_) {
    places[count] = keyspace_->LikelyEntry(At(fetched_).hash);
    if (places[count] != nullptr) ++count;
  }
  for (uint32_t i = 0; i < count; ++i) PrefetchBlock(places[i]);
}

uint64_t LookAhead::FetchBucket(const Keyspace& keyspace, std::string_view key) {
  const uint64_t hash = HashBytes(key);
  Prefetch(keyspace.LikelyBucket(hash));
  return hash;
}

void LookAhead::FetchEntry(const Keyspace& keyspace, uint64_t hash) {
  const void* entry = keyspace.LikelyEntry(hash);
  if (entry != nullptr) PrefetchBlock(entry);
}

}  // namespace ebb

// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/look_ahead.h"

#include <algorithm>

#include "protocol/peek.h"
#include "storage/keyspace.h"

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

// Three loops instead of one, so that what waits for memory stands close together and waits at the
// same time.
void LookAhead::Step() {
  const uint32_t first = seen_;
  for (std::string_view key; seen_ < begun_ + 3 * kStep && PeekCommand(&unseen_, 1, &key);) {
    At(seen_++) = {key, HashBytes(key)};
  }
  for (uint32_t i = first; i < seen_; ++i) keyspace_->PrefetchBucket(At(i).hash);
  const uint32_t until = std::min(begun_ + 2 * kStep, seen_);
  for (; fetched_ < until; ++fetched_) keyspace_->PrefetchEntry(At(fetched_).hash);
}

uint64_t LookAhead::FetchBucket(const Keyspace& keyspace, std::string_view key) {
  const uint64_t hash = HashBytes(key);
  keyspace.PrefetchBucket(hash);
  return hash;
}

void LookAhead::FetchEntry(const Keyspace& keyspace, uint64_t hash) {
  keyspace.PrefetchEntry(hash);
}

}  // namespace ebb

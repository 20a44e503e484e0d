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
  See(kBucketAhead);
  FetchEntries(kEntryAhead);
}

void LookAhead::Advance() {
  if (begun_ < seen_) {
    const Seen& now = ring_[begun_ % ring_.size()];
    context_.known_key = now.key;
    context_.known_hash = now.hash;
  } else {
    context_.known_key = {};
  }
  ++begun_;
  See(begun_ + kBucketAhead);
  FetchEntries(begun_ + kEntryAhead);
}

void LookAhead::End() {
  context_.known_key = {};
}

void LookAhead::See(uint32_t until) {
  std::string_view key;
  while (seen_ < until && PeekCommand(&unseen_, 1, &key)) {
    ring_[seen_++ % ring_.size()] = {key, FetchBucket(*keyspace_, key)};
  }
}

void LookAhead::FetchEntries(uint32_t until) {
  for (until = std::min(until, seen_); fetched_ < until; ++fetched_) {
    FetchEntry(*keyspace_, ring_[fetched_ % ring_.size()].hash);
  }
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

// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "storage/evict.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <string>

#include "storage/keyspace.h"

namespace ebb {
namespace {

// Samples whose candidates were all gone already before it is said that none may go.
constexpr int kMaxTries = 64;

// Whether there is a key that may go.
bool HasAny(const Keyspace& db, bool only_expiring) {
  return (only_expiring ? db.expires() : db.size()) > 0;
}

uint64_t Score(EvictionPolicy policy, const Entry& entry, const KeyspaceContext& context) {
  const uint32_t history = entry.access_clock();
  if (policy == EvictionPolicy::kVolatileTtl) {
    return std::numeric_limits<uint64_t>::max() - static_cast<uint64_t>(entry.expire_ms());
  }
  if (IsLfu(policy)) return 255 - context.access.Frequency(history, context.clock);
  return entry.IdleSeconds(context.clock.access_clock());
}

}  // namespace

bool Evictor::EvictOne(EvictionPolicy policy, int samples) {
  if (policy == EvictionPolicy::kNoEviction) return false;
  const bool only_expiring = OnlyExpiring(policy);
  if (policy == EvictionPolicy::kAllkeysRandom || policy == EvictionPolicy::kVolatileRandom) {
    return EvictRandom(only_expiring);
  }
  // Scores of another policy say nothing.
  if (pool_policy_ != policy) pool_.clear();
  pool_policy_ = policy;
  for (int tries = 0; tries < kMaxTries; ++tries) {
    if (!Fill(policy, only_expiring, samples)) return false;
    if (EvictBest(only_expiring)) return true;
  }
  return false;
}

// The databases take turns; those with nothing to evict are passed over.
bool Evictor::EvictRandom(bool only_expiring) {
  // The rest of a round over them, then a whole one.
  for (int rounds = 0; rounds < 2;) {
    Keyspace* db = next_database_in_use_(next_random_database_);
    next_random_database_ = db != nullptr ? db->id() + 1 : 0;
    if (db == nullptr) {
      ++rounds;
      continue;
    }
    if (!HasAny(*db, only_expiring)) continue;
    std::optional<std::string> key;
    db->Sample(1, only_expiring, [&key](const Entry& entry) { key = entry.key(); });
    if (key && db->Evict(*key)) return true;
  }
  return false;
}

// Takes a sample of each database. False when no database has a key that may go.
bool Evictor::Fill(EvictionPolicy policy, bool only_expiring, int samples) {
  bool any = false;
  int next = 0;
  while (Keyspace* db = next_database_in_use_(next)) {
    next = db->id() + 1;
    if (!HasAny(*db, only_expiring)) continue;
    any = true;
    db->Sample(static_cast<size_t>(samples), only_expiring, [&](const Entry& entry) {
      Offer(Score(policy, entry, db->context()), db->id(), entry);
    });
  }
  return any;
}

void Evictor::Offer(uint64_t score, int db, const Entry& entry) {
  if (pool_.size() == kPool && score <= pool_.front().score) return;
  const auto place = std::ranges::upper_bound(pool_, score, {}, &Candidate::score);
  const auto known = [&](const Candidate& candidate) {
    return candidate.db == db && candidate.key == entry.key();
  };
  // Equal scores stand together: where a sample comes upon the same key again, it is there.
  for (auto at = place; at != pool_.begin() && (at - 1)->score == score; --at) {
    if (known(*(at - 1))) return;
  }
  pool_.insert(place, {score, db, std::string(entry.key())});
  if (pool_.size() > kPool) pool_.erase(pool_.begin());
}

// Evicts the best candidate that is still there, and may still go.
bool Evictor::EvictBest(bool only_expiring) {
  while (!pool_.empty()) {
    const Candidate best = std::move(pool_.back());
    pool_.pop_back();
    Keyspace* db = next_database_in_use_(best.db);
    if (db == nullptr || db->id() != best.db) continue;
    if (db->Evict(best.key, only_expiring)) return true;
  }
  return false;
}

}  // namespace ebb

// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace ebb {

class Keyspace;
class Entry;

// Which keys go when memory is short: of all or of those with a time to live, the one that was not
// used for the longest (LRU), that is used least (LFU), any, or the one that expires next.
enum class EvictionPolicy : uint8_t {
  kVolatileLru,
  kVolatileLfu,
  kVolatileRandom,
  kVolatileTtl,
  kAllkeysLru,
  kAllkeysLfu,
  kAllkeysRandom,
  kNoEviction,
};

inline bool IsLfu(EvictionPolicy policy) {
  return policy == EvictionPolicy::kVolatileLfu || policy == EvictionPolicy::kAllkeysLfu;
}

// Whether only keys with a time to live may go.
inline bool OnlyExpiring(EvictionPolicy policy) {
  return policy <= EvictionPolicy::kVolatileTtl;
}

// Chooses keys to evict and evicts them. The choice is by samples: some entries that lie beside
// each other in the table, which is a random choice as the hash has thrown them there. The best
// candidates of earlier samples are kept in a pool and compete with the new ones, so that after
// some samples the one that goes is nearly always among the best of all (the method of Redis since
// 3.0).
//
// Thread: engine thread.
class Evictor {
 public:
  // `next_database(i)` answers the first database in use whose number is i or greater, null when
  // there is none.
  explicit Evictor(std::function<Keyspace*(int)> next_database)
      : next_database_in_use_(std::move(next_database)) {}

  // Removes one key; false when the policy finds none that may go. Up to `samples` entries of each
  // database are looked at: a few microseconds for a handful, O(samples). Where all candidates turn
  // out to be gone already that is done again, 64 times at the most. Where keys that may go are
  // rare, some ns more for every two hundred others.
  bool EvictOne(EvictionPolicy policy, int samples);

 private:
  // The greater the score, the sooner it goes.
  struct Candidate {
    uint64_t score;
    int db;
    std::string key;
  };
  static constexpr size_t kPool = 16;

  bool EvictRandom(bool only_expiring);
  bool Fill(EvictionPolicy policy, bool only_expiring, int samples);
  void Offer(uint64_t score, int db, const Entry& entry);
  bool EvictBest(bool only_expiring);

  const std::function<Keyspace*(int)> next_database_in_use_;
  std::vector<Candidate> pool_;  // by score, the best last
  EvictionPolicy pool_policy_ = EvictionPolicy::kNoEviction;
  int next_random_database_ = 0;
};

}  // namespace ebb

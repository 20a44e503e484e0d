// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <array>
#include <cstddef>
#include <map>

#include "storage/keyspace.h"

namespace ebb {

// The databases, by index. Each is made when it is first asked for, so a million of which three are
// used cost what three cost.
//
// Ownership: owns the keyspaces; they stay where they are. Thread: engine thread.
class Databases {
 public:
  // `count` of them; `context` outlives this.
  Databases(int count, KeyspaceContext& context) : count_(count), context_(context) {}
  Databases(const Databases&) = delete;
  Databases& operator=(const Databases&) = delete;

  int count() const { return count_; }

  // The database of `index`, from 0 to count() - 1. O(1) for the first kNear, else O(log used).
  Keyspace& at(int index) {
    const auto slot = static_cast<size_t>(index);
    if (slot < kNear && near_[slot] != nullptr) return *near_[slot];
    return Make(index);
  }

  // Those that have been asked for, by index; all others are empty.
  std::map<int, Keyspace>& used() { return used_; }
  const std::map<int, Keyspace>& used() const { return used_; }

  // The first of used() whose index is `index` or greater; null when there is none. O(log used).
  Keyspace* NextUsed(int index) {
    const auto found = used_.lower_bound(index);
    return found != used_.end() ? &found->second : nullptr;
  }

  // For going round: the first of used() from `index` on, else the first of all. REQUIRES: one is
  // used. O(log used).
  Keyspace& UsedFrom(int index) {
    const auto found = used_.lower_bound(index);
    return (found != used_.end() ? found : used_.begin())->second;
  }

 private:
  static constexpr size_t kNear = 16;

  Keyspace& Make(int index) {
    Keyspace& keyspace = used_.try_emplace(index, index, context_).first->second;
    const auto slot = static_cast<size_t>(index);
    if (slot < kNear) near_[slot] = &keyspace;
    return keyspace;
  }

  const int count_;
  KeyspaceContext& context_;
  std::map<int, Keyspace> used_;
  std::array<Keyspace*, kNear> near_{};
};

}  // namespace ebb

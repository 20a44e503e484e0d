// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <string_view>

#include "storage/dict.h"
#include "storage/hash.h"

// Elements and policies for the tests of Dict, and a dict that owns its elements.
namespace ebb::dict_test {

struct alignas(16) Item {
  uint64_t key;
  uint32_t hint = 0;
  uint32_t value = 0;
};

// Elements with a number for a key, hashed as a server hashes strings, always under the same seed.
// Counts how often the dict looks at an element for its hash.
struct NumberPolicy {
  using Element = Item;
  using Key = uint64_t;
  static inline uint64_t hash_calls = 0;

  static uint64_t HashOf(uint64_t key) {
    constexpr HashSeed kSeed{0x0123456789abcdef, 0xfedcba9876543210};
    return SipHash13(kSeed, {reinterpret_cast<const char*>(&key), sizeof(key)});
  }
  static uint64_t Hash(const Item& item) {
    ++hash_calls;
    return HashOf(item.key);
  }
  static bool Equal(const Item& item, uint64_t key) { return item.key == key; }
  static uint32_t Hint(const Item& item) { return item.hint; }
};

// The key is the hash, so tests choose both.
struct IdentityPolicy : NumberPolicy {
  static uint64_t HashOf(uint64_t key) { return key; }
  static uint64_t Hash(const Item& item) { return item.key; }
};

// One hash for all.
struct ConstantPolicy : NumberPolicy {
  static uint64_t HashOf(uint64_t) { return 0xfff0000000000007; }
  static uint64_t Hash(const Item&) { return HashOf(0); }
};

template <typename Policy>
class Model {
 public:
  using Table = Dict<Policy>;
  using Slot = typename Table::Slot;

  Model() = default;
  ~Model() { Clear(); }

  // Whether `key` was added, that is, was not there.
  bool Add(uint64_t key, bool marked = false, uint32_t hint = 0) {
    const uint64_t hash = Policy::HashOf(key);
    const auto make = [&] { return new Item{key, hint}; };
    const bool is_new = !Find(key);
    const Slot slot = is_new && marked ? table.Insert(make(), hash, true)
                                       : table.FindOrInsert(key, hash, make).slot;
    EXPECT_EQ(slot.element()->key, key);
    EXPECT_TRUE(!is_new || slot.marked() == marked);
    return is_new;
  }

  Slot Find(uint64_t key) const { return table.Find(key, Policy::HashOf(key)); }

  // Whether `key` was there.
  bool Remove(uint64_t key) {
    const Slot slot = Find(key);
    if (!slot) return false;
    Item* item = table.Erase(slot);
    EXPECT_EQ(item->key, key);
    delete item;
    return true;
  }

  void Clear() {
    while (table.ClearStep([](Item* item) { delete item; })) {
    }
  }

  Table table;
};

}  // namespace ebb::dict_test

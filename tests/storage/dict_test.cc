// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "storage/dict.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "storage/hash.h"
#include "storage/memory/allocator.h"
#include "storage/random.h"

namespace ebb {
namespace {

constexpr HashSeed kSeed{0x0123456789abcdef, 0xfedcba9876543210};

struct Item {
  uint64_t key;
  uint32_t hint = 0;
  uint32_t copies = 0;
};

uint64_t hash_calls = 0;

// Elements with a number for a key, hashed as a server hashes strings.
struct NumberPolicy {
  using Element = Item;
  using Key = uint64_t;
  static uint64_t HashOf(uint64_t key) {
    return SipHash13(kSeed, {reinterpret_cast<const char*>(&key), sizeof(key)});
  }
  static uint64_t Hash(const Item& item) {
    ++hash_calls;
    return HashOf(item.key);
  }
  static bool Equal(const Item& item, uint64_t key) { return item.key == key; }
  static uint32_t Hint(const Item& item) { return item.hint; }
};

// The same with hashes that the test chooses: the key is the hash.
struct IdentityPolicy : NumberPolicy {
  static uint64_t HashOf(uint64_t key) { return key; }
  static uint64_t Hash(const Item& item) { return item.key; }
};

// The same with one hash for all.
struct ConstantPolicy : NumberPolicy {
  static uint64_t HashOf(uint64_t) { return 0xfff0000000000007; }
  static uint64_t Hash(const Item&) { return HashOf(0); }
};

template <typename Policy>
class Model {
 public:
  using Table = Dict<Policy>;
  ~Model() {
    table.Clear([](Item* item) { delete item; });
  }

  bool Add(uint64_t key, bool marked = false, uint32_t hint = 0) {
    auto result = table.FindOrInsert(
        key, Policy::HashOf(key),
        [&] {
          return new Item{key, hint};
        },
        marked);
    EXPECT_EQ(result.slot.element()->key, key);
    return result.inserted;
  }
  typename Table::Slot Find(uint64_t key) const { return table.Find(key, Policy::HashOf(key)); }
  bool Remove(uint64_t key) {
    auto slot = Find(key);
    if (!slot) return false;
    Item* item = table.Erase(slot);
    EXPECT_EQ(item->key, key);
    delete item;
    return true;
  }

  Table table;
};

using NumberModel = Model<NumberPolicy>;

TEST(DictTest, EmptyCostsNothing) {
  NumberModel model;
  EXPECT_EQ(model.table.size(), 0u);
  EXPECT_EQ(model.table.memory(), 0u);
  EXPECT_FALSE(model.Find(1));
  EXPECT_EQ(model.table.Scan(0, [](Item*) { FAIL(); }), 0u);
  EXPECT_EQ(model.table.Random(), nullptr);
  EXPECT_FALSE(model.table.Maintain());
  model.table.CheckInvariants();
}

TEST(DictTest, RandomOperationsLikeAMap) {
  for (uint64_t seed = 1; seed <= 6; ++seed) {
    RandomGenerator random(seed);
    NumberModel model;
    std::unordered_map<uint64_t, bool> expected;
    // The share of insertions swings, so that the table grows and shrinks over and over.
    for (int phase = 0; phase < 12; ++phase) {
      const uint64_t keys = uint64_t{1} << (3 + random.Below(14));
      const uint64_t insert_percent = phase % 2 == 0 ? 75 : 20;
      for (uint64_t i = 0; i < 40000; ++i) {
        const uint64_t key = random.Below(keys);
        const bool marked = random.Below(3) == 0;
        if (random.Below(100) < insert_percent) {
          EXPECT_EQ(model.Add(key, marked), expected.emplace(key, marked).second);
        } else {
          EXPECT_EQ(model.Remove(key), expected.erase(key) == 1);
        }
        ASSERT_EQ(model.table.size(), expected.size());
      }
      model.table.CheckInvariants();
      for (uint64_t key = 0; key < keys; ++key) {
        const auto slot = model.Find(key);
        const auto it = expected.find(key);
        ASSERT_EQ(static_cast<bool>(slot), it != expected.end());
        if (slot) {
          ASSERT_EQ(slot.marked(), it->second);
        }
      }
    }
  }
}

}  // namespace
}  // namespace ebb

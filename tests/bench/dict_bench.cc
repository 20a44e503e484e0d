// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors

// The dict against std::unordered_set with the same elements and the same hash: time per operation,
// and bytes of table per element. Elements are 32-byte blocks with a key of 16 bytes, in memory in
// another order than they are asked for.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "storage/dict.h"
#include "storage/hash.h"
#include "storage/memory/allocator.h"
#include "storage/prefetch.h"
#include "storage/random.h"

namespace ebb {
namespace {

struct Item {
  uint64_t header;
  char text[16];
  std::string_view key() const { return {text, sizeof(text)}; }
};

struct ItemPolicy {
  using Element = Item;
  using Key = std::string_view;
  static uint64_t Hash(const Item& item) { return HashBytes(item.key()); }
  static bool Equal(const Item& item, std::string_view key) { return item.key() == key; }
  static uint32_t Hint(const Item&) { return 0; }
};

using Key = std::array<char, 16>;

Key KeyOf(uint64_t number) {
  Key key;
  char digits[32];
  std::snprintf(digits, sizeof(digits), "key:%012llu", static_cast<unsigned long long>(number));
  std::memcpy(key.data(), digits, key.size());
  return key;
}

// Items 0..n-1, made once and kept: the largest benchmark decides.
std::vector<Item*>& Items(size_t count) {
  static std::vector<Item*> items;
  while (items.size() < count) {
    auto* item = static_cast<Item*>(memory::Allocate(32));
    const Key key = KeyOf(items.size());
    std::memcpy(item->text, key.data(), key.size());
    items.push_back(item);
  }
  return items;
}

// Keys to ask for, in random order, as views of memory that is read in sequence.
std::vector<Key> Questions(size_t count, uint64_t first) {
  std::vector<Key> keys(count);
  for (size_t i = 0; i < count; ++i) keys[i] = KeyOf(first + i);
  RandomGenerator random(7);
  std::shuffle(keys.begin(), keys.end(), random);
  return keys;
}

std::string_view View(const Key& key) {
  return {key.data(), key.size()};
}

struct DictTable {
  Dict<ItemPolicy> dict;
  void Insert(Item* item) { dict.Insert(item, HashBytes(item->key())); }
  bool Find(std::string_view key) const {
    return static_cast<bool>(dict.Find(key, HashBytes(key)));
  }
  void Erase(std::string_view key) {
    benchmark::DoNotOptimize(dict.Erase(dict.Find(key, HashBytes(key))));
  }
  size_t memory() const { return dict.memory(); }
};

struct StdTable {
  struct Hash {
    using is_transparent = void;
    size_t operator()(const Item* item) const { return HashBytes(item->key()); }
    size_t operator()(std::string_view key) const { return HashBytes(key); }
  };
  struct Equal {
    using is_transparent = void;
    bool operator()(const Item* a, const Item* b) const { return a->key() == b->key(); }
    bool operator()(std::string_view a, const Item* b) const { return a == b->key(); }
    bool operator()(const Item* a, std::string_view b) const { return a->key() == b; }
  };
  std::unordered_set<Item*, Hash, Equal> set;
  void Insert(Item* item) { set.insert(item); }
  bool Find(std::string_view key) const { return set.find(key) != set.end(); }
  void Erase(std::string_view key) { set.erase(set.find(key)); }
  // A node is a link, the element and the cached hash; a bucket is a pointer.
  size_t memory() const { return set.size() * memory::GoodSize(24) + set.bucket_count() * 8; }
};

template <typename Table>
void Fill(Table* table, size_t count) {
  const auto& items = Items(count);
  for (size_t i = 0; i < count; ++i) table->Insert(items[i]);
}

template <typename Table>
void BM_Insert(benchmark::State& state) {
  const auto count = static_cast<size_t>(state.range(0));
  const auto& items = Items(count);
  for (auto _ : state) {
    auto table = std::make_unique<Table>();
    for (size_t i = 0; i < count; ++i) table->Insert(items[i]);
    state.PauseTiming();
    state.counters["bytes/element"] =
        static_cast<double>(table->memory()) / static_cast<double>(count);
    table.reset();
    state.ResumeTiming();
  }
  state.counters["ns/op"] = benchmark::Counter(
      static_cast<double>(count) * 1e-9,
      benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

template <typename Table, bool kHit>
void BM_Find(benchmark::State& state) {
  const auto count = static_cast<size_t>(state.range(0));
  Table table;
  Fill(&table, count);
  const std::vector<Key> questions = Questions(count, kHit ? 0 : count);
  size_t at = 0;
  size_t found = 0;
  for (auto _ : state) {
    found += table.Find(View(questions[at]));
    if (++at == count) at = 0;
  }
  if (found != (kHit ? static_cast<size_t>(state.iterations()) : 0))
    state.SkipWithError("wrong answers");
}

template <typename Table>
void BM_Erase(benchmark::State& state) {
  const auto count = static_cast<size_t>(state.range(0));
  const std::vector<Key> questions = Questions(count, 0);
  for (auto _ : state) {
    state.PauseTiming();
    Table table;
    Fill(&table, count);
    state.ResumeTiming();
    for (const Key& key : questions) table.Erase(View(key));
  }
  state.counters["ns/op"] = benchmark::Counter(
      static_cast<double>(count) * 1e-9,
      benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

// As a pipelined batch does it: 32 buckets, 32 elements, 32 searches.
void BM_FindBatch(benchmark::State& state) {
  constexpr size_t kBatch = 32;
  const auto count = static_cast<size_t>(state.range(0)) / kBatch * kBatch;
  DictTable table;
  Fill(&table, count);
  const std::vector<Key> questions = Questions(count, 0);
  size_t at = 0;
  while (state.KeepRunningBatch(kBatch)) {
    std::array<uint64_t, kBatch> hashes;
    for (size_t i = 0; i < kBatch; ++i) {
      hashes[i] = HashBytes(View(questions[at + i]));
      table.dict.PrefetchBucket(hashes[i]);
    }
    for (uint64_t hash : hashes) Prefetch(table.dict.LikelyElement(hash));
    for (size_t i = 0; i < kBatch; ++i) {
      benchmark::DoNotOptimize(table.dict.Find(View(questions[at + i]), hashes[i]));
    }
    at = at + kBatch == count ? 0 : at + kBatch;
  }
}

// Table bytes per element while a million becomes two and the other way round, and the mean over
// the way.
void BM_BytesPerElement(benchmark::State& state) {
  constexpr size_t kStart = 1000000;
  const auto& items = Items(2 * kStart);
  for (auto _ : state) {
    DictTable table;
    Fill(&table, kStart);
    double sum = 0;
    size_t samples = 0;
    const auto sample = [&](size_t i) {
      if (i % 1000 != 0) return;
      const double bytes =
          static_cast<double>(table.memory()) / static_cast<double>(table.dict.size());
      sum += bytes;
      ++samples;
      if (i % (kStart / 4) == 0) {
        state.counters[std::to_string(i / (kStart / 100)) + "%"] = bytes;
      }
    };
    for (size_t i = kStart; i < 2 * kStart; ++i) {
      sample(i);
      table.Insert(items[i]);
    }
    state.counters["growing"] = sum / static_cast<double>(samples);
    sum = 0;
    samples = 0;
    const std::vector<Key> questions = Questions(2 * kStart, 0);
    for (size_t i = 0; i < kStart; ++i) {
      if (i % 1000 == 0) {
        sum += static_cast<double>(table.memory()) / static_cast<double>(table.dict.size());
        ++samples;
      }
      table.Erase(View(questions[i]));
    }
    state.counters["shrinking"] = sum / static_cast<double>(samples);
    state.counters["largest_block"] = static_cast<double>(table.dict.largest_allocation());
  }
}

void BM_HashBytes(benchmark::State& state) {
  const std::string bytes(static_cast<size_t>(state.range(0)), 'x');
  for (auto _ : state) benchmark::DoNotOptimize(HashBytes(bytes));
}

constexpr int64_t kMillion = 1000000;

BENCHMARK(BM_HashBytes)->Arg(8)->Arg(16)->Arg(40);
BENCHMARK(BM_BytesPerElement)->Iterations(1)->Unit(benchmark::kMillisecond);
#define TABLE_BENCHMARKS(Table)                                                                  \
  BENCHMARK(BM_Insert<Table>)->Arg(kMillion)->Arg(10 * kMillion)->Unit(benchmark::kMillisecond); \
  BENCHMARK(BM_Find<Table, true>)                                                                \
      ->Name("BM_FindHit<" #Table ">")                                                           \
      ->Arg(kMillion)                                                                            \
      ->Arg(10 * kMillion);                                                                      \
  BENCHMARK(BM_Find<Table, false>)                                                               \
      ->Name("BM_FindMiss<" #Table ">")                                                          \
      ->Arg(kMillion)                                                                            \
      ->Arg(10 * kMillion);                                                                      \
  BENCHMARK(BM_Erase<Table>)->Arg(kMillion)->Arg(10 * kMillion)->Unit(benchmark::kMillisecond)
TABLE_BENCHMARKS(DictTable);
BENCHMARK(BM_FindBatch)->Arg(kMillion)->Arg(10 * kMillion);
TABLE_BENCHMARKS(StdTable);

}  // namespace
}  // namespace ebb

BENCHMARK_MAIN();

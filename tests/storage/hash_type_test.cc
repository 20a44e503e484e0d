// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "storage/digest.h"
#include "storage/key_writer.h"
#include "storage/memory/allocator.h"
#include "storage/memory/defragger.h"
#include "storage/random.h"
#include "storage/types/hash.h"
#include "tests/support/keyspace_fixture.h"

namespace ebb {
namespace {

std::string Text(const HashText& text) {
  HashText::Digits digits;
  return std::string(text.View(digits));
}

using Model = std::map<std::string, std::string>;

Model ContentOf(const Entry& entry) {
  Model content;
  ForEachField(entry, [&](const HashPair& pair) {
    EXPECT_TRUE(content.emplace(Text(pair.field), Text(pair.value)).second);
  });
  return content;
}

std::string DigestOf(const Entry& entry) {
  Digest digest;
  OpsOf(Type::kHash).digest(entry, digest);
  return digest.Hex();
}

class HashTypeTest : public test::KeyspaceFixture {
 protected:
  size_t Set(const std::string& key, const std::vector<std::string>& texts) {
    const std::vector<std::string_view> views(texts.begin(), texts.end());
    KeyWriter writer(db_, key);
    return SetFields(writer, views);
  }
  bool Erase(const std::string& key, const std::string& field) {
    KeyWriter writer(db_, key);
    const bool erased = EraseField(writer, field);
    if (HashSize(*writer.entry()) == 0) writer.Remove();
    return erased;
  }

  // A hash of so many fields, "f0" to .., whose values are their numbers.
  void Fill(const std::string& key, size_t fields) {
    for (size_t i = 0; i < fields; ++i) Set(key, {"f" + std::to_string(i), std::to_string(i)});
  }

  const Entry& At(const std::string& key) { return *db_.Peek(key); }
  Encoding EncodingOf(const std::string& key) { return At(key).encoding(); }

  // What the allocator has given out for the values' blocks.
  size_t Usage(const std::string& key) { return OpsOf(Type::kHash).memory_usage(At(key), 0); }

  RandomGenerator random_{23};
};

// ------------------------------------------------------------------------------------------- model

// With limits so low that hashes go over them, and higher ones that take more than one batch.
class HashModelTest : public HashTypeTest, public testing::WithParamInterface<int64_t> {
 protected:
  std::string Field() { return random_.Below(2) ? Number() : "field:" + Number(); }
  std::string Number() {
    return std::to_string(random_.Below(static_cast<size_t>(GetParam()) * 2));
  }
  std::string Value() {
    switch (random_.Below(8)) {
      case 0:
        return std::to_string(random_() >> random_.Below(64));
      case 1:
        return std::string(random_.Below(200), 'v');
      case 2:
        return random_.Below(50) == 0 ? std::string(random_.Below(20'000), 'w') : "";
      default:
        return std::string(random_.Below(20), 'x');
    }
  }

  void SetSome() {
    std::vector<std::string> texts;
    for (size_t pairs = 1 + random_.Below(random_.Below(20) == 0 ? 60 : 4); pairs > 0; --pairs) {
      texts.push_back(Field());
      texts.push_back(Value());
    }
    size_t created = 0;
    for (size_t i = 0; i < texts.size(); i += 2) {
      created += model_.insert_or_assign(texts[i], texts[i + 1]).second;
    }
    ASSERT_EQ(Set("k", texts), created);
  }

  void EraseOne() {
    const std::string field = Field();
    if (model_.empty()) return;
    ASSERT_EQ(Erase("k", field), model_.erase(field) > 0);
  }

  void Check() {
    const Entry* entry = db_.Peek("k");
    ASSERT_EQ(entry == nullptr, model_.empty());
    if (entry == nullptr) return;
    ASSERT_EQ(HashSize(*entry), model_.size());
    ASSERT_EQ(ContentOf(*entry), model_);
    for (int i = 0; i < 10; ++i) {
      const std::string field = Field();
      const auto found = FindField(*entry, field);
      const auto expected = model_.find(field);
      ASSERT_EQ(found.has_value(), expected != model_.end());
      if (found) {
        ASSERT_EQ(Text(*found), expected->second);
      }
    }
    if (entry->encoding() == Encoding::kHashtable) {
      const auto& hash = *static_cast<const HashValue*>(entry->value());
      hash.elements.CheckInvariants();
      size_t bytes = 0;
      hash.elements.ForEach(
          [&](const HashField* field) { bytes += memory::GoodSize(field->block_size()); });
      ASSERT_EQ(hash.bytes, bytes);
    } else {
      ASSERT_TRUE(Listpack::IsValid(StoredBytes(*entry)));
    }
    CheckCopy(*entry);
  }

  void CheckCopy(const Entry& entry) {
    KeyWriter writer(copies_, "copy");
    ASSERT_TRUE(writer.CopyFrom(entry));
    ASSERT_EQ(ContentOf(*writer.entry()), model_);
    ASSERT_EQ(DigestOf(*writer.entry()), DigestOf(entry));
  }

  Model model_;
  Keyspace copies_{1, context_};
};

TEST_P(HashModelTest, IsAsTheModelWhateverIsDoneToIt) {
  context_.limits.hash_max_listpack_entries = GetParam();
  context_.limits.hash_max_listpack_value = 10'000;
  size_t listpacks = 0, tables = 0;
  for (int round = 0; round < 30; ++round) {
    for (int step = 0; step < 300; ++step) {
      // Now growing, now shrinking to nothing.
      random_.Below(4) < (step < 150 ? 2u : 0u) ? SetSome() : EraseOne();
      if (HasFatalFailure()) return;
      if (step % 16 == 0) {
        ASSERT_NO_FATAL_FAILURE(Check()) << round << ' ' << step;
      }
      if (!model_.empty()) ++(EncodingOf("k") == Encoding::kListpack ? listpacks : tables);
    }
    ASSERT_NO_FATAL_FAILURE(Check());
    db_.Remove("k");
    model_.clear();
    FreeAll();
  }
  EXPECT_GT(listpacks, 100u);
  EXPECT_GT(tables, 100u);
}

INSTANTIATE_TEST_SUITE_P(Limits, HashModelTest, testing::Values(8, 64, 300));

// ---------------------------------------------------------------------------------------- encoding

TEST_F(HashTypeTest, TurnsIntoATableBeyondTheLimits) {
  context_.limits.hash_max_listpack_entries = 4;
  context_.limits.hash_max_listpack_value = 10;
  Fill("k", 4);
  EXPECT_EQ(EncodingOf("k"), Encoding::kListpack);
  Set("k", {"f0", "changed", "f1", "changed"});
  EXPECT_EQ(EncodingOf("k"), Encoding::kListpack);
  Set("k", {"f4", "one too many"});
  EXPECT_EQ(EncodingOf("k"), Encoding::kHashtable);
  for (int i = 0; i < 4; ++i) Erase("k", "f" + std::to_string(i));
  EXPECT_EQ(EncodingOf("k"), Encoding::kHashtable);

  Set("value", {"f", std::string(10, 'v')});
  EXPECT_EQ(EncodingOf("value"), Encoding::kListpack);
  Set("value", {"f", std::string(11, 'v')});
  EXPECT_EQ(EncodingOf("value"), Encoding::kHashtable);
  Set("field", {std::string(11, 'f'), ""});
  EXPECT_EQ(EncodingOf("field"), Encoding::kHashtable);
  Set("one by one", {"a", "1", "a", "2", "b", "", "c", "", "d", "", "d", ""});
  EXPECT_EQ(EncodingOf("one by one"), Encoding::kListpack);
  EXPECT_EQ(Text(*FindField(At("one by one"), "a")), "2");
}

TEST_F(HashTypeTest, AListpackHasALimitInBytes) {
  context_.limits.max_listpack_bytes = 300;
  for (const char* const field : {"a", "b", "c", "d"}) Set("k", {field, std::string(60, 'v')});
  EXPECT_EQ(EncodingOf("k"), Encoding::kListpack);
  Set("k", {"e", std::string(60, 'v')});
  EXPECT_EQ(EncodingOf("k"), Encoding::kHashtable);
}

TEST_F(HashTypeTest, LowerLimitsCountFromTheNextChange) {
  Fill("k", 5);
  context_.limits.hash_max_listpack_entries = 4;
  Erase("k", "f4");
  EXPECT_EQ(EncodingOf("k"), Encoding::kListpack);
  context_.limits.hash_max_listpack_entries = 0;
  Set("k", {"f0", "0"});
  EXPECT_EQ(EncodingOf("k"), Encoding::kHashtable);
}

TEST_F(HashTypeTest, KeepsItsTimeToLiveWhenItTurnsIntoATable) {
  Set("k", {"f", "v"});
  KeyWriter(db_, "k").SetExpire(1'000'000);
  Set("k", {"f", std::string(100, 'v')});
  EXPECT_EQ(EncodingOf("k"), Encoding::kHashtable);
  EXPECT_EQ(At("k").expire_ms(), 1'000'000);
}

// ------------------------------------------------------------------------------------------ memory

TEST_F(HashTypeTest, AFieldOfABigHashCostsLittle) {
  constexpr size_t kFields = 200'000;
  const size_t before = memory::UsedMemory();
  size_t raw = 0;
  for (size_t i = 0; i < kFields; ++i) {
    const std::string field = "field:" + std::to_string(i);
    Set("k", {field, "value:" + std::to_string(i)});
    raw += 2 * field.size();
  }
  const size_t used = memory::UsedMemory() - before;
  EXPECT_LT(used - raw, kFields * 28);
  // What is told is what was taken, but for the entry and the keyspace's table.
  EXPECT_NEAR(static_cast<double>(Usage("k")), static_cast<double>(used), 1024);
}

TEST_F(HashTypeTest, IsFreedInSlices) {
  Fill("warm", 1);
  const size_t before = memory::UsedMemory();
  Fill("k", 20'000);
  db_.Remove("k");
  const size_t waiting = lazy_free_.pending_bytes();
  EXPECT_GT(waiting, 20'000u * 16);
  size_t slices = 1, last = waiting;
  while (lazy_free_.Step()) {
    // Some tens of microseconds: a few hundred elements.
    EXPECT_LT(last - lazy_free_.pending_bytes(), waiting / 20);
    last = lazy_free_.pending_bytes();
    ++slices;
  }
  EXPECT_GT(slices, 50u);
  EXPECT_EQ(lazy_free_.pending_bytes(), 0u);
  EXPECT_LE(memory::UsedMemory(), before + 4096);
}

TEST_F(HashTypeTest, LeavesBigValuesToTheThread) {
  const std::string big(1'000'000, 'v');
  Set("k", {"f", big, "g", ""});
  Set("k", {"f", ""});
  EXPECT_GE(lazy_free_.pending_bytes(), big.size());
  FreeAll();
  Set("k", {"f", big});
  Erase("k", "f");
  EXPECT_GE(lazy_free_.pending_bytes(), big.size());
  FreeAll();
  // A hash of few fields takes long if they are big.
  Set("k", {"f", big});
  db_.Remove("k");
  EXPECT_GE(lazy_free_.pending_bytes(), big.size());
  FreeAll();
}

TEST_F(HashTypeTest, GivesBackWhatItsFieldsTook) {
  Fill("k", 1000);
  const size_t usage = Usage("k");
  Fill("k", 20'000);
  for (size_t i = 1000; i < 20'000; ++i) Erase("k", "f" + std::to_string(i));
  EXPECT_LT(Usage("k"), usage + usage / 4);
}

// Without jemalloc every block moves in every round.
TEST_F(HashTypeTest, ItsBlocksMoveAndItStaysAsItIs) {
  Model expected;
  for (size_t i = 0; i < 5000; ++i) {
    const std::string field = "f" + std::to_string(i);
    expected[field] = std::string(i % 300 == 0 ? 20'000 : i % 100, 'v');
    Set("big", {field, expected[field]});
  }
  for (size_t i = 0; i < 5000; i += 2) {
    const std::string field = "f" + std::to_string(i);
    Erase("big", field);
    expected.erase(field);
  }
  Set("small", {"f", "v"});
  for (int i = 0; i < 100; ++i) Set("middle", {std::to_string(i), std::string(30, 'm')});
  FreeAll();

  memory::Purger purger;
  Defragger defragger([this](int from) { return from == 0 ? &db_ : nullptr; }, purger);
  size_t changes = 0;
  for (const auto scope : {DefragScope::kTables, DefragScope::kValues, DefragScope::kAll}) {
    defragger.Begin(scope);
    while (defragger.running()) {
      defragger.RunSlice([] { return true; });
      // Fields come and go meanwhile.
      const std::string field = "g" + std::to_string(changes / 2);
      changes++ % 2 == 0 ? static_cast<void>(Set("big", {field, "v"}))
                         : static_cast<void>(Erase("big", field));
    }
    if (changes % 2 == 1) Erase("big", "g" + std::to_string(changes++ / 2));
    static_cast<const HashValue*>(At("big").value())->elements.CheckInvariants();
    ASSERT_EQ(ContentOf(At("big")), expected);
    ASSERT_EQ(HashSize(At("middle")), 100u);
    ASSERT_EQ(Text(*FindField(At("small"), "f")), "v");
  }
  if (!memory::SlabsUnknown().empty()) {
    EXPECT_GT(defragger.mover().counters().moved, 2500u);
  }
}

// ----------------------------------------------------------------------------------- random, walks

// On either side of where a hash becomes a table.
class HashDrawTest : public HashTypeTest, public testing::WithParamInterface<size_t> {
 protected:
  void SetUp() override { Fill("k", GetParam()); }
  std::set<std::string> Fields(const std::vector<HashPair>& pairs) {
    std::set<std::string> fields;
    for (const HashPair& pair : pairs) {
      EXPECT_EQ("f" + Text(pair.value), Text(pair.field));
      fields.insert(Text(pair.field));
    }
    return fields;
  }
};

TEST_P(HashDrawTest, SamplesHaveNoFieldTwice) {
  const size_t size = GetParam();
  for (const size_t count : {size_t{0}, size_t{1}, size / 4, size / 2, size - 1}) {
    EXPECT_EQ(SampleFields(At("k"), count).size(), count);
    EXPECT_EQ(Fields(SampleFields(At("k"), count)).size(), count);
  }
  EXPECT_EQ(Fields(SampleFields(At("k"), size * 5)).size(), size);
  EXPECT_EQ(Fields(SampleFields(At("k"), SIZE_MAX)).size(), size);
}

TEST_P(HashDrawTest, EveryFieldIsDrawn) {
  const size_t size = GetParam();
  EXPECT_EQ(Fields(DrawFields(At("k"), 50 * size)).size(), size);
  std::set<std::string> drawn, sampled;
  for (size_t i = 0; i < 50 * size; ++i) drawn.insert(Text(RandomField(At("k")).field));
  EXPECT_EQ(drawn.size(), size);
  for (size_t i = 0; i < 200; ++i) sampled.merge(Fields(SampleFields(At("k"), size / 4)));
  EXPECT_EQ(sampled.size(), size);
}

TEST_P(HashDrawTest, AWalkMeetsEveryFieldThatStays) {
  std::set<std::string> met;
  uint64_t cursor = 0;
  size_t extra = 0;
  do {
    cursor =
        ScanFields(At("k"), cursor, [&](const HashPair& pair) { met.insert(Text(pair.field)); });
    for (int i = 0; i < 20; ++i) Set("k", {"x" + std::to_string(extra++), ""});
  } while (cursor != 0 && extra < 100'000);
  EXPECT_EQ(cursor, 0u);
  for (size_t i = 0; i < GetParam(); ++i) EXPECT_TRUE(met.contains("f" + std::to_string(i))) << i;
}

INSTANTIATE_TEST_SUITE_P(Sizes, HashDrawTest, testing::Values(60, 512, 513, 900));

}  // namespace
}  // namespace ebb

// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "storage/types/packed.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "storage/encodings/listpack.h"
#include "storage/key_writer.h"
#include "storage/random.h"
#include "tests/support/nobody_listens.h"

namespace ebb {
namespace {

// Strings stand in for a collection, so that no type has to be there: what ends an entry looks at
// its type alone.
constexpr Type kType = Type::kString;

class PackedTest : public testing::Test {
 protected:
  void Insert(size_t index, const std::vector<std::string>& values) {
    const std::vector<std::string_view> views(values.begin(), values.end());
    KeyWriter writer(db_, "key");
    InsertPacked(writer, kType, Offset(writer, index), views);
    model_.insert(model_.begin() + static_cast<ptrdiff_t>(index), values.begin(), values.end());
  }
  void Erase(size_t index, size_t count) {
    KeyWriter writer(db_, "key");
    ErasePacked(writer, Offset(writer, index), count);
    const auto first = model_.begin() + static_cast<ptrdiff_t>(index);
    model_.erase(first, first + static_cast<ptrdiff_t>(count));
  }
  void Replace(size_t index, const std::string& value) {
    KeyWriter writer(db_, "key");
    ReplacePacked(writer, Offset(writer, index), value);
    model_[index] = value;
  }

  void Check() {
    const Entry* entry = db_.Peek("key");
    ASSERT_NE(entry, nullptr);
    const std::string_view bytes = StoredBytes(*entry);
    ASSERT_TRUE(Listpack::IsValid(bytes));
    const Listpack list(bytes);
    ASSERT_EQ(list.Count(), model_.size());
    ListpackElement::Digits digits;
    size_t at = list.Begin();
    for (const std::string& value : model_) {
      ASSERT_EQ(list.Get(at).View(digits), value);
      at = list.Next(at);
    }
  }

  const Entry& entry() { return *db_.Peek("key"); }
  KeyspaceContext& context() { return context_; }
  Keyspace& db() { return db_; }
  size_t size() const { return model_.size(); }

 private:
  static size_t Offset(const KeyWriter& writer, size_t index) {
    if (!writer.exists()) return 0;
    return Listpack(StoredBytes(*writer.entry())).Seek(static_cast<int64_t>(index));
  }

  Clock clock_;
  test::NobodyListens nobody_;
  KeyspaceCounters counters_;
  KeyspaceContext context_{.clock = clock_, .observer = nobody_, .counters = counters_};
  Keyspace db_{0, context_};
  std::vector<std::string> model_;
};

TEST_F(PackedTest, IsAsTheModelWhateverIsDoneToIt) {
  Insert(0, {"first"});
  RandomGenerator random(7);
  for (int step = 0; step < 20'000; ++step) {
    // Now growing, now shrinking, past the size that an entry can hold.
    const bool grows = step / 1000 % 2 == 0;
    const size_t at = random.Below(size() + 1);
    const std::string value = random.Below(3) == 0 ? std::to_string(random.Below(100'000))
                                                   : std::string(random.Below(40), 'v');
    if (size() < 2 || random.Below(3) < (grows ? 2u : 1u)) {
      Insert(at, {value, std::to_string(step)});
    } else if (random.Below(2) == 0) {
      Replace(random.Below(size()), value);
    } else {
      const size_t first = random.Below(size() - 1);
      Erase(first, 1 + random.Below(std::min<size_t>(3, size() - first - 1)));
    }
    if (step % 16 == 0) {
      ASSERT_NO_FATAL_FAILURE(Check()) << step;
    }
  }
  ASSERT_NO_FATAL_FAILURE(Check());
}

TEST_F(PackedTest, LivesInTheEntryWhileItIsShort) {
  Insert(0, {"a", "b"});
  EXPECT_TRUE(entry().is_inline());
  while (entry().is_inline()) Insert(0, {"0123456789"});
  EXPECT_GT(size(), 80u);
  while (!entry().is_inline()) Erase(0, 1);
  EXPECT_LT(size(), 50u);
  EXPECT_GT(size(), 20u);
  Check();
}

TEST_F(PackedTest, KeepsItsTimeToLive) {
  Insert(0, {"a"});
  KeyWriter(db(), "key").SetExpire(1'000'000);
  while (entry().is_inline()) Insert(0, {"0123456789"});
  EXPECT_EQ(entry().expire_ms(), 1'000'000);
  Check();
}

}  // namespace
}  // namespace ebb

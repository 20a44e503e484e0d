// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "storage/types/string.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "storage/key_writer.h"
#include "storage/keyspace.h"
#include "storage/memory/allocator.h"

namespace ebb {
namespace {

class StringTest : public ::testing::Test, protected KeyspaceObserver {
 protected:
  const Entry& At(const std::string& key) { return *keyspace_.Peek(key); }
  std::string ValueOf(const std::string& key) {
    const Entry* entry = keyspace_.Peek(key);
    return entry == nullptr ? "(none)" : std::string(StringView(*entry).view());
  }
  void Assign(const std::string& key, std::string_view value) {
    KeyWriter writer(keyspace_, key);
    AssignString(writer, value);
  }

  // The only key is there before that time, and the expire cycle removes it then.
  void ExpectExpiresAt(int64_t unix_ms) {
    EXPECT_EQ(keyspace_.size(), 1u);
    clock_.unix_ms = unix_ms;
    while (keyspace_.ExpireChunk().more) continue;
    EXPECT_EQ(keyspace_.size(), 0u);
    EXPECT_EQ(keyspace_.expires(), 0u);
    clock_.unix_ms = 0;
  }

  Clock clock_;
  KeyspaceCounters counters_;
  KeyspaceContext context_{clock_, *this, counters_};
  Keyspace keyspace_{0, context_};

 private:
  void OnKeyEvent(int, std::string_view, const KeyEvent&, uint64_t) override {}
  void OnFlush(int, uint64_t) override {}
  void OnSwap(int, int) override {}
};

TEST(ParseIntegerTest, IsStrict) {
  EXPECT_EQ(ParseInteger("0"), 0);
  EXPECT_EQ(ParseInteger("-1"), -1);
  EXPECT_EQ(ParseInteger("9223372036854775807"), INT64_MAX);
  EXPECT_EQ(ParseInteger("-9223372036854775808"), INT64_MIN);
  for (const char* text :
       {"", "-", "-0", "00", "01", "-01", "+1", " 1", "1 ", "1a", "0x1", "1.0",
        "9223372036854775808", "-9223372036854775809", "123456789012345678901"}) {
    EXPECT_EQ(ParseInteger(text), std::nullopt) << text;
  }
  EXPECT_EQ(ParseInteger(std::string_view("1\0", 2)), std::nullopt);
}

TEST(ParseLongDoubleTest, TakesWhatCTakesWithoutBlanks) {
  EXPECT_EQ(ParseLongDouble("1.5"), 1.5L);
  EXPECT_EQ(ParseLongDouble("-1e3"), -1000.0L);
  EXPECT_EQ(ParseLongDouble("0x1p4"), 16.0L);
  EXPECT_EQ(ParseLongDouble("0.1"), 0.1L);
  EXPECT_TRUE(std::isinf(ParseLongDouble("inf").value_or(0)));
  for (const char* text : {"", " 1", "1 ", "x", "1x", "nan", "1e9999", "1e-9999", "."}) {
    EXPECT_EQ(ParseLongDouble(text), std::nullopt) << text;
  }
  EXPECT_EQ(ParseLongDouble(std::string_view("1\0", 2)), std::nullopt);
  EXPECT_EQ(ParseLongDouble(std::string(6000, '1')), std::nullopt);
  EXPECT_TRUE(ParseLongDouble(std::string(4000, '1')).has_value());
}

// Every way to write a string, in random order, against std::string.
TEST_F(StringTest, BehavesAsItsModel) {
  std::mt19937 random(1);
  const auto bytes = [&](size_t most) {
    std::string text(random() % 8 == 0 ? random() % (most * 40 + 1) : random() % (most + 1), '\0');
    for (char& c : text) c = static_cast<char>(random() % 256);
    return text;
  };
  std::string model;
  Assign("k", "");
  for (int round = 0; round < 20'000; ++round) {
    KeyWriter writer(keyspace_, "k");
    switch (random() % 6) {
      case 0:
        if (random() % 8 == 0) AssignString(writer, model = bytes(50));
        break;
      case 1:
        if (random() % 8 != 0) break;
        AssignInteger(writer, round - 50);
        model = std::to_string(round - 50);
        break;
      case 2: {
        const std::string tail = bytes(30);
        ASSERT_TRUE(AppendString(writer, tail));
        model += tail;
        break;
      }
      case 3: {
        const size_t size = model.size() + random() % 40;
        model.resize(size);
        char* edited = EditString(writer, size);
        ASSERT_EQ(std::string(edited, size), model);
        if (size > 0) edited[size / 2] = model[size / 2] = 'e';
        break;
      }
      case 4:
        random() % 2 == 0 ? writer.SetExpire(1'000'000) : writer.ClearExpire();
        break;
      default:
        if (random() % 8 != 0) break;
        model = bytes(50);
        AssignBytes(writer, model);
    }
    const StringView view(*writer.entry());
    ASSERT_EQ(view.view(), model) << round;
    ASSERT_EQ(StringSize(*writer.entry()), model.size());
  }
}

TEST_F(StringTest, BytesThatReadAsIntegersMayStayBytes) {
  KeyWriter writer(keyspace_, "k");
  AssignBytes(writer, "12");
  EXPECT_EQ(writer.entry()->encoding(), Encoding::kEmbstr);
  EXPECT_EQ(StringAsInteger(*writer.entry()), 12);
  AssignString(writer, "12");
  EXPECT_EQ(writer.entry()->encoding(), Encoding::kInt);
}

// From one to eight bytes, and to and fro between them, beside a key that stays what it is.
TEST_F(StringTest, IntegersOfAllLengths) {
  std::vector<int64_t> integers = {0, INT64_MAX, INT64_MIN};
  for (int bit = 0; bit < 63; ++bit) {
    for (const int64_t beside : {-1, 0, 1}) {
      integers.push_back((int64_t{1} << bit) + beside);
      integers.push_back(-(int64_t{1} << bit) + beside);
    }
  }
  std::mt19937 random(5);
  for (const bool expires : {false, true}) {
    for (int round = 0; round < 3; ++round) {
      for (const std::string& key : {std::string(), std::string("k"), std::string(40'000, 'k')}) {
        for (const int64_t integer : integers) {
          KeyWriter writer(keyspace_, key);
          AssignInteger(writer, integer);
          if (expires) writer.SetExpire(1'000'000);
          ASSERT_EQ(StringAsInteger(*writer.entry()), integer);
          ASSERT_EQ(writer.entry()->key(), key);
          ASSERT_EQ(writer.entry()->has_expire(), expires);
        }
      }
      std::ranges::shuffle(integers, random);
    }
  }
  EXPECT_EQ(keyspace_.expires(), 3u);
}

TEST_F(StringTest, SmallIntegersTakeFewBytes) {
  const std::string key(20, 'k');
  const auto size_with = [&](int64_t integer) {
    KeyWriter writer(keyspace_, key);
    AssignInteger(writer, integer);
    return writer.entry()->block_size() - key.size();
  };
  EXPECT_EQ(size_with(127), 9u);
  EXPECT_EQ(size_with(128), 10u);
  EXPECT_EQ(size_with(-128), 9u);
  EXPECT_EQ(size_with(INT32_MAX), 12u);
  EXPECT_EQ(size_with(INT64_MIN), 16u);
}

TEST_F(StringTest, TakesBlocksOver) {
  const auto block = [](const std::string& text) {
    StringValue* value = StringValue::Make(text.size(), text.size());
    std::memcpy(value->bytes(), text.data(), text.size());
    return value;
  };
  KeyWriter writer(keyspace_, "k");
  const std::string large(Entry::kInlineMax + 1, '7');
  StringValue* value = block(large);
  AssignString(writer, value);
  EXPECT_EQ(writer.entry()->value(), value);
  AssignString(writer, block("12"));
  EXPECT_EQ(writer.entry()->encoding(), Encoding::kInt);
  AssignRaw(writer, block("12"));
  EXPECT_EQ(writer.entry()->encoding(), Encoding::kRaw);
  EXPECT_TRUE(writer.entry()->is_inline());
  value = block(large);
  AssignRaw(writer, value);
  EXPECT_EQ(writer.entry()->value(), value);
}

// Large gaps come as zeroed memory; old bytes stay before them.
TEST_F(StringTest, FillsGapsWithZeros) {
  for (const size_t size : {1'000, 2'000, 3'000'000}) {
    for (const std::string& before : {std::string(), std::string("12"), std::string(1500, 'v')}) {
      if (before.size() > size) continue;
      const std::string key = "k" + std::to_string(size + before.size());
      KeyWriter writer(keyspace_, key);
      AssignBytes(writer, before);
      const std::string expected = before + std::string(size - before.size(), '\0');
      ASSERT_EQ(std::string_view(EditString(writer, size), size), expected);
    }
    const std::string key = "new" + std::to_string(size);
    KeyWriter writer(keyspace_, key);
    ASSERT_EQ(std::string_view(EditString(writer, size), size), std::string(size, '\0'));
  }
}

// A reply that waits to be sent holds a reference: it must not see later edits.
TEST_F(StringTest, EditsACopyOfWhatOthersHold) {
  const std::string text(5000, 'a');
  Assign("k", text);
  auto* held = static_cast<StringValue*>(At("k").value());
  Retain(held);
  {
    KeyWriter writer(keyspace_, "k");
    EditString(writer, text.size())[0] = 'b';
  }
  EXPECT_EQ(held->view(), text);
  EXPECT_EQ(ValueOf("k"), "b" + text.substr(1));
  Release(held);
}

TEST_F(StringTest, GrowsWithRoomToSpare) {
  Assign("k", std::string(2000, 'a'));
  int moves = 0;
  const Value* before = At("k").value();
  for (int i = 0; i < 100'000; ++i) {
    KeyWriter writer(keyspace_, "k");
    ASSERT_TRUE(AppendString(writer, "b"));
    if (writer.entry()->value() != before) ++moves;
    before = writer.entry()->value();
  }
  EXPECT_LE(moves, 7);  // 2000 to 102000 in doublings
}

// What is behind a large one goes on where it is: to move gigabytes takes seconds.
TEST_F(StringTest, GrowsWhereItIsWhenThereIsRoomBehindIt) {
  constexpr size_t kSize = size_t{2} << 20;
  std::string model(kSize, 'a');
  const std::string tail(kSize / 4, 'b');                // beyond the spare room of a class
  memory::Free(memory::Allocate(3 * kSize), 3 * kSize);  // so that there is room
  Assign("k", model);
  const Value* const before = At("k").value();
  KeyWriter writer(keyspace_, "k");
  ASSERT_TRUE(AppendString(writer, tail));
  ASSERT_TRUE(AppendString(writer, "c"));
  model += tail + "c";
  EXPECT_EQ(writer.entry()->value() == before, memory::Name() != "libc");
  EXPECT_EQ(StringView(*writer.entry()).view(), model);
  const size_t gap = model.size() + kSize / 4;
  ASSERT_NE(EditString(writer, gap), nullptr);
  model.resize(gap);
  EXPECT_TRUE(StringView(*writer.entry()).view() == model);
}

// Rooms to spare are for strings that grow: what is written once is as large as it must be.
TEST_F(StringTest, MakesNewStringsWithoutRoomToSpare) {
  KeyWriter writer(keyspace_, "k");
  constexpr size_t kSize = 100'000;
  ASSERT_NE(EditString(writer, kSize), nullptr);
  const auto* value = static_cast<StringValue*>(writer.entry()->value());
  EXPECT_EQ(value->block_size(), memory::GoodSize(sizeof(StringValue) + kSize));
}

TEST_F(StringTest, NoMemoryForAnyLengthLeavesItAsItWas) {
  // Longer than any allocator knows of.
  constexpr size_t kMost = std::numeric_limits<size_t>::max();
  {
    KeyWriter writer(keyspace_, "k");
    for (const size_t size : {kMost / 2 - 800, kMost / 4, kMost / 16 * 7}) {
      EXPECT_EQ(EditString(writer, size), nullptr) << size;
    }
    EXPECT_FALSE(writer.exists());
    AssignString(writer, "12");
    EXPECT_EQ(EditString(writer, kMost / 2), nullptr);
  }
  EXPECT_EQ(ValueOf("k"), "12");
}

// The expire cycle finds the key by what the table keeps of its time; a wrong mark would hide it.
TEST_F(StringTest, GivesTheNextValueItsTimeToLive) {
  const auto assign = [&](std::string_view value, int64_t unix_ms) {
    KeyWriter writer(keyspace_, "k");
    writer.NextExpire(unix_ms);
    AssignString(writer, value);
  };
  const std::string large(Entry::kInlineMax + 1, 'v');
  for (const std::string& first : {std::string("v"), std::string("1"), large}) {
    for (const std::string& second : {std::string("w"), std::string("123456"), large}) {
      SCOPED_TRACE(first.substr(0, 9) + " " + second.substr(0, 9));
      assign(first, 5000);
      EXPECT_EQ(keyspace_.expires(), 1u);
      EXPECT_EQ(At("k").expire_ms(), 5000);
      assign(second, 4000);
      EXPECT_EQ(At("k").expire_ms(), 4000);
      Assign("k", first);
      EXPECT_EQ(At("k").expire_ms(), 4000);
      assign(second, 0);
      EXPECT_EQ(keyspace_.expires(), 0u);
      EXPECT_FALSE(At("k").has_expire());
      EXPECT_EQ(ValueOf("k"), second);
      assign(first, 3000);
      ExpectExpiresAt(3000);
      Assign("k", first);
      assign(second, 2000);
      ExpectExpiresAt(2000);
    }
  }
}

TEST_F(StringTest, ReleasesWhatItReplaces) {
  const memory::ThreadAccount account;
  const size_t before = memory::UsedMemory();
  for (int i = 0; i < 10; ++i) Assign("k", std::string(100'000, 'a'));
  EXPECT_LT(memory::UsedMemory() - before, 200'000u);
  {
    KeyWriter writer(keyspace_, "k");
    AssignInteger(writer, 1);
  }
  EXPECT_LT(memory::UsedMemory() - before, 50'000u);
}

}  // namespace
}  // namespace ebb

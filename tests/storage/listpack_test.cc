// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "storage/encodings/listpack.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace ebb {
namespace {

using Ways = ListpackWays;

std::string Pack(const std::vector<std::string>& values, Ways ways = Ways::kForward) {
  std::string bytes(Listpack::kHeadSize, '\0');
  for (const std::string& value : values) {
    const size_t offset = bytes.size();
    bytes.resize(offset + ListpackElementSize(value, ways));
    const char* end = WriteListpackElement(bytes.data() + offset, value, ways);
    EXPECT_EQ(end, bytes.data() + bytes.size()) << value;
  }
  AdjustListpackCount(bytes.data(), static_cast<int64_t>(values.size()));
  return bytes;
}

std::vector<std::string> Forwards(const Listpack& list) {
  std::vector<std::string> values;
  ListpackElement::Digits digits;
  for (size_t at = list.Begin(); at < list.End(); at = list.Next(at)) {
    values.emplace_back(list.Get(at).View(digits));
  }
  return values;
}

std::vector<std::string> Backwards(const Listpack& list) {
  std::vector<std::string> values;
  ListpackElement::Digits digits;
  for (size_t at = list.End(); at > list.Begin();) {
    at = list.Previous(at);
    values.emplace(values.begin(), list.Get(at).View(digits));
  }
  return values;
}

// One of each head, and the values on both sides of each limit.
std::vector<std::string> TellingValues() {
  std::vector<std::string> values{"", "a", "01", "-0", " 1", "1.5", std::string(1, '\0')};
  for (const size_t length : {62, 63, 64, 126, 127, 128, 4094, 4095, 4096, 16383, 70000}) {
    values.emplace_back(length, 'x');
  }
  for (const int64_t limit : {int64_t{0}, int64_t{127}, int64_t{4095}, int64_t{INT16_MAX},
                              (int64_t{1} << 23) - 1, int64_t{INT32_MAX}}) {
    for (int64_t step = -1; step <= 1; ++step) {
      values.push_back(std::to_string(limit + step));
      values.push_back(std::to_string(-limit - 1 + step));
    }
  }
  values.push_back(std::to_string(std::numeric_limits<int64_t>::max()));
  values.push_back(std::to_string(std::numeric_limits<int64_t>::min()));
  values.push_back("9223372036854775808");
  return values;
}

TEST(ListpackTest, NoBytesAreAnEmptyOne) {
  const Listpack list{{}};
  EXPECT_EQ(list.Count(), 0u);
  EXPECT_EQ(list.Begin(), list.End());
  EXPECT_EQ(list.Seek(0), list.End());
  EXPECT_EQ(list.Seek(-1), list.End());
  EXPECT_TRUE(Listpack::IsValid({}));
}

TEST(ListpackTest, GivesBackWhatWasWrittenInBothDirections) {
  const std::vector<std::string> values = TellingValues();
  const std::string bytes = Pack(values, Ways::kBoth);
  const Listpack list(bytes, Ways::kBoth);
  EXPECT_TRUE(Listpack::IsValid(bytes, Ways::kBoth));
  EXPECT_EQ(list.Count(), values.size());
  EXPECT_EQ(Forwards(list), values);
  EXPECT_EQ(Backwards(list), values);
}

TEST(ListpackTest, GivesBackWhatWasWrittenForWalkingForward) {
  const std::vector<std::string> values = TellingValues();
  const std::string bytes = Pack(values);
  const Listpack list(bytes);
  EXPECT_TRUE(Listpack::IsValid(bytes));
  EXPECT_FALSE(Listpack::IsValid(bytes, Ways::kBoth));
  EXPECT_FALSE(Listpack::IsValid(Pack(values, Ways::kBoth)));
  EXPECT_EQ(list.Count(), values.size());
  EXPECT_EQ(Forwards(list), values);
}

TEST(ListpackTest, StoresIntegersShort) {
  EXPECT_EQ(ListpackElementSize("127"), 1u);
  EXPECT_EQ(ListpackElementSize("-4096"), 2u);
  EXPECT_EQ(ListpackElementSize("32767"), 3u);
  EXPECT_EQ(ListpackElementSize("2147483647"), 5u);
  EXPECT_EQ(ListpackElementSize("9223372036854775807"), 9u);
  EXPECT_EQ(ListpackElementSize("abc"), 4u);
  EXPECT_EQ(ListpackElementSize("abc", Ways::kBoth), 5u);
}

TEST(ListpackTest, SeeksFromBothEnds) {
  std::vector<std::string> values;
  for (int i = 0; i < 100; ++i) values.push_back("v" + std::to_string(i));
  for (const Ways ways : {Ways::kForward, Ways::kBoth}) {
    const std::string bytes = Pack(values, ways);
    const Listpack list(bytes, ways);
    ListpackElement::Digits digits;
    for (int i = 0; i < 100; ++i) {
      EXPECT_EQ(list.Get(list.Seek(i)).View(digits), values[static_cast<size_t>(i)]);
      EXPECT_EQ(list.Seek(i - 100), list.Seek(i));
    }
    EXPECT_EQ(list.Seek(100), list.End());
    EXPECT_EQ(list.Seek(-101), list.End());
    EXPECT_EQ(list.Seek(std::numeric_limits<int64_t>::min()), list.End());
    EXPECT_EQ(list.Seek(std::numeric_limits<int64_t>::max()), list.End());
  }
}

TEST(ListpackTest, FindsByStride) {
  const std::string bytes = Pack({"a", "b", "b", "c", "7", "a"});
  const Listpack list(bytes);
  EXPECT_EQ(list.Find(ListpackNeedle("b"), list.Begin()), list.Seek(1));
  EXPECT_EQ(list.Find(ListpackNeedle("b"), list.Begin(), 2), list.Seek(2));
  EXPECT_EQ(list.Find(ListpackNeedle("7"), list.Begin(), 2), list.Seek(4));
  EXPECT_EQ(list.Find(ListpackNeedle("a"), list.Seek(1)), list.Seek(5));
  EXPECT_EQ(list.Find(ListpackNeedle("07"), list.Begin()), list.End());
}

TEST(ListpackTest, CountsMoreThanTheHeadCanTell) {
  std::vector<std::string> values(70'000, "1");
  for (const Ways ways : {Ways::kForward, Ways::kBoth}) {
    std::string bytes = Pack(values, ways);
    const size_t size = ListpackElementSize("1", ways);
    EXPECT_EQ(Listpack(bytes, ways).Count(), 70'000u);
    EXPECT_TRUE(Listpack::IsValid(bytes, ways));
    EXPECT_EQ(Listpack(bytes, ways).Seek(-1), bytes.size() - size);
    EXPECT_EQ(Listpack(bytes, ways).Seek(-70'001), bytes.size());
    // Also after most have gone again.
    bytes.resize(bytes.size() - size * 60'000);
    AdjustListpackCount(bytes.data(), -60'000);
    EXPECT_EQ(Listpack(bytes, ways).Count(), 10'000u);
  }
}

TEST(ListpackTest, RefusesWhatIsNone) {
  for (const Ways ways : {Ways::kForward, Ways::kBoth}) {
    const std::string good = Pack(TellingValues(), ways);
    for (size_t size = 1; size < 300; ++size) {
      const std::string cut = good.substr(0, size);
      EXPECT_FALSE(Listpack::IsValid(cut, ways)) << size;
    }
  }
  // Not as they would be written: a string that is an integer, and heads that are too long.
  for (const std::string_view element :
       {std::string_view("\x81\x37\x02"), std::string_view("\xc0\x07\x02"),
        std::string_view("\xf1\x07\0\x03", 4), std::string_view("\xf4\x07\0\0\0\0\0\0\0\x09", 10),
        std::string_view("\xe0\x01"
                         "x\x03"),
        std::string_view("\xf0\x01\0\0\0x\x06", 7)}) {
    const std::string bad = std::string("\1\0", 2) + std::string(element);
    EXPECT_FALSE(Listpack::IsValid(bad, Ways::kBoth)) << testing::PrintToString(element);
    EXPECT_FALSE(Listpack::IsValid({bad.data(), bad.size() - 1}))
        << testing::PrintToString(element);
  }
  // One bit is wrong: either it is no listpack, or one that can be walked in both directions.
  const std::string small = Pack({"a", "300", "some text", "-70000", "x"}, Ways::kBoth);
  for (size_t bit = 0; bit < small.size() * 8; ++bit) {
    std::string bad = small;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << bit % 8));
    if (!Listpack::IsValid(bad, Ways::kBoth)) continue;
    const Listpack list(bad, Ways::kBoth);
    EXPECT_EQ(Forwards(list), Backwards(list)) << bit;
  }
}

}  // namespace
}  // namespace ebb

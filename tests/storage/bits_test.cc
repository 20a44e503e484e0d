// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "storage/types/bits.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace ebb::bits {
namespace {

// The same by the definition: a bit at a time.
using Model = std::vector<bool>;

Model ModelOf(const std::string& bytes) {
  Model model;
  for (const char byte : bytes) {
    for (int i = 7; i >= 0; --i) model.push_back((byte >> i) & 1);
  }
  return model;
}

bool BitOf(const Model& model, uint64_t index) {
  return index < model.size() && model[index];
}

class BitsTest : public ::testing::Test {
 protected:
  uint64_t Random(uint64_t end) { return random_() % end; }

  // Short and long ones; random bytes, or nearly all bits equal.
  std::string RandomString() {
    std::string bytes(Random(2) == 0 ? 1 + Random(20) : 1 + Random(200), '\0');
    const uint64_t kind = Random(3);
    for (char& byte : bytes) byte = static_cast<char>(kind == 0 ? Random(256) : kind == 1 ? 0 : -1);
    if (kind > 0 && Random(2) == 0)
      bytes[Random(bytes.size())] ^= static_cast<char>(1 << Random(8));
    return bytes;
  }

 private:
  std::mt19937_64 random_{1};
};

TEST_F(BitsTest, GetsAndSets) {
  std::string bytes(3, '\0');
  Set(bytes.data(), 0, true);
  Set(bytes.data(), 15, true);
  EXPECT_EQ(bytes, std::string("\x80\x01\x00", 3));
  EXPECT_TRUE(Get(bytes, 15));
  Set(bytes.data(), 15, false);
  EXPECT_FALSE(Get(bytes, 15));
  EXPECT_FALSE(Get(bytes, 24));
  EXPECT_FALSE(Get(bytes, UINT64_MAX));
}

TEST_F(BitsTest, ReadsFields) {
  for (int round = 0; round < 3000; ++round) {
    const std::string bytes = RandomString();
    const Model model = ModelOf(bytes);
    const auto width = static_cast<unsigned>(1 + Random(64));
    const uint64_t offset = Random(model.size() + 80);
    uint64_t wanted = 0;
    for (unsigned i = 0; i < width; ++i) wanted = wanted << 1 | (BitOf(model, offset + i) ? 1 : 0);
    ASSERT_EQ(Read(bytes, offset, width), wanted) << offset << " " << width;
  }
}

TEST_F(BitsTest, WritesFieldsAndNothingBeside) {
  for (int round = 0; round < 3000; ++round) {
    std::string bytes = RandomString();
    bytes.resize(bytes.size() + 8);
    Model model = ModelOf(bytes);
    const auto width = static_cast<unsigned>(1 + Random(64));
    const uint64_t offset = Random(model.size() - width + 1);
    const uint64_t value = Random(UINT64_MAX);
    Write(bytes.data(), offset, width, value);
    for (unsigned i = 0; i < width; ++i) model[offset + i] = (value >> (width - 1 - i)) & 1;
    ASSERT_EQ(ModelOf(bytes), model) << offset << " " << width;
  }
}

TEST_F(BitsTest, CountsAndFindsInRanges) {
  for (int round = 0; round < 3000; ++round) {
    const std::string bytes = RandomString();
    const Model model = ModelOf(bytes);
    const uint64_t first = Random(model.size());
    const uint64_t last = first + Random(model.size() - first);
    uint64_t ones = 0;
    uint64_t place[2] = {kNotFound, kNotFound};
    for (uint64_t i = first; i <= last; ++i) {
      ones += model[i];
      if (place[model[i]] == kNotFound) place[model[i]] = i;
    }
    ASSERT_EQ(Count(bytes, first, last), ones) << first << " " << last;
    ASSERT_EQ(Find(bytes, first, last, false), place[0]) << first << " " << last;
    ASSERT_EQ(Find(bytes, first, last, true), place[1]) << first << " " << last;
  }
}

TEST_F(BitsTest, CountsAll) {
  EXPECT_EQ(Count(""), 0u);
  for (size_t size : {1, 7, 8, 9, 31, 32, 33, 1000}) {
    EXPECT_EQ(Count(std::string(size, '\xff')), size * 8);
    EXPECT_EQ(Count(std::string(size, '\x11')), size * 2);
  }
}

TEST_F(BitsTest, Combines) {
  for (int round = 0; round < 1000; ++round) {
    std::vector<std::string> sources;
    size_t size = 0;
    for (uint64_t i = 0; i <= Random(4); ++i) {
      sources.push_back(Random(5) == 0 ? "" : RandomString());
      size = std::max(size, sources.back().size());
    }
    const std::vector<std::string_view> views(sources.begin(), sources.end());
    const auto combined = [&](Operation operation) {
      std::string result(size, 'x');
      Combine(operation, views, result.data(), size);
      return result;
    };
    for (size_t i = 0; i < size; ++i) {
      int wanted_and = 0xff, wanted_or = 0, wanted_xor = 0;
      for (const std::string& source : sources) {
        const int byte = i < source.size() ? static_cast<uint8_t>(source[i]) : 0;
        wanted_and &= byte;
        wanted_or |= byte;
        wanted_xor ^= byte;
      }
      ASSERT_EQ(combined(Operation::kAnd)[i], static_cast<char>(wanted_and));
      ASSERT_EQ(combined(Operation::kOr)[i], static_cast<char>(wanted_or));
      ASSERT_EQ(combined(Operation::kXor)[i], static_cast<char>(wanted_xor));
      const int first = i < sources[0].size() ? static_cast<uint8_t>(sources[0][i]) : 0;
      ASSERT_EQ(combined(Operation::kNot)[i], static_cast<char>(~first));
    }
  }
}

TEST_F(BitsTest, CombinesLongStringsAsShortOnes) {
  const std::string a(100'000, '\x3c');
  const std::string b(50'001, '\x0f');
  const std::string_view sources[] = {a, b};
  std::string result(a.size(), 'x');
  Combine(Operation::kXor, sources, result.data(), result.size());
  EXPECT_EQ(result, std::string(50'001, '\x33') + std::string(49'999, '\x3c'));
  Combine(Operation::kAnd, sources, result.data(), result.size());
  EXPECT_EQ(result, std::string(50'001, '\x0c') + std::string(49'999, '\0'));
}

}  // namespace
}  // namespace ebb::bits

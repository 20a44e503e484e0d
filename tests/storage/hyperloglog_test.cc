// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "storage/types/hyperloglog.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace ebb::hll {
namespace {

constexpr size_t kSparseMax = 3000;

std::string Shown(const std::vector<std::string>& elements, size_t sparse_max = kSparseMax) {
  std::string bytes = Empty();
  for (const std::string& element : elements) Raise(&bytes, MarkOf(element), sparse_max);
  return bytes;
}

std::string ElementNumber(uint64_t number) {
  return "element:" + std::to_string(number);
}

std::string ShownMany(uint64_t count, size_t sparse_max = kSparseMax) {
  std::string bytes = Empty();
  for (uint64_t i = 0; i < count; ++i) Raise(&bytes, MarkOf(ElementNumber(i)), sparse_max);
  return bytes;
}

// FNV-1a.
uint64_t Fingerprint(std::string_view bytes) {
  uint64_t hash = 14695981039346656037u;
  for (const char byte : bytes) hash = (hash ^ static_cast<uint8_t>(byte)) * 1099511628211u;
  return hash;
}

Registers RegistersOf(std::string_view bytes) {
  Registers registers{};
  EXPECT_TRUE(Merge(bytes, &registers));
  return registers;
}

TEST(HyperLogLogTest, MarksElementsAsRedisDoes) {
  const auto runs = [](const std::string& element) { return DescribeRuns(Shown({element})); };
  EXPECT_EQ(runs(""), "Z:5938 v:2,1 Z:10445");
  EXPECT_EQ(runs("a"), "Z:12711 v:2,1 Z:3672");
  EXPECT_EQ(runs("1234567"), "Z:10327 v:3,1 Z:6056");
  EXPECT_EQ(runs("12345678"), "Z:10579 v:3,1 Z:5804");
  EXPECT_EQ(runs("123456789"), "Z:9293 v:2,1 Z:7090");
  EXPECT_EQ(runs("\xc3\xbf\xc3\xbe"), "Z:9306 v:2,1 Z:7077");
  EXPECT_EQ(runs(std::string(100, 'a')), "Z:2233 v:2,1 Z:14150");
}

// What redis-server 7.0 holds after PFADD of as many elements and PFCOUNT.
TEST(HyperLogLogTest, IsRedisByteForByte) {
  struct Known {
    uint64_t elements;
    uint64_t count;
    size_t size;
    uint64_t fingerprint;
  };
  constexpr Known kKnown[] = {
      {0, 0, 18, 18270896338217362169u},           {1, 1, 21, 17153580801279938732u},
      {10, 10, 48, 10456567826241792935u},         {100, 99, 285, 233710329394752633u},
      {300, 301, 687, 6259713810305967075u},       {1000, 997, 1897, 12872075331359862321u},
      {1500, 1500, 2722, 12401852432133587191u},   {5000, 5005, 12304, 3804252725998444394u},
      {20000, 19986, 12304, 8345721436004744191u}, {100000, 100039, 12304, 17996408608637951965u},
  };
  for (const Known& known : kKnown) {
    std::string bytes = ShownMany(known.elements);
    EXPECT_EQ(Count(bytes), known.count);
    KeepCount(bytes.data(), known.count);
    EXPECT_EQ(KeptCount(bytes), known.count);
    EXPECT_EQ(bytes.size(), known.size);
    EXPECT_EQ(Fingerprint(bytes), known.fingerprint) << known.elements;
  }
}

TEST(HyperLogLogTest, SaysWhetherARegisterIsRaised) {
  std::string bytes = Empty();
  EXPECT_EQ(Raise(&bytes, {5, 3}, kSparseMax), Raised::kYes);
  EXPECT_FALSE(KeptCount(bytes));
  EXPECT_EQ(Raise(&bytes, {5, 3}, kSparseMax), Raised::kNo);
  EXPECT_EQ(Raise(&bytes, {5, 2}, kSparseMax), Raised::kNo);
  EXPECT_EQ(Raise(&bytes, {5, 32}, kSparseMax), Raised::kYes);
  EXPECT_FALSE(IsDense(bytes));
  // Runs have no such value.
  EXPECT_EQ(Raise(&bytes, {7, 33}, kSparseMax), Raised::kYes);
  EXPECT_TRUE(IsDense(bytes));
  EXPECT_EQ(Raise(&bytes, {7, 33}, kSparseMax), Raised::kNo);
  EXPECT_EQ(Raise(&bytes, {kRegisters - 1, 51}, kSparseMax), Raised::kYes);
  EXPECT_EQ(RegistersOf(bytes)[5], 32);
  EXPECT_EQ(RegistersOf(bytes)[kRegisters - 1], 51);
}

TEST(HyperLogLogTest, RunsOfEqualValuesAreJoined) {
  std::string bytes = Empty();
  for (const size_t index : {10u, 12u, 11u, 13u, 14u}) Raise(&bytes, {index, 2}, kSparseMax);
  EXPECT_EQ(DescribeRuns(bytes), "z:10 v:2,4 v:2,1 Z:16369");
  Raise(&bytes, {12, 3}, kSparseMax);
  EXPECT_EQ(DescribeRuns(bytes), "z:10 v:2,2 v:3,1 v:2,2 Z:16369");
}

// Any registers in any order: as a plain array has them, sparse and dense.
TEST(HyperLogLogTest, HoldsWhatAnArrayHolds) {
  for (uint64_t seed = 1; seed <= 30; ++seed) {
    std::mt19937_64 random(seed);
    // Near each other, so that runs meet.
    const size_t width = size_t{1} << (4 + random() % 11);
    const size_t first = random() % (kRegisters - width + 1);
    Registers model{};
    std::string sparse = Empty();
    std::string dense = Empty();
    ASSERT_TRUE(MakeDense(&dense));
    for (int i = 0; i < 500; ++i) {
      const Mark mark{first + random() % width, static_cast<uint8_t>(1 + random() % 8)};
      const Raised wanted = model[mark.index] < mark.value ? Raised::kYes : Raised::kNo;
      ASSERT_EQ(Raise(&sparse, mark, kDenseSize), wanted);
      ASSERT_EQ(Raise(&dense, mark, kDenseSize), wanted);
      model[mark.index] = std::max(model[mark.index], mark.value);
    }
    ASSERT_FALSE(IsDense(sparse));
    ASSERT_EQ(RegistersOf(sparse), model) << seed;
    ASSERT_EQ(RegistersOf(dense), model) << seed;
    ASSERT_EQ(Count(sparse), Count(model));
    ASSERT_EQ(Count(dense), Count(model));
    ASSERT_TRUE(MakeDense(&sparse));
    ForgetCount(dense.data());
    ASSERT_EQ(sparse, dense);
  }
}

TEST(HyperLogLogTest, MergedHaveSeenWhatEitherHas) {
  const std::string small = ShownMany(100);
  const std::string large = ShownMany(6000);
  Registers registers{};
  ASSERT_TRUE(Merge(small, &registers));
  ASSERT_TRUE(Merge(large, &registers));
  EXPECT_EQ(registers, RegistersOf(large));
  EXPECT_EQ(Count(registers), Count(large));
}

// The standard error of so many registers is 0.81 %; four times as much is seldom in 100 trials,
// and the seeds are fixed.
TEST(HyperLogLogTest, EstimatesWithinTheErrorOfItsKind) {
  const double standard_error = 1.04 / std::sqrt(static_cast<double>(kRegisters));
  double squares = 0;
  int trials = 0;
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    std::mt19937_64 random(seed);
    std::string bytes = Empty();
    uint64_t shown = 0;
    for (const uint64_t count : {10u, 100u, 1000u, 5000u, 20000u, 100000u}) {
      for (; shown < count; ++shown) {
        const uint64_t number = random();
        const std::string_view element(reinterpret_cast<const char*>(&number), sizeof number);
        Raise(&bytes, MarkOf(element), kSparseMax);
      }
      const double estimate = static_cast<double>(Count(bytes).value_or(0));
      const double error = (estimate - static_cast<double>(count)) / static_cast<double>(count);
      ASSERT_LE(std::abs(error), 4 * standard_error) << seed << " " << count;
      squares += error * error;
      ++trials;
    }
  }
  EXPECT_LE(std::sqrt(squares / trials), 1.2 * standard_error);
}

TEST(HyperLogLogTest, KnowsWhatItIsNot) {
  EXPECT_TRUE(IsValid(Empty()));
  EXPECT_FALSE(IsValid(""));
  EXPECT_FALSE(IsValid("HYLL"));
  EXPECT_FALSE(IsValid(Empty().substr(0, 15)));
  EXPECT_TRUE(IsValid(Empty().substr(0, 16)));
  std::string dense = Empty();
  ASSERT_TRUE(MakeDense(&dense));
  EXPECT_TRUE(IsValid(dense));
  EXPECT_FALSE(IsValid(dense + "x"));
  EXPECT_FALSE(IsValid(std::string_view(dense).substr(1)));
  dense[4] = 2;
  EXPECT_FALSE(IsValid(dense));
}

TEST(HyperLogLogTest, RunsThatDoNotFitAreCorrupt) {
  for (const std::string& runs :
       {std::string(), std::string("\x7f\xfe"), std::string("\x7f\xff\x80"),
        std::string("\x80\x7f\xff"), std::string("\x7f")}) {
    std::string bytes = Empty().substr(0, kHeaderSize) + runs;
    EXPECT_FALSE(Count(bytes));
    Registers registers{};
    EXPECT_FALSE(Merge(bytes, &registers));
    const std::string before = bytes;
    EXPECT_FALSE(MakeDense(&bytes));
    EXPECT_EQ(bytes, before);
    EXPECT_EQ(Raise(&bytes, {0, 33}, kSparseMax), Raised::kCorrupt);
    EXPECT_EQ(Raise(&bytes, {kRegisters - 1, 1}, kSparseMax) == Raised::kYes, runs.size() > 2)
        << runs.size();
  }
}

// Whatever the bytes are, all functions end and stay within them; what they change is valid.
TEST(HyperLogLogTest, SurvivesAnyBytes) {
  for (uint64_t seed = 1; seed <= 3000; ++seed) {
    std::mt19937_64 random(seed);
    std::string bytes = ShownMany(random() % 200);
    if (random() % 8 == 0) {
      ASSERT_TRUE(MakeDense(&bytes));
    }
    for (uint64_t left = 1 + random() % 20; left > 0; --left) {
      bytes[kHeaderSize + random() % (bytes.size() - kHeaderSize)] = static_cast<char>(random());
    }
    if (random() % 2 == 0) bytes.resize(kHeaderSize + random() % (bytes.size() - kHeaderSize + 1));
    if (!IsValid(bytes)) continue;
    for (int i = 0; i < 50; ++i) {
      const Mark mark{random() % kRegisters, static_cast<uint8_t>(1 + random() % 51)};
      const size_t sparse_max = random() % 400;
      Raise(&bytes, mark, sparse_max);
      ASSERT_TRUE(IsValid(bytes));
    }
    Registers registers{};
    ASSERT_EQ(Merge(bytes, &registers), Count(bytes).has_value());
    Count(registers);
    if (!IsDense(bytes)) DescribeRuns(bytes);
    MakeDense(&bytes);
    ASSERT_TRUE(IsValid(bytes));
  }
}

}  // namespace
}  // namespace ebb::hll

// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "protocol/format_double.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <random>
#include <string>

namespace ebb {
namespace {

std::string Double(double value) {
  char text[kDoubleMax];
  return {text, FormatDouble(value, text)};
}

std::string Printf17(double value) {
  char text[64];
  return {text, static_cast<size_t>(std::snprintf(text, sizeof text, "%.17g", value))};
}

std::string Human(long double value) {
  std::string text(kHumanDoubleMax, '\0');
  text.resize(FormatHumanDouble(value, text.data()));
  return text;
}

// As Redis 7.0.15 shows the score in ZSCORE.
TEST(FormatDoubleTest, KnownValues) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(Double(3), "3");
  EXPECT_EQ(Double(-3), "-3");
  EXPECT_EQ(Double(0), "0");
  EXPECT_EQ(Double(-0.0), "-0");
  EXPECT_EQ(Double(0.1), "0.10000000000000001");
  EXPECT_EQ(Double(0.0001), "0.0001");
  EXPECT_EQ(Double(1e-5), "1.0000000000000001e-05");
  EXPECT_EQ(Double(0.00001234), "1.234e-05");
  EXPECT_EQ(Double(12345.678), "12345.678");
  EXPECT_EQ(Double(1.00000762939453125), "1.0000076293945312");
  EXPECT_EQ(Double(1.00002288818359375), "1.0000228881835938");
  EXPECT_EQ(Double(-4503599627370495.5), "-4503599627370495.5");
  EXPECT_EQ(Double(1e16), "10000000000000000");
  EXPECT_EQ(Double(-1e16), "-10000000000000000");
  EXPECT_EQ(Double(99999999999999984.0), "99999999999999984");
  EXPECT_EQ(Double(1e17), "1e+17");
  EXPECT_EQ(Double(-1e17), "-1e+17");
  EXPECT_EQ(Double(123456789012345678), "1.2345678901234568e+17");
  EXPECT_EQ(Double(1.5e300), "1.5000000000000001e+300");
  EXPECT_EQ(Double(5e-324), "4.9406564584124654e-324");
  EXPECT_EQ(Double(9007199254740993), "9007199254740992");
  EXPECT_EQ(Double(kInfinity), "inf");
  EXPECT_EQ(Double(-kInfinity), "-inf");
  EXPECT_EQ(Double(std::numeric_limits<double>::quiet_NaN()), "nan");
  EXPECT_EQ(Double(-std::numeric_limits<double>::quiet_NaN()), "nan");
}

TEST(FormatDoubleTest, IsPrintf17AndReadsBack) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 200000; ++i) {
    double value = 0;
    switch (i % 4) {
      case 0:
        value = std::bit_cast<double>(random());
        break;
      case 1:
        value = static_cast<double>(static_cast<int64_t>(random()) >> (random() % 64));
        break;
      case 2:
        value = static_cast<double>(static_cast<int64_t>(random() % 2000001) - 1000000) / 100;
        break;
      case 3:
        value =
            std::ldexp(static_cast<double>(random() % 1000), static_cast<int>(random() % 120) - 60);
        break;
    }
    if (std::isnan(value)) continue;
    const std::string text = Double(value);
    ASSERT_EQ(text, Printf17(value));
    ASSERT_EQ(std::strtod(text.c_str(), nullptr), value);
  }
}

// What falls short of a round number by the least, and what lies between two last places.
TEST(FormatDoubleTest, IsPrintf17AtTheEdges) {
  for (double power = 0.1; power < 1e19; power *= 10) {
    double below = power;
    double above = power;
    for (int step = 0; step < 1000; ++step) {
      ASSERT_EQ(Double(below), Printf17(below));
      ASSERT_EQ(Double(-above), Printf17(-above));
      below = std::nextafter(below, 0);
      above = std::nextafter(above, 1e300);
    }
  }
  for (int exponent = -60; exponent < 60; ++exponent) {
    for (int odd = 1; odd < 2000; odd += 2) {
      const double value = std::ldexp(odd, exponent);
      ASSERT_EQ(Double(value), Printf17(value));
    }
    const double below = std::nextafter(std::ldexp(1, exponent), 0);
    ASSERT_EQ(Double(below), Printf17(below));
  }
}

// Few bits far behind the point are what lies right between two last places.
TEST(FormatDoubleTest, IsPrintf17ForFractionsOfAnySize) {
  std::mt19937_64 random(2);
  for (int i = 0; i < 300000; ++i) {
    const auto bits = static_cast<double>(random() >> (11 + random() % 53));
    const double value = std::ldexp(bits, -static_cast<int>(random() % 60));
    ASSERT_EQ(Double(value), Printf17(value));
  }
}

// As Redis 7.0.15 answers INCRBYFLOAT.
TEST(FormatHumanDoubleTest, KnownValues) {
  EXPECT_EQ(Human(3), "3");
  EXPECT_EQ(Human(0), "0");
  EXPECT_EQ(Human(-0.0L), "0");
  EXPECT_EQ(Human(1e-18L), "0");
  EXPECT_EQ(Human(-1e-20L), "0");
  EXPECT_EQ(Human(0.1L), "0.1");
  EXPECT_EQ(Human(-0.5L), "-0.5");
  EXPECT_EQ(Human(10.50L), "10.5");
  EXPECT_EQ(Human(100), "100");
  EXPECT_EQ(Human(1e-5L), "0.00001");
  EXPECT_EQ(Human(12345.678L), "12345.67799999999999994");
  EXPECT_EQ(Human(123456789.123456789L), "123456789.12345678899873747");
  EXPECT_EQ(Human(1e17L), "100000000000000000");
  EXPECT_EQ(Human(1e22L), "10000000000000000000000");
  EXPECT_EQ(Human(9007199254740993.0L), "9007199254740993");
  EXPECT_EQ(Human(1e4000L).size(), 4000u);
  EXPECT_EQ(Human(std::numeric_limits<long double>::lowest()).size(), 4934u);
  EXPECT_EQ(Human(std::numeric_limits<long double>::infinity()), "inf");
  EXPECT_EQ(Human(-std::numeric_limits<long double>::infinity()), "-inf");
}

}  // namespace
}  // namespace ebb

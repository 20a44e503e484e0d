// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "protocol/format_double.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string_view>

namespace ebb {
namespace {

constexpr size_t kDigits = 17;

constexpr auto kPowersOfTen = [] {
  std::array<uint64_t, kDigits> powers{1};
  for (size_t i = 1; i < powers.size(); ++i) powers[i] = powers[i - 1] * 10;
  return powers;
}();

// Of a number that is 1 or greater; from 2 to that power on there are none.
constexpr size_t kFractionBits = 52;
constexpr uint64_t kFractionOne = uint64_t{1} << kFractionBits;
constexpr auto kLeastWithoutFraction = static_cast<double>(kFractionOne);

// A number with a fraction, its magnitude 1 or greater and below that, in integers of fixed size:
// the fraction times a power of ten fits 128 bits, so that it is rounded as exactly as printf does.
// 20 ns, where std::to_chars takes 46; that was 7 % of a ZPOPMIN in a pipeline.
size_t FormatPlain(double value, char* text) {
  const double magnitude = std::fabs(value);
  const auto whole = static_cast<uint64_t>(magnitude);
  const double fraction = magnitude - static_cast<double>(whole);  // exact
  char* at = text;
  if (value < 0) *at++ = '-';
  char* const point = std::to_chars(at, at + kDigits, whole).ptr;

  const size_t places = kDigits - static_cast<size_t>(point - at);
  const uint64_t one = kPowersOfTen[places];
  const auto bits = static_cast<uint64_t>(fraction * static_cast<double>(kFractionOne));
  const auto scaled = static_cast<unsigned __int128>(bits) * one;
  auto digits = static_cast<uint64_t>(scaled >> kFractionBits);
  const uint64_t rest = static_cast<uint64_t>(scaled) & (kFractionOne - 1);
  constexpr uint64_t kHalf = kFractionOne / 2;
  // Ties to even. A step between neighbouring doubles is more than one unit of the last place here,
  // so that the fraction rounds neither to 0 nor to 1.
  if (rest > kHalf || (rest == kHalf && digits % 2 == 1)) ++digits;

  // A one in front keeps the zeros that the digits begin with, and gives its place to the point.
  at = std::to_chars(point, point + 1 + places, one + digits).ptr;
  *point = '.';
  while (at[-1] == '0') --at;
  return static_cast<size_t>(at - text);
}

}  // namespace

size_t FormatDouble(double value, char* text) {
  char* const end = text + kDoubleMax;
  if (std::isnan(value)) return std::string_view("nan").copy(text, kDoubleMax);
  // Whole numbers of up to 17 digits show no exponent: the quick way gives the same.
  constexpr double kFirstWithExponent = 1e17;
  const bool whole = std::fabs(value) < kFirstWithExponent && value == std::trunc(value);
  if (whole && (value != 0 || !std::signbit(value))) {
    return static_cast<size_t>(std::to_chars(text, end, static_cast<int64_t>(value)).ptr - text);
  }
  if (std::fabs(value) >= 1 && std::fabs(value) < kLeastWithoutFraction) {
    return FormatPlain(value, text);
  }
  // As printf's %.17g.
  return static_cast<size_t>(
      std::to_chars(text, end, value, std::chars_format::general, kDigits).ptr - text);
}

size_t FormatHumanDouble(long double value, char* text) {
  if (std::isinf(value)) {
    return static_cast<size_t>(std::snprintf(text, kHumanDoubleMax, value > 0 ? "inf" : "-inf"));
  }
  auto size = static_cast<size_t>(std::snprintf(text, kHumanDoubleMax, "%.17Lf", value));
  if (std::memchr(text, '.', size) != nullptr) {
    while (text[size - 1] == '0') --size;
    if (text[size - 1] == '.') --size;
  }
  if (size == 2 && text[0] == '-' && text[1] == '0') {
    text[0] = '0';
    size = 1;
  }
  return size;
}

}  // namespace ebb

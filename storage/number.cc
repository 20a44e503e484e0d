// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "storage/number.h"

#include <cctype>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <system_error>

namespace ebb {

std::optional<int64_t> ParseInteger(std::string_view text) {
  if (text.empty() || text.size() > 20) return std::nullopt;
  const std::string_view digits = text[0] == '-' ? text.substr(1) : text;
  if (digits.empty()) return std::nullopt;
  if (digits[0] == '0' && text.size() > 1) return std::nullopt;
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

namespace {

// By strtod or strtold, as `convert`.
template <typename Real>
std::optional<Real> ParseReal(std::string_view text, Real (*convert)(const char*, char**)) {
  // The longest number in full has 4933 digits before the point.
  char copy[5 * 1024];
  if (text.empty() || text.size() >= sizeof copy || std::isspace(static_cast<uint8_t>(text[0]))) {
    return std::nullopt;
  }
  std::memcpy(copy, text.data(), text.size());
  copy[text.size()] = '\0';
  char* end = nullptr;
  errno = 0;
  const Real value = convert(copy, &end);
  if (end != copy + text.size() || std::isnan(value)) return std::nullopt;
  if (errno == ERANGE && (std::isinf(value) || value == 0)) return std::nullopt;
  return value;
}

}  // namespace

std::optional<long double> ParseLongDouble(std::string_view text) {
  return ParseReal<long double>(text, std::strtold);
}

std::optional<double> ParseDouble(std::string_view text) {
  // The quick ways for nearly all; what they refuse may be a number yet.
  if (const auto integer = ParseInteger(text)) return static_cast<double>(*integer);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc() && end == text.data() + text.size() && !std::isnan(value)) return value;
  return ParseReal<double>(text, std::strtod);
}

}  // namespace ebb

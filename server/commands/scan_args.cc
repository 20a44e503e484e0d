// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/commands/scan_args.h"

#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <string>

namespace ebb {

std::optional<uint64_t> ParseCursor(std::string_view text) {
  const std::string digits(text);
  if (std::isspace(static_cast<unsigned char>(digits[0]))) return std::nullopt;
  char* end = nullptr;
  errno = 0;
  const uint64_t cursor = std::strtoul(digits.c_str(), &end, 10);
  if (*end != '\0' || errno == ERANGE) return std::nullopt;
  return cursor;
}

ScanOptions ParseScanOptions(ArgParser& parser, bool over_keys) {
  ScanOptions options;
  while (parser.More()) {
    if (parser.Take("COUNT", 1)) {
      const int64_t count = parser.Integer();
      if (count < 1) parser.SyntaxError();
      options.count = static_cast<uint64_t>(count);
    } else if (parser.Take("MATCH", 1)) {
      // As in Redis this one lets everything through, also the empty text, which it does not match.
      options.pattern = parser.Text();
      if (options.pattern == "*") options.pattern.reset();
    } else if (over_keys && parser.Take("TYPE", 1)) {
      options.type = parser.Text();
    } else {
      parser.SyntaxError();
    }
  }
  return options;
}

}  // namespace ebb

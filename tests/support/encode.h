// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ebb::test {

inline std::string EncodeBulk(std::string_view bytes) {
  std::string bulk = "$";
  return bulk.append(std::to_string(bytes.size())).append("\r\n").append(bytes).append("\r\n");
}

// A command as clients send it: an array of bulk strings.
inline std::string Encode(const std::vector<std::string>& argv) {
  std::string bytes = "*";
  bytes.append(std::to_string(argv.size())).append("\r\n");
  for (const std::string& argument : argv) bytes += EncodeBulk(argument);
  return bytes;
}

}  // namespace ebb::test

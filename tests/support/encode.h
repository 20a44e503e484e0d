// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <string>
#include <vector>

namespace ebb::test {

// A command as clients send it: an array of bulk strings.
inline std::string Encode(const std::vector<std::string>& argv) {
  std::string bytes = "*" + std::to_string(argv.size()) + "\r\n";
  for (const std::string& argument : argv) {
    bytes += "$" + std::to_string(argument.size()) + "\r\n" + argument + "\r\n";
  }
  return bytes;
}

}  // namespace ebb::test

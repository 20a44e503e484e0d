// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <string>
#include <string_view>

namespace ebb {

// A key of one of the databases, for tables of keys that somebody waits for or watches.
struct KeyName {
  int db;
  std::string key;
};

// The same by reference: maps from KeyName are searched with it, without a copy of the key.
struct KeyNameView {
  int db;
  std::string_view key;
};

// By database, then by bytes.
struct KeyNameLess {
  using is_transparent = void;
  template <typename One, typename Other>
  bool operator()(const One& one, const Other& other) const {
    if (one.db != other.db) return one.db < other.db;
    return std::string_view(one.key) < std::string_view(other.key);
  }
};

}  // namespace ebb

// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstdint>

// What a value is (Type) and how it is laid out in memory (Encoding), by the names that TYPE and
// OBJECT ENCODING show.
namespace ebb {

// A new one goes to the end, before kTypes, which is none but their number; what else it takes,
// CONTRIBUTING.md says.
enum class Type : uint8_t { kString, kList, kSet, kZset, kHash, kTypes };

// kEncodings likewise.
enum class Encoding : uint8_t {
  kRaw,
  kInt,
  kEmbstr,
  kHashtable,
  kListpack,
  kIntset,
  kQuicklist,
  kSkiplist,
  kEncodings
};

}  // namespace ebb

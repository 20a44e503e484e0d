// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace ebb {

// Who removed something, and by what command; all empty: the server itself.
struct Remover {
  // Of a longer name the beginning is kept: it is held for each of the trash's records that another
  // one separates.
  static constexpr size_t kMostName = 128;

  uint64_t client_id = 0;
  std::string address;
  std::string name;
  std::string command;

  bool operator==(const Remover&) const = default;
};

// On whose behalf the data changes: asked only when something comes into the trash.
//
// Thread: engine thread.
class Actor {
 public:
  virtual ~Actor() = default;

  // Whether Describe would answer just that. Some nanoseconds.
  virtual bool Is(const Remover& remover) const = 0;
  virtual Remover Describe() const = 0;
};

}  // namespace ebb

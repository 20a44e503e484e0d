// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "storage/type_ops.h"

#include <array>
#include <cassert>
#include <cstddef>

#include "storage/types/hash.h"
#include "storage/types/set.h"
#include "storage/types/string.h"

namespace ebb {

const TypeOps& OpsOf(Type type) {
  static constexpr auto kRegistry = [] {
    std::array<const TypeOps*, 8> ops{};
    const auto add = [&ops](Type which, const TypeOps& of) {
      ops[static_cast<size_t>(which)] = &of;
    };
    add(Type::kString, kStringOps);
    add(Type::kSet, kSetOps);
    add(Type::kHash, kHashOps);
    return ops;
  }();
  assert(kRegistry[static_cast<size_t>(type)] != nullptr);
  return *kRegistry[static_cast<size_t>(type)];
}

}  // namespace ebb

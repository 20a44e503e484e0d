// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "storage/type_ops.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "storage/types/hash.h"
#include "storage/types/list.h"
#include "storage/types/set.h"
#include "storage/types/string.h"
#include "storage/types/zset.h"

namespace ebb {

namespace {

constexpr auto kRegistry = [] {
  std::array<const TypeOps*, static_cast<size_t>(Type::kTypes)> ops{};
  const auto add = [&ops](Type which, const TypeOps& of) { ops[static_cast<size_t>(which)] = &of; };
  add(Type::kString, kStringOps);
  add(Type::kList, kListOps);
  add(Type::kSet, kSetOps);
  add(Type::kZset, kZsetOps);
  add(Type::kHash, kHashOps);
  return ops;
}();
static_assert(std::ranges::find(kRegistry, nullptr) == kRegistry.end(),
              "a type of storage/type.h has no line here");

}  // namespace

const TypeOps& OpsOf(Type type) {
  return *kRegistry[static_cast<size_t>(type)];
}

}  // namespace ebb

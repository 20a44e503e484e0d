// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "storage/type_ops.h"

#include <cassert>

#include "storage/types/string.h"

namespace ebb {

const TypeOps& OpsOf(Type type) {
  static constexpr const TypeOps* kRegistry[] = {
      &kStringOps,
  };
  assert(static_cast<size_t>(type) < std::size(kRegistry));
  return *kRegistry[static_cast<size_t>(type)];
}

}  // namespace ebb

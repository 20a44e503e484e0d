// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <type_traits>

namespace ebb {

// Calls `visit(what)` for a walk; answers whether the walk is to go on: what the visitor says, or
// always where it says nothing.
template <typename Visit, typename What>
bool GoesOn(Visit& visit, const What& what) {
  if constexpr (std::is_void_v<std::invoke_result_t<Visit&, const What&>>) {
    visit(what);
    return true;
  } else {
    return visit(what);
  }
}

}  // namespace ebb

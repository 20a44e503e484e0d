// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstdint>
#include <string_view>

#include "storage/observer.h"

namespace ebb::test {

// For keyspaces whose events are nobody's business.
class NobodyListens : public KeyspaceObserver {
 public:
  void OnKeyEvent(int, std::string_view, const KeyEvent&, uint64_t) override {}
  void OnFlush(int, uint64_t) override {}
  void OnSwap(int, int) override {}
};

}  // namespace ebb::test

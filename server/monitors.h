// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "server/command.h"

namespace ebb {

// The sessions that watch all commands (MONITOR). What they are shown is output beyond their own
// replies, and bounded by the output limits like any other.
//
// Thread: engine thread.
class Monitors {
 public:
  bool empty() const { return sessions_.empty(); }

  void Add(Session& session);
  // Nothing happens when it is none.
  void Remove(Session& session);

  // Shows a command that has just run to all of them. O(monitors + bytes).
  void Feed(const Call& call);

 private:
  std::vector<Session*> sessions_;
};

}  // namespace ebb

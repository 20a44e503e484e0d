// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "server/command.h"
#include "server/engine.h"
#include "server/look_ahead.h"
#include "storage/group_walk.h"

namespace ebb {

// The database that a KeyWalk's keys are looked for in.
class WalkedDatabase {
 public:
  explicit WalkedDatabase(Call& call) : call_(call) {}

  bool FindsByHash() const { return true; }
  void Fetch(std::span<const uint64_t> hashes) const { LookAhead::Fetch(call_.db(), hashes); }
  void Know(const KnownHash& known) const { call_.engine.look_ahead().Know(known); }

 private:
  Call& call_;
};

// Goes through the keys of a command that names several, args[1], args[1 + step] and so on to the
// end (GroupWalk), and has their memory fetched: the buckets of all of a group's keys, then the
// entries. The hashes serve the command, too (KeyspaceContext::known_key).
//
//   for (KeyWalk keys(call); keys.More(); keys.Next()) call.db().Read(keys.key());
//
// Thread: engine thread. Lives within one call, which has one at a time.
class KeyWalk : public GroupWalk<WalkedDatabase> {
 public:
  explicit KeyWalk(Call& call, size_t step = 1)
      : GroupWalk(WalkedDatabase(call), call.args, {.first = 1, .step = step}) {}

  std::string_view key() const { return text(); }
};
static_assert(KeyWalk::kGroup <= LookAhead::kMostKeys);

}  // namespace ebb

// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "server/command.h"
#include "server/look_ahead.h"

namespace ebb {

// Goes through the keys of a command that names several, args[1], args[1 + step] and so on to the
// end, and has their memory fetched by groups: the buckets of all of a group's keys at the same
// time, then the entries, instead of one after the other. The hashes that this took serve the
// command, too (KeyspaceContext::known_key).
//
//   for (KeyWalk keys(call); keys.More(); keys.Next()) call.db().Read(keys.key());
//
// Thread: engine thread. Lives within one call, which has one at a time.
class KeyWalk {
 public:
  explicit KeyWalk(Call& call, size_t step = 1);
  ~KeyWalk();
  KeyWalk(const KeyWalk&) = delete;
  KeyWalk& operator=(const KeyWalk&) = delete;

  bool More() const { return index_ < call_.args.size(); }
  void Next();

  // Where in the arguments the present key is, and the key. REQUIRES: More().
  size_t index() const { return index_; }
  std::string_view key() const { return call_.args[index_]; }

 private:
  // A single key has been fetched ahead, or comes at once.
  bool several() const { return call_.args.size() > 1 + step_; }

  void Enter();
  void FetchGroup();

  Call& call_;
  const size_t step_;
  size_t index_ = 1;
  size_t begin_ = 1;  // the present group's first key
  size_t end_ = 1;    // and the first after it
  std::array<uint64_t, LookAhead::kMostKeys> hashes_;
};

}  // namespace ebb

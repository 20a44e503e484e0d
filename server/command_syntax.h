// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ebb {

// One argument of a command as COMMAND DOCS describes it.
struct ArgumentDoc {
  std::string name;
  // string, integer, double, key, pattern, unix-time, pure-token, oneof, block.
  std::string type;
  std::string token;
  bool optional = false;
  bool multiple = false;
  bool multiple_token = false;  // the token stands before every repetition
  int key_spec_index = -1;
  std::vector<ArgumentDoc> children;  // of oneof and block
};

// Reads the `syntax` of a command's row:
//
//   name          an argument; its type follows from its name (key, seconds, count, pattern,
//   unix-time-...) or is given: name:integer TOKEN         a word TOKEN name    a word with its
//   argument; with several arguments, a block; also TOKEN name( ... ) and TOKEN name{ ... } [ ... ]
//   optional name(A | B)   a choice; inside brackets, [A | B] does without a name name{ ... }   a
//   block x [x ...]     x several times; also for a sequence: key value [key value ...] [x [x ...]]
//   x any number of times; also [x ...]
std::vector<ArgumentDoc> ParseSyntax(std::string_view syntax);

}  // namespace ebb

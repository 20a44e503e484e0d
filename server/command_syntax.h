// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ebb {

// All that clients know; the last three follow from the notation.
inline constexpr std::string_view kArgumentTypes[] = {
    "string", "integer", "double", "key", "pattern", "unix-time", "pure-token", "oneof", "block"};
bool IsArgumentType(std::string_view word);

// One argument of a command as COMMAND DOCS describes it.
struct ArgumentDoc {
  std::string name;
  // See kArgumentTypes.
  std::string type;
  std::string token;
  std::string since = {};
  std::string deprecated_since = {};
  bool optional = false;
  bool multiple = false;
  bool multiple_token = false;  // the token stands before every repetition
  int key_spec_index = -1;
  std::vector<ArgumentDoc> children;  // of oneof and block
};

// Reads the `syntax` of a command's row. Its notation:
//
// - `name` is an argument. Its type follows from its name (key, seconds, count, pattern,
//   unix-time-...) or stands behind it: `name:integer`. (`ip:port` is a name: port is no type.)
// - `TOKEN` is a word; `TOKEN name` a word with its argument, or with several as a block; also
//   `TOKEN name(...)` and `TOKEN name{...}`. A comma behind an argument says that it is the last.
// - `[...]` is optional.
// - `name(A | B)` is a choice; inside brackets `[A | B]` does without a name.
// - `name{...}` is a block.
// - `x [x ...]` is x several times, also for a sequence: `key value [key value ...]`; `[x [x ...]]`
//   and `[x ...]` are any number of times.
// - `name#1` belongs to the second key specification; keys are numbered as they come.
// - `<...>` is for HELP alone: what COMMAND DOCS of Redis does not tell of.
// - `@6.2.0` behind a name or a token says since which version of Redis it exists, `@-6.2.0` since
//   which one something else is to be used.
std::vector<ArgumentDoc> ParseSyntax(std::string_view syntax);

}  // namespace ebb

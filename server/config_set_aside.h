// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ebb {

// An option of Redis 7.0 that Ebb does not have, and what becomes of it where configuration is read
// at the start. One that loses nothing by being ignored is set aside, and the log says so: files
// that were written for Redis are full of them. One that promises something, as durability or
// security, is refused, but for values that promise nothing. Whatever becomes of it, CONFIG GET and
// CONFIG SET do not know it.
struct ForeignOption {
  std::string_view name;
  // What Ebb does not have, as the log calls it.
  std::string_view concerns;
  // Why it is refused. Empty: it is set aside with any value.
  std::string_view refusal = {};
  // The values that are set aside nevertheless, as they would stand in a file, with a '|' between
  // them. Their words may come in any order and any case.
  std::string_view except = {};
  bool secret = false;  // nobody may see the value
};

// All of them. None is one of AllOptions().
std::span<const ForeignOption> AllForeignOptions();

// The one of that name, in any case; null if there is none.
const ForeignOption* FindForeignOption(std::string_view name);

// Whether the option with this value (the words after its name) may be set aside.
bool MayBeSetAside(const ForeignOption& option, std::span<const std::string> words);

// What may be done about one that was refused, for people.
std::string AdviceOnRefusal(const ForeignOption& option);

// What was set aside, and the file or whatever else it stood in.
struct SetAside {
  const ForeignOption* option;
  std::string source;
};

// Says so: a line with how many they are and where they stand, and one for each subject that they
// concern with their names. None if there are none.
std::vector<std::string> SetAsideNotice(std::span<const SetAside> all);

}  // namespace ebb

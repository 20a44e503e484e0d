// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "server/config.h"

namespace ebb {

// The kinds of options: where the value is, and what it may be.
struct BoolOption {
  bool Config::*member;
};
struct IntOption {
  int64_t Config::*member;
  int64_t min;
  int64_t max;
  // What is accepted outside of these becomes the nearer of them.
  int64_t least = INT64_MIN;
  int64_t most = INT64_MAX;
};
struct MemoryOption {  // bytes, with units: 1k is 1000, 1kb is 1024, and so on for m, mb, g, gb
  uint64_t Config::*member;
  uint64_t min;
  uint64_t max;
};
struct MemorySizeOption {  // the same, or a percentage: "75%"
  MemorySize Config::*member;
  std::string_view what;  // it is, as the error for anything else calls it
};
struct StringOption {
  std::string Config::*member;
};
struct OctalOption {
  unsigned Config::*member;
  unsigned max;
};
// An existing directory. Becomes absolute, seen from the value before.
struct DirectoryOption {
  std::string Config::*member;
};
struct AddressesOption {
  std::vector<std::string> Config::*member;
  size_t max;
};
struct PercentilesOption {
  std::vector<double> Config::*member;
};
// An enum: its words in the order of its values.
struct EnumOption {
  int (*get)(const Config& config);
  void (*set)(Config& config, int value);
  std::span<const std::string_view> words;
};
// A set of words, kept as bits in the order of the words.
struct WordSetOption {
  uint8_t Config::*member;
  std::span<const std::string_view> words;
};
// Letters of classes of events, kept as their bits (keyspace_events.h).
struct EventClassesOption {
  uint32_t Config::*member;
};
struct OutputLimitsOption {};
// A feature that does not exist yet: the one value that is true, and why no other is.
struct AbsentOption {
  std::string_view value;
  std::string_view why_not;
};

enum OptionFlag : unsigned {
  kImmutable = 1,        // not by CONFIG SET
  kSensitive = 2,        // never logged
  kProtectedOption = 4,  // by CONFIG SET only with enable-protected-configs
};

// One row: an option, everything about it.
struct ConfigOption {
  std::string_view name;
  std::variant<BoolOption, IntOption, MemoryOption, MemorySizeOption, StringOption, OctalOption,
               DirectoryOption, AddressesOption, PercentilesOption, EnumOption, WordSetOption,
               EventClassesOption, OutputLimitsOption, AbsentOption>
      kind;
  unsigned flags;
  std::string_view group;
  // What it does, for redis.conf.example.
  std::string_view text;
  // An older name that is understood as well.
  std::string_view alias = {};
};

// All options, in the order of redis.conf.example.
std::span<const ConfigOption> AllOptions();

// The option of that name or alias, in any case; null if there is none.
const ConfigOption* FindOption(std::string_view name);

// `name` as the option's row writes it: the name or the alias. REQUIRES: FindOption(name) is
// `option`.
std::string_view NameIn(const ConfigOption& option, std::string_view name);

// A memory value as options and commands take it: "100mb" in bytes, nothing if `text` is none.
std::optional<uint64_t> ParseBytes(std::string_view text);

// Reads `words` (the values after the name, at least one) into `config`. An empty string, or what
// is wrong in Redis's words; `config` is unchanged then.
std::string ParseOption(const ConfigOption& option, std::span<const std::string> words,
                        Config* config);

// Whether the option reads more than one word.
bool TakesWords(const ConfigOption& option);

// The value as CONFIG GET shows it.
std::string FormatOption(const ConfigOption& option, const Config& config);

// The line of a configuration file that sets it. Two configurations agree on an option if their
// lines are the same.
std::string OptionLine(const ConfigOption& option, const Config& config);

// What values it takes, for people: "yes or no", "a number from 0 to 65535".
std::string AllowedValues(const ConfigOption& option);

}  // namespace ebb

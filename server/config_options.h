// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <variant>

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
};
struct MemoryOption {  // bytes, with units: 1k is 1000, 1kb is 1024, and so on for m, mb, g, gb
  uint64_t Config::*member;
  uint64_t min;
  uint64_t max;
};
struct StringOption {
  std::string Config::*member;
};
struct OctalOption {
  unsigned Config::*member;
  unsigned max;
};
struct ListOption {  // words separated by spaces
  std::vector<std::string> Config::*member;
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
struct OutputLimitsOption {};
// A feature that does not exist yet: the one value that is true, and why no other is.
struct AbsentOption {
  std::string_view value;
  std::string_view why_not;
};

enum OptionFlag : unsigned {
  kImmutable = 1,   // not by CONFIG SET
  kSensitive = 2,   // never logged
  kProtectedOption = 4,  // by CONFIG SET only with enable-protected-configs
};

// One row: an option, everything about it.
struct ConfigOption {
  std::string_view name;
  std::variant<BoolOption, IntOption, MemoryOption, StringOption, OctalOption, ListOption,
               PercentilesOption, EnumOption, OutputLimitsOption, AbsentOption>
      kind;
  unsigned flags;
  std::string_view group;
  // What it does, for redis.conf.example and --help; the first sentence stands alone.
  std::string_view text;
};

// All options, in the order of redis.conf.example.
std::span<const ConfigOption> AllOptions();

// The option of that name, in any case; null if there is none.
const ConfigOption* FindOption(std::string_view name);

// Reads `words` (the values after the name) into `config`. An empty string, or what is wrong in Redis's words.
std::string ParseOption(const ConfigOption& option, std::span<const std::string> words,
                        Config* config);

// The value as CONFIG GET shows it.
std::string FormatOption(const ConfigOption& option, const Config& config);

// The line of a configuration file that sets it.
std::string OptionLine(const ConfigOption& option, const Config& config);

// What values it takes, for people: "yes | no", "0 .. 65535".
std::string AllowedValues(const ConfigOption& option);

// The whole redis.conf.example.
std::string ExampleFile();

}  // namespace ebb

// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <optional>

#include "server/config_options.h"
#include "protocol/words.h"
#include "server/text.h"
#include "storage/types/string.h"

// What each kind of option does: parse, show, explain. One overload per kind.
namespace ebb {
namespace {

using Words = std::span<const std::string>;

constexpr std::string_view kClassNames[] = {"normal", "slave", "pubsub"};

std::string Join(const std::vector<std::string>& words) {
  return fmt::format("{}", fmt::join(words, " "));
}

template <typename T>
std::string OutOfRange(T min, T max) {
  return fmt::format("argument must be between {} and {} inclusive", min, max);
}

// "100mb" in bytes; nothing if `text` is no memory value.
std::optional<uint64_t> ParseBytes(std::string_view text) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || text.empty()) return std::nullopt;
  struct Unit {
    std::string_view name;
    uint64_t bytes;
  };
  static constexpr Unit kUnits[] = {
      {"", 1},          {"b", 1},         {"k", 1000},           {"kb", 1 << 10},
      {"m", 1000'000},  {"mb", 1 << 20},  {"g", 1000'000'000},   {"gb", 1 << 30},
  };
  const std::string_view unit(end, static_cast<size_t>(text.data() + text.size() - end));
  for (const Unit& known : kUnits) {
    if (!EqualsIgnoreCase(known.name, unit)) continue;
    uint64_t bytes = 0;
    if (__builtin_mul_overflow(value, known.bytes, &bytes)) return std::nullopt;
    return bytes;
  }
  return std::nullopt;
}

struct Parser {
  Words words;
  Config& config;

  bool Single() const { return words.size() == 1; }
  static std::string WrongCount() { return "wrong number of arguments"; }

  std::string operator()(const BoolOption& kind) const {
    if (!Single()) return WrongCount();
    const bool yes = EqualsIgnoreCase(words[0], "yes");
    if (!yes && !EqualsIgnoreCase(words[0], "no")) return "argument must be 'yes' or 'no'";
    config.*kind.member = yes;
    return {};
  }

  std::string operator()(const IntOption& kind) const {
    if (!Single()) return WrongCount();
    const auto value = ParseInteger(words[0]);
    if (!value) return "argument couldn't be parsed into an integer";
    if (*value < kind.min || *value > kind.max) return OutOfRange(kind.min, kind.max);
    config.*kind.member = *value;
    return {};
  }

  std::string operator()(const MemoryOption& kind) const {
    if (!Single()) return WrongCount();
    const auto value = ParseBytes(words[0]);
    if (!value) return "argument must be a memory value";
    if (*value < kind.min || *value > kind.max) return OutOfRange(kind.min, kind.max);
    config.*kind.member = *value;
    return {};
  }

  std::string operator()(const StringOption& kind) const {
    if (!Single()) return WrongCount();
    config.*kind.member = words[0];
    return {};
  }

  std::string operator()(const OctalOption& kind) const {
    if (!Single()) return WrongCount();
    unsigned value = 0;
    const char* text = words[0].data();
    const auto [end, error] = std::from_chars(text, text + words[0].size(), value, 8);
    if (error != std::errc() || end != text + words[0].size()) {
      return "argument couldn't be parsed as an octal number";
    }
    if (value > kind.max) return fmt::format("argument must be between 0 and {:o} inclusive", kind.max);
    config.*kind.member = value;
    return {};
  }

  std::string operator()(const ListOption& kind) const {
    std::vector<std::string> list;
    for (const std::string& word : words) {
      // CONFIG SET gives all of them as one argument.
      std::optional<std::vector<std::string>> parts = SplitWords(word);
      if (!parts) return "unbalanced quotes";
      std::move(parts->begin(), parts->end(), std::back_inserter(list));
    }
    config.*kind.member = std::move(list);
    return {};
  }

  std::string operator()(const PercentilesOption& kind) const {
    std::vector<double> list;
    for (const std::string& word : words) {
      for (const std::string& part : SplitWords(word).value_or(std::vector<std::string>{"?"})) {
        char* end = nullptr;
        const double value = std::strtod(part.c_str(), &end);
        if (*end != '\0') return "Invalid latency-tracking-info-percentiles parameters";
        if (!(value >= 0 && value <= 100)) {
          return "latency-tracking-info-percentiles should contain percentiles between 0.0 and 100.0";
        }
        list.push_back(value);
      }
    }
    config.*kind.member = std::move(list);
    return {};
  }

  std::string operator()(const EnumOption& kind) const {
    if (!Single()) return WrongCount();
    for (size_t i = 0; i < kind.words.size(); ++i) {
      if (!EqualsIgnoreCase(kind.words[i], words[0])) continue;
      kind.set(config, static_cast<int>(i));
      return {};
    }
    return fmt::format("argument must be one of the following: {}", fmt::join(kind.words, ", "));
  }

  std::string operator()(const OutputLimitsOption&) const {
    std::vector<std::string> list;
    for (const std::string& word : words) {
      for (std::string& part : SplitWords(word).value_or(std::vector<std::string>())) {
        list.push_back(std::move(part));
      }
    }
    if (list.empty() || list.size() % 4 != 0) return WrongCount();
    auto limits = config.client_output_buffer_limit;
    for (size_t i = 0; i < list.size(); i += 4) {
      const std::string name = list[i] == "replica" ? "slave" : LowerCase(list[i]);
      const auto known = std::find(std::begin(kClassNames), std::end(kClassNames), name);
      if (known == std::end(kClassNames)) {
        return "Invalid client class specified in buffer limit configuration.";
      }
      const auto hard = ParseBytes(list[i + 1]);
      const auto soft = ParseBytes(list[i + 2]);
      const auto seconds = ParseInteger(list[i + 3]);
      if (!hard || !soft || !seconds || *seconds < 0) {
        return "Error in hard, soft or soft_seconds setting in buffer limit configuration.";
      }
      limits[static_cast<size_t>(known - kClassNames)] = {*hard, *soft, *seconds};
    }
    config.client_output_buffer_limit = limits;
    return {};
  }

  std::string operator()(const AbsentOption& kind) const {
    // `save ""` is the one way to say "none"; CONFIG SET may leave the word out.
    const bool says_so = words.empty() ? kind.value.empty()
                                       : Single() && EqualsIgnoreCase(words[0], kind.value);
    return says_so ? std::string() : std::string(kind.why_not);
  }
};

struct Formatter {
  const Config& config;

  std::string operator()(const BoolOption& kind) const { return config.*kind.member ? "yes" : "no"; }
  std::string operator()(const IntOption& kind) const { return fmt::format("{}", config.*kind.member); }
  std::string operator()(const MemoryOption& kind) const {
    return fmt::format("{}", config.*kind.member);
  }
  std::string operator()(const StringOption& kind) const { return config.*kind.member; }
  std::string operator()(const OctalOption& kind) const {
    return fmt::format("{:o}", config.*kind.member);
  }
  std::string operator()(const ListOption& kind) const { return Join(config.*kind.member); }
  std::string operator()(const PercentilesOption& kind) const {
    return fmt::format("{}", fmt::join(config.*kind.member, " "));
  }
  std::string operator()(const EnumOption& kind) const {
    return std::string(kind.words[static_cast<size_t>(kind.get(config))]);
  }
  std::string operator()(const OutputLimitsOption&) const {
    std::vector<std::string> parts;
    for (size_t i = 0; i < kClientClasses; ++i) {
      const OutputLimit& limit = config.client_output_buffer_limit[i];
      parts.push_back(fmt::format("{} {} {} {}", kClassNames[i], limit.hard_bytes, limit.soft_bytes,
                                  limit.soft_seconds));
    }
    return Join(parts);
  }
  std::string operator()(const AbsentOption& kind) const { return std::string(kind.value); }
};

struct Explainer {
  std::string operator()(const BoolOption&) const { return "yes or no"; }
  std::string operator()(const IntOption& kind) const {
    return fmt::format("a number from {} to {}", kind.min, kind.max);
  }
  std::string operator()(const MemoryOption& kind) const {
    return fmt::format("bytes, from {} on; units k, kb, m, mb, g, gb", kind.min);
  }
  std::string operator()(const StringOption&) const { return "text"; }
  std::string operator()(const OctalOption& kind) const {
    return fmt::format("an octal number from 0 to {:o}", kind.max);
  }
  std::string operator()(const ListOption&) const { return "words separated by spaces"; }
  std::string operator()(const PercentilesOption&) const {
    return "numbers from 0 to 100 separated by spaces";
  }
  std::string operator()(const EnumOption& kind) const {
    return fmt::format("one of {}", fmt::join(kind.words, ", "));
  }
  std::string operator()(const OutputLimitsOption&) const {
    return "class hard-limit soft-limit seconds, once or for several classes";
  }
  std::string operator()(const AbsentOption& kind) const {
    return kind.value.empty() ? "\"\"" : std::string(kind.value);
  }
};

// Breaks `text` into comment lines.
std::string Comment(std::string_view text) {
  constexpr size_t kWidth = 90;
  std::string result;
  while (!text.empty()) {
    size_t cut = text.size() <= kWidth ? text.size() : text.rfind(' ', kWidth);
    if (cut == std::string_view::npos || cut == 0) cut = text.size();
    result += fmt::format("# {}\n", text.substr(0, cut));
    text.remove_prefix(std::min(cut + 1, text.size()));
  }
  return result;
}

}  // namespace

std::string ParseOption(const ConfigOption& option, Words words, Config* config) {
  return std::visit(Parser{words, *config}, option.kind);
}

std::string FormatOption(const ConfigOption& option, const Config& config) {
  return std::visit(Formatter{config}, option.kind);
}

std::string AllowedValues(const ConfigOption& option) {
  return std::visit(Explainer{}, option.kind);
}

std::string OptionLine(const ConfigOption& option, const Config& config) {
  const std::string value = FormatOption(option, config);
  const bool is_words = std::holds_alternative<ListOption>(option.kind) ||
                        std::holds_alternative<PercentilesOption>(option.kind) ||
                        std::holds_alternative<OutputLimitsOption>(option.kind);
  if (is_words && !value.empty()) return fmt::format("{} {}", option.name, value);
  return fmt::format("{} {}", option.name, QuoteWord(value));
}

std::string ExampleFile() {
  std::string file = Comment(
      "Ebb's options with their defaults. Start the server with a file like this as its first argument, "
      "or give options on the command line: ebb-server --port 7000 --maxmemory 100mb");
  file += "#\n";
  file += Comment("include PATH reads another file at that place; globs are allowed.");
  const Config defaults;
  std::string_view group;
  for (const ConfigOption& option : AllOptions()) {
    if (option.group != group) {
      group = option.group;
      file += fmt::format("\n{:#<90}\n# {}\n{:#<90}\n", "", group, "");
    }
    file += "\n" + Comment(option.text);
    file += Comment(fmt::format("Takes {}.{}", AllowedValues(option),
                                option.flags & kImmutable ? " Only at the start." : ""));
    file += OptionLine(option, defaults) + "\n";
  }
  return file;
}

}  // namespace ebb

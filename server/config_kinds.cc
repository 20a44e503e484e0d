// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <climits>
#include <cmath>
#include <filesystem>
#include <iterator>
#include <optional>
#include <system_error>
#include <utility>

#include "protocol/words.h"
#include "server/config_options.h"
#include "server/keyspace_events.h"
#include "server/text.h"
#include "storage/types/string.h"

// What each kind of option does: parse, show, explain. One overload per kind.
namespace ebb {
namespace {

using Words = std::span<const std::string>;

constexpr std::string_view kClassNames[] = {"normal", "slave", "pubsub"};

// ------------------------------------------------------------------------------------------ bytes

struct Unit {
  std::string_view name;
  uint64_t bytes;
};
constexpr Unit kUnits[] = {
    {"", 1},        {"b", 1},        {"k", 1000},         {"kb", 1 << 10},
    {"m", 1000000}, {"mb", 1 << 20}, {"g", 1000'000'000}, {"gb", 1 << 30},
};

// As short as it can be and exact: "1gb", "1536kb", "1000".
std::string ShowBytes(uint64_t bytes) {
  for (const std::string_view name : {"gb", "mb", "kb"}) {
    const Unit& unit = *std::ranges::find(kUnits, name, &Unit::name);
    if (bytes != 0 && bytes % unit.bytes == 0) return fmt::format("{}{}", bytes / unit.bytes, name);
  }
  return fmt::format("{}", bytes);
}

// ------------------------------------------------------------------------------------------- parse

template <typename T>
std::string OutOfRange(T min, T max) {
  return fmt::format("argument must be between {} and {} inclusive", min, max);
}

// `name ""` says: an empty list.
bool IsEmptyList(Words words) {
  return words.size() == 1 && words[0].empty();
}

// All of `text` as a finite number.
std::optional<double> ParseNumber(const std::string& text) {
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end || !std::isfinite(value)) return std::nullopt;
  return value;
}

// The class of client-output-buffer-limit that has this name.
std::optional<size_t> FindClass(std::string_view name) {
  if (EqualsIgnoreCase(name, "replica")) return kReplicaClient;
  for (size_t i = 0; i < std::size(kClassNames); ++i) {
    if (EqualsIgnoreCase(kClassNames[i], name)) return i;
  }
  return std::nullopt;
}

struct Parser {
  Words words;
  Config& config;

  std::string operator()(const BoolOption& kind) const {
    const bool yes = EqualsIgnoreCase(words[0], "yes");
    if (!yes && !EqualsIgnoreCase(words[0], "no")) return "argument must be 'yes' or 'no'";
    config.*kind.member = yes;
    return {};
  }

  std::string operator()(const IntOption& kind) const {
    const auto value = ParseInteger(words[0]);
    if (!value) return "argument couldn't be parsed into an integer";
    if (*value < kind.min || *value > kind.max) return OutOfRange(kind.min, kind.max);
    config.*kind.member = std::clamp(*value, kind.least, kind.most);
    return {};
  }

  std::string operator()(const MemoryOption& kind) const {
    const auto value = ParseBytes(words[0]);
    if (!value) return "argument must be a memory value";
    if (*value < kind.min || *value > kind.max) return OutOfRange(kind.min, kind.max);
    config.*kind.member = *value;
    return {};
  }

  std::string operator()(const MemorySizeOption& kind) const {
    std::string_view text = words[0];
    if (text.ends_with('%')) {
      text.remove_suffix(1);
      const auto percent = ParseInteger(text);
      if (!percent || *percent < 0) return fmt::format("argument must be a {}", kind.what);
      if (*percent > 100) return "percentage argument must be less or equal to 100";
      config.*kind.member = {.percent = static_cast<unsigned>(*percent)};
      return {};
    }
    const auto bytes = ParseBytes(text);
    if (!bytes) return fmt::format("argument must be a {}", kind.what);
    config.*kind.member = {.bytes = *bytes};
    return {};
  }

  std::string operator()(const StringOption& kind) const {
    config.*kind.member = words[0];
    return {};
  }

  std::string operator()(const OctalOption& kind) const {
    int64_t value = 0;
    const char* const end = words[0].data() + words[0].size();
    const auto [stop, error] = std::from_chars(words[0].data(), end, value, 8);
    if (error != std::errc() || stop != end) {
      return "argument couldn't be parsed as an octal number";
    }
    if (value < 0 || value > kind.max) {
      return fmt::format("argument must be between 0 and {:o} inclusive", kind.max);
    }
    config.*kind.member = static_cast<unsigned>(value);
    return {};
  }

  std::string operator()(const DirectoryOption& kind) const {
    namespace fs = std::filesystem;
    std::error_code error = std::make_error_code(std::errc::no_such_file_or_directory);
    fs::path path;
    if (!words[0].empty()) path = fs::canonical(fs::path(config.*kind.member) / words[0], error);
    if (!error && !fs::is_directory(path, error) && !error) {
      error = std::make_error_code(std::errc::not_a_directory);
    }
    if (error) return error.message();
    config.*kind.member = path.string();
    return {};
  }

  std::string operator()(const AddressesOption& kind) const {
    if (words.size() > kind.max) return "Too many bind addresses specified.";
    std::vector<std::string>& addresses = config.*kind.member;
    if (IsEmptyList(words)) {
      addresses.clear();
      return {};
    }
    const auto no_address = [](const std::string& word) { return word.empty() || word == "-"; };
    if (std::ranges::any_of(words, no_address)) return "Failed to bind to specified addresses.";
    addresses.assign(words.begin(), words.end());
    return {};
  }

  std::string operator()(const PercentilesOption& kind) const {
    std::vector<double> list;
    for (const std::string& word : IsEmptyList(words) ? Words() : words) {
      const auto value = ParseNumber(word);
      if (!value) return "Invalid latency-tracking-info-percentiles parameters";
      if (*value < 0 || *value > 100) {
        return "latency-tracking-info-percentiles parameters should sit between [0.0,100.0]";
      }
      list.push_back(*value);
    }
    config.*kind.member = std::move(list);
    return {};
  }

  std::string operator()(const EnumOption& kind) const {
    for (size_t i = 0; i < kind.words.size(); ++i) {
      if (!EqualsIgnoreCase(kind.words[i], words[0])) continue;
      kind.set(config, static_cast<int>(i));
      return {};
    }
    return fmt::format("argument(s) must be one of the following: {}", fmt::join(kind.words, ", "));
  }

  std::string operator()(const WordSetOption& kind) const {
    unsigned set = 0;
    for (const std::string& word : IsEmptyList(words) ? Words() : words) {
      const auto found = std::ranges::find_if(
          kind.words, [&](std::string_view known) { return EqualsIgnoreCase(known, word); });
      if (found == kind.words.end()) {
        return fmt::format("arguments must be some of the following: {}",
                           fmt::join(kind.words, ", "));
      }
      set |= 1u << (found - kind.words.begin());
    }
    config.*kind.member = static_cast<uint8_t>(set);
    return {};
  }

  std::string operator()(const EventClassesOption& kind) const {
    const auto classes = ParseEventClasses(UntilNul(words[0]));
    if (!classes) return "Invalid event class character. Use 'Ag$lshzxeKEtmdn'.";
    config.*kind.member = *classes;
    return {};
  }

  std::string operator()(const OutputLimitsOption&) const {
    if (IsEmptyList(words)) return {};
    if (words.size() % 4 != 0) return "Wrong number of arguments in buffer limit configuration.";
    auto limits = config.client_output_buffer_limit;
    for (size_t i = 0; i < words.size(); i += 4) {
      const auto client_class = FindClass(words[i]);
      if (!client_class) return "Invalid client class specified in buffer limit configuration.";
      const auto hard = ParseBytes(words[i + 1]);
      const auto soft = ParseBytes(words[i + 2]);
      const auto seconds = ParseInteger(words[i + 3]);
      if (!hard || !soft || !seconds || *seconds < 0 || *seconds > INT_MAX) {
        return "Error in hard, soft or soft_seconds setting in buffer limit configuration.";
      }
      limits[*client_class] = {*hard, *soft, *seconds};
    }
    config.client_output_buffer_limit = limits;
    return {};
  }

  std::string operator()(const AbsentOption& kind) const {
    if (words.size() == 1 && EqualsIgnoreCase(words[0], kind.value)) return {};
    return std::string(kind.why_not);
  }
};

// -------------------------------------------------------------------------------------------- show

struct Formatter {
  const Config& config;

  std::string operator()(const BoolOption& kind) const {
    return config.*kind.member ? "yes" : "no";
  }
  std::string operator()(const IntOption& kind) const {
    return fmt::format("{}", config.*kind.member);
  }
  std::string operator()(const MemoryOption& kind) const {
    return fmt::format("{}", config.*kind.member);
  }
  std::string operator()(const MemorySizeOption& kind) const {
    const MemorySize& size = config.*kind.member;
    return size.percent != 0 ? fmt::format("{}%", size.percent) : fmt::format("{}", size.bytes);
  }
  std::string operator()(const StringOption& kind) const { return config.*kind.member; }
  std::string operator()(const OctalOption& kind) const {
    return fmt::format("{:o}", config.*kind.member);
  }
  std::string operator()(const DirectoryOption& kind) const { return config.*kind.member; }
  std::string operator()(const AddressesOption& kind) const {
    return fmt::format("{}", fmt::join(config.*kind.member, " "));
  }
  std::string operator()(const PercentilesOption& kind) const {
    std::string text;
    for (const double value : config.*kind.member) {
      std::string number = fmt::format("{:.6f}", value);
      number.erase(number.find_last_not_of('0') + 1);
      if (number.back() == '.') number.pop_back();
      text += (text.empty() ? "" : " ") + number;
    }
    return text;
  }
  std::string operator()(const EnumOption& kind) const {
    return std::string(kind.words[static_cast<size_t>(kind.get(config))]);
  }
  std::string operator()(const WordSetOption& kind) const {
    std::string text;
    for (size_t i = 0; i < kind.words.size(); ++i) {
      if ((config.*kind.member >> i & 1) == 0) continue;
      text += fmt::format("{}{}", text.empty() ? "" : " ", kind.words[i]);
    }
    return text;
  }
  std::string operator()(const EventClassesOption& kind) const {
    return FormatEventClasses(config.*kind.member, false);
  }
  std::string operator()(const OutputLimitsOption&) const {
    std::string text;
    for (size_t i = 0; i < kClientClasses; ++i) {
      const OutputLimit& limit = config.client_output_buffer_limit[i];
      text += fmt::format("{}{} {} {} {}", i == 0 ? "" : " ", kClassNames[i], limit.hard_bytes,
                          limit.soft_bytes, limit.soft_seconds);
    }
    return text;
  }
  std::string operator()(const AbsentOption& kind) const { return std::string(kind.value); }
};

// The value in a configuration file: words that need quotes have them, bytes have units.
struct FileFormatter : Formatter {
  using Formatter::operator();

  std::string operator()(const MemoryOption& kind) const { return ShowBytes(config.*kind.member); }
  std::string operator()(const MemorySizeOption& kind) const {
    const MemorySize& size = config.*kind.member;
    return size.percent != 0 ? fmt::format("{}%", size.percent) : ShowBytes(size.bytes);
  }
  std::string operator()(const StringOption& kind) const { return QuoteWord(config.*kind.member); }
  std::string operator()(const DirectoryOption& kind) const {
    return (config.*kind.member).empty() ? "./" : QuoteWord(config.*kind.member);
  }
  std::string operator()(const AddressesOption& kind) const {
    if ((config.*kind.member).empty()) return "\"\"";
    std::string text;
    for (const std::string& address : config.*kind.member) {
      text.append(text.empty() ? "" : " ").append(QuoteWord(address));
    }
    return text;
  }
  std::string operator()(const WordSetOption& kind) const {
    return config.*kind.member == 0 ? "\"\"" : Formatter::operator()(kind);
  }
  std::string operator()(const EventClassesOption& kind) const {
    return QuoteWord(FormatEventClasses(config.*kind.member, true));
  }
  std::string operator()(const PercentilesOption& kind) const {
    return (config.*kind.member).empty() ? "\"\"" : Formatter::operator()(kind);
  }
  std::string operator()(const OutputLimitsOption&) const {
    std::string text;
    for (size_t i = 0; i < kClientClasses; ++i) {
      const OutputLimit& limit = config.client_output_buffer_limit[i];
      text += fmt::format(
          "{}{} {} {} {}", i == 0 ? "" : " ", i == kReplicaClient ? "replica" : kClassNames[i],
          ShowBytes(limit.hard_bytes), ShowBytes(limit.soft_bytes), limit.soft_seconds);
    }
    return text;
  }
  std::string operator()(const AbsentOption& kind) const { return QuoteWord(kind.value); }
};

// ----------------------------------------------------------------------------------------- explain

struct Explainer {
  std::string operator()(const BoolOption&) const { return "yes or no"; }
  std::string operator()(const IntOption& kind) const {
    const int64_t min = std::max(kind.min, kind.least);
    const int64_t max = std::min(kind.max, kind.most);
    // The largest number that a type can hold is not worth a word.
    if (max == INT_MAX || max == INT64_MAX) return fmt::format("a number, {} or more", min);
    return fmt::format("a number from {} to {}", min, max);
  }
  std::string operator()(const MemoryOption& kind) const {
    return fmt::format("a number of bytes, {} or more; units are k, kb, m, mb, g, gb",
                       ShowBytes(kind.min));
  }
  std::string operator()(const MemorySizeOption&) const {
    return "a number of bytes; units are k, kb, m, mb, g, gb; or a percentage, such as 75%";
  }
  std::string operator()(const StringOption&) const { return "text"; }
  std::string operator()(const OctalOption& kind) const {
    return fmt::format("an octal number from 0 to {:o}", kind.max);
  }
  std::string operator()(const DirectoryOption&) const { return "an existing directory"; }
  std::string operator()(const AddressesOption& kind) const {
    return fmt::format("up to {} addresses, or \"\" for none", kind.max);
  }
  std::string operator()(const PercentilesOption&) const {
    return "numbers from 0 to 100, or \"\" for none";
  }
  std::string operator()(const EnumOption& kind) const {
    if (kind.words.size() == 1) return fmt::format("only {} so far", kind.words[0]);
    return fmt::format("one of {}", fmt::join(kind.words, ", "));
  }
  std::string operator()(const WordSetOption& kind) const {
    return fmt::format("some of {}, or \"\" for none", fmt::join(kind.words, ", "));
  }
  std::string operator()(const EventClassesOption&) const {
    return "some of the letters AKEg$lshzxetdmn, or \"\" for none";
  }
  std::string operator()(const OutputLimitsOption&) const {
    return "class, hard limit, soft limit, seconds, once or for several classes; units are k, kb, "
           "m, mb, g, gb";
  }
  std::string operator()(const AbsentOption& kind) const {
    return fmt::format("only {} so far", QuoteWord(kind.value));
  }
};

struct WordTaker {
  bool operator()(const AddressesOption&) const { return true; }
  bool operator()(const PercentilesOption&) const { return true; }
  bool operator()(const WordSetOption&) const { return true; }
  bool operator()(const OutputLimitsOption&) const { return true; }
  bool operator()(const AbsentOption&) const { return true; }
  template <typename Kind>
  bool operator()(const Kind&) const {
    return false;
  }
};

}  // namespace

std::optional<uint64_t> ParseBytes(std::string_view text) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  for (const Unit& unit : kUnits) {
    if (!EqualsIgnoreCase(unit.name, text)) continue;
    uint64_t bytes = 0;
    if (__builtin_mul_overflow(value, unit.bytes, &bytes)) return std::nullopt;
    return bytes;
  }
  return std::nullopt;
}

std::string ParseOption(const ConfigOption& option, Words words, Config* config) {
  return std::visit(Parser{words, *config}, option.kind);
}

bool TakesWords(const ConfigOption& option) {
  return std::visit(WordTaker{}, option.kind);
}

std::string FormatOption(const ConfigOption& option, const Config& config) {
  return std::visit(Formatter{config}, option.kind);
}

std::string OptionLine(const ConfigOption& option, const Config& config) {
  return fmt::format("{} {}", option.name, std::visit(FileFormatter{{config}}, option.kind));
}

std::string AllowedValues(const ConfigOption& option) {
  return std::visit(Explainer{}, option.kind);
}

}  // namespace ebb

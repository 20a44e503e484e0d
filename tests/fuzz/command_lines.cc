// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "tests/fuzz/command_lines.h"

#include <algorithm>
#include <cstddef>
#include <span>

#include "protocol/words.h"
#include "server/command_table.h"
#include "server/config_options.h"

namespace ebb::fuzz {
namespace {

using Pool = std::span<const std::string_view>;

constexpr std::string_view kKeys[] = {"k0", "k1", "k2", "k3", "n", "", "nosuchkey", "k\xff\n"};

constexpr std::string_view kIntegers[] = {"0",
                                          "1",
                                          "2",
                                          "3",
                                          "7",
                                          "8",
                                          "10",
                                          "63",
                                          "64",
                                          "100",
                                          "1000",
                                          "65000",
                                          "-1",
                                          "-2",
                                          "-8",
                                          "-100",
                                          "2147483647",
                                          "-2147483648",
                                          "4294967296",
                                          "9223372036854775807",
                                          "-9223372036854775808",
                                          "9223372036854775808",
                                          "+1",
                                          "01",
                                          "1.5",
                                          "abc",
                                          ""};

constexpr std::string_view kDoubles[] = {"0",      "1.5",   "-3",  "1e10",     "1e-10", "1e308",
                                         "-1e308", "1e400", "inf", "-inf",     "nan",   "0x10",
                                         "1.",     ".5",    "1e",  "infinity", "abc",   ""};

// Around the time at which an input starts, in seconds and in milliseconds.
constexpr std::string_view kTimes[] = {"0",
                                       "1",
                                       "-1",
                                       "1750000000",
                                       "1750000001",
                                       "1749999999",
                                       "1750000000001",
                                       "1750000001000",
                                       "1749999999999",
                                       "9223372036854775",
                                       "9223372036854775807"};

constexpr std::string_view kPatterns[] = {"*",     "k*",     "k?",   "[a-k]*", "[^k]?", "[",
                                          "\\",    "[z-a]*", "[a-]", "*[",     "**",    "?",
                                          "k[0-]", "",       "*a*",  "k\\0",   "*-*"};

constexpr std::string_view kTexts[] = {
    "",        "a",       "b",      "value",        "12345",   "-7",     "9223372036854775807",
    "3.25",    "a b",     "\r\n",   "\xff\x7f\x01", "u8",      "i64",    "u63",
    "u64",     "i1",      "#1",     "#-1",          "default", "string", "yes",
    "no",      "local",   "1kb",    "@x31",         "@x100",   "@x1017", "@x1025",
    "@x32767", "@x32768", "@x60000"};

std::string PickFrom(Pool pool, RandomGenerator& random) {
  return std::string(pool[random.Below(pool.size())]);
}

const std::string& PickFrom(const std::vector<std::string>& pool, RandomGenerator& random) {
  return pool[random.Below(pool.size())];
}

bool Chance(RandomGenerator& random, uint64_t one_in) {
  return random.Below(one_in) == 0;
}

std::vector<std::string> Lines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::string Join(const std::vector<std::string>& words) {
  std::string line;
  for (const std::string& word : words) line += (line.empty() ? "" : " ") + QuoteWord(word);
  return line;
}

}  // namespace

CommandLines::CommandLines() {
  const CommandTable table;
  for (const auto& command : table.all()) {
    if (!command->subcommands.empty()) continue;
    Entry entry;
    std::string_view name = command->spec->name;
    if (command->parent != nullptr) {
      entry.words.emplace_back(command->parent->spec->name);
      name = command->short_name();
    }
    entry.words.emplace_back(name);
    entry.arguments = ParseSyntax(command->spec->syntax);
    CollectTokens(entry.arguments);
    commands_.push_back(std::move(entry));
  }
  for (const ConfigOption& option : AllOptions()) options_.emplace_back(option.name);
}

void CommandLines::CollectTokens(const std::vector<ArgumentDoc>& arguments) {
  for (const ArgumentDoc& argument : arguments) {
    if (!argument.token.empty()) tokens_.push_back(argument.token);
    CollectTokens(argument.children);
  }
}

std::string CommandLines::AnyValue(RandomGenerator& random) const {
  static constexpr Pool kPools[] = {kKeys, kIntegers, kDoubles, kTimes, kPatterns, kTexts};
  switch (random.Below(4)) {
    case 0:
      return PickFrom(tokens_, random);
    case 1:
      return PickFrom(options_, random);
    default:
      return PickFrom(kPools[random.Below(std::size(kPools))], random);
  }
}

std::string CommandLines::Value(const ArgumentDoc& argument, RandomGenerator& random) const {
  if (Chance(random, 20)) return AnyValue(random);
  if (argument.type == "key") return PickFrom(kKeys, random);
  if (argument.type == "integer") return PickFrom(kIntegers, random);
  if (argument.type == "double") return PickFrom(kDoubles, random);
  if (argument.type == "unix-time") return PickFrom(kTimes, random);
  if (argument.type == "pattern") return PickFrom(kPatterns, random);
  if (argument.name == "parameter") return PickFrom(options_, random);
  return PickFrom(Chance(random, 3) ? Pool(kIntegers) : Pool(kTexts), random);
}

void CommandLines::AddOnce(const ArgumentDoc& argument, bool with_token, RandomGenerator& random,
                           Words* words) const {
  if (with_token && !argument.token.empty()) words->push_back(argument.token);
  if (argument.type == "pure-token") return;
  if (argument.type == "oneof") {
    Add(argument.children[random.Below(argument.children.size())], random, words);
  } else if (argument.type == "block") {
    for (const ArgumentDoc& child : argument.children) Add(child, random, words);
  } else {
    words->push_back(Value(argument, random));
  }
}

void CommandLines::Add(const ArgumentDoc& argument, RandomGenerator& random, Words* words) const {
  if (argument.optional && !Chance(random, 2)) return;
  AddOnce(argument, true, random, words);
  if (!argument.multiple) return;
  for (uint64_t more = random.Below(4); more > 0; --more) {
    AddOnce(argument, argument.multiple_token, random, words);
  }
}

// One word too many, too few, or another one.
void CommandLines::Disturb(RandomGenerator& random, Words* words) const {
  const size_t at = random.Below(words->size());
  const auto place = words->begin() + static_cast<std::ptrdiff_t>(at);
  switch (random.Below(4)) {
    case 0:
      words->insert(place + 1, AnyValue(random));
      return;
    case 1:
      if (words->size() > 1) words->erase(place);
      return;
    case 2:
      words->insert(place, *place);
      return;
    default:
      *place = AnyValue(random);
  }
}

std::string CommandLines::Random(RandomGenerator& random) const {
  switch (random.Below(24)) {
    case 0:
      return "@client " + std::to_string(random.Below(3));
    case 1:
      return "@pass " + PickFrom(kIntegers, random);
    case 2:
      return "@cron";
  }
  const Entry& entry = commands_[random.Below(commands_.size())];
  Words words = entry.words;
  for (const ArgumentDoc& argument : entry.arguments) Add(argument, random, &words);
  if (Chance(random, 10)) Disturb(random, &words);
  return Join(words);
}

std::string CommandLines::Mutate(std::string_view input, RandomGenerator& random) const {
  std::vector<std::string> lines = Lines(input);
  const auto place = [&] {
    return lines.begin() + static_cast<std::ptrdiff_t>(random.Below(lines.size()));
  };
  switch (lines.empty() ? 0 : random.Below(8)) {
    case 0:
    case 1:
    case 2:
      lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(random.Below(lines.size() + 1)),
                   Random(random));
      break;
    case 3:
      lines.erase(place());
      break;
    case 4:
      lines.push_back(*place());
      break;
    case 5:
      std::iter_swap(place(), place());
      break;
    default: {
      std::string& line = *place();
      auto words = SplitWords(line);
      if (!words || words->empty()) {
        line = Random(random);
      } else {
        Disturb(random, &*words);
        line = Join(*words);
      }
    }
  }
  std::string output;
  for (const std::string& line : lines) output += line + '\n';
  return output;
}

}  // namespace ebb::fuzz

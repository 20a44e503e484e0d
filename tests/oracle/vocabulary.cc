// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "tests/oracle/vocabulary.h"

#include <algorithm>
#include <cctype>

namespace ebb::oracle {
namespace {

// The value of a key in a map, or in an array of keys and values; null when it is missing.
const Value* Field(const Value& map, std::string_view key) {
  for (size_t i = 0; i + 1 < map.elements.size(); i += 2) {
    if (map.elements[i].text == key) return &map.elements[i + 1];
  }
  return nullptr;
}

std::string TextField(const Value& map, std::string_view key) {
  const Value* value = Field(map, key);
  return value == nullptr ? "" : value->text;
}

std::vector<Argument> ParseArguments(const Value& list) {
  std::vector<Argument> arguments;
  for (const Value& item : list.elements) {
    Argument argument{.name = TextField(item, "name"),
                      .type = TextField(item, "type"),
                      .token = TextField(item, "token")};
    if (const Value* flags = Field(item, "flags"); flags != nullptr) {
      for (const Value& flag : flags->elements) {
        argument.optional |= flag.text == "optional";
        argument.multiple |= flag.text == "multiple";
        argument.multiple_token |= flag.text == "multiple_token";
      }
    }
    if (const Value* children = Field(item, "arguments"); children != nullptr) {
      argument.children = ParseArguments(*children);
    }
    arguments.push_back(std::move(argument));
  }
  return arguments;
}

Argv SplitName(const std::string& name) {
  const size_t bar = name.find('|');
  if (bar == std::string::npos) return {name};
  return {name.substr(0, bar), name.substr(bar + 1)};
}

// Row of COMMAND INFO: name, arity, flags, first key, last key, step, categories, tips, key specs,
// subcommands.
constexpr size_t kFlagsAt = 2;
constexpr size_t kTipsAt = 7;
constexpr size_t kSubcommandsAt = 9;

struct Traits {
  std::set<std::string> flags;
  std::set<std::string> tips;
};

void CollectTraits(const Value& row, std::map<std::string, Traits>* traits) {
  if (row.elements.size() <= kSubcommandsAt) return;
  Traits& own = (*traits)[row.elements[0].text];
  for (const Value& flag : row.elements[kFlagsAt].elements) own.flags.insert(flag.text);
  for (const Value& tip : row.elements[kTipsAt].elements) own.tips.insert(Lower(tip.text));
  for (const Value& sub : row.elements[kSubcommandsAt].elements) CollectTraits(sub, traits);
}

// The keys of a map.
std::set<std::string> Names(const Value& map) {
  std::set<std::string> names;
  for (size_t i = 0; i < map.elements.size(); i += 2) names.insert(map.elements[i].text);
  return names;
}

}  // namespace

std::string Lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char byte) { return std::tolower(byte); });
  return text;
}

Vocabulary::Vocabulary(Link& reference, Link& ebb) {
  const Value docs = ebb.Ask({"COMMAND", "DOCS"});
  for (size_t i = 0; i + 1 < docs.elements.size(); i += 2) {
    AddDocs(docs.elements[i].text, docs.elements[i + 1]);
  }
  std::map<std::string, Traits> traits;
  const std::set<std::string> known = Names(docs);
  for (const Value& row : reference.Ask({"COMMAND"}).elements) {
    CollectTraits(row, &traits);
    if (!row.elements.empty() && !known.contains(row.elements[0].text))
      missing_.insert(row.elements[0].text);
  }
  for (auto& [name, command] : commands_) {
    if (!traits.contains(name)) unknown_to_reference_.push_back(name);
    command.flags = traits[name].flags;
    command.tips = traits[name].tips;
    CollectTokens(command.arguments);
  }
  std::ranges::sort(tokens_);
  tokens_.erase(std::unique(tokens_.begin(), tokens_.end()), tokens_.end());
}

void Vocabulary::AddDocs(const std::string& name, const Value& docs) {
  if (const Value* subcommands = Field(docs, "subcommands"); subcommands != nullptr) {
    for (size_t i = 0; i + 1 < subcommands->elements.size(); i += 2) {
      AddDocs(subcommands->elements[i].text, subcommands->elements[i + 1]);
    }
    return;
  }
  CommandModel& command = commands_[name];
  command.name = name;
  command.words = SplitName(name);
  command.group = TextField(docs, "group");
  if (const Value* list = Field(docs, "arguments"); list != nullptr) {
    command.arguments = ParseArguments(*list);
  }
}

void Vocabulary::CollectTokens(const std::vector<Argument>& arguments) {
  for (const Argument& argument : arguments) {
    if (!argument.token.empty()) tokens_.push_back(argument.token);
    CollectTokens(argument.children);
  }
}

const CommandModel* Vocabulary::Find(const Argv& argv) const {
  if (argv.empty()) return nullptr;
  auto found =
      argv[0].find('|') == std::string::npos ? commands_.find(Lower(argv[0])) : commands_.end();
  if (found == commands_.end() && argv.size() > 1) {
    found = commands_.find(Lower(argv[0]) + "|" + Lower(argv[1]));
  }
  return found == commands_.end() ? nullptr : &found->second;
}

}  // namespace ebb::oracle

// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/command_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <regex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "server/command_syntax.h"
#include "server/text.h"

namespace ebb {
namespace {

// Calls `check` for each row of the table, and names those about which it complains.
template <typename Check>
void ForEachRow(Check&& check) {
  const CommandTable table;
  ASSERT_GT(table.all().size(), 200u);
  for (const auto& command : table.all()) {
    SCOPED_TRACE(command->spec->name);
    check(*command, *command->spec);
  }
}

std::vector<KeySpec> KeysOf(const CommandSpec& spec) {
  const auto used = std::ranges::find(spec.keys, KeySpec::Begin::kNone, &KeySpec::begin);
  return {spec.keys.begin(), used};
}

TEST(CommandRowsTest, EachHasANameOfItsOwnAndWhatDocumentationNeeds) {
  const std::regex version(R"(\d+\.\d+\.\d+)");
  std::set<std::string_view> names;
  ForEachRow([&](const Command& command, const CommandSpec& spec) {
    EXPECT_TRUE(names.insert(spec.name).second);
    EXPECT_EQ(spec.name, LowerCase(spec.name));
    EXPECT_TRUE(std::regex_match(std::string(spec.since), version)) << spec.since;
    EXPECT_TRUE(spec.summary.ends_with('.')) << spec.summary;
    EXPECT_EQ(spec.deprecated_since.empty(), spec.replaced_by.empty());
    EXPECT_TRUE(spec.function != nullptr || !command.subcommands.empty());
  });
}

TEST(CommandRowsTest, ComplexitySaysWhatItsLettersAre) {
  ForEachRow([](const Command&, const CommandSpec& spec) {
    EXPECT_TRUE(spec.complexity == "O(1)" || spec.complexity.find(' ') != std::string_view::npos)
        << spec.complexity;
  });
}

TEST(CommandRowsTest, FlagsFitEachOther) {
  ForEachRow([](const Command&, const CommandSpec& spec) {
    const auto has = [&spec](uint32_t flag) { return (spec.flags & flag) != 0; };
    EXPECT_FALSE(has(kWrite) && has(kReadOnly));
    EXPECT_TRUE(!has(kDenyOom) || !has(kReadOnly));
  });
}

TEST(CommandRowsTest, KeysFitTheFlags) {
  ForEachRow([](const Command&, const CommandSpec& spec) {
    const std::vector<KeySpec> keys = KeysOf(spec);
    EXPECT_EQ(keys.size(),
              std::ranges::count_if(
                  spec.keys, [](const KeySpec& key) { return key.begin != KeySpec::Begin::kNone; }))
        << "there is a gap";
    const bool movable = std::ranges::any_of(keys, [](const KeySpec& key) {
      return key.begin != KeySpec::Begin::kIndex || key.find != KeySpec::Find::kRange;
    });
    EXPECT_EQ(movable, (spec.flags & kMovableKeys) != 0);
    const bool only_reads = (spec.flags & kReadOnly) && !(spec.flags & kMayReplicate);
    for (const KeySpec& key : keys) {
      const uint32_t whole = key.flags & (kKeyRo | kKeyRw | kKeyOw | kKeyRm);
      EXPECT_EQ(std::popcount(whole), (key.flags & kKeyNotKey) ? 0 : 1);
      if (only_reads) {
        EXPECT_EQ(whole, kKeyRo);
      }
    }
    const bool variable = !keys.empty() && (keys[0].flags & kKeyVariableFlags);
    EXPECT_EQ(variable, spec.variable_key_flags != nullptr);
    if (spec.element == 0) return;
    ASSERT_FALSE(keys.empty());
    EXPECT_EQ(keys[0].begin_index, 1);
    EXPECT_GE(spec.element, 2u);
  });
}

// The numbers of the key specifications that arguments name.
void AddKeys(const std::vector<ArgumentDoc>& arguments, std::set<int>* keys) {
  for (const ArgumentDoc& argument : arguments) {
    if (argument.key_spec_index >= 0) keys->insert(argument.key_spec_index);
    AddKeys(argument.children, keys);
  }
}

TEST(CommandRowsTest, SyntaxNamesTheKeys) {
  ForEachRow([](const Command&, const CommandSpec& spec) {
    std::set<int> named;
    AddKeys(ParseSyntax(spec.syntax), &named);
    std::set<int> there;
    for (const KeySpec& key : KeysOf(spec)) {
      if (!(key.flags & kKeyNotKey)) there.insert(static_cast<int>(there.size()));
    }
    // Two names may share one: LCS.
    EXPECT_TRUE(std::ranges::includes(named, there)) << spec.syntax;
    EXPECT_EQ(named.empty(), there.empty()) << spec.syntax;
  });
}

// How many arguments there are at least, and whether there are never more.
struct Number {
  int least = 0;
  bool fixed = true;
};

Number NumberOf(const std::vector<ArgumentDoc>& arguments, bool choice);

Number NumberOf(const ArgumentDoc& argument) {
  if (argument.optional) return {0, false};
  Number number{1, true};
  if (!argument.children.empty()) number = NumberOf(argument.children, argument.type == "oneof");
  if (!argument.token.empty() && argument.type != "pure-token") ++number.least;
  number.fixed = number.fixed && !argument.multiple;
  return number;
}

// Of all of them, or of a choice between them.
Number NumberOf(const std::vector<ArgumentDoc>& arguments, bool choice) {
  Number number;
  bool first = true;
  for (const ArgumentDoc& argument : arguments) {
    const Number one = NumberOf(argument);
    number.fixed = number.fixed && one.fixed;
    if (choice && !first) {
      number.fixed = number.fixed && one.least == number.least;
      number.least = std::min(number.least, one.least);
    } else {
      number.least += one.least;
    }
    first = false;
  }
  return number;
}

TEST(CommandRowsTest, SyntaxFitsTheArity) {
  // Where Redis's differ, ours do as there; DEBUG's subcommands have no rows.
  const std::set<std::string_view> differ = {"client|kill",
                                             "command|getkeys",
                                             "command|getkeysandflags",
                                             "debug",
                                             "geohash",
                                             "geopos",
                                             "pfmerge",
                                             "quit"};
  ForEachRow([&](const Command& command, const CommandSpec& spec) {
    if (!command.subcommands.empty() || differ.contains(spec.name)) return;
    const Number number = NumberOf(ParseSyntax(spec.syntax), false);
    const int least = number.least + (command.parent != nullptr ? 2 : 1);
    EXPECT_EQ(spec.arity, number.fixed ? least : -least) << spec.syntax;
  });
}

}  // namespace
}  // namespace ebb

// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
//
// Whether what Ebb says of Redis's commands is all that there is to say.
#include "server/compatibility.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "server/text.h"
#include "tests/support/raw_client.h"
#include "tests/support/server_process.h"

namespace ebb::test {
namespace {

using Names = std::set<std::string>;

// With subcommands, as "client|id". COMMAND INFO of Redis 7.0: the tenth element has them.
void AddNames(const Reply& commands, Names* names) {
  for (const Reply& command : commands.elements) {
    names->insert(command.elements.at(0).text);
    AddNames(command.elements.at(9), names);
  }
}

Names CommandsOf(const std::string& program) {
  ServerProcess server({.program = program});
  Names names;
  AddNames(server.Connect().Command({"COMMAND"}), &names);
  return names;
}

// What the README says of commands before it shows the table of them.
std::string ReadmeOnCommands() {
  std::stringstream text;
  text << std::ifstream(EBB_SOURCE_DIR "/README.md").rdbuf();
  const std::string readme = text.str();
  const size_t begin = readme.find("\n## Commands\n");
  return readme.substr(begin, readme.find("\n|", begin) - begin);
}

// As people write it: "`CLIENT ID`".
std::string Written(std::string name) {
  std::ranges::replace(name, '|', ' ');
  return "`" + UpperCase(name) + "`";
}

TEST(CompatibilityTest, EachOfRedisCommandsIsThereOrSaidToBeMissing) {
  Names said = CommandsOf(EBB_SERVER_PATH);
  const auto missing = MissingCommands();
  said.insert(missing.begin(), missing.end());
  Names own = said;
  for (const std::string& name : CommandsOf("redis-server")) {
    EXPECT_TRUE(said.contains(name)) << name;
    own.erase(name);
  }
  EXPECT_FALSE(own.empty());
  const std::string readme = ReadmeOnCommands();
  for (const std::string& name : own) {
    // Where the whole is said to be Ebb's own, its subcommands are too.
    if (own.contains(name.substr(0, name.find('|'))) && name.find('|') != name.npos) continue;
    EXPECT_NE(readme.find(Written(name)), std::string::npos)
        << "README.md does not say that Redis 7.0 does not have " << name;
  }
}

// A reply of RESP2 as a tree; hiredis reads none that is as deep as COMMAND DOCS.
struct Node {
  std::string text;
  std::vector<Node> items;
};

Node TakeNode(std::string_view* bytes) {
  const auto take = [bytes](size_t size) {
    const std::string taken(bytes->substr(0, size));
    bytes->remove_prefix(std::min(size + 2, bytes->size()));
    return taken;
  };
  const std::string head = take(bytes->find("\r\n"));
  Node node;
  if (head.starts_with('$')) {
    node.text = take(std::stoul(head.substr(1)));
  } else if (head.starts_with('*')) {
    for (size_t left = std::stoul(head.substr(1)); left > 0; --left) {
      node.items.push_back(TakeNode(bytes));
    }
  } else {
    node.text = head;
  }
  return node;
}

std::string Shown(const Node& node) {
  if (node.items.empty()) return node.text;
  std::string text = "(";
  for (const Node& item : node.items) text += Shown(item) + " ";
  return text + ")";
}

// What COMMAND DOCS says of commands' arguments, which redis-cli makes its hints of.
using Arguments = std::map<std::string, std::string>;

// `docs`: name, documentation, name, documentation, as all maps are.
void AddArguments(const Node& docs, Arguments* found) {
  for (size_t i = 0; i + 1 < docs.items.size(); i += 2) {
    const std::vector<Node>& doc = docs.items[i + 1].items;
    std::string& arguments = (*found)[docs.items[i].text];
    for (size_t field = 0; field + 1 < doc.size(); field += 2) {
      if (doc[field].text == "arguments") arguments = Shown(doc[field + 1]);
      if (doc[field].text == "subcommands") AddArguments(doc[field + 1], found);
    }
  }
}

Arguments ArgumentsOf(const std::string& program) {
  ServerProcess server({.program = program});
  RawClient client(server.port());
  client.Send("COMMAND DOCS\r\nQUIT\r\n");
  const std::string reply = client.Read();
  std::string_view bytes = reply;
  Arguments found;
  AddArguments(TakeNode(&bytes), &found);
  return found;
}

TEST(CompatibilityTest, ArgumentsAreDocumentedAsInRedis) {
  const Arguments ours = ArgumentsOf(EBB_SERVER_PATH);
  const Arguments theirs = ArgumentsOf("redis-server");
  size_t compared = 0;
  for (const auto& [command, arguments] : ours) {
    const auto same = theirs.find(command);
    if (same == theirs.end()) continue;
    ++compared;
    EXPECT_EQ(arguments, same->second) << command;
  }
  EXPECT_GT(compared, 200u);
}

}  // namespace
}  // namespace ebb::test

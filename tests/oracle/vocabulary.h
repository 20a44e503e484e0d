// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/oracle/link.h"
#include "tests/oracle/wire.h"

namespace ebb::oracle {

// In lower case: commands and their words are compared so.
std::string Lower(std::string text);

// One node of the argument tree of COMMAND DOCS.
struct Argument {
  std::string name;
  std::string type;  // string, integer, double, key, pattern, unix-time, pure-token, oneof, block
  std::string token;
  bool optional = false;
  bool multiple = false;
  bool multiple_token = false;
  std::vector<Argument> children = {};  // of oneof and block
};

struct CommandModel {
  std::string name;  // "config|get"
  Argv words;        // {"config", "get"}
  std::string group;
  std::set<std::string> flags;
  std::set<std::string> tips;
  std::vector<Argument> arguments;
};

// What can be said to the servers: the commands that Ebb documents, so that a new command is in the
// streams because it is in Ebb's table. Flags and tips are those of the reference server, which
// decides what a reply promises.
class Vocabulary {
 public:
  Vocabulary(Link& reference, Link& ebb);

  // By name; those that are no container only.
  const std::map<std::string, CommandModel>& commands() const { return commands_; }

  // The command that the words call; null when it is unknown.
  const CommandModel* Find(const Argv& argv) const;

  bool Has(const std::string& name) const { return commands_.contains(name); }

  // Every word that is a token somewhere: material for misuse.
  const std::vector<std::string>& tokens() const { return tokens_; }

  // Whether the reference server has a command of this name (of one word) that Ebb has not.
  bool IsMissing(const std::string& name) const { return missing_.contains(Lower(name)); }

  // Commands that only Ebb documents.
  const std::vector<std::string>& unknown_to_reference() const { return unknown_to_reference_; }

 private:
  void AddDocs(const std::string& name, const Value& docs);
  void CollectTokens(const std::vector<Argument>& arguments);

  std::map<std::string, CommandModel> commands_;
  std::vector<std::string> tokens_;
  std::vector<std::string> unknown_to_reference_;
  std::set<std::string> missing_;
};

}  // namespace ebb::oracle

// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/compatibility.h"

#include <fmt/format.h>

#include <map>

#include "protocol/words.h"
#include "server/command_table.h"
#include "server/text.h"

namespace ebb {
namespace {

struct Group {
  std::string_view name;
  std::string_view commands;  // with a space between them
};

// Who adds one of them takes it out here; tests compare with the commands that there are, and with
// those of a redis-server.
constexpr Group kMissing[] = {
    {"cluster",
     "asking cluster cluster|addslots cluster|addslotsrange cluster|bumpepoch "
     "cluster|count-failure-reports cluster|countkeysinslot cluster|delslots cluster|delslotsrange "
     "cluster|failover cluster|flushslots cluster|forget cluster|getkeysinslot cluster|help "
     "cluster|info cluster|keyslot cluster|links cluster|meet cluster|myid cluster|nodes "
     "cluster|replicas cluster|replicate cluster|reset cluster|saveconfig cluster|set-config-epoch "
     "cluster|setslot cluster|shards cluster|slaves cluster|slots readonly readwrite"},
    {"connection", "client|caching client|tracking client|trackinginfo"},
    {"generic", "dump migrate restore wait"},
    {"scripting",
     "eval eval_ro evalsha evalsha_ro fcall fcall_ro function function|delete function|dump "
     "function|flush function|help function|kill function|list function|load function|restore "
     "function|stats script script|debug script|exists script|flush script|help script|kill "
     "script|load"},
    {"server",
     "acl acl|cat acl|deluser acl|dryrun acl|genpass acl|getuser acl|help acl|list acl|load "
     "acl|log acl|save acl|setuser acl|users acl|whoami bgrewriteaof bgsave failover lastsave "
     "module module|help module|list module|load module|loadex module|unload psync replconf "
     "replicaof restore-asking role save slaveof sync"},
    {"stream",
     "xack xadd xautoclaim xclaim xdel xgroup xgroup|create xgroup|createconsumer "
     "xgroup|delconsumer xgroup|destroy xgroup|help xgroup|setid xinfo xinfo|consumers "
     "xinfo|groups xinfo|help xinfo|stream xlen xpending xrange xread xreadgroup xrevrange xsetid "
     "xtrim"},
};

std::vector<std::string_view> NamesIn(const Group& group) {
  std::vector<std::string_view> names;
  SplitPlainWords(group.commands, &names);
  return names;
}

// A cell of the table: commands in bold, each followed by its subcommands.
class Cell {
 public:
  void Add(std::string_view name) {
    const size_t bar = name.find('|');
    if (const std::string_view command = name.substr(0, bar); command != command_) {
      text_ += fmt::format("{}**{}**", text_.empty() ? "" : ", ", UpperCase(command));
      command_ = command;
    }
    if (bar != std::string_view::npos) text_.append(" ").append(UpperCase(name.substr(bar + 1)));
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
  std::string_view command_;  // the last one
};

struct Row {
  Cell present;
  Cell missing;
};

}  // namespace

std::vector<std::string_view> MissingCommands() {
  std::vector<std::string_view> all;
  for (const Group& group : kMissing) {
    for (const std::string_view name : NamesIn(group)) all.push_back(name);
  }
  return all;
}

std::string CompatibilityTable() {
  std::map<std::string_view, Row> rows;
  for (const CommandFamily* family : AllFamilies()) {
    for (const CommandSpec& spec : family->commands) rows[family->group].present.Add(spec.name);
  }
  for (const Group& group : kMissing) {
    for (const std::string_view name : NamesIn(group)) rows[group.name].missing.Add(name);
  }
  std::string table =
      "| group | commands, with their subcommands | not there yet |\n|---|---|---|\n";
  for (const auto& [group, row] : rows) {
    table += fmt::format("| {} | {} | {} |\n", group, row.present.text(), row.missing.text());
  }
  return table;
}

}  // namespace ebb

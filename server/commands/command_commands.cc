// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "server/arg_parser.h"
#include "server/command_keys.h"
#include "server/command_syntax.h"
#include "server/commands/families.h"
#include "server/commands/help.h"
#include "server/engine.h"
#include "storage/glob.h"

namespace ebb {
namespace {

struct BitName {
  uint32_t bit;
  std::string_view name;
};

constexpr BitName kFlagNames[] = {
    {kWrite, "write"},
    {kReadOnly, "readonly"},
    {kDenyOom, "denyoom"},
    {kAdmin, "admin"},
    {kPubSub, "pubsub"},
    {kNoScript, "noscript"},
    {kBlocking, "blocking"},
    {kLoading, "loading"},
    {kStale, "stale"},
    {kSkipMonitor, "skip_monitor"},
    {kSkipSlowlog, "skip_slowlog"},
    {kFast, "fast"},
    {kNoAuth, "no_auth"},
    {kNoMandatoryKeys, "no_mandatory_keys"},
    {kNoMulti, "no_multi"},
    {kMovableKeys, "movablekeys"},
    {kAllowBusy, "allow_busy"},
};

constexpr BitName kAclNames[] = {
    {kAclKeyspace, "keyspace"},
    {kAclRead, "read"},
    {kAclWrite, "write"},
    {kAclSet, "set"},
    {kAclSortedSet, "sortedset"},
    {kAclList, "list"},
    {kAclHash, "hash"},
    {kAclString, "string"},
    {kAclBitmap, "bitmap"},
    {kAclHyperLogLog, "hyperloglog"},
    {kAclGeo, "geo"},
    {kAclPubSub, "pubsub"},
    {kAclAdmin, "admin"},
    {kAclFast, "fast"},
    {kAclSlow, "slow"},
    {kAclBlocking, "blocking"},
    {kAclDangerous, "dangerous"},
    {kAclConnection, "connection"},
    {kAclTransaction, "transaction"},
};

constexpr BitName kKeyFlagNames[] = {
    {kKeyRo, "RO"},          {kKeyRw, "RW"},
    {kKeyOw, "OW"},          {kKeyRm, "RM"},
    {kKeyAccess, "access"},  {kKeyUpdate, "update"},
    {kKeyInsert, "insert"},  {kKeyDelete, "delete"},
    {kKeyNotKey, "not_key"}, {kKeyVariableFlags, "variable_flags"},
};

void ReplyBits(ReplyWriter& reply, std::span<const BitName> names, uint32_t bits,
               std::string_view prefix = "") {
  size_t count = 0;
  for (const BitName& known : names) count += (bits & known.bit) != 0;
  reply.Set(count);
  for (const BitName& known : names) {
    if (bits & known.bit) reply.SimpleString(fmt::format("{}{}", prefix, known.name));
  }
}

std::vector<std::string_view> Split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const size_t end = std::min(text.find(separator), text.size());
    parts.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

void ReplyField(ReplyWriter& reply, std::string_view name, std::string_view value) {
  reply.Bulk(name);
  reply.Bulk(value);
}

void ReplyField(ReplyWriter& reply, std::string_view name, int64_t value) {
  reply.Bulk(name);
  reply.Integer(value);
}

void ReplyBeginSearch(ReplyWriter& reply, const KeySpec& spec) {
  reply.Map(2);
  switch (spec.begin) {
    case KeySpec::Begin::kIndex:
      ReplyField(reply, "type", "index");
      reply.Bulk("spec");
      reply.Map(1);
      return ReplyField(reply, "index", spec.begin_index);
    case KeySpec::Begin::kKeyword:
      ReplyField(reply, "type", "keyword");
      reply.Bulk("spec");
      reply.Map(2);
      ReplyField(reply, "keyword", spec.keyword);
      return ReplyField(reply, "startfrom", spec.begin_index);
    default:
      ReplyField(reply, "type", "unknown");
      reply.Bulk("spec");
      return reply.Map(0);
  }
}

void ReplyFindKeys(ReplyWriter& reply, const KeySpec& spec) {
  reply.Map(2);
  switch (spec.find) {
    case KeySpec::Find::kRange:
      ReplyField(reply, "type", "range");
      reply.Bulk("spec");
      reply.Map(3);
      ReplyField(reply, "lastkey", spec.last);
      ReplyField(reply, "keystep", spec.step);
      return ReplyField(reply, "limit", spec.limit);
    case KeySpec::Find::kKeyCount:
      ReplyField(reply, "type", "keynum");
      reply.Bulk("spec");
      reply.Map(3);
      ReplyField(reply, "keynumidx", spec.count_index);
      ReplyField(reply, "firstkey", spec.first);
      return ReplyField(reply, "keystep", spec.step);
    default:
      ReplyField(reply, "type", "unknown");
      reply.Bulk("spec");
      return reply.Map(0);
  }
}

size_t CountKeySpecs(const CommandSpec& command) {
  size_t count = 0;
  for (const KeySpec& spec : command.keys) count += spec.begin != KeySpec::Begin::kNone;
  return count;
}

void ReplyKeySpecs(ReplyWriter& reply, const CommandSpec& command) {
  const size_t count = CountKeySpecs(command);
  reply.Set(count);
  for (size_t i = 0; i < count; ++i) {
    const KeySpec& spec = command.keys[i];
    reply.Map(spec.notes.empty() ? 3 : 4);
    if (!spec.notes.empty()) ReplyField(reply, "notes", spec.notes);
    reply.Bulk("flags");
    ReplyBits(reply, kKeyFlagNames, spec.flags);
    reply.Bulk("begin_search");
    ReplyBeginSearch(reply, spec);
    reply.Bulk("find_keys");
    ReplyFindKeys(reply, spec);
  }
}

void ReplyInfo(ReplyWriter& reply, const Command* command) {
  if (command == nullptr) return reply.Null();
  const CommandSpec& spec = *command->spec;
  const LegacyKeys legacy = LegacyKeysOf(spec);
  reply.Array(10);
  reply.Bulk(spec.name);
  reply.Integer(spec.arity);
  ReplyBits(reply, kFlagNames, spec.flags);
  reply.Integer(legacy.first);
  reply.Integer(legacy.last);
  reply.Integer(legacy.step);
  ReplyBits(reply, kAclNames, command->acl, "@");
  const auto tips = Split(spec.tips, ' ');
  reply.Set(tips.size());
  for (const std::string_view tip : tips) reply.Bulk(tip);
  ReplyKeySpecs(reply, spec);
  // Redis writes none as a set, some as an array.
  if (command->subcommands.empty()) return reply.Set(0);
  reply.Array(command->subcommands.size());
  for (const Command* sub : command->subcommands) ReplyInfo(reply, sub);
}

// `last_key`: the number of the last key specification. Where there are fewer than keys, as LCS has
// one for both of its own, the last one is meant.
void ReplyArguments(ReplyWriter& reply, const std::vector<ArgumentDoc>& arguments, int last_key) {
  reply.Array(arguments.size());
  for (const ArgumentDoc& argument : arguments) {
    const bool flags = argument.optional || argument.multiple;
    reply.Map(2 + !argument.token.empty() + !argument.since.empty() +
              !argument.deprecated_since.empty() + (argument.key_spec_index >= 0) + flags +
              !argument.children.empty());
    ReplyField(reply, "name", argument.name);
    ReplyField(reply, "type", argument.type);
    if (argument.key_spec_index >= 0) {
      ReplyField(reply, "key_spec_index", std::min(argument.key_spec_index, last_key));
    }
    if (!argument.token.empty()) ReplyField(reply, "token", argument.token);
    if (!argument.since.empty()) ReplyField(reply, "since", argument.since);
    if (!argument.deprecated_since.empty()) {
      ReplyField(reply, "deprecated_since", argument.deprecated_since);
    }
    if (flags) {
      reply.Bulk("flags");
      reply.Set(size_t{argument.optional} + size_t{argument.multiple} +
                size_t{argument.multiple_token});
      if (argument.optional) reply.SimpleString("optional");
      if (argument.multiple) reply.SimpleString("multiple");
      if (argument.multiple_token) reply.SimpleString("multiple_token");
    }
    if (!argument.children.empty()) {
      reply.Bulk("arguments");
      ReplyArguments(reply, argument.children, last_key);
    }
  }
}

void ReplyHistory(ReplyWriter& reply, std::string_view history) {
  const auto lines = Split(history, '\n');
  reply.Bulk("history");
  reply.Set(lines.size());
  for (const std::string_view line : lines) {
    const size_t space = line.find(' ');
    reply.Array(2);
    reply.Bulk(line.substr(0, space));
    reply.Bulk(line.substr(space + 1));
  }
}

void ReplyDocs(ReplyWriter& reply, const Command& command) {
  const CommandSpec& spec = *command.spec;
  const auto arguments = ParseSyntax(spec.syntax);
  const bool deprecated = !spec.deprecated_since.empty();
  reply.Bulk(spec.name);
  reply.Map(3 + !spec.complexity.empty() + (deprecated || spec.system) + (deprecated ? 2 : 0) +
            !spec.history.empty() + !arguments.empty() + !command.subcommands.empty());
  ReplyField(reply, "summary", spec.summary);
  ReplyField(reply, "since", spec.since);
  ReplyField(reply, "group", command.family->group);
  if (!spec.complexity.empty()) ReplyField(reply, "complexity", spec.complexity);
  if (deprecated || spec.system) {
    reply.Bulk("doc_flags");
    reply.Set(size_t{deprecated} + size_t{spec.system});
    if (deprecated) reply.SimpleString("deprecated");
    if (spec.system) reply.SimpleString("syscmd");
  }
  if (deprecated) {
    ReplyField(reply, "deprecated_since", spec.deprecated_since);
    ReplyField(reply, "replaced_by", spec.replaced_by);
  }
  if (!spec.history.empty()) ReplyHistory(reply, spec.history);
  if (!arguments.empty()) {
    reply.Bulk("arguments");
    ReplyArguments(reply, arguments, static_cast<int>(CountKeySpecs(spec)) - 1);
  }
  if (!command.subcommands.empty()) {
    reply.Bulk("subcommands");
    reply.Map(command.subcommands.size());
    for (const Command* sub : command.subcommands) ReplyDocs(reply, *sub);
  }
}

void ReplyAllInfo(Call& call) {
  const auto& commands = call.engine.commands().commands();
  call.reply.Array(commands.size());
  for (const Command* command : commands) ReplyInfo(call.reply, command);
}

void CommandAll(Call& call) {
  ReplyAllInfo(call);
}

void CommandCount(Call& call) {
  call.reply.Integer(static_cast<int64_t>(call.engine.commands().commands().size()));
}

void CommandInfo(Call& call) {
  if (call.args.size() == 2) return ReplyAllInfo(call);
  call.reply.Array(call.args.size() - 2);
  for (const std::string_view name : call.args.subspan(2)) {
    ReplyInfo(call.reply, call.engine.commands().FindByName(name));
  }
}

void CommandDocs(Call& call) {
  std::vector<const Command*> found;
  if (call.args.size() == 2) {
    const auto& all = call.engine.commands().commands();
    found.assign(all.begin(), all.end());
  }
  for (const std::string_view name : call.args.subspan(2)) {
    if (const Command* command = call.engine.commands().FindByName(name)) found.push_back(command);
  }
  call.reply.Map(found.size());
  for (const Command* command : found) ReplyDocs(call.reply, *command);
}

// COMMAND LIST's filter: which commands it lets through.
bool Passes(const Command& command, std::string_view filter, std::string_view value) {
  if (filter.empty()) return true;
  if (filter == "PATTERN") return GlobMatch(value, command.spec->name, true);
  for (const BitName& known : kAclNames) {
    if (filter == "ACLCAT" && EqualsIgnoreCase(known.name, value)) return command.acl & known.bit;
  }
  return false;  // MODULE: there are none
}

void CommandList(Call& call) {
  ArgParser parser(call, 2);
  std::string_view filter;
  std::string_view value;
  if (parser.More()) {
    if (!parser.Take("FILTERBY")) parser.SyntaxError();
    for (const std::string_view known : {"MODULE", "ACLCAT", "PATTERN"}) {
      if (filter.empty() && parser.Take(known)) filter = known;
    }
    if (filter.empty()) parser.SyntaxError();
    value = parser.Text();
    if (parser.More()) parser.SyntaxError();
  }
  if (parser.Failed()) return;

  std::vector<std::string_view> names;
  for (const auto& command : call.engine.commands().all()) {
    if (Passes(*command, filter, value)) names.push_back(command->spec->name);
  }
  call.reply.Array(names.size());
  for (const std::string_view name : names) call.reply.Bulk(name);
}

// GETKEYS and GETKEYSANDFLAGS.
void ReplyKeysOf(Call& call, bool with_flags) {
  const Args args = call.args.subspan(2);
  Command* container = nullptr;
  const Command* command = call.engine.commands().Find(args, &container);
  if (command == nullptr) return call.reply.Error("ERR Invalid command specified");
  if (!HasKeys(*command->spec)) {
    return call.reply.Error("ERR The command has no key arguments");
  }
  const int arity = command->spec->arity;
  const auto count = static_cast<int>(args.size());
  if (arity >= 0 ? count != arity : count < -arity) {
    return call.reply.Error("ERR Invalid number of arguments specified for command");
  }
  const std::vector<KeyPlace> keys = FindKeys(*command->spec, args);
  if (keys.empty() && !(command->spec->flags & kNoMandatoryKeys)) {
    return call.reply.Error("ERR Invalid arguments specified for command");
  }
  call.reply.Array(keys.size());
  for (const KeyPlace& key : keys) {
    if (with_flags) call.reply.Array(2);
    call.reply.Bulk(args[key.index]);
    if (with_flags) ReplyBits(call.reply, kKeyFlagNames, key.flags);
  }
}

void CommandGetKeys(Call& call) {
  ReplyKeysOf(call, false);
}
void CommandGetKeysAndFlags(Call& call) {
  ReplyKeysOf(call, true);
}

constexpr uint32_t kAnywhere = kLoading | kStale;
constexpr std::string_view kUnordered = "nondeterministic_output_order";

constexpr CommandSpec kCommands[] = {
    {.name = "command",
     .function = CommandAll,
     .arity = -1,
     .flags = kAnywhere,
     .since = "2.8.13",
     .complexity = "O(N) where N is the total number of commands",
     .syntax = "",
     .summary = "Answers what is known of every command.",
     .tips = kUnordered,
     .acl = kAclConnection},
    {.name = "command|count",
     .function = CommandCount,
     .arity = 2,
     .flags = kAnywhere,
     .since = "2.8.13",
     .complexity = "O(1)",
     .syntax = "",
     .summary = "Answers the number of commands.",
     .acl = kAclConnection},
    {.name = "command|info",
     .function = CommandInfo,
     .arity = -2,
     .flags = kAnywhere,
     .since = "2.8.13",
     .complexity = "O(N) where N is the number of commands to look up",
     .syntax = "[command-name [command-name ...]]",
     .summary = "Answers what is known of some commands, or of all.",
     .tips = kUnordered,
     .acl = kAclConnection,
     .history = "7.0.0 Without names it is about all commands."},
    {.name = "command|docs",
     .function = CommandDocs,
     .arity = -2,
     .flags = kAnywhere,
     .since = "7.0.0",
     .complexity = "O(N) where N is the number of commands to look up",
     .syntax = "[command-name [command-name ...]]",
     .summary = "Answers the documentation of some commands, or of all.",
     .tips = kUnordered,
     .acl = kAclConnection},
    {.name = "command|list",
     .function = CommandList,
     .arity = -2,
     .flags = kAnywhere,
     .since = "7.0.0",
     .complexity = "O(N) where N is the total number of commands",
     .syntax = "[FILTERBY filterby(MODULE module-name | ACLCAT category | PATTERN pattern)]",
     .summary = "Answers the names of all commands, or of those that a filter lets through.",
     .tips = kUnordered,
     .acl = kAclConnection},
    {.name = "command|getkeys",
     .function = CommandGetKeys,
     .arity = -4,
     .flags = kAnywhere,
     .since = "2.8.13",
     .complexity = "O(N) where N is the number of arguments to the command",
     .syntax = "<full-command>",
     .summary = "Answers the keys of a whole command.",
     .acl = kAclConnection},
    {.name = "command|getkeysandflags",
     .function = CommandGetKeysAndFlags,
     .arity = -4,
     .flags = kAnywhere,
     .since = "7.0.0",
     .complexity = "O(N) where N is the number of arguments to the command",
     .syntax = "<full-command>",
     .summary = "Answers the keys of a whole command and what it does with each.",
     .acl = kAclConnection},
    {.name = "command|help",
     .function = ReplyHelp,
     .arity = 2,
     .flags = kAnywhere,
     .since = "5.0.0",
     .complexity = "O(1)",
     .syntax = "",
     .summary = "Lists the subcommands.",
     .acl = kAclConnection},
};

}  // namespace

constexpr CommandFamily kCommandFamily{.group = "server", .acl = 0, .commands = kCommands};

}  // namespace ebb

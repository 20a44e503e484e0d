// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ebb {

class Engine;
class Keyspace;
class ReplyWriter;
class Session;
struct CommandSpec;

using Args = std::span<const std::string_view>;

// One execution of a command: everything that its function may touch.
struct Call {
  Engine& engine;
  Session& session;
  Args args;  // args[0] is the command's name, for a subcommand args[1] its own; valid until the
              // function returns
  ReplyWriter& reply;
  const CommandSpec& spec;

  // The database that the session has selected. Defined in engine.h.
  inline Keyspace& db() const;

  // MONITOR and SLOWLOG don't show args[index]: it is a password. From the 64th on, neither the
  // ones after it.
  void HideArgument(size_t index) { secret_arguments |= uint64_t{1} << (index < 63 ? index : 63); }
  bool IsSecret(size_t index) const { return (secret_arguments >> (index < 63 ? index : 63)) & 1; }

  uint64_t secret_arguments = 0;  // a bit each

  // Whether the command may be answered later; one that may not answers at once, as if its time
  // were over.
  bool may_block = true;

  // Whether it has waited and is answered now: its arguments are gone.
  bool waited() const { return args.empty(); }

  // args[index] now belongs to storage, which may free it before the command ends. From then on who
  // shows commands asks for BeginningOf: at least the argument's first kBeginning bytes.
  static constexpr size_t kBeginning = 128;
  void NoteMoved(size_t index) {
    moved_arguments.push_back({index, std::string(args[index].substr(0, kBeginning))});
  }
  std::string_view BeginningOf(size_t index) const {
    for (const MovedArgument& moved : moved_arguments) {
      if (moved.index == index) return moved.beginning;
    }
    return args[index];
  }

  struct MovedArgument {
    size_t index;
    std::string beginning;
  };
  std::vector<MovedArgument> moved_arguments = {};
};

// What the dispatcher, COMMAND and the documentation know of a command. Bits as COMMAND INFO names
// them.
enum CommandFlag : uint32_t {
  kWrite = 1 << 0,
  kReadOnly = 1 << 1,
  kDenyOom = 1 << 2,
  kAdmin = 1 << 3,
  kPubSub = 1 << 4,
  kNoScript = 1 << 5,
  kBlocking = 1 << 6,
  kLoading = 1 << 7,
  kStale = 1 << 8,
  kSkipMonitor = 1 << 9,
  kSkipSlowlog = 1 << 10,
  kFast = 1 << 11,
  kNoAuth = 1 << 12,
  // No write, but held by a pause of writes. COMMAND INFO does not name it.
  kMayReplicate = 1 << 13,
  kNoMandatoryKeys = 1 << 14,
  kProtected = 1 << 15,  // behind enable-debug-command and its like
  kNoMulti = 1 << 16,
  kAllowBusy = 1 << 17,
  kMovableKeys = 1 << 18,
  kNotQueued = 1 << 19,       // runs at once also between MULTI and EXEC
  kRunsQueue = 1 << 20,       // guards see the flags of the session's queued commands as its own
  kForSubscribers = 1 << 21,  // also for those who are subscribed and speak RESP2
};

enum AclCategory : uint32_t {
  kAclKeyspace = 1 << 0,
  kAclRead = 1 << 1,
  kAclWrite = 1 << 2,
  kAclSet = 1 << 3,
  kAclSortedSet = 1 << 4,
  kAclList = 1 << 5,
  kAclHash = 1 << 6,
  kAclString = 1 << 7,
  kAclBitmap = 1 << 8,
  kAclHyperLogLog = 1 << 9,
  kAclGeo = 1 << 10,
  kAclPubSub = 1 << 11,
  kAclAdmin = 1 << 12,
  kAclFast = 1 << 13,
  kAclSlow = 1 << 14,
  kAclBlocking = 1 << 15,
  kAclDangerous = 1 << 16,
  kAclConnection = 1 << 17,
  kAclTransaction = 1 << 18,
};

// What a command does with a key, as COMMAND INFO names it: one of the first four, for the key as a
// whole, and what it does with the content.
enum KeyFlag : uint32_t {
  kKeyRo = 1 << 0,      // reads it
  kKeyRw = 1 << 1,      // changes what is there
  kKeyOw = 1 << 2,      // replaces it, whatever is there
  kKeyRm = 1 << 3,      // removes it
  kKeyAccess = 1 << 4,  // what is in it is answered, copied or made use of; its size or type is not
  kKeyUpdate = 1 << 5,  // what is in it may change, also in dependence on what it was
  kKeyInsert = 1 << 6,  // something comes to it, and what was there stays as it was
  kKeyDelete = 1 << 7,  // something is taken out of it, or all
  kKeyNotKey = 1 << 8,  // it is none, but a cluster would find the node by it: a shard's channel
  kKeyVariableFlags = 1 << 9,  // depends on the arguments: CommandSpec::variable_key_flags
};

// Where keys stand among the arguments: where to begin and how to go on, as COMMAND INFO's key
// specifications describe it.
struct KeySpec {
  enum class Begin : uint8_t { kNone, kIndex, kKeyword, kUnknown };
  enum class Find : uint8_t { kRange, kKeyCount, kUnknown };

  uint32_t flags = 0;
  Begin begin = Begin::kNone;
  int begin_index =
      0;  // kIndex: argument number; kKeyword: where the search starts (negative: from the end)
  std::string_view keyword = {};  // kKeyword
  Find find = Find::kRange;
  int last = 0;         // kRange: last key relative to the first; negative: from the end
  int step = 1;         // kRange, kKeyCount
  int limit = 0;        // kRange with last -1: 0 or 1 all, n the first 1/n of what is left
  int count_index = 0;  // kKeyCount: the number of keys, relative to the begin
  int first = 0;        // kKeyCount: the first key, relative to the begin
  // kUnknown: where the key stands after all, for us; 0: nowhere.
  size_t (*find_unknown)(Args args) = nullptr;
  // Find::kUnknown: how many keys stand there, for us; one where nothing says.
  size_t (*count_unknown)(Args args) = nullptr;
  std::string_view notes = {};
};

// One key at `index`.
constexpr KeySpec KeyAt(int index, uint32_t flags) {
  return {.flags = flags, .begin = KeySpec::Begin::kIndex, .begin_index = index};
}

// A number of keys at `index`, and the keys behind it.
constexpr KeySpec CountedKeysAt(int index, uint32_t flags) {
  return {.flags = flags,
          .begin = KeySpec::Begin::kIndex,
          .begin_index = index,
          .find = KeySpec::Find::kKeyCount,
          .first = 1};
}

// Keys from `first` to `last` (from the end if negative), each `step` apart.
constexpr KeySpec KeyRange(int first, int last, int step, uint32_t flags) {
  return {.flags = flags,
          .begin = KeySpec::Begin::kIndex,
          .begin_index = first,
          .last = last < 0 ? last : last - first,
          .step = step};
}

using CommandFunction = void (*)(Call& call);

// One row: a command, everything about it. Arity checks, COMMAND INFO and DOCS, ACL categories, the
// compatibility table and the oracle's vocabulary derive from it.
struct CommandSpec {
  // Lower case. A subcommand is "container|name"; a container has its own row without a function.
  std::string_view name;
  CommandFunction function;
  // Number of arguments with the name (and container); -n: at least n.
  int arity;
  uint32_t flags;
  std::array<KeySpec, 3> keys = {};
  // The argument that is the first element (field, member) of the collection at args[1], where it
  // usually stands; 0: it works on none in particular. For a look ahead: see LookAhead.
  size_t element = 0;
  // The version of Redis that has it first. Ebb's own say 7.0.0, the version whose commands it has.
  std::string_view since;
  // "O(N) where N is the number of keys": what each letter is has to be said.
  std::string_view complexity;
  // The arguments as documentation writes them: "key value [NX | XX] [GET] [EX seconds | PX
  // milliseconds]". See command_syntax.h for the notation; COMMAND DOCS' arguments derive from it.
  std::string_view syntax;
  // One line, in our own words.
  std::string_view summary;
  // COMMAND INFO's hints to clients and proxies, separated by spaces: "nondeterministic_output".
  std::string_view tips = {};
  // The flags of the (first) key when its row says kKeyVariableFlags: they depend on the arguments.
  uint32_t (*variable_key_flags)(Args args) = nullptr;
  // Categories beyond those that the family and the flags give.
  uint32_t acl = 0;
  // Replacement when deprecated: {since, instead}.
  std::string_view deprecated_since = {};
  std::string_view replaced_by = {};
  // What changed in which version of Redis, a line each: "6.0.0 Takes KEEPTTL."
  std::string_view history = {};
  // COMMAND DOCS' doc_flag syscmd: not for applications.
  bool system = false;
};

// The commands of one file in server/commands/; command_table.cc has one line for each family.
struct CommandFamily {
  // As COMMAND DOCS' group: "string".
  std::string_view group;
  // ACL categories that all of them have.
  uint32_t acl;
  std::span<const CommandSpec> commands;
};

}  // namespace ebb

// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "server/arg_parser.h"
#include "server/commands/families.h"
#include "server/commands/help.h"
#include "server/commands/lookup.h"
#include "server/commands/scan_args.h"
#include "server/engine.h"
#include "storage/glob.h"
#include "storage/hash.h"
#include "storage/key_writer.h"
#include "storage/trash.h"
#include "storage/type_ops.h"
#include "storage/types/string.h"

// TRASH: what was deleted a short while ago, and how to get it back.
namespace ebb {
namespace {

void Field(ReplyWriter& reply, std::string_view name, int64_t number) {
  reply.Bulk(name);
  reply.Integer(number);
}
void Field(ReplyWriter& reply, std::string_view name, std::string_view text) {
  reply.Bulk(name);
  reply.Bulk(text);
}

int64_t AgeMs(Call& call, int64_t removed_ms) {
  return call.engine.steady_ms() - removed_ms;
}

int64_t LeftMs(Call& call, int64_t removed_ms) {
  return call.engine.trash().DeadlineMs(removed_ms) - call.engine.steady_ms();
}

// ------------------------------------------------------------------------------------- looking

// Who has removed it, and by what; the server itself by nothing.
constexpr size_t kRemoverFields = 4;
void ReplyRemover(Call& call, const Remover& remover) {
  Field(call.reply, "client-id", static_cast<int64_t>(remover.client_id));
  Field(call.reply, "client-addr", remover.address);
  Field(call.reply, "client-name", remover.name);
  Field(call.reply, "command", remover.command);
}

void ReplyVersion(Call& call, const TrashedKey& record) {
  const Entry& entry = *record.entry;
  const TypeOps& ops = OpsOf(entry.type());
  call.reply.Map(7 + kRemoverFields);
  Field(call.reply, "version", static_cast<int64_t>(record.version()));
  Field(call.reply, "age-ms", AgeMs(call, record.removed_ms()));
  Field(call.reply, "expires-in-ms", LeftMs(call, record.removed_ms()));
  Field(call.reply, "bytes", static_cast<int64_t>(record.bytes()));
  Field(call.reply, "event", TrashEventName(record.event()));
  Field(call.reply, "type", ops.name);
  // As PTTL would have answered.
  const int64_t ttl_ms = entry.has_expire() ? entry.expire_ms() - call.engine.unix_ms() : -1;
  Field(call.reply, "pttl", entry.has_expire() ? std::max<int64_t>(ttl_ms, 0) : -1);
  ReplyRemover(call, record.remover() != nullptr ? *record.remover() : Remover());
}

void Info(Call& call) {
  Trash& trash = call.engine.trash();
  std::vector<const TrashedKey*> versions;
  for (TrashedKey* at = trash.Find(call.session.db, call.args[2]); at != nullptr;
       at = trash.Older(*at)) {
    versions.push_back(at);
  }
  call.reply.Array(versions.size());
  for (const TrashedKey* version : versions) ReplyVersion(call, *version);
}

void Get(Call& call) {
  uint64_t version = 0;
  ArgParser parser(call, 3);
  if (parser.Take("VERSION", 1)) {
    version = static_cast<uint64_t>(parser.Integer(1, std::numeric_limits<int64_t>::max()));
  }
  if (parser.More()) parser.SyntaxError();
  if (parser.Failed()) return;

  const TrashedKey* record = call.engine.trash().Find(call.session.db, call.args[2], version);
  if (record != nullptr && !CheckType(call, record->entry, Type::kString)) return;
  ReplyString(call, record != nullptr ? record->entry : nullptr);
}

// LIST's options after the cursor.
struct ListOptions {
  std::optional<std::string_view> pattern;
  std::optional<std::string_view> type;
  int db = 0;
  uint64_t count = 10;
};

bool IsListOption(std::string_view word) {
  return EqualsIgnoreCase(word, "MATCH") || EqualsIgnoreCase(word, "TYPE") ||
         EqualsIgnoreCase(word, "COUNT") || EqualsIgnoreCase(word, "DB");
}

ListOptions ParseListOptions(Call& call, ArgParser& parser) {
  ListOptions options;
  options.db = call.session.db;
  while (parser.More()) {
    if (parser.Take("MATCH", 1)) {
      options.pattern = parser.Text();
      if (options.pattern == "*") options.pattern.reset();
    } else if (parser.Take("TYPE", 1)) {
      options.type = parser.Text();
    } else if (parser.Take("COUNT", 1)) {
      options.count = static_cast<uint64_t>(
          parser.Integer(1, std::numeric_limits<int64_t>::max(), errors::kSyntax));
    } else if (parser.Take("DB", 1)) {
      const int64_t last = call.engine.db_count() - 1;
      options.db = static_cast<int>(parser.Integer(0, last, errors::kDbOutOfRange));
    } else {
      parser.SyntaxError();
    }
  }
  return options;
}

bool Matches(const ListOptions& options, const TrashedKey& record) {
  if (record.db != options.db) return false;
  const Entry& entry = *record.entry;
  if (options.pattern && !GlobMatch(*options.pattern, entry.key())) return false;
  return !options.type || EqualsIgnoreCase(*options.type, OpsOf(entry.type()).name);
}

void List(Call& call) {
  const bool has_cursor = call.args.size() > 2 && !IsListOption(call.args[2]);
  std::optional<uint64_t> cursor = has_cursor ? ParseCursor(call.args[2]) : 0;
  if (!cursor) return call.reply.Error("ERR invalid cursor");
  ArgParser parser(call, has_cursor ? 3 : 2);
  const ListOptions options = ParseListOptions(call, parser);
  if (parser.Failed()) return;

  // As SCAN: what the options leave out counts, so that a step stays a step.
  std::vector<const TrashedKey*> found;
  cursor = call.engine.trash().Scan(
      *cursor, options.count, [&](const TrashedKey& record) { return Matches(options, record); },
      [&](const TrashedKey& record) { found.push_back(&record); });
  call.reply.Array(2);
  call.reply.Bulk(std::to_string(*cursor));
  call.reply.Array(found.size());
  for (const TrashedKey* record : found) call.reply.Bulk(record->entry->key());
}

void Flushes(Call& call) {
  Trash& trash = call.engine.trash();
  std::vector<const TrashedFlush*> live;
  for (auto flush = trash.flushes().rbegin(); flush != trash.flushes().rend(); ++flush) {
    if (trash.Live(*flush)) live.push_back(&*flush);
  }
  call.reply.Array(live.size());
  for (const TrashedFlush* flush : live) {
    call.reply.Map(6 + kRemoverFields);
    Field(call.reply, "id", static_cast<int64_t>(flush->id));
    Field(call.reply, "age-ms", AgeMs(call, flush->removed_ms));
    Field(call.reply, "expires-in-ms", LeftMs(call, flush->removed_ms));
    Field(call.reply, "keys", static_cast<int64_t>(flush->keys()));
    Field(call.reply, "bytes", static_cast<int64_t>(flush->bytes));
    call.reply.Bulk("databases");
    call.reply.Array(flush->parts.size());
    for (const TrashedFlush::Part& part : flush->parts) call.reply.Integer(part.db);
    ReplyRemover(call, flush->remover);
  }
}

void Len(Call& call) {
  call.reply.Integer(static_cast<int64_t>(call.engine.trash().versions()));
}

// --------------------------------------------------------------------------------- keys or words

// Where RESTORE and PURGE have their first key, or else a word.
constexpr size_t kFirst = 2;

// Where the keys begin if they are keys: KEYS before them says that the first is not a word.
size_t FirstKey(Args args) {
  return args.size() > kFirst + 1 && EqualsIgnoreCase(args[kFirst], "KEYS") ? kFirst + 1 : kFirst;
}

// Words count in any case, a key in its own: a word that is written as a deleted key of the
// client's database might mean either, and is refused. `begin` is where the keys begin, 0 where
// there are none. Said twice, KEYS means both.
bool RefusesWord(Call& call, size_t begin) {
  const std::string_view word = call.args[kFirst];
  if (begin == kFirst || (begin > kFirst && call.args[begin] == word)) return false;
  if (call.engine.trash().Find(call.session.db, word) == nullptr) return false;
  call.reply.Error(
      fmt::format("ERR '{0}' is also a deleted key: say KEYS {0} for the key, or write the word in "
                  "another case",
                  word));
  return true;
}

// ------------------------------------------------------------------------------------ restoring

struct RestoreOptions {
  uint64_t version = 0;
  std::optional<std::string_view> target;
  bool replace = false;
  std::optional<int64_t> ttl_ms;  // 0: none; absent: keep
};

bool IsRestoreOption(std::string_view word) {
  return EqualsIgnoreCase(word, "VERSION") || EqualsIgnoreCase(word, "TO") ||
         EqualsIgnoreCase(word, "REPLACE") || EqualsIgnoreCase(word, "TTL");
}

// Where the keys begin, 0 where FLUSH stands.
size_t FirstRestored(Args args) {
  return EqualsIgnoreCase(args[kFirst], "FLUSH") ? 0 : FirstKey(args);
}

// How many of the arguments are keys where there are any: at least one; the next that reads as an
// option ends them.
size_t CountRestored(Args args) {
  const size_t begin = FirstRestored(args);
  size_t end = begin + 1;
  while (end < args.size() && !IsRestoreOption(args[end])) ++end;
  return end - begin;
}

RestoreOptions ParseRestore(ArgParser& parser, size_t keys) {
  RestoreOptions options;
  while (parser.More()) {
    if (parser.Take("REPLACE")) {
      options.replace = true;
    } else if (parser.Take("VERSION", 1)) {
      options.version =
          static_cast<uint64_t>(parser.Integer(1, std::numeric_limits<int64_t>::max()));
    } else if (parser.Take("TO", 1)) {
      options.target = parser.Text();
    } else if (parser.Take("TTL", 1)) {
      if (!parser.Take("KEEP")) {
        options.ttl_ms = parser.Integer(0, std::numeric_limits<int64_t>::max() / 2,
                                        "ERR Invalid TTL value, must be >= 0");
      }
    } else {
      parser.SyntaxError();
    }
  }
  if (keys > 1 && (options.version != 0 || options.target)) {
    parser.Fail("ERR VERSION and TO go with a single key");
  }
  return options;
}

// Whether its own time to live, which it is to come back with, has run out while it lay here. What
// has expired comes back all the same.
bool RanOut(Call& call, const RestoreOptions& options, const TrashedKey& record) {
  return !options.ttl_ms && record.event() != TrashEvent::kExpire &&
         call.db().IsExpired(*record.entry);
}

// The time to live of what comes back: as asked for, or what is left of its own.
void SetTimeToLive(Call& call, const RestoreOptions& options, KeyWriter& writer) {
  if (options.ttl_ms && *options.ttl_ms > 0) {
    writer.SetExpire(call.engine.unix_ms() + *options.ttl_ms);
  } else if (options.ttl_ms || call.db().IsExpired(*writer.entry())) {
    writer.ClearExpire();
  }
}

// Entries, which are the caller's, and the keys that they are to have.
using Restored = std::vector<std::pair<std::string_view, Entry*>>;

// Takes what is to come back out of the trash.
Restored TakeRestored(Call& call, Args keys, const RestoreOptions& options) {
  Trash& trash = call.engine.trash();
  Restored restored;
  std::unordered_set<std::string_view, BytesHasher> named;
  for (const std::string_view key : keys) {
    // The same key twice: its newest version it is.
    if (!named.insert(key).second) continue;
    TrashedKey* record = trash.Find(call.session.db, key, options.version);
    if (record == nullptr || RanOut(call, options, *record)) continue;
    restored.emplace_back(options.target.value_or(key), trash.Take(record));
  }
  return restored;
}

void Restore(Call& call) {
  const Args keys = call.args.subspan(FirstRestored(call.args), CountRestored(call.args));
  ArgParser parser(call, FirstRestored(call.args) + keys.size());
  const RestoreOptions options = ParseRestore(parser, keys.size());
  if (parser.Failed()) return;

  // All or nothing: nothing is touched before it is known that nothing stands in the way. A key
  // whose time is over goes into the trash by the look, to be found there.
  for (const std::string_view key : keys) {
    const bool exists = call.db().Peek(options.target.value_or(key)) != nullptr;
    if (exists && !options.replace) {
      return call.reply.Error("BUSYKEY Target key name already exists.");
    }
  }
  // First all of them out of the trash: what they replace goes into it, and the oldest out of it.
  const Restored restored = TakeRestored(call, keys, options);
  for (const auto& [key, entry] : restored) {
    KeyWriter writer(call.db(), key);
    writer.TakeOver(entry);
    SetTimeToLive(call, options, writer);
    writer.Changed(events::kRestore);
  }
  call.engine.trash().counters().restored += restored.size();
  call.reply.Integer(static_cast<int64_t>(restored.size()));
}

void RestoreFlush(Call& call) {
  uint64_t id = 0;
  bool replace = false;
  ArgParser parser(call, 3);
  while (parser.More()) {
    if (parser.Take("REPLACE")) {
      replace = true;
    } else if (parser.Take("ID", 1)) {
      id = static_cast<uint64_t>(parser.Integer(1, std::numeric_limits<int64_t>::max()));
    } else {
      parser.SyntaxError();
    }
  }
  if (parser.Failed()) return;

  const TrashedFlush* flush = call.engine.trash().FindFlush(id);
  if (flush == nullptr) return call.reply.Integer(0);
  if (!call.may_block && call.engine.flush_restore().NeedsMerge(*flush)) {
    return call.reply.Error(
        "ERR Inside a transaction a flush comes back only where its databases are empty");
  }
  call.engine.flush_restore().Start(call, call.engine.trash().TakeFlush(flush->id), replace);
}

void RestoreKeysOrFlush(Call& call) {
  const size_t begin = FirstRestored(call.args);
  if (RefusesWord(call, begin)) return;
  begin == 0 ? RestoreFlush(call) : Restore(call);
}

// -------------------------------------------------------------------------------------- purging

bool PurgesAll(Args args) {
  return EqualsIgnoreCase(args[kFirst], "ALL") && args.size() == kFirst + 1;
}

bool PurgesFlush(Args args) {
  return EqualsIgnoreCase(args[kFirst], "FLUSH");
}

// Where the keys begin, 0 where there are none.
size_t FirstPurged(Args args) {
  return PurgesAll(args) || PurgesFlush(args) ? 0 : FirstKey(args);
}

// How many of the arguments are keys where there are any.
size_t CountPurged(Args args) {
  return args.size() - FirstPurged(args);
}

// All versions of each key.
void PurgeKeys(Call& call) {
  Trash& trash = call.engine.trash();
  int64_t purged = 0;
  for (const std::string_view key : call.args.subspan(FirstPurged(call.args))) {
    for (TrashedKey* at = trash.Find(call.session.db, key); at != nullptr; ++purged) {
      TrashedKey* const older = trash.Older(*at);
      trash.Purge(at);
      at = older;
    }
  }
  call.reply.Integer(purged);
}

void PurgeFlush(Call& call) {
  ArgParser parser(call, kFirst + 1);
  // Not the latest, as to restore: what is purged is gone for good.
  if (!parser.More()) parser.Fail("ERR FLUSH needs the id of a flush, which TRASH FLUSHES tells");
  static_cast<void>(parser.Take("ID", 1));  // as RESTORE has it
  const auto id = static_cast<uint64_t>(parser.Integer(1, std::numeric_limits<int64_t>::max()));
  if (parser.More()) parser.SyntaxError();
  if (parser.Failed()) return;

  Trash& trash = call.engine.trash();
  const TrashedFlush* flush = trash.FindFlush(id);
  const size_t keys = flush != nullptr ? flush->keys() : 0;
  if (flush != nullptr) trash.PurgeFlush(id);
  call.reply.Integer(static_cast<int64_t>(keys));
}

void PurgeAll(Call& call) {
  Trash& trash = call.engine.trash();
  const size_t all = trash.versions() + trash.flushed_keys();
  trash.PurgeAll();
  call.reply.Integer(static_cast<int64_t>(all));
}

void Purge(Call& call) {
  if (RefusesWord(call, FirstPurged(call.args))) return;
  if (PurgesAll(call.args)) return PurgeAll(call);
  if (PurgesFlush(call.args)) return PurgeFlush(call);
  PurgeKeys(call);
}

constexpr KeySpec UnknownKeys(uint32_t flags, size_t (*find)(Args), size_t (*count)(Args),
                              std::string_view notes) {
  return {.flags = flags,
          .begin = KeySpec::Begin::kUnknown,
          .find = KeySpec::Find::kUnknown,
          .find_unknown = find,
          .count_unknown = count,
          .notes = notes};
}

constexpr KeySpec kRestoredKeys =
    UnknownKeys(kKeyOw | kKeyInsert, FirstRestored, CountRestored,
                "Keys up to the first option; FLUSH, and KEYS before others, are none");
constexpr KeySpec kNewKey = {.flags = kKeyOw | kKeyInsert,
                             .begin = KeySpec::Begin::kKeyword,
                             .begin_index = 3,
                             .keyword = "TO"};
constexpr KeySpec kPurgedKeys =
    UnknownKeys(kKeyRm | kKeyDelete, FirstPurged, CountPurged,
                "ALL by itself, FLUSH, and KEYS before others, are none");

constexpr std::string_view kSince = "7.0.0";

constexpr CommandSpec kCommands[] = {
    {.name = "trash",
     .function = nullptr,
     .arity = -2,
     .flags = 0,
     .since = kSince,
     .complexity = "Depends on subcommand.",
     .syntax = "",
     .summary = "Brings back what was deleted a short while ago."},
    {.name = "trash|flushes",
     .function = Flushes,
     .arity = 2,
     .flags = kReadOnly,
     .since = kSince,
     .complexity = "O(N) where N is the number of flushes in the trash",
     .syntax = "",
     .summary = "Lists the flushes in the trash, the latest first."},
    {.name = "trash|get",
     .function = Get,
     .arity = -3,
     .flags = kReadOnly,
     .keys = {KeyAt(2, kKeyRo | kKeyAccess)},
     .since = kSince,
     .complexity =
         "O(N/16000) where N is the number of newer versions in the trash, O(log(N)) with VERSION",
     .syntax = "key [VERSION version:integer]",
     .summary = "Answers a deleted string, the newest version unless another is named."},
    {.name = "trash|help",
     .function = ReplyHelp,
     .arity = 2,
     .flags = kLoading | kStale,
     .since = kSince,
     .complexity = "O(1)",
     .syntax = "",
     .summary = "Lists the subcommands."},
    {.name = "trash|info",
     .function = Info,
     .arity = 3,
     .flags = kReadOnly,
     .keys = {KeyAt(2, kKeyRo)},
     .since = kSince,
     .complexity = "O(N+M/16000) where N is the number of the key's versions and M that of all in "
                   "the trash",
     .syntax = "key",
     .summary = "Tells of every version of a deleted key, the newest first; FLUSHES has what was "
                "flushed."},
    {.name = "trash|len",
     .function = Len,
     .arity = 2,
     .flags = kReadOnly | kFast,
     .since = kSince,
     .complexity = "O(1)",
     .syntax = "",
     .summary = "Counts the versions of all keys in the trash, those of flushes not among them."},
    {.name = "trash|list",
     .function = List,
     .arity = -2,
     .flags = kReadOnly,
     .since = kSince,
     .complexity =
         "O(COUNT) for a call, which looks at some 16000 versions at the most, O(N*N/16000) "
         "for a whole walk over N versions",
     .syntax = "[cursor] [MATCH pattern] [DB db:integer] [TYPE type] [COUNT count]",
     .summary = "Walks over the deleted keys of a database, some at a time: COUNT or fewer, and on "
                "until the cursor is 0."},
    {.name = "trash|purge",
     .function = Purge,
     .arity = -3,
     .flags = kWrite | kMovableKeys | kNoMandatoryKeys,
     .keys = {kPurgedKeys},
     .since = kSince,
     .complexity = "O(N+K*M/16000) where N is the number of the keys' versions, K that of the keys "
                   "and M that of all versions in the trash; O(1) for a flush and for ALL",
     .syntax = "what(keys{[KEYS] key [key ...]} | flush{FLUSH [ID] id:integer} | ALL)",
     .summary =
         "Ends deleted keys for good; KEYS before them says that the first is no other word.",
     .acl = kAclDangerous},
    {.name = "trash|restore",
     .function = RestoreKeysOrFlush,
     .arity = -3,
     .flags = kWrite | kDenyOom | kMovableKeys | kNoMandatoryKeys,
     .keys = {kRestoredKeys, kNewKey},
     .since = kSince,
     .complexity =
         "O(N+N*M/16000) where N is the number of keys and M that of newer versions in the trash, "
         "O(log(M)) with VERSION; for a flush O(1) into empty databases, else O(N)",
     .syntax = "what(keys{[KEYS] key [key ...] [VERSION version:integer] [TO newkey:key] [REPLACE] "
               "[TTL ttl(KEEP | milliseconds)]} | flush{FLUSH [ID id:integer] [REPLACE]})",
     .summary =
         "Brings deleted keys, or all keys of a flush, back; what has run out meanwhile by a "
         "TTL in milliseconds, 0 for none.",
     .acl = kAclDangerous},
};

}  // namespace

constexpr CommandFamily kTrashFamily{
    .group = "generic", .acl = kAclKeyspace, .commands = kCommands};

}  // namespace ebb

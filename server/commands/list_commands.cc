// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>
#include <vector>

#include "server/arg_parser.h"
#include "server/commands/collection.h"
#include "server/commands/families.h"
#include "server/commands/index_range.h"
#include "server/commands/list_pop.h"
#include "server/commands/lookup.h"
#include "server/commands/reply_element.h"
#include "server/engine.h"
#include "storage/key_writer.h"
#include "storage/types/list.h"

// Lists, each by itself. From list to list, and waiting for elements: list_move_commands.cc.
namespace ebb {
namespace {

// The list at args[1]; null when it is absent, or `*failed`.
const Entry* ReadList(Call& call, bool* failed) {
  return ReadKey(call, call.args[1], Type::kList, failed);
}

// Where an index counted from either end is: none when it is beyond the list.
std::optional<size_t> IndexIn(size_t size, int64_t index) {
  const auto count = static_cast<int64_t>(size);
  if (index < 0) index += count;
  if (index < 0 || index >= count) return std::nullopt;
  return static_cast<size_t>(index);
}

// ----------------------------------------------------------------------------------------- writing

constexpr bool kOnlyExisting = true;

template <ListEnd end, bool only_existing = false>
void Push(Call& call) {
  KeyWriter writer(call.db(), call.args[1]);
  if (!CheckType(call, writer.entry(), Type::kList)) return;
  if (only_existing && !writer.exists()) return call.reply.Integer(0);
  PushElements(writer, end, call.args.subspan(2));
  writer.Changed(PushEvent(end), call.args.size() - 2);
  call.reply.Integer(static_cast<int64_t>(ListSize(*writer.entry())));
}

void PopCount(Call& call, ListEnd end) {
  ArgParser parser(call, 2);
  const int64_t count = parser.Count();
  if (parser.Failed()) return;

  KeyWriter writer(call.db(), call.args[1]);
  if (!CheckType(call, writer.entry(), Type::kList)) return;
  if (!writer.exists()) return call.reply.NullArray();
  const size_t popped = std::min(static_cast<size_t>(count), ListSize(*writer.entry()));
  call.reply.Array(popped);
  if (popped > 0) PopElements(call, writer, end, popped, popped);
}

template <ListEnd end>
void Pop(Call& call) {
  if (call.args.size() > 3) return ReplyWrongArity(call);
  if (call.args.size() > 2) return PopCount(call, end);
  KeyWriter writer(call.db(), call.args[1]);
  if (!CheckType(call, writer.entry(), Type::kList)) return;
  if (!writer.exists()) return call.reply.Null();
  PopElements(call, writer, end, 1, 1);
}

void LInsert(Call& call) {
  ArgParser parser(call, 2);
  const bool before = parser.Take("BEFORE");
  if (!before && !parser.Take("AFTER")) parser.SyntaxError();
  if (parser.Failed()) return;

  KeyWriter writer(call.db(), call.args[1]);
  if (!CheckType(call, writer.entry(), Type::kList)) return;
  if (!writer.exists()) return call.reply.Integer(0);
  if (!InsertElement(writer, call.args[3], before, call.args[4])) return call.reply.Integer(-1);
  writer.Changed(events::kLInsert);
  call.reply.Integer(static_cast<int64_t>(ListSize(*writer.entry())));
}

void LSet(Call& call) {
  KeyWriter writer(call.db(), call.args[1]);
  if (!writer.exists()) return call.reply.Error(errors::kNoSuchKey);
  if (!CheckType(call, writer.entry(), Type::kList)) return;
  ArgParser parser(call, 2);
  const int64_t given = parser.Integer();
  if (parser.Failed()) return;

  const auto index = IndexIn(ListSize(*writer.entry()), given);
  if (!index) return call.reply.Error(errors::kOutOfRange);
  SetElement(writer, *index, call.args[3]);
  writer.Changed(events::kLSet);
  call.reply.Ok();
}

void LTrim(Call& call) {
  ArgParser parser(call, 2);
  const int64_t start = parser.Integer();
  const int64_t stop = parser.Integer();
  if (parser.Failed()) return;

  KeyWriter writer(call.db(), call.args[1]);
  if (!CheckType(call, writer.entry(), Type::kList)) return;
  call.reply.Ok();
  if (!writer.exists()) return;
  const size_t size = ListSize(*writer.entry());
  const IndexRange kept = IndexRange::OfElements(start, stop, size);
  writer.Changed(events::kLTrim, size - kept.count);
  if (kept.empty()) return writer.RemoveEmpty();
  const size_t behind = size - kept.first - kept.count;
  if (kept.first > 0) DropElements(writer, ListEnd::kHead, kept.first);
  if (behind > 0) DropElements(writer, ListEnd::kTail, behind);
}

void LRem(Call& call) {
  ArgParser parser(call, 2);
  const int64_t count = parser.Integer();
  if (parser.Failed()) return;

  KeyWriter writer(call.db(), call.args[1]);
  if (!CheckType(call, writer.entry(), Type::kList)) return;
  if (!writer.exists()) return call.reply.Integer(0);
  const size_t removed = RemoveElements(writer, call.args[3], count);
  call.reply.Integer(static_cast<int64_t>(removed));
  if (removed == 0) return;
  writer.Changed(events::kLRem, removed);
  if (ListSize(*writer.entry()) == 0) writer.RemoveEmpty();
}

// ----------------------------------------------------------------------------------------- reading

void LIndex(Call& call) {
  bool failed = false;
  const Entry* entry = ReadList(call, &failed);
  if (failed) return;
  if (entry == nullptr) return call.reply.Null();
  ArgParser parser(call, 2);
  const int64_t given = parser.Integer();
  if (parser.Failed()) return;

  const auto index = IndexIn(ListSize(*entry), given);
  index ? ReplyElement(call.reply, ListWalk(*entry, *index).Get()) : call.reply.Null();
}

void LRange(Call& call) {
  ArgParser parser(call, 2);
  const int64_t start = parser.Integer();
  const int64_t stop = parser.Integer();
  if (parser.Failed()) return;

  bool failed = false;
  const Entry* entry = ReadList(call, &failed);
  if (failed) return;
  if (entry == nullptr) return call.reply.Array(0);
  const IndexRange range = IndexRange::OfElements(start, stop, ListSize(*entry));
  call.reply.Array(range.count);
  if (range.empty()) return;
  ListWalk walk(*entry, range.first, ListEnd::kTail);
  for (size_t left = range.count; left > 0; --left, walk.Step()) {
    ReplyElement(call.reply, walk.Get());
  }
}

// What LPOS looks for, and how.
struct Search {
  uint64_t rank = 1;  // the first match that counts
  bool from_tail = false;
  bool lowest = false;
  std::optional<int64_t> count;
  int64_t max_compared = 0;  // 0: all

  bool Parse(Call& call);
  std::vector<int64_t> Run(const Entry& entry, std::string_view element) const;
};

bool Search::Parse(Call& call) {
  ArgParser parser(call, 3);
  while (parser.More()) {
    if (parser.Take("RANK", 1)) {
      const int64_t given = parser.Integer();
      if (given == 0) {
        parser.Fail(
            "ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... "
            "or use negative to start from the end of the list");
      }
      from_tail = given < 0;
      rank = from_tail ? -static_cast<uint64_t>(given) : static_cast<uint64_t>(given);
      // The lowest number has no counterpart: to Redis it is -1, and takes all there are.
      lowest = given == std::numeric_limits<int64_t>::min();
      if (lowest) rank = 1;
    } else if (parser.Take("COUNT", 1)) {
      count = parser.Integer(0, std::numeric_limits<int64_t>::max(), "ERR COUNT can't be negative");
    } else if (parser.Take("MAXLEN", 1)) {
      max_compared =
          parser.Integer(0, std::numeric_limits<int64_t>::max(), "ERR MAXLEN can't be negative");
    } else {
      parser.SyntaxError();
    }
  }
  return !parser.Failed();
}

std::vector<int64_t> Search::Run(const Entry& entry, std::string_view element) const {
  std::vector<int64_t> found;
  const ListpackNeedle needle(element);
  const auto size = static_cast<int64_t>(ListSize(entry));
  // 0: all, for found.size() is none when it is compared.
  const auto wanted = static_cast<size_t>(lowest && count ? 0 : count.value_or(1));
  int64_t index = from_tail ? size - 1 : 0;
  const int64_t step = from_tail ? -1 : 1;
  int64_t left = max_compared > 0 ? max_compared : size;
  uint64_t matches = 0;
  ListWalk walk(entry, static_cast<size_t>(index), from_tail ? ListEnd::kHead : ListEnd::kTail);
  for (; left > 0 && walk.More(); --left, walk.Step(), index += step) {
    if (!walk.Equals(needle) || ++matches < rank) continue;
    found.push_back(index);
    if (found.size() == wanted) break;
  }
  return found;
}

void LPos(Call& call) {
  Search search;
  if (!search.Parse(call)) return;
  bool failed = false;
  const Entry* entry = ReadList(call, &failed);
  if (failed) return;
  std::vector<int64_t> found;
  if (entry != nullptr) found = search.Run(*entry, call.args[2]);
  if (!search.count) return found.empty() ? call.reply.Null() : call.reply.Integer(found[0]);
  call.reply.Array(found.size());
  for (const int64_t index : found) call.reply.Integer(index);
}

constexpr std::string_view kPushed = "O(N) where N is the number of elements that are pushed";
constexpr std::string_view kPopped = "O(N) where N is the number of elements that are popped";
constexpr std::string_view kWalked =
    "O(N) where N is the number of elements looked at on the way from the end where that begins";

constexpr CommandSpec kCommands[] = {
    {.name = "lpush",
     .function = Push<ListEnd::kHead>,
     .arity = -3,
     .flags = kWrite | kDenyOom | kFast,
     .keys = {KeyAt(1, kKeyRw | kKeyInsert)},
     .since = "1.0.0",
     .complexity = kPushed,
     .syntax = "key element [element ...]",
     .summary = "Pushes elements to the head of a list, and makes the list where there is none.",
     .history = "2.4.0 Takes several elements."},
    {.name = "rpush",
     .function = Push<ListEnd::kTail>,
     .arity = -3,
     .flags = kWrite | kDenyOom | kFast,
     .keys = {KeyAt(1, kKeyRw | kKeyInsert)},
     .since = "1.0.0",
     .complexity = kPushed,
     .syntax = "key element [element ...]",
     .summary = "Pushes elements to the tail of a list, and makes the list where there is none.",
     .history = "2.4.0 Takes several elements."},
    {.name = "lpushx",
     .function = Push<ListEnd::kHead, kOnlyExisting>,
     .arity = -3,
     .flags = kWrite | kDenyOom | kFast,
     .keys = {KeyAt(1, kKeyRw | kKeyInsert)},
     .since = "2.2.0",
     .complexity = kPushed,
     .syntax = "key element [element ...]",
     .summary = "Pushes elements to the head of a list that exists.",
     .history = "4.0.0 Takes several elements."},
    {.name = "rpushx",
     .function = Push<ListEnd::kTail, kOnlyExisting>,
     .arity = -3,
     .flags = kWrite | kDenyOom | kFast,
     .keys = {KeyAt(1, kKeyRw | kKeyInsert)},
     .since = "2.2.0",
     .complexity = kPushed,
     .syntax = "key element [element ...]",
     .summary = "Pushes elements to the tail of a list that exists.",
     .history = "4.0.0 Takes several elements."},
    {.name = "lpop",
     .function = Pop<ListEnd::kHead>,
     .arity = -2,
     .flags = kWrite | kFast,
     .keys = {KeyAt(1, kKeyRw | kKeyAccess | kKeyDelete)},
     .since = "1.0.0",
     .complexity = kPopped,
     .syntax = "key [count@6.2.0]",
     .summary = "Pops elements from the head of a list.",
     .history = "6.2.0 Takes a count."},
    {.name = "rpop",
     .function = Pop<ListEnd::kTail>,
     .arity = -2,
     .flags = kWrite | kFast,
     .keys = {KeyAt(1, kKeyRw | kKeyAccess | kKeyDelete)},
     .since = "1.0.0",
     .complexity = kPopped,
     .syntax = "key [count@6.2.0]",
     .summary = "Pops elements from the tail of a list.",
     .history = "6.2.0 Takes a count."},
    {.name = "llen",
     .function = CountElements<Type::kList, ListSize>,
     .arity = 2,
     .flags = kReadOnly | kFast,
     .keys = {KeyAt(1, kKeyRo)},
     .since = "1.0.0",
     .complexity = "O(1)",
     .syntax = "key",
     .summary = "Answers the number of elements in a list."},
    {.name = "lindex",
     .function = LIndex,
     .arity = 3,
     .flags = kReadOnly,
     .keys = {KeyAt(1, kKeyRo | kKeyAccess)},
     .since = "1.0.0",
     .complexity = "O(N) where N is the number of pieces in the list, of up to 64 blocks each",
     .syntax = "key index:integer",
     .summary = "Answers an element of a list by its index; negative ones count from the tail."},
    {.name = "linsert",
     .function = LInsert,
     .arity = 5,
     .flags = kWrite | kDenyOom,
     .keys = {KeyAt(1, kKeyRw | kKeyInsert)},
     .since = "2.2.0",
     .complexity = kWalked,
     .syntax = "key where(BEFORE | AFTER) pivot element",
     .summary = "Inserts an element before or behind the first one that is the pivot."},
    {.name = "lset",
     .function = LSet,
     .arity = 4,
     .flags = kWrite | kDenyOom,
     .keys = {KeyAt(1, kKeyRw | kKeyUpdate)},
     .since = "1.0.0",
     .complexity = "O(N) where N is the number of pieces in the list, of up to 64 blocks each",
     .syntax = "key index:integer element",
     .summary = "Replaces an element of a list by its index."},
    {.name = "lrange",
     .function = LRange,
     .arity = 4,
     .flags = kReadOnly,
     .keys = {KeyAt(1, kKeyRo | kKeyAccess)},
     .since = "1.0.0",
     .complexity =
         "O(P+N) where P is the number of pieces before the first element and N the number "
         "of elements answered",
     .syntax = "key start:integer stop:integer",
     .summary = "Answers the elements from one index to another."},
    {.name = "ltrim",
     .function = LTrim,
     .arity = 4,
     .flags = kWrite,
     .keys = {KeyAt(1, kKeyRw | kKeyDelete)},
     .since = "1.0.0",
     .complexity = "O(N) where N is the number of pieces in the list, of up to 64 blocks each",
     .syntax = "key start:integer stop:integer",
     .summary = "Removes all elements but those from one index to another."},
    {.name = "lrem",
     .function = LRem,
     .arity = 4,
     .flags = kWrite,
     .keys = {KeyAt(1, kKeyRw | kKeyDelete)},
     .since = "1.0.0",
     .complexity = kWalked,
     .syntax = "key count:integer element",
     .summary = "Removes elements that are equal to one, from the head or from the tail on."},
    {.name = "lpos",
     .function = LPos,
     .arity = -3,
     .flags = kReadOnly,
     .keys = {KeyAt(1, kKeyRo | kKeyAccess)},
     .since = "6.0.6",
     .complexity = kWalked,
     .syntax = "key element [RANK rank:integer] [COUNT num-matches:integer] [MAXLEN len:integer]",
     .summary = "Answers the indexes of elements that are equal to one."},
};

}  // namespace

constexpr CommandFamily kListFamily{.group = "list", .acl = kAclList, .commands = kCommands};

}  // namespace ebb

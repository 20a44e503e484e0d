// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/arg_parser.h"
#include "server/commands/lookup.h"
#include "storage/encodings/listpack.h"
#include "storage/glob.h"

// What SCAN, HSCAN, SSCAN and ZSCAN have in common.
namespace ebb {

// A cursor as strtoul reads it: nothing at all is 0, a sign is allowed.
std::optional<uint64_t> ParseCursor(std::string_view text);

struct ScanOptions {
  std::optional<std::string_view> pattern;
  std::optional<std::string_view> type;
  uint64_t count = 10;
};

// MATCH, COUNT, and for SCAN itself, `over_keys`, TYPE. The parser keeps the error.
ScanOptions ParseScanOptions(ArgParser& parser, bool over_keys);

// Goes on from `cursor` until there are as many items as asked for: `step(cursor)` adds what it
// finds to `items` and answers the next cursor, as this does.
template <typename Item, typename Step>
uint64_t CollectScan(uint64_t cursor, uint64_t count, std::vector<Item>* items, Step&& step) {
  // A step may find nothing: sparse tables are walked for so many steps at most.
  constexpr uint64_t kStepsPerItem = 10;
  constexpr uint64_t kMaxSteps = std::numeric_limits<uint64_t>::max();
  uint64_t steps = count < kMaxSteps / kStepsPerItem ? count * kStepsPerItem : kMaxSteps;
  do {
    cursor = step(cursor);
  } while (cursor != 0 && items->size() < count && steps-- > 0);
  return cursor;
}

// HSCAN, SSCAN and ZSCAN: goes on through the `type` at args[1] from the cursor at args[2].
// `step(entry, cursor, add)` calls `add(const Item&)` for what it finds and answers the next
// cursor; `reply(entry, item)` writes an item's `parts`, its text and what belongs to it. The text,
// a ListpackElement, is what `text_of(item)` answers.
template <typename Item, typename Step, typename Reply, typename TextOf = std::identity>
void ReplyElementScan(Call& call, Type type, size_t parts, Step&& step, Reply&& reply,
                      TextOf text_of = {}) {
  const std::optional<uint64_t> cursor = ParseCursor(call.args[2]);
  if (!cursor) return call.reply.Error("ERR invalid cursor");
  bool failed = false;
  const Entry* entry = ReadKey(call, call.args[1], type, &failed);
  if (failed) return;

  std::vector<Item> items;
  uint64_t next = 0;
  // Of what is not there the options are not looked at.
  if (entry != nullptr) {
    ArgParser parser(call, 3);
    const ScanOptions options = ParseScanOptions(parser, false);
    if (parser.Failed()) return;
    next = CollectScan(*cursor, options.count, &items, [&](uint64_t at) {
      return step(*entry, at, [&items](const Item& item) { items.push_back(item); });
    });
    std::erase_if(items, [&](const Item& item) {
      ListpackElement::Digits digits;
      return options.pattern &&
             !GlobMatch(*options.pattern, std::invoke(text_of, item).View(digits));
    });
  }

  call.reply.Array(2);
  call.reply.Bulk(std::to_string(next));
  call.reply.Array(parts * items.size());
  for (const Item& item : items) reply(*entry, item);
}

}  // namespace ebb

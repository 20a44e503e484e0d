// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include <algorithm>
#include <string_view>

#include "server/arg_parser.h"
#include "server/commands/families.h"
#include "server/commands/lookup.h"
#include "server/engine.h"
#include "storage/types/lcs.h"
#include "storage/types/string.h"

namespace ebb {
namespace {

struct LcsOptions {
  bool length = false;
  bool index = false;
  bool with_match_length = false;
  int64_t min_match_length = 0;
};

LcsOptions ParseLcsOptions(ArgParser& parser) {
  LcsOptions options;
  while (parser.More()) {
    if (parser.Take("IDX")) {
      options.index = true;
    } else if (parser.Take("LEN")) {
      options.length = true;
    } else if (parser.Take("WITHMATCHLEN")) {
      options.with_match_length = true;
    } else if (parser.Take("MINMATCHLEN", 1)) {
      options.min_match_length = parser.Integer();
    } else {
      parser.SyntaxError();
    }
  }
  if (options.index && options.length) {
    parser.Fail("ERR If you want both the length and indexes, please just use IDX.");
  }
  return options;
}

// Whether the work is within bounds; otherwise the error has been written. The bound is that of a
// table with a 32-bit number for each pair of bytes, a multiple of what is really allocated: it
// bounds the time as well.
bool CheckEffort(Call& call, std::string_view a, std::string_view b) {
  if (std::max(a.size(), b.size()) >= UINT32_MAX - 1) {
    call.reply.Error("ERR String too long for LCS");
    return false;
  }
  size_t bytes = 0;
  if (!__builtin_mul_overflow((a.size() + 1) * (b.size() + 1), sizeof(uint32_t), &bytes) &&
      bytes <= call.engine.options().proto_max_bulk_len_bytes) {
    return true;
  }
  call.reply.Error("ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len");
  return false;
}

void ReplyRange(Call& call, uint32_t start, uint32_t size) {
  call.reply.Array(2);
  call.reply.Integer(start);
  call.reply.Integer(int64_t{start} + size - 1);
}

void ReplyMatches(Call& call, const LcsResult& result, const LcsOptions& options) {
  const auto counts = [&](const LcsMatch& match) { return match.size >= options.min_match_length; };
  call.reply.Map(2);
  call.reply.Bulk("matches");
  call.reply.Array(
      static_cast<size_t>(std::count_if(result.matches.begin(), result.matches.end(), counts)));
  for (const LcsMatch& match : result.matches) {
    if (!counts(match)) continue;
    call.reply.Array(options.with_match_length ? 3 : 2);
    ReplyRange(call, match.a_start, match.size);
    ReplyRange(call, match.b_start, match.size);
    if (options.with_match_length) call.reply.Integer(match.size);
  }
  call.reply.Bulk("len");
  call.reply.Integer(result.length);
}

std::string_view TextOf(const Entry* entry, std::optional<StringView>& holder) {
  return entry != nullptr ? holder.emplace(*entry).view() : std::string_view();
}

void Lcs(Call& call) {
  const Entry* first = call.db().Read(call.args[1]);
  const Entry* second = call.db().Read(call.args[2]);
  for (const Entry* entry : {first, second}) {
    if (entry == nullptr || entry->type() == Type::kString) continue;
    return call.reply.Error("ERR The specified keys must contain string values");
  }
  ArgParser parser(call, 3);
  const LcsOptions options = ParseLcsOptions(parser);
  if (parser.Failed()) return;
  std::optional<StringView> holders[2];
  const std::string_view a = TextOf(first, holders[0]);
  const std::string_view b = TextOf(second, holders[1]);
  if (!CheckEffort(call, a, b)) return;

  if (options.length) return call.reply.Integer(LcsLength(a, b));
  LcsResult result;
  if (!FindLcs(a, b, &result)) {
    return call.reply.Error("ERR Insufficient memory, failed allocating transient memory for LCS");
  }
  if (options.index) return ReplyMatches(call, result, options);
  call.reply.Bulk(result.text);
}

constexpr CommandSpec kCommands[] = {
    {.name = "lcs",
     .function = Lcs,
     .arity = -3,
     .flags = kReadOnly,
     .keys = {KeyRange(1, 2, 1, kKeyRo | kKeyAccess)},
     .since = "7.0.0",
     .complexity = "O(N*M) where N and M are the lengths of the two strings",
     .syntax = "key1 key2 [LEN] [IDX] [MINMATCHLEN len:integer] [WITHMATCHLEN]",
     .summary =
         "Answers the longest common subsequence of two strings, its length, or where it is."},
};

}  // namespace

constexpr CommandFamily kLcsFamily{.group = "string", .acl = kAclString, .commands = kCommands};

}  // namespace ebb

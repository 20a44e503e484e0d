// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/commands/zset_args.h"

#include <cmath>
#include <cstdlib>
#include <string>

#include "server/commands/lookup.h"
#include "storage/key_writer.h"

namespace ebb {
namespace {

// An end of a range of scores, as strtod reads it: nothing at all is 0, and what stands behind a
// NUL is not looked at.
bool ParseScoreBound(std::string_view text, double* score, bool* open) {
  *open = text.starts_with('(');
  const std::string number(text.substr(*open ? 1 : 0));
  char* end = nullptr;
  *score = std::strtod(number.c_str(), &end);
  return *end == '\0' && !std::isnan(*score);
}

std::optional<LexBound> ParseLexBound(std::string_view text) {
  if (text.starts_with('[')) return LexBound{LexBound::Kind::kClosed, text.substr(1)};
  if (text.starts_with('(')) return LexBound{LexBound::Kind::kOpen, text.substr(1)};
  const bool alone = text.size() == 1 || (text.size() > 1 && text[1] == '\0');
  if (alone && text[0] == '-') return LexBound{LexBound::Kind::kLowest};
  if (alone && text[0] == '+') return LexBound{LexBound::Kind::kHighest};
  return std::nullopt;
}

}  // namespace

std::optional<ScoreRange> ParseScoreRange(Call& call, std::string_view min, std::string_view max) {
  ScoreRange range{};
  if (ParseScoreBound(min, &range.min, &range.min_open) &&
      ParseScoreBound(max, &range.max, &range.max_open)) {
    return range;
  }
  call.reply.Error("ERR min or max is not a float");
  return std::nullopt;
}

std::optional<LexRange> ParseLexRange(Call& call, std::string_view min, std::string_view max) {
  const auto first = ParseLexBound(min);
  const auto last = ParseLexBound(max);
  if (first && last) return LexRange{*first, *last};
  call.reply.Error("ERR min or max not valid string range item");
  return std::nullopt;
}

void StoreZset(Call& call, std::string_view key, FoundScored& found, const KeyEvent& event,
               uint64_t changes) {
  StoreResult(
      call, key, found.views().size(), event,
      [&](KeyWriter& writer) { AssignZset(writer, found.views()); }, changes);
}

}  // namespace ebb

// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/reply_writer.h"
#include "server/command.h"
#include "storage/types/zset.h"

// What commands of sorted sets have in common: ranges as clients write them, members with their
// scores as replies show them, and sorted sets that a command makes.
namespace ebb {

// "1.5", "(1.5", "-inf"; "[text", "(text", "-", "+". Nothing when the error has been written.
std::optional<ScoreRange> ParseScoreRange(Call& call, std::string_view min, std::string_view max);
std::optional<LexRange> ParseLexRange(Call& call, std::string_view min, std::string_view max);

// Writes an array of members, with their scores or without. With them it is a flat one in RESP2 and
// one of pairs in RESP3.
class ScoredReply {
 public:
  ScoredReply(ReplyWriter& reply, bool with_scores, size_t count)
      : reply_(reply), with_scores_(with_scores) {
    reply_.Array(with_scores_ && !paired() ? 2 * count : count);
  }

  void Add(const ZsetItem& item);
  void Add(const ScoredView& view);

 private:
  bool paired() const { return reply_.protocol() > 2; }
  void BeginMember() {
    if (with_scores_ && paired()) reply_.Array(2);
  }

  ReplyWriter& reply_;
  const bool with_scores_;
};

// Members that have been found: views into the sets that they are in, but for integers, whose
// digits are here.
class FoundScored {
 public:
  void Add(const ZsetText& member, double score) { views_.push_back({View(member), score}); }

  // A view of the member that stays.
  std::string_view View(const ZsetText& member);

  std::vector<ScoredView>& views() { return views_; }

 private:
  std::vector<ScoredView> views_;
  std::deque<std::string> digits_;
};

// Makes `key`, whatever it was, a sorted set of what has been found, which may be its own members;
// with nothing found it is removed. Answers how many there are. As StoreResult (lookup.h).
void StoreZset(Call& call, std::string_view key, FoundScored& found, const KeyEvent& event,
               uint64_t changes = 1);

}  // namespace ebb

// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "server/command.h"
#include "server/commands/element_texts.h"
#include "storage/types/zset.h"

// What commands of sorted sets have in common: ranges as clients write them, and sorted sets that a
// command makes.
namespace ebb {

// "1.5", "(1.5", "-inf"; "[text", "(text", "-", "+". Nothing when the error has been written.
std::optional<ScoreRange> ParseScoreRange(Call& call, std::string_view min, std::string_view max);
std::optional<LexRange> ParseLexRange(Call& call, std::string_view min, std::string_view max);

// Members that have been found, valid as ElementTexts are.
class FoundScored {
 public:
  void Add(const ZsetText& member, double score) { views_.push_back({texts_.Of(member), score}); }

  std::vector<ScoredView>& views() { return views_; }

 private:
  std::vector<ScoredView> views_;
  ElementTexts texts_;
};

// Makes `key`, whatever it was, a sorted set of what has been found, which may be its own members;
// with nothing found it is removed. Answers how many there are. As StoreResult (lookup.h).
void StoreZset(Call& call, std::string_view key, FoundScored& found, const KeyEvent& event,
               uint64_t changes = 1);

}  // namespace ebb

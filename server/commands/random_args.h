// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <vector>

#include "server/command.h"
#include "server/commands/pairs_reply.h"
#include "server/session.h"
#include "storage/entry.h"
#include "storage/type.h"

// What HRANDFIELD, SRANDMEMBER and ZRANDMEMBER have in common where they are given a count.
namespace ebb {

struct RandomArgs {
  size_t count = 0;
  // So many draws, one after the other, and no more once the session is closed for its output; else
  // elements that differ.
  bool may_repeat = false;
  bool with_values = false;
};

// Reads the arguments behind the key, a count and perhaps `word`, which asks for what belongs to
// the elements, too. Answers the `type` at args[1]; null where nothing is to be drawn: an error or
// an empty array has been written.
const Entry* ReadRandomArgs(Call& call, Type type, std::string_view word, RandomArgs* args);

// Chooses `count` elements of a collection with what belongs to them.
template <typename Pair>
using ChoosePairs = std::vector<Pair> (*)(const Entry& entry, size_t count);

// HRANDFIELD and ZRANDMEMBER with a count: `sample` chooses elements that differ, `draw` one after
// the other, so that the same may come again.
template <typename Pair>
void ReplyRandomPairs(Call& call, Type type, std::string_view word, ChoosePairs<Pair> sample,
                      ChoosePairs<Pair> draw) {
  constexpr size_t kAtOnce = 1000;
  RandomArgs args;
  const Entry* entry = ReadRandomArgs(call, type, word, &args);
  if (entry == nullptr) return;
  if (!args.may_repeat) {
    const std::vector<Pair> sampled = sample(*entry, args.count);
    PairsReply reply(call.reply, args.with_values, sampled.size());
    for (const Pair& pair : sampled) reply.Add(pair);
    return;
  }
  PairsReply reply(call.reply, args.with_values, args.count);
  for (size_t left = args.count; left > 0 && !call.session.closing;) {
    const std::vector<Pair> drawn = draw(*entry, std::min(left, kAtOnce));
    for (const Pair& pair : drawn) reply.Add(pair);
    left -= drawn.size();
  }
}

}  // namespace ebb

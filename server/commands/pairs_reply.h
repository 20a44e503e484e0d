// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstddef>
#include <string_view>

#include "protocol/reply_writer.h"
#include "server/commands/reply_element.h"

namespace ebb {

// Writes an array of elements, with what belongs to each or without: fields with their values,
// members with their scores. With it the array is a flat one in RESP2 and one of pairs in RESP3.
class PairsReply {
 public:
  // Of `count` elements, which are added afterwards.
  PairsReply(ReplyWriter& reply, bool with_values, size_t count)
      : reply_(reply), with_values_(with_values), nested_(with_values && reply.protocol() > 2) {
    reply_.Array(with_values_ && !nested_ ? 2 * count : count);
  }

  // `pair` is a struct of two: the element, or its text, and an element or a score.
  template <typename Pair>
  void Add(const Pair& pair) {
    const auto& [element, value] = pair;
    if (nested_) reply_.Array(2);
    Write(element);
    if (with_values_) Write(value);
  }

 private:
  void Write(const ListpackElement& element) { ReplyElement(reply_, element); }
  void Write(std::string_view text) { reply_.Bulk(text); }
  void Write(double score) { reply_.Double(score); }

  ReplyWriter& reply_;
  const bool with_values_;
  const bool nested_;
};

}  // namespace ebb

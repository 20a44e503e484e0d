// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/commands/list_pop.h"

#include "server/commands/reply_element.h"
#include "server/text.h"

namespace ebb {

std::optional<ListEnd> ParseListEnd(std::string_view word) {
  if (EqualsIgnoreCase(word, "left")) return ListEnd::kHead;
  if (EqualsIgnoreCase(word, "right")) return ListEnd::kTail;
  return std::nullopt;
}

const KeyEvent& PushEvent(ListEnd end) {
  return end == ListEnd::kHead ? events::kLPush : events::kRPush;
}

const KeyEvent& PopEvent(ListEnd end) {
  return end == ListEnd::kHead ? events::kLPop : events::kRPop;
}

void PopElements(Call& call, KeyWriter& writer, ListEnd end, size_t count, uint64_t changes) {
  const Entry& entry = *writer.entry();
  const size_t size = ListSize(entry);
  const bool head = end == ListEnd::kHead;
  ListWalk walk(entry, head ? 0 : size - 1, head ? ListEnd::kTail : ListEnd::kHead);
  for (size_t left = count; left > 0;) {
    ReplyElement(call.reply, walk.Get());
    if (--left > 0) walk.Step();
  }
  writer.Changed(PopEvent(end), changes);
  if (count == size) return writer.RemoveEmpty();
  DropElements(writer, end, count);
}

}  // namespace ebb

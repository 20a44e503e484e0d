// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/keyspace_events.h"

#include <fmt/format.h>

#include "server/pubsub.h"

namespace ebb {

std::optional<uint32_t> ParseEventClasses(std::string_view text) {
  uint32_t classes = 0;
  for (const char letter : text) {
    const uint32_t bits = letter == 'A' ? kAllEventClasses : EventClassBit(letter);
    if (bits == 0) return std::nullopt;
    classes |= bits;
  }
  return classes;
}

std::string FormatEventClasses(uint32_t classes, bool whole) {
  std::string text;
  if ((classes & kAllEventClasses) == kAllEventClasses) {
    text += 'A';
    classes &= ~kAllEventClasses;
    if (!whole) classes &= ~EventClassBit('n');
  }
  for (const char letter : kEventClassLetters) {
    if (classes & EventClassBit(letter)) text += letter;
  }
  return text;
}

void KeyspaceEvents::Tell(int db, std::string_view key, const KeyEvent& event) {
  if (!Tells(event.event_class) || !pubsub_.HasListeners()) return;
  if (Tells('K')) pubsub_.Publish(fmt::format("__keyspace@{}__:{}", db, key), event.name);
  if (Tells('E')) pubsub_.Publish(fmt::format("__keyevent@{}__:{}", db, event.name), key);
}

}  // namespace ebb

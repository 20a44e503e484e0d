// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "storage/observer.h"

namespace ebb {

class PubSub;

// The classes of events that `notify-keyspace-events` names, as bits in the order of their letters:
// strings and the like by type, expired, evicted, stream, module, new keys; then the channels by
// key and by event; then keys that were not found.
inline constexpr std::string_view kEventClassLetters = "g$lshzxetdnKEm";

// The bit of a letter, 0 for one that stands for no class.
constexpr uint32_t EventClassBit(char letter) {
  const size_t at = kEventClassLetters.find(letter);
  return at == std::string_view::npos ? 0 : uint32_t{1} << at;
}

// What the letter A stands for: all that come before `new`.
inline constexpr uint32_t kAllEventClasses = EventClassBit('n') - 1;

// The classes that `text` names; nothing when a letter is none.
std::optional<uint32_t> ParseEventClasses(std::string_view text);

// The same the other way round, with A where all of it is there. As CONFIG GET shows it, which is
// silent about new keys beside A; with `whole` it is not.
std::string FormatEventClasses(uint32_t classes, bool whole);

// Tells subscribers what happens to keys: the event to the key's channel (__keyspace@0__:key), the
// key to the event's (__keyevent@0__:set).
//
// Thread: engine thread. While nothing is to be told, a change costs one comparison.
class KeyspaceEvents {
 public:
  explicit KeyspaceEvents(PubSub& pubsub) : pubsub_(pubsub) {}

  // Which classes are told, and on which channels: bits of notify-keyspace-events.
  void SetClasses(uint32_t classes) { classes_ = classes; }
  bool Tells(char letter) const { return (classes_ & EventClassBit(letter)) != 0; }

  // What the observer hears.
  void OnKeyEvent(int db, std::string_view key, const KeyEvent& event) {
    if (classes_ != 0) [[unlikely]] {
      Tell(db, key, event);
    }
  }

 private:
  void Tell(int db, std::string_view key, const KeyEvent& event);

  PubSub& pubsub_;
  uint32_t classes_ = 0;
};

}  // namespace ebb

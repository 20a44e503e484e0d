// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstdint>
#include <string_view>

namespace ebb {

// Something that happened to a key, by the name that keyspace notifications give it, and the class
// letter
// (`notify-keyspace-events`) it belongs to.
struct KeyEvent {
  std::string_view name;
  char event_class;
};

namespace events {
inline constexpr KeyEvent kSet{"set", '$'};
inline constexpr KeyEvent kAppend{"append", '$'};
inline constexpr KeyEvent kIncrBy{"incrby", '$'};
inline constexpr KeyEvent kIncrByFloat{"incrbyfloat", '$'};
inline constexpr KeyEvent kSetRange{"setrange", '$'};
inline constexpr KeyEvent kSetBit{"setbit", '$'};
inline constexpr KeyEvent kSAdd{"sadd", 's'};
inline constexpr KeyEvent kSRem{"srem", 's'};
inline constexpr KeyEvent kSPop{"spop", 's'};
inline constexpr KeyEvent kSInterStore{"sinterstore", 's'};
inline constexpr KeyEvent kSUnionStore{"sunionstore", 's'};
inline constexpr KeyEvent kSDiffStore{"sdiffstore", 's'};
inline constexpr KeyEvent kHSet{"hset", 'h'};
inline constexpr KeyEvent kHDel{"hdel", 'h'};
inline constexpr KeyEvent kHIncrBy{"hincrby", 'h'};
inline constexpr KeyEvent kHIncrByFloat{"hincrbyfloat", 'h'};
inline constexpr KeyEvent kDel{"del", 'g'};
inline constexpr KeyEvent kExpire{"expire", 'g'};
inline constexpr KeyEvent kPersist{"persist", 'g'};
inline constexpr KeyEvent kRenameFrom{"rename_from", 'g'};
inline constexpr KeyEvent kRenameTo{"rename_to", 'g'};
inline constexpr KeyEvent kCopyTo{"copy_to", 'g'};
inline constexpr KeyEvent kMoveFrom{"move_from", 'g'};
inline constexpr KeyEvent kMoveTo{"move_to", 'g'};
inline constexpr KeyEvent kRestore{"restore", 'g'};
inline constexpr KeyEvent kExpired{"expired", 'x'};
inline constexpr KeyEvent kEvicted{"evicted", 'e'};
inline constexpr KeyEvent kNew{"new", 'n'};
}  // namespace events

// Hears of every change of the data. All that follows from a write (dirty counters, notifications,
// WATCH, replication) hangs here, so that no command ever calls it.
//
// Thread: called on the engine thread, while the change is complete but its command may still be
// running; an observer must not change the keyspace that speaks.
class KeyspaceObserver {
 public:
  virtual ~KeyspaceObserver() = default;

  // `key` of database `db` changed. The view is valid during the call.
  virtual void OnKeyEvent(int db, std::string_view key, const KeyEvent& event) = 0;

  // Every key of database `db` is gone (FLUSHDB, FLUSHALL); `keys` were there.
  virtual void OnFlush(int db, uint64_t keys) = 0;

  // The databases `a` and `b` have exchanged their contents (SWAPDB).
  virtual void OnSwap(int a, int b) = 0;
};

}  // namespace ebb

// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstdint>
#include <string_view>

namespace ebb {

// Something that happened to a key, by the name that keyspace notifications give it, and the class
// letter (`notify-keyspace-events`) it belongs to.
struct KeyEvent {
  std::string_view name;
  char event_class;
  // Whether something may be there since then that was not: an element, or the key itself. What
  // only takes away has nothing for those who wait.
  bool may_add = true;
};

namespace events {
inline constexpr KeyEvent kSet{"set", '$'};
inline constexpr KeyEvent kAppend{"append", '$'};
inline constexpr KeyEvent kIncrBy{"incrby", '$'};
inline constexpr KeyEvent kIncrByFloat{"incrbyfloat", '$'};
inline constexpr KeyEvent kSetRange{"setrange", '$'};
inline constexpr KeyEvent kSetBit{"setbit", '$'};
inline constexpr KeyEvent kPfAdd{"pfadd", '$'};
inline constexpr KeyEvent kLPush{"lpush", 'l'};
inline constexpr KeyEvent kRPush{"rpush", 'l'};
inline constexpr KeyEvent kLPop{"lpop", 'l', false};
inline constexpr KeyEvent kRPop{"rpop", 'l', false};
inline constexpr KeyEvent kLInsert{"linsert", 'l'};
inline constexpr KeyEvent kLSet{"lset", 'l'};
inline constexpr KeyEvent kLTrim{"ltrim", 'l', false};
inline constexpr KeyEvent kLRem{"lrem", 'l', false};
inline constexpr KeyEvent kSortStore{"sortstore", 'l'};
inline constexpr KeyEvent kSAdd{"sadd", 's'};
inline constexpr KeyEvent kSRem{"srem", 's', false};
inline constexpr KeyEvent kSPop{"spop", 's', false};
inline constexpr KeyEvent kSInterStore{"sinterstore", 's'};
inline constexpr KeyEvent kSUnionStore{"sunionstore", 's'};
inline constexpr KeyEvent kSDiffStore{"sdiffstore", 's'};
inline constexpr KeyEvent kZAdd{"zadd", 'z'};
inline constexpr KeyEvent kZIncr{"zincr", 'z'};
inline constexpr KeyEvent kZRem{"zrem", 'z', false};
inline constexpr KeyEvent kZRemRangeByRank{"zremrangebyrank", 'z', false};
inline constexpr KeyEvent kZRemRangeByScore{"zremrangebyscore", 'z', false};
inline constexpr KeyEvent kZRemRangeByLex{"zremrangebylex", 'z', false};
inline constexpr KeyEvent kZPopMin{"zpopmin", 'z', false};
inline constexpr KeyEvent kZPopMax{"zpopmax", 'z', false};
inline constexpr KeyEvent kZRangeStore{"zrangestore", 'z'};
inline constexpr KeyEvent kZUnionStore{"zunionstore", 'z'};
inline constexpr KeyEvent kZInterStore{"zinterstore", 'z'};
inline constexpr KeyEvent kZDiffStore{"zdiffstore", 'z'};
inline constexpr KeyEvent kGeoSearchStore{"geosearchstore", 'z'};
inline constexpr KeyEvent kGeoRadiusStore{"georadiusstore", 'z'};
inline constexpr KeyEvent kHSet{"hset", 'h'};
inline constexpr KeyEvent kHDel{"hdel", 'h', false};
inline constexpr KeyEvent kHIncrBy{"hincrby", 'h'};
inline constexpr KeyEvent kHIncrByFloat{"hincrbyfloat", 'h'};
inline constexpr KeyEvent kDel{"del", 'g', false};
inline constexpr KeyEvent kExpire{"expire", 'g', false};
inline constexpr KeyEvent kPersist{"persist", 'g', false};
inline constexpr KeyEvent kRenameFrom{"rename_from", 'g', false};
inline constexpr KeyEvent kRenameTo{"rename_to", 'g'};
inline constexpr KeyEvent kCopyTo{"copy_to", 'g'};
inline constexpr KeyEvent kMoveFrom{"move_from", 'g', false};
inline constexpr KeyEvent kMoveTo{"move_to", 'g'};
inline constexpr KeyEvent kRestore{"restore", 'g'};
inline constexpr KeyEvent kExpired{"expired", 'x', false};
inline constexpr KeyEvent kEvicted{"evicted", 'e', false};
// A change that no notification tells: the value is as it was to all who read it, or Redis is
// silent of it. WATCH hears it all the same.
inline constexpr KeyEvent kUntold{"", '\0'};
}  // namespace events

// Hears of every change of the data. All that follows from a write (dirty counters, notifications,
// WATCH, replication) hangs here, so that no command ever calls it.
//
// Thread: called on the engine thread, when nobody finds the data as it was any more, but the
// command may still be running; an observer must not change the keyspace that speaks.
class KeyspaceObserver {
 public:
  virtual ~KeyspaceObserver() = default;

  // Whether a KeyWriter that changes a key and tells nothing is a mistake: a debug build asserts
  // then that none does.
  virtual bool relies_on_events() const { return false; }

  // `key` of database `db` changed. The view is valid during the call. `changes` are how many
  // things a client has changed, as Redis counts them: elements of a collection, or 1; 0 for what
  // follows from a change that has been counted, and for what no client did.
  virtual void OnKeyEvent(int db, std::string_view key, const KeyEvent& event,
                          uint64_t changes) = 0;

  // What is no change by itself, and told only while the context's tell_new and tell_misses say so:
  // `key` has come to be, the event that made it follows; a read has not found `key`.
  virtual void OnNewKey(int /*db*/, std::string_view /*key*/) {}
  virtual void OnKeyMiss(int /*db*/, std::string_view /*key*/) {}

  // Every key of database `db` is gone (FLUSHDB, FLUSHALL); `keys` were there.
  virtual void OnFlush(int db, uint64_t keys) = 0;

  // The databases `a` and `b` have exchanged their contents (SWAPDB).
  virtual void OnSwap(int a, int b) = 0;
};

}  // namespace ebb

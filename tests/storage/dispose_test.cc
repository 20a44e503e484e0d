// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "storage/dispose.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "storage/key_writer.h"
#include "storage/keyspace.h"
#include "storage/memory/allocator.h"
#include "storage/types/string.h"

namespace ebb {
namespace {

class Deaf final : public KeyspaceObserver {
 public:
  void OnKeyEvent(int, std::string_view, const KeyEvent&, uint64_t) override {}
  void OnFlush(int, uint64_t) override {}
  void OnSwap(int, int) override {}
};

// Keyspaces whose big garbage waits until a test frees it.
class DisposeTest : public ::testing::Test {
 protected:
  static constexpr size_t kBig = 200'000;

  void Set(Keyspace& db, std::string_view key, std::string_view value, int64_t ttl_ms = 0) {
    KeyWriter writer(db, key);
    AssignString(writer, value);
    if (ttl_ms > 0) writer.SetExpire(clock_.unix_ms + ttl_ms);
  }
  void SetBig(Keyspace& db, std::string_view key, int64_t ttl_ms = 0) {
    Set(db, key, std::string(kBig, 'v'), ttl_ms);
  }
  static StringValue* ValueOf(Keyspace& db, std::string_view key) {
    return static_cast<StringValue*>(db.Peek(key)->value());
  }

  void FreeAll() {
    while (lazy_free_.Step()) {
    }
  }

  const memory::ThreadAccount account_;
  Clock clock_{1'750'000'000'000};
  Deaf observer_;
  KeyspaceCounters counters_;
  LazyFree lazy_free_;
  KeyspaceContext context_{
      .clock = clock_,
      .observer = observer_,
      .counters = counters_,
      .disposer = Disposer(&lazy_free_),
  };
  Keyspace db_{0, context_};
  Keyspace other_{1, context_};
};

// Every way in which one value dies, and the cause that goes with it.
struct WayOut {
  std::string name;
  DisposeCause cause;
  void (*die)(Keyspace& db, Clock& clock);  // of the value at "k", which has a second to live
};

void Assign(Keyspace& db, std::string_view key, std::string_view value) {
  KeyWriter writer(db, key);
  AssignString(writer, value);
}

const WayOut kWaysOut[] = {
    {"Remove", DisposeCause::kUserDel, [](Keyspace& db, Clock&) { EXPECT_TRUE(db.Remove("k")); }},
    {"RemoveByWriter", DisposeCause::kUserDel,
     [](Keyspace& db, Clock&) { KeyWriter(db, "k").Remove(); }},
    {"Evict", DisposeCause::kEviction,
     [](Keyspace& db, Clock&) { db.Remove("k", events::kEvicted, DisposeCause::kEviction); }},
    {"OverwriteInline", DisposeCause::kServerDel,
     [](Keyspace& db, Clock&) { Assign(db, "k", "small"); }},
    {"OverwriteInteger", DisposeCause::kServerDel,
     [](Keyspace& db, Clock&) { Assign(db, "k", "1"); }},
    {"OverwriteOutOfLine", DisposeCause::kServerDel,
     [](Keyspace& db, Clock&) { Assign(db, "k", std::string(5000, 'w')); }},
    {"Grow", DisposeCause::kServerDel,
     [](Keyspace& db, Clock&) {
       KeyWriter writer(db, "k");
       // By so many zeros, which are never had where it is.
       EXPECT_NE(EditString(writer, size_t{2} << 20), nullptr);
     }},
    {"MoveOnto", DisposeCause::kServerDel,
     [](Keyspace& db, Clock&) {
       Assign(db, "from", "small");
       db.Move("from", db, "k", events::kRenameFrom, events::kRenameTo);
     }},
    {"CopyOnto", DisposeCause::kServerDel,
     [](Keyspace& db, Clock&) {
       Assign(db, "from", "small");
       const Entry* source = db.Peek("from");
       KeyWriter writer(db, "k");
       EXPECT_TRUE(writer.CopyFrom(*source));
     }},
    {"ExpireOnAccess", DisposeCause::kExpire,
     [](Keyspace& db, Clock& clock) {
       clock.unix_ms += 1000;
       EXPECT_EQ(db.Peek("k"), nullptr);
     }},
    {"ExpireByCycle", DisposeCause::kExpire,
     [](Keyspace& db, Clock& clock) {
       clock.unix_ms += 1000;
       EXPECT_EQ(db.ExpireChunk().removed, 1u);
     }},
};

class WayOutTest : public DisposeTest, public ::testing::WithParamInterface<WayOut> {};

INSTANTIATE_TEST_SUITE_P(All, WayOutTest, ::testing::ValuesIn(kWaysOut),
                         [](const auto& way) { return way.param.name; });

TEST_P(WayOutTest, BigOnesAreLeftToTheThread) {
  SetBig(db_, "k", 1000);
  GetParam().die(db_, clock_);
  EXPECT_EQ(lazy_free_.pending_objects(), 1u);
  EXPECT_GE(lazy_free_.pending_bytes(), kBig);
  EXPECT_LE(lazy_free_.pending_bytes(), kBig + kBig / 4);
  const size_t used = memory::UsedMemory();
  EXPECT_TRUE(lazy_free_.Step());
  EXPECT_LE(memory::UsedMemory(), used - kBig);
  EXPECT_FALSE(lazy_free_.Step());
  EXPECT_EQ(lazy_free_.pending_objects(), 0u);
  EXPECT_EQ(lazy_free_.pending_bytes(), 0u);
}

TEST_P(WayOutTest, BigOnesAreFreedAtOnceWhenTheCauseIsNotLazy) {
  context_.disposer.SetLazy(GetParam().cause, false);
  SetBig(db_, "k", 1000);
  const size_t used = memory::UsedMemory();
  GetParam().die(db_, clock_);
  EXPECT_EQ(lazy_free_.pending_objects(), 0u);
  // What has grown has a new place, with room to spare.
  const size_t kept = GetParam().name == "Grow" ? size_t{4} << 20 : 10'000;
  EXPECT_LE(memory::UsedMemory(), used - kBig + kept);
}

TEST_P(WayOutTest, OtherCausesDoNotMatter) {
  for (size_t cause = 0; cause <= static_cast<size_t>(DisposeCause::kUserFlush); ++cause) {
    const auto other = static_cast<DisposeCause>(cause);
    context_.disposer.SetLazy(other, other == GetParam().cause);
  }
  SetBig(db_, "k", 1000);
  GetParam().die(db_, clock_);
  EXPECT_EQ(lazy_free_.pending_objects(), 1u);
}

TEST_P(WayOutTest, SmallOnesAreFreedAtOnce) {
  Set(db_, "k", std::string(20'000, 'v'), 1000);
  GetParam().die(db_, clock_);
  EXPECT_EQ(lazy_free_.pending_objects(), 0u);
}

// The entry's reference goes, the value stays.
TEST_P(WayOutTest, AReplyKeepsTheValueAlive) {
  SetBig(db_, "k", 1000);
  StringValue* value = ValueOf(db_, "k");
  Retain(value);
  GetParam().die(db_, clock_);
  EXPECT_EQ(lazy_free_.pending_objects(), 0u);
  EXPECT_TRUE(value->sole());
  EXPECT_EQ(value->view(), std::string(kBig, 'v'));
  // The reply is sent, and it is the last one.
  context_.disposer.Release(value);
  EXPECT_EQ(lazy_free_.pending_objects(), 1u);
  EXPECT_TRUE(lazy_free_.Step());
}

TEST_F(DisposeTest, ABigKeyIsLeftToTheThreadToo) {
  const std::string key(kBig, 'k');
  Set(db_, key, "v");
  db_.Remove(key);
  EXPECT_EQ(lazy_free_.pending_objects(), 1u);
  EXPECT_GE(lazy_free_.pending_bytes(), kBig);
  const size_t used = memory::UsedMemory();
  FreeAll();
  EXPECT_LE(memory::UsedMemory(), used - kBig);
}

TEST_F(DisposeTest, AFlushHandsTheTableOver) {
  constexpr size_t kKeys = 20'000;
  const size_t empty = memory::UsedMemory();
  for (size_t i = 0; i < kKeys; ++i) {
    Set(db_, "key:" + std::to_string(i), std::string(50 + i % 100, 'v'), i % 2 == 0 ? 1000 : 0);
  }
  const size_t full = memory::UsedMemory();
  EXPECT_EQ(db_.Flush(), kKeys);
  EXPECT_EQ(db_.size(), 0u);
  EXPECT_EQ(db_.expires(), 0u);
  EXPECT_EQ(lazy_free_.pending_objects(), kKeys);
  const auto bytes = static_cast<double>(full - empty);
  EXPECT_NEAR(static_cast<double>(lazy_free_.pending_bytes()), bytes, 0.15 * bytes);
  EXPECT_GE(memory::UsedMemory(), full - 10'000);

  // The database lives on while its past is freed.
  EXPECT_TRUE(lazy_free_.Step());
  Set(db_, "key:1", "new");
  EXPECT_TRUE(lazy_free_.Step());
  EXPECT_EQ(StringView(*db_.Peek("key:1")).view(), "new");
  const size_t left = lazy_free_.pending_objects();
  EXPECT_LT(left, kKeys);
  EXPECT_GT(left, kKeys - 3000) << "a slice is a chunk";
  FreeAll();
  EXPECT_EQ(lazy_free_.pending_objects(), 0u);
  EXPECT_EQ(lazy_free_.pending_bytes(), 0u);
  EXPECT_EQ(lazy_free_.freed_objects(), kKeys);
  EXPECT_LE(memory::UsedMemory(), empty + 10'000);
}

TEST_F(DisposeTest, AFlushThatIsNotLazyFreesHere) {
  for (const DisposeCause cause : {DisposeCause::kSync, DisposeCause::kUserFlush}) {
    context_.disposer.SetLazy(DisposeCause::kUserFlush, false);
    const size_t empty = memory::UsedMemory();
    for (int i = 0; i < 5000; ++i) Set(db_, std::to_string(i), "value");
    SetBig(db_, "big");
    EXPECT_EQ(db_.Flush(cause), 5001u);
    EXPECT_EQ(lazy_free_.pending_objects(), 0u);
    EXPECT_LE(memory::UsedMemory(), empty + 10'000);
  }
}

TEST_F(DisposeTest, AFlushOfAFewKeysFreesTheSmallOnesHere) {
  for (int i = 0; i < 10; ++i) Set(db_, std::to_string(i), "value");
  SetBig(db_, "big");
  EXPECT_EQ(db_.Flush(), 11u);
  EXPECT_EQ(lazy_free_.pending_objects(), 1u);
}

TEST_F(DisposeTest, AReplyKeepsAValueOfAFlushedTableAlive) {
  for (int i = 0; i < 1000; ++i) Set(db_, std::to_string(i), "value");
  SetBig(db_, "big");
  StringValue* value = ValueOf(db_, "big");
  Retain(value);
  db_.Flush();
  EXPECT_EQ(value->references, 2u);
  FreeAll();
  EXPECT_TRUE(value->sole());
  EXPECT_EQ(value->view(), std::string(kBig, 'v'));
  Release(value);
}

TEST_F(DisposeTest, SwappedContentsKeepTheirTables) {
  for (int i = 0; i < 1000; ++i) Set(db_, std::to_string(i), "value");
  db_.SwapContents(other_);
  EXPECT_EQ(lazy_free_.pending_objects(), 0u);
  EXPECT_EQ(other_.Flush(), 1000u);
  EXPECT_EQ(lazy_free_.pending_objects(), 1000u);
}

// The table shrinks while the cycle goes through it; what that moves may not escape the round.
TEST_F(DisposeTest, OneRoundOfTheCycleFindsAllThatIsDue) {
  for (int i = 0; i < 20'000; ++i) Set(db_, std::to_string(i), "value", 1000);
  clock_.unix_ms += 1000;
  uint64_t removed = 0;
  for (bool more = true; more;) {
    const auto step = db_.ExpireChunk();
    removed += step.removed;
    more = step.more;
  }
  EXPECT_EQ(removed, 20'000u);
  EXPECT_EQ(db_.size(), 0u);
}

}  // namespace
}  // namespace ebb

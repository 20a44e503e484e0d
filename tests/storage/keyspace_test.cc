// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "storage/keyspace.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "storage/key_writer.h"
#include "storage/keyspace_digest.h"
#include "storage/random.h"
#include "storage/types/string.h"

namespace ebb {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Writes down what it hears: "0 del k".
class Recorder final : public KeyspaceObserver {
 public:
  void OnKeyEvent(int db, std::string_view key, const KeyEvent& event, uint64_t) override {
    heard.push_back(std::to_string(db) + " " + std::string(event.name) + " " + std::string(key));
  }
  void OnFlush(int db, uint64_t keys) override {
    heard.push_back(std::to_string(db) + " flush " + std::to_string(keys));
  }
  void OnSwap(int a, int b) override {
    heard.push_back("swap " + std::to_string(a) + " " + std::to_string(b));
  }

  bool relies_on_events() const override { return relies; }

  std::vector<std::string> heard;
  bool relies = false;
};

class KeyspaceTest : public ::testing::Test {
 protected:
  static constexpr int64_t kStart = 1'750'000'000'000;

  static void Set(Keyspace& db, std::string_view key, std::string_view value) {
    KeyWriter writer(db, key);
    AssignString(writer, value);
    writer.ClearExpire();
  }

  void SetWithTtl(Keyspace& db, std::string_view key, std::string_view value, int64_t ms) {
    KeyWriter writer(db, key);
    AssignString(writer, value);
    writer.SetExpire(clock_.unix_ms + ms);
  }

  static std::optional<std::string> Get(Keyspace& db, std::string_view key) {
    const Entry* entry = db.Peek(key);
    if (entry == nullptr) return std::nullopt;
    return std::string(StringView(*entry).view());
  }

  static StringValue* ValueOf(Keyspace& db, std::string_view key) {
    return static_cast<StringValue*>(db.Peek(key)->value());
  }

  static void Copy(Keyspace& db, std::string_view key, Keyspace& target, std::string_view to) {
    const Entry* source = db.Peek(key);
    KeyWriter writer(target, to);
    EXPECT_TRUE(writer.CopyFrom(*source));
  }

  // What was heard since the last call.
  std::vector<std::string> Heard() { return std::exchange(recorder_.heard, {}); }

  const std::string long_value_ = std::string(5000, 'v');
  Clock clock_{kStart};
  Recorder recorder_;
  KeyspaceCounters counters_;
  KeyspaceContext context_{clock_, recorder_, counters_};
  Keyspace db_{0, context_};
  Keyspace other_{1, context_};
};

TEST_F(KeyspaceTest, ReadCountsAndTouchesInspectCountsPeekDoesNeither) {
  Set(db_, "k", "v");
  const uint32_t written = clock_.access_clock();
  clock_.steady_ms += 60'000;
  EXPECT_NE(db_.Peek("k"), nullptr);
  EXPECT_EQ(db_.Peek("none"), nullptr);
  EXPECT_EQ(counters_.hits + counters_.misses, 0u);

  EXPECT_NE(db_.Inspect("k"), nullptr);
  EXPECT_EQ(db_.Inspect("none"), nullptr);
  EXPECT_EQ(counters_.hits, 1u);
  EXPECT_EQ(counters_.misses, 1u);
  EXPECT_EQ(db_.Peek("k")->access_clock(), written);

  EXPECT_NE(db_.Read("k"), nullptr);
  EXPECT_EQ(db_.Read("none"), nullptr);
  EXPECT_EQ(counters_.hits, 2u);
  EXPECT_EQ(counters_.misses, 2u);
  EXPECT_EQ(db_.Peek("k")->access_clock(), clock_.access_clock());
}

TEST_F(KeyspaceTest, NoTouchKeepsTheAccessClock) {
  Set(db_, "k", "v");
  const uint32_t written = clock_.access_clock();
  clock_.steady_ms += 60'000;
  context_.touch_on_read = false;
  db_.Read("k");
  { const KeyWriter writer(db_, "k"); }
  EXPECT_EQ(db_.Peek("k")->access_clock(), written);
  EXPECT_EQ(db_.Peek("k")->IdleSeconds(clock_.access_clock()), 60u);
}

TEST_F(KeyspaceTest, AWriterTouchesWhatItFindsAndAnnouncesWhenItEnds) {
  Set(db_, "k", "v");
  Heard();
  {
    KeyWriter writer(db_, "k");
    writer.SetExpire(clock_.unix_ms + 100'000);
    writer.Changed(events::kSet);
    writer.Changed(events::kExpire);
    EXPECT_THAT(Heard(), IsEmpty());
  }
  EXPECT_THAT(Heard(), ElementsAre("0 set k", "0 expire k"));
  clock_.steady_ms += 60'000;
  { const KeyWriter writer(db_, "k"); }
  EXPECT_THAT(Heard(), IsEmpty());
  EXPECT_EQ(db_.Peek("k")->access_clock(), clock_.access_clock());
}

// In a build without assertions they are done, and that is all.
TEST_F(KeyspaceTest, AChangeOfWhichNothingIsToldIsNoticedInADebugBuild) {
  constexpr char kNoticed[] = "told no event";
  Set(db_, "k", "1");
  SetWithTtl(db_, "dies", "v", 1000);
  recorder_.relies = true;
  EXPECT_DEBUG_DEATH(Set(db_, "new", "v"), kNoticed);
  EXPECT_DEBUG_DEATH(Set(db_, "k", "2"), kNoticed);
  EXPECT_DEBUG_DEATH(Set(db_, "k", long_value_), kNoticed);
  EXPECT_DEBUG_DEATH(KeyWriter(db_, "k").SetExpire(clock_.unix_ms + 1000), kNoticed);
  EXPECT_DEBUG_DEATH(KeyWriter(db_, "dies").ClearExpire(), kNoticed);
}

TEST_F(KeyspaceTest, WhatIsToldOrNoChangeIsNotNoticed) {
  recorder_.relies = true;
  {
    KeyWriter writer(db_, "k");
    AssignString(writer, "123");
    writer.Changed(events::kUntold);
  }
  {
    KeyWriter writer(db_, "k");
    EditString(writer, 3);  // its digits
    AssignString(writer, "123");
  }
  {
    KeyWriter writer(db_, "k");
    writer.ClearExpire();
    writer.Overwrite();
  }
  KeyWriter(db_, "k").Remove();
  EXPECT_EQ(db_.size(), 0u);
}

TEST_F(KeyspaceTest, AKeyIsGoneWhenItsTimeHasComeWhoeverAsks) {
  SetWithTtl(db_, "a", "v", 1000);
  SetWithTtl(db_, "b", "v", 1000);
  Set(db_, "c", "v");
  EXPECT_EQ(db_.expires(), 2u);
  clock_.unix_ms += 1001;
  EXPECT_EQ(db_.size(), 3u);
  EXPECT_EQ(db_.Peek("a"), nullptr);
  EXPECT_FALSE(db_.Remove("b"));
  EXPECT_THAT(Heard(), ElementsAre("0 expired a", "0 expired b"));
  EXPECT_EQ(db_.size(), 1u);
  EXPECT_EQ(db_.expires(), 0u);
  EXPECT_EQ(counters_.expired, 2u);
}

TEST_F(KeyspaceTest, RemoveSaysWhetherTheKeyWasThere) {
  Set(db_, "k", long_value_);
  EXPECT_TRUE(db_.Remove("k"));
  EXPECT_FALSE(db_.Remove("k"));
  EXPECT_THAT(Heard(), ElementsAre("0 del k"));
}

TEST_F(KeyspaceTest, ExpiryComesAndGoesWithoutTheValue) {
  for (const std::string& value : {std::string("text"), std::string("12345"), long_value_}) {
    Set(db_, "k", value);
    for (int round = 0; round < 2; ++round) {
      {
        KeyWriter writer(db_, "k");
        writer.SetExpire(kStart + 5000 + round);
      }
      EXPECT_EQ(Get(db_, "k"), value);
      EXPECT_EQ(db_.Peek("k")->expire_ms(), kStart + 5000 + round);
      EXPECT_EQ(db_.expires(), 1u);
    }
    {
      KeyWriter writer(db_, "k");
      writer.ClearExpire();
    }
    EXPECT_EQ(Get(db_, "k"), value);
    EXPECT_FALSE(db_.Peek("k")->has_expire());
    EXPECT_EQ(db_.expires(), 0u);
  }
}

TEST_F(KeyspaceTest, MoveRenamesWithValueAndExpiry) {
  SetWithTtl(db_, "from", long_value_, 5000);
  const StringValue* value = ValueOf(db_, "from");
  Heard();
  db_.Move("from", db_, "a longer name", events::kRenameFrom, events::kRenameTo);
  EXPECT_THAT(Heard(), ElementsAre("0 rename_from from", "0 rename_to a longer name"));
  EXPECT_EQ(Get(db_, "from"), std::nullopt);
  EXPECT_EQ(ValueOf(db_, "a longer name"), value);
  EXPECT_EQ(db_.Peek("a longer name")->expire_ms(), kStart + 5000);
  EXPECT_EQ(db_.size(), 1u);
  EXPECT_EQ(db_.expires(), 1u);
}

TEST_F(KeyspaceTest, MoveGoesToAnotherDatabase) {
  Set(db_, "k", "inline");
  db_.Move("k", other_, "k", events::kMoveFrom, events::kMoveTo);
  EXPECT_THAT(Heard(), ElementsAre("0 move_from k", "1 move_to k"));
  EXPECT_EQ(db_.size(), 0u);
  EXPECT_EQ(Get(other_, "k"), "inline");
}

TEST_F(KeyspaceTest, MoveDisposesOfWhatWasThere) {
  SetWithTtl(db_, "to", long_value_, 5000);
  StringValue* old = ValueOf(db_, "to");
  Retain(old);
  Set(db_, "from", "12");
  db_.Move("from", db_, "to", events::kRenameFrom, events::kRenameTo);
  EXPECT_EQ(old->references, 1u);
  Release(old);
  EXPECT_EQ(Get(db_, "to"), "12");
  EXPECT_EQ(db_.Peek("to")->encoding(), Encoding::kInt);
  EXPECT_FALSE(db_.Peek("to")->has_expire());
  EXPECT_EQ(db_.size(), 1u);
  EXPECT_EQ(db_.expires(), 0u);
}

TEST_F(KeyspaceTest, MoveFindsTheOldKeyOfTheNewNameExpired) {
  SetWithTtl(db_, "to", "old", 10);
  Set(db_, "from", "new");
  clock_.unix_ms += 11;
  Heard();
  db_.Move("from", db_, "to", events::kRenameFrom, events::kRenameTo);
  EXPECT_THAT(Heard(), ElementsAre("0 expired to", "0 rename_from from", "0 rename_to to"));
  EXPECT_EQ(Get(db_, "to"), "new");
}

TEST_F(KeyspaceTest, TheExpireCycleFindsWhatWasMovedOrCopied) {
  // Over a key without expiry, so that the table hears of the deadline for the first time.
  SetWithTtl(db_, "a", "v", 1000);
  Set(other_, "b", "v");
  db_.Move("a", other_, "b", events::kRenameFrom, events::kRenameTo);
  Set(db_, "c", "v");
  Copy(other_, "b", db_, "c");
  clock_.unix_ms += 1001;
  Heard();
  EXPECT_EQ(db_.ExpireChunk().removed, 1u);
  EXPECT_EQ(other_.ExpireChunk().removed, 1u);
  EXPECT_THAT(Heard(), ElementsAre("0 expired c", "1 expired b"));
}

// Whichever way a key gets to its time to live, the cycle that has nothing to do until then hears
// of it.
TEST_F(KeyspaceTest, TheExpireCycleRestsUntilSomethingIsDue) {
  const auto set_next = [&](Keyspace& db, std::string_view key) {
    KeyWriter writer(db, key);
    writer.NextExpire(clock_.unix_ms + 1000);
    AssignString(writer, long_value_);
  };
  const std::vector<std::function<void()>> ways = {
      [&] { SetWithTtl(db_, "new", "v", 1000); },
      [&] { SetWithTtl(db_, "long", "v", 1000); },
      [&] { KeyWriter(db_, "without").SetExpire(clock_.unix_ms + 1000); },
      [&] { KeyWriter(db_, "long").SetExpire(clock_.unix_ms + 1000); },
      [&] { set_next(db_, "new"); },
      [&] { set_next(db_, "without"); },
      [&] { set_next(db_, "long"); },
      [&] { db_.Move("short", db_, "new", events::kRenameFrom, events::kRenameTo); },
      [&] { other_.Move("short", db_, "without", events::kRenameFrom, events::kRenameTo); },
      [&] { Copy(other_, "short", db_, "new"); },
      [&] { Copy(other_, "short", db_, "long"); },
      [&] { db_.SwapContents(other_); },
      [&] {
        const size_t expires = other_.expires();
        Keyspace::Table table(std::move(other_.table()));
        db_.Flush();
        db_.Adopt(std::move(table), expires);
      },
  };
  const auto whole_round = [&] {
    uint64_t removed = 0;
    for (bool more = true; more;) {
      const Keyspace::ExpireStep step = db_.ExpireChunk();
      removed += step.removed;
      more = step.more;
    }
    return removed;
  };
  for (size_t way = 0; way < ways.size(); ++way) {
    SCOPED_TRACE(way);
    db_.Flush();
    other_.Flush();
    const bool moves_within = way == 7;
    SetWithTtl(moves_within ? db_ : other_, "short", "v", 1000);
    SetWithTtl(other_, "longer", "v", 1'000'000);
    Set(db_, "without", "v");
    SetWithTtl(db_, "long", "v", 1'000'000);
    SetWithTtl(db_, "first", "v", 1);
    clock_.unix_ms += 1;
    EXPECT_EQ(whole_round(), 1u);
    EXPECT_EQ(whole_round(), 0u);
    ways[way]();
    clock_.unix_ms += 600;
    EXPECT_FALSE(db_.NeedsExpireStep());
    clock_.unix_ms += 400;
    EXPECT_TRUE(db_.NeedsExpireStep());
    EXPECT_EQ(whole_round(), 1u);
    clock_.unix_ms += 300;
    whole_round();
    EXPECT_FALSE(db_.NeedsExpireStep());
  }
}

TEST_F(KeyspaceTest, ACopyIsEqualAndIndependent) {
  SetWithTtl(db_, "k", long_value_, 5000);
  Copy(db_, "k", db_, "copy");
  Digest original, copy;
  MixEntry(*db_.Peek("k"), original);
  MixEntry(*db_.Peek("copy"), copy);
  EXPECT_EQ(original, copy);
  EXPECT_EQ(db_.Peek("copy")->expire_ms(), kStart + 5000);
  EXPECT_EQ(db_.expires(), 2u);
  {
    KeyWriter writer(db_, "copy");
    EditString(writer, long_value_.size())[0] = '!';
  }
  EXPECT_EQ(Get(db_, "k"), long_value_);
  EXPECT_NE(Get(db_, "copy"), long_value_);
}

TEST_F(KeyspaceTest, ACopyReplacesAnyValue) {
  Set(db_, "k", "12345");
  SetWithTtl(db_, "copy", long_value_, 5000);
  Copy(db_, "k", db_, "copy");
  EXPECT_EQ(Get(db_, "copy"), "12345");
  EXPECT_EQ(db_.expires(), 0u);
}

TEST_F(KeyspaceTest, WalksLeaveExpiredKeysOut) {
  Set(db_, "live", "v");
  SetWithTtl(db_, "dead", "v", 10);
  clock_.unix_ms += 11;
  std::vector<std::string> keys;
  db_.ForEach([&](const Entry& entry) { keys.emplace_back(entry.key()); });
  EXPECT_THAT(keys, ElementsAre("live"));
  for (int i = 0; i < 20; ++i) EXPECT_EQ(db_.RandomEntry()->key(), "live");
  db_.Remove("live");
  EXPECT_EQ(db_.RandomEntry(), nullptr);
  EXPECT_EQ(db_.size(), 0u);
}

// However many have expired: none of those is answered, and the one that is live is.
TEST_F(KeyspaceTest, ARandomKeyIsFoundAmongManyThatHaveExpired) {
  for (int i = 0; i < 3000; ++i) SetWithTtl(db_, "dead:" + std::to_string(i), "v", 10);
  SetWithTtl(db_, "live", "v", 1000);
  clock_.unix_ms += 11;
  Heard();
  context_.keep_expired = true;
  ASSERT_NE(db_.RandomEntry(), nullptr);
  EXPECT_EQ(db_.RandomEntry()->key(), "live");
  EXPECT_THAT(Heard(), IsEmpty());
  context_.keep_expired = false;
  for (int i = 0; i < 10; ++i) {
    const Entry* entry = db_.RandomEntry();
    ASSERT_NE(entry, nullptr);
    EXPECT_EQ(entry->key(), "live");
    EXPECT_LE(Heard().size(), 64u);
  }
  db_.Remove("live");
  EXPECT_EQ(db_.RandomEntry(), nullptr);
}

TEST_F(KeyspaceTest, FlushRemovesEverythingAndSaysSoOnce) {
  for (int i = 0; i < 1000; ++i) SetWithTtl(db_, std::to_string(i), long_value_, 5000);
  Heard();
  EXPECT_EQ(db_.Flush(), 1000u);
  EXPECT_EQ(db_.Flush(), 0u);
  EXPECT_THAT(Heard(), ElementsAre("0 flush 1000"));
  EXPECT_EQ(db_.size(), 0u);
  EXPECT_EQ(db_.expires(), 0u);
  EXPECT_EQ(db_.table().memory(), 0u);
}

TEST_F(KeyspaceTest, SwapExchangesContentsAndExpiry) {
  SetWithTtl(db_, "a", "v", 1000);
  Set(other_, "b", "v");
  Heard();
  db_.SwapContents(other_);
  EXPECT_THAT(Heard(), ElementsAre("swap 0 1"));
  EXPECT_EQ(Get(db_, "b"), "v");
  EXPECT_EQ(Get(other_, "a"), "v");
  EXPECT_EQ(db_.expires(), 0u);
  EXPECT_EQ(other_.expires(), 1u);
  db_.SwapContents(db_);
  EXPECT_EQ(Get(db_, "b"), "v");
}

TEST_F(KeyspaceTest, TheDigestDependsOnContentNotOnOrder) {
  Set(db_, "a", "1");
  Set(db_, "b", long_value_);
  Digest once;
  MixKeyspace(db_, once);
  db_.Flush();
  Set(db_, "b", long_value_);
  Set(db_, "a", "1");
  Digest again;
  MixKeyspace(db_, again);
  EXPECT_EQ(once, again);

  db_.SwapContents(other_);
  Digest elsewhere;
  MixKeyspace(other_, elsewhere);
  EXPECT_NE(once, elsewhere);
  Digest empty;
  MixKeyspace(db_, empty);
  EXPECT_EQ(empty, Digest());
}

// What the databases should hold: value and, unless 0, expiry of each key.
struct Expected {
  std::string value;
  int64_t expire_ms = 0;
  bool operator==(const Expected&) const = default;
};
using Model = std::map<std::string, Expected>;

class KeyspaceModelTest : public KeyspaceTest {
 protected:
  std::string RandomKey() {
    const std::string key = std::to_string(random_.Below(60));
    return random_.Below(50) == 0 ? key + std::string(40'000, 'k') : key;
  }

  std::string RandomValue() {
    static const size_t kSizes[] = {0, 3, 40, 1000, 1025, 40'000};
    if (random_.Below(3) == 0) return std::to_string(random_.Below(1'000'000));
    return std::string(kSizes[random_.Below(std::size(kSizes))], 'v');
  }

  void DropExpired(Model& model) {
    std::erase_if(model, [&](const auto& item) {
      return item.second.expire_ms != 0 && item.second.expire_ms <= clock_.unix_ms;
    });
  }

  void Step() {
    const size_t from_index = random_.Below(2);
    const size_t to_index = random_.Below(2);
    Keyspace& db = *databases_[from_index];
    Keyspace& target = *databases_[to_index];
    Model& model = models_[from_index];
    Model& target_model = models_[to_index];
    const std::string key = RandomKey();
    const std::string to = RandomKey();
    const bool other_place = from_index != to_index || key != to;
    switch (random_.Below(8)) {
      case 0:
      case 1:
        model[key] = {RandomValue()};
        return Set(db, key, model[key].value);
      case 2:
        model[key] = {RandomValue(), clock_.unix_ms + 1 + static_cast<int64_t>(random_.Below(500))};
        return SetWithTtl(db, key, model[key].value, model[key].expire_ms - clock_.unix_ms);
      case 3:
        EXPECT_EQ(db.Remove(key), model.erase(key) == 1);
        return;
      case 4:
      case 5:
        if (!other_place || db.Peek(key) == nullptr) return;
        db.Move(key, target, to, events::kRenameFrom, events::kRenameTo);
        target_model[to] = std::exchange(model[key], {});
        model.erase(key);
        return;
      case 6:
        if (!other_place || db.Peek(key) == nullptr) return;
        Copy(db, key, target, to);
        target_model[to] = model[key];
        return;
      default:
        clock_.unix_ms += static_cast<int64_t>(random_.Below(20));
        db.ExpireChunk();
    }
  }

  Model Contents(const Keyspace& db) {
    Model model;
    db.ForEach([&](const Entry& entry) {
      model[std::string(entry.key())] = {std::string(StringView(entry).view()),
                                         entry.has_expire() ? entry.expire_ms() : 0};
    });
    return model;
  }

  RandomGenerator random_{20260101};
  Keyspace* databases_[2] = {&db_, &other_};
  Model models_[2];
};

TEST_F(KeyspaceModelTest, KeepsWhatAMapWouldKeep) {
  for (int step = 0; step < 10'000; ++step) {
    Step();
    for (Model& model : models_) DropExpired(model);
    if (step % 1000 != 0) continue;
    for (size_t i = 0; i < 2; ++i) {
      ASSERT_EQ(Contents(*databases_[i]), models_[i]) << "step " << step;
      databases_[i]->table().CheckInvariants();
    }
  }
  clock_.unix_ms += 1000;
  for (Keyspace* db : databases_) {
    while (db->ExpireChunk().more) {
    }
    EXPECT_EQ(db->expires(), 0u);
    size_t live = 0;
    db->ForEach([&](const Entry&) { ++live; });
    EXPECT_EQ(db->size(), live);
  }
}

}  // namespace
}  // namespace ebb

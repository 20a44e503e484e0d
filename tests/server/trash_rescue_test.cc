// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>
#include <vector>

#include "server/log.h"
#include "storage/memory/allocator.h"
#include "tests/support/temp_directory.h"
#include "tests/support/trash_fixture.h"

namespace ebb::test {
namespace {

// What is in the trash while everything else goes on: time, want of memory, the defragger, the
// lazy-free thread's work.
class TrashRescueTest : public WithTrashTest {
 protected:
  // Makes a collection of each type, small ones and those that have tables and nodes of their own.
  void MakeCollections(const std::string& prefix) {
    for (const int count : {3, 2000}) {
      const std::string name = prefix + std::to_string(count) + ":";
      for (int i = 0; i < count; ++i) {
        const std::string text = "element:" + std::to_string(i * 7);
        Run({"HSET", name + "hash", text, text});
        Run({"RPUSH", name + "list", text});
        Run({"SADD", name + "set", text});
        Run({"SADD", name + "integers", std::to_string(i)});
        Run({"ZADD", name + "zset", std::to_string(i * 37 % 101) + ".5", text});
      }
      Run({"SET", name + "string", std::string(static_cast<size_t>(count) * 40, 'x')});
    }
  }
  std::vector<std::string> Keys() {
    std::vector<std::string> keys;
    for (const Reply& key : Run({"KEYS", "*"}).elements) keys.push_back(key.text);
    return keys;
  }
  // Makes what is left lie sparsely: there is something to be moved.
  void Thin(const std::string& command) {
    for (int i = 0; i < 20'000; ++i) {
      if (i % 8 != 0) Run({command, "filler:" + std::to_string(i)});
    }
  }
  void Fill() {
    for (int i = 0; i < 20'000; ++i) Run({"SET", "filler:" + std::to_string(i), "v"});
  }
  void Select(int db) { Run({"SELECT", std::to_string(db)}); }

  // That the trash's only flush is of one table, of so many bytes.
  void ExpectFlushOf(size_t bytes) {
    const auto& flushes = engine().trash().flushes();
    ASSERT_EQ(flushes.size(), 1u);
    ASSERT_EQ(flushes.front().parts.size(), 1u);
    EXPECT_EQ(flushes.front().parts.front().bytes, bytes);
  }
};

// The tables of a flush with everything in them, parts of large values included.
TEST_F(TrashRescueTest, FlushedTablesAreDefragmented) {
  Set("trash-events", "flush");
  Fill();
  MakeCollections("c:");
  Thin("DEL");
  const std::string before = Digest();
  Run({"FLUSHALL"});
  EXPECT_GT(DefragRound(), 2000u);
  EXPECT_EQ(Run({"TRASH", "RESTORE", "FLUSH"}).kind, Reply::Kind::kInteger);
  EXPECT_EQ(Digest(), before);
}

TEST_F(TrashRescueTest, DeletedKeysAreDefragmented) {
  Fill();
  MakeCollections("c:");
  const std::string before = Digest();
  for (const std::string& key : Keys()) Run({"DEL", key});
  for (int i = 0; i < 20'000; ++i) {
    if (i % 8 != 0) Run({"TRASH", "PURGE", "filler:" + std::to_string(i)});
  }
  EXPECT_GT(DefragRound(), 2000u);
  Fill();
  for (int i = 0; i < 20'000; i += 8) {
    ASSERT_EQ(Run({"TRASH", "GET", "filler:" + std::to_string(i)}), Reply::Bulk("v"));
  }
  for (const char* size : {"c:3:", "c:2000:"}) {
    for (const char* type : {"hash", "list", "set", "integers", "zset", "string"}) {
      EXPECT_EQ(Run({"TRASH", "RESTORE", std::string(size) + type}), Reply::Integer(1));
    }
  }
  EXPECT_EQ(Digest(), before);
}

// What is larger than active-defrag-max-scan-fields says is walked through by itself, which takes
// steps of its own.
TEST_F(TrashRescueTest, TheDefraggersLimitIsTheTrashsAsWell) {
  for (int i = 0; i < 600; ++i) Run({"HSET", "hash", "field:" + std::to_string(i), "v"});
  Run({"DEL", "hash"});
  const auto steps = [this](const std::string& limit) {
    Set("active-defrag-max-scan-fields", limit);
    engine().cron().Run();
    int count = 0;
    engine().defragger().Begin();
    for (; engine().defragger().running(); ++count) {
      engine().defragger().RunSlice([] { return true; });
    }
    return count;
  };
  const int few = steps("1000");
  EXPECT_GT(steps("100"), few);
}

// A flush that goes while the defragger is in the midst of it, and one that comes back.
TEST_F(TrashRescueTest, TheDefraggerFindsWhatItWalksThroughGone) {
  for (const char* how : {"PURGE", "RESTORE"}) {
    for (int slices = 1; slices < 200; slices += 13) {
      MakeCollections("a:");
      const std::string before = Digest();
      Run({"FLUSHALL"});
      const std::string id = Field(Run({"TRASH", "FLUSHES"}).elements.at(0), "id");
      engine().defragger().Begin();
      for (int i = 0; i < slices && engine().defragger().running(); ++i) {
        engine().defragger().RunSlice([] { return true; });
      }
      if (*how == 'P') {
        EXPECT_EQ(Run({"TRASH", "PURGE", "FLUSH", id}), Reply::Integer(12));
      } else {
        EXPECT_EQ(Run({"TRASH", "RESTORE", "FLUSH", "ID", id}), Reply::Integer(12));
        EXPECT_EQ(Digest(), before);
      }
      while (engine().defragger().running()) engine().defragger().RunSlice([] { return true; });
      Run({"FLUSHALL"});
    }
  }
}

// Against a model: what a key holds is its name and a number, and each version in the trash is one
// that was deleted. Versions go oldest first, so the model need not know which are gone.
TEST_F(TrashRescueTest, RestoresWhileEverythingGoesOn) {
  Set("trash-ttl", "1");
  std::minstd_rand random(11);
  std::map<std::string, std::string> live;
  std::map<std::string, std::vector<std::string>> deleted;
  const auto restore = [&](const std::string& key) {
    if (live.contains(key)) {
      EXPECT_TRUE(Run({"TRASH", "RESTORE", key}).IsError("BUSYKEY"));
      return;
    }
    const Reply answer = Run({"TRASH", "RESTORE", key});
    std::vector<std::string>& versions = deleted[key];
    if (answer == Reply::Integer(0)) return versions.clear();
    ASSERT_FALSE(versions.empty());
    ASSERT_EQ(Run({"GET", key}), Reply::Bulk(versions.back()));
    live[key] = versions.back();
    versions.pop_back();
  };
  uint64_t restored = 0;
  for (int round = 0; round < 40'000; ++round) {
    // Now the memory is short, now the time.
    if (round % 5000 == 0) Set("trash-max-memory", round % 10'000 == 0 ? "60kb" : "6mb");
    const std::string key = "key:" + std::to_string(random() % 200);
    switch (random() % 12) {
      case 0:
        restore(key);
        restored += live.contains(key);
        break;
      case 1:
        engine().trash().SweepStep();
        break;
      case 2:
        if (!engine().defragger().running()) engine().defragger().Begin();
        engine().defragger().RunSlice([] { return true; });
        break;
      case 3:
        engine().lazy_free().Step();
        break;
      case 4:
        AdvanceTime(static_cast<int64_t>(random() % 8));
        break;
      case 5:
      case 6:
      case 7:
        if (live.erase(key) == 0) break;
        deleted[key].push_back(Run({"GET", key}).text);
        ASSERT_EQ(Run({"DEL", key}), Reply::Integer(1));
        break;
      default:
        live[key] = key + std::string(random() % 1500, 'x') + std::to_string(round);
        ASSERT_EQ(Run({"SET", key, live[key]}), Reply::Ok());
    }
  }
  EXPECT_GT(restored, 100u);
  EXPECT_GT(engine().trash().counters().purged_expired, 100u);
  EXPECT_GT(engine().trash().counters().purged_memory, 100u);
  for (const auto& [key, value] : live) EXPECT_EQ(Run({"GET", key}), Reply::Bulk(value));
}

// Big values that drive small ones out, and the other way round, by several databases and flushes.
TEST_F(TrashRescueTest, NeverAboveItsMemoryByMoreThanOneValue) {
  constexpr size_t kLimit = 1 << 20;
  constexpr size_t kLargest = 300'000;
  Set("trash-max-memory", std::to_string(kLimit));
  std::minstd_rand random(5);
  for (int round = 0; round < 20'000; ++round) {
    const std::string key = "key:" + std::to_string(round);
    const size_t size = random() % 50 == 0 ? random() % kLargest : random() % 100;
    if (random() % 500 == 0) Run({"SELECT", std::to_string(random() % 4)});
    Run({"SET", key, std::string(size, 'x')});
    random() % 1000 == 0 ? Run({"FLUSHALL"}) : Run({"DEL", key});
    if (random() % 100 == 0) engine().trash().SweepStep();
    ASSERT_LE(engine().trash().bytes(), kLimit + kLargest + 40'000);
  }
  EXPECT_GT(engine().trash().bytes(), kLimit / 2);
}

// What the trash does not take dies as it would without one.
TEST_F(TrashRescueTest, WhatItRefusesDiesAsItIsTold) {
  Set("trash-max-memory", "100kb");
  for (int i = 0; i < 1000; ++i) Run({"SET", "k" + std::to_string(i), std::string(500, 'x')});
  Run({"FLUSHALL", "SYNC"});
  EXPECT_EQ(engine().lazy_free().pending_objects(), 0u);
  Set("lazyfree-lazy-user-del", "no");
  Run({"SET", "big", std::string(1 << 20, 'x')});
  Run({"DEL", "big"});
  EXPECT_EQ(engine().lazy_free().pending_objects(), 0u);
}

// However unevenly its memory is spread over the keys.
TEST_F(TrashRescueTest, AFlushCountsWithWhatItTakes) {
  Set("trash-max-memory", "20mb");
  for (int round = 0; round < 10; ++round) {
    for (int i = 0; i < 500; ++i) Run({"SET", "k" + std::to_string(i), "v"});
    Run({"SET", "big", std::string(5 << 20, 'x')});
    Run({"FLUSHALL"});
    Settle();
    EXPECT_LE(memory::UsedMemory() - engine().pending_free_bytes(), size_t{40} << 20);
  }
  EXPECT_GE(engine().trash().bytes(), size_t{5} << 20);
  EXPECT_EQ(Run({"TRASH", "RESTORE", "FLUSH"}), Reply::Integer(501));
}

// Also where a look at some keys misses what takes the most: it goes when it has been counted, and
// the log says so.
TEST_F(TrashRescueTest, AFlushOfOneDatabaseCountsWithWhatItTakes) {
  const TempDirectory directory;
  ASSERT_TRUE(log::Open(directory.path("log")));
  Set("trash-max-memory", "20mb");
  Fill();
  for (int i = 0; i < 10; ++i) Run({"SET", "big" + std::to_string(i), std::string(5 << 20, 'x')});
  Select(1);
  for (int i = 0; i < 20'000; ++i) Run({"SET", "k" + std::to_string(i), std::string(500, 'x')});
  const auto bytes = static_cast<double>(engine().db(1).CountBytes());
  Select(0);
  Run({"FLUSHDB"});
  Settle();
  EXPECT_EQ(Run({"TRASH", "FLUSHES"}).elements.size(), 0u);
  EXPECT_GT(engine().pending_free_bytes(), size_t{19} << 20);
  Select(1);
  Run({"FLUSHDB"});
  Settle();
  EXPECT_EQ(Run({"TRASH", "FLUSHES"}).elements.size(), 1u);
  EXPECT_NEAR(static_cast<double>(engine().trash().bytes()), bytes, bytes / 6);
  const std::string lines = directory.Read("log");
  log::Open({});
  const size_t line = lines.find("cannot be undone");
  ASSERT_NE(line, std::string::npos);
  EXPECT_EQ(lines.find("cannot be undone", line + 1), std::string::npos) << lines;
}

TEST_F(TrashRescueTest, AFlushOfAllCountsWithWhatItTakes) {
  Set("trash-max-memory", "20mb");
  Fill();
  Run({"SET", "big", std::string(5 << 20, 'x')});
  const size_t bytes = engine().db(0).CountBytes();
  Run({"FLUSHALL"});
  Settle();
  ExpectFlushOf(bytes);
  EXPECT_EQ(Run({"TRASH", "RESTORE", "FLUSH"}), Reply::Integer(20'001));
}

// Another database's big value among many small ones neither keeps a small flush out of the trash
// nor drives out what is there.
TEST_F(TrashRescueTest, AFlushCountsWithNothingOfOtherDatabases) {
  Set("trash-max-memory", "20mb");
  Select(1);
  Fill();
  Run({"SET", "big", std::string(30 << 20, 'x')});
  Select(0);
  Fill();
  Thin("DEL");
  Fill();
  const size_t bytes = engine().db(0).CountBytes();
  Run({"FLUSHDB"});
  EXPECT_EQ(engine().trash().flushed_keys(), 20'000u);
  EXPECT_LT(engine().trash().bytes(), size_t{20} << 20);
  Settle();
  ExpectFlushOf(bytes);
  EXPECT_EQ(Run({"TRASH", "LEN"}), Reply::Integer(17'500));
  EXPECT_EQ(engine().trash().counters().purged_memory, 0u);
  EXPECT_EQ(Run({"TRASH", "RESTORE", "FLUSH"}), Reply::Integer(20'000));
}

// However large the others are, and well known.
TEST_F(TrashRescueTest, AFlushCountsWithItsOwnBigValueBesideOtherDatabases) {
  Set("trash-max-memory", "3mb");
  Select(1);
  for (int i = 0; i < 2000; ++i) Run({"SET", "k" + std::to_string(i), std::string(20'000, 'x')});
  Select(0);
  Fill();
  Run({"SET", "big", std::string(4 << 20, 'x')});
  Run({"FLUSHDB"});
  Settle();
  EXPECT_EQ(Run({"TRASH", "FLUSHES"}).elements.size(), 0u);
}

// A value that is only on its way to a client who does not read.
TEST_F(TrashRescueTest, AFlushCountsWithNothingThatRepliesHold) {
  Set("trash-max-memory", "20mb");
  TestClient& reader = NewClient();
  Run({"SET", "big", std::string(30 << 20, 'x')});
  reader.Send("GET big\r\n");
  Run({"SET", "big", "small"});
  Fill();
  const size_t bytes = engine().db(0).CountBytes();
  Run({"FLUSHALL"});
  EXPECT_EQ(engine().trash().flushed_keys(), 20'001u);
  EXPECT_LT(engine().trash().bytes(), size_t{10} << 20);
  Settle();
  EXPECT_LT(engine().trash().bytes(), bytes + (size_t{1} << 20));
  EXPECT_EQ(reader.Receive().text.size(), size_t{30} << 20);
}

// Entries, values and the tables' own blocks, which all are counted once.
TEST_F(TrashRescueTest, AFlushIsCountedWhileTheDefraggerMovesIt) {
  Set("trash-events", "flush");
  Fill();
  MakeCollections("c:");
  Thin("DEL");
  // So that there is more in use than is explained.
  constexpr size_t kUnexplained = size_t{64} << 20;
  void* const unexplained = memory::Allocate(kUnexplained);
  const size_t bytes = engine().db(0).CountBytes();
  Run({"FLUSHALL"});
  memory::Free(unexplained, kUnexplained);
  ASSERT_TRUE(engine().trash().flushes().front().to_count);
  const uint64_t moved = engine().defragger().mover().counters().moved;
  while (engine().trash().flushes().front().to_count) {
    for (int i = 0; i < 4; ++i) {
      if (!engine().defragger().running()) engine().defragger().Begin();
      engine().defragger().RunSlice([] { return true; });
    }
    engine().trash().CountStep();
  }
  EXPECT_GT(engine().defragger().mover().counters().moved, moved);
  ExpectFlushOf(bytes);
}

// What was guessed a moment ago is on its way back and is flushed anew: it is counted with that.
TEST_F(TrashRescueTest, WhatIsFlushedOnItsWayBackIsCounted) {
  Fill();
  Run({"SET", "big", std::string(5 << 20, 'x')});
  Run({"FLUSHALL"});
  Run({"SET", "since", "v"});
  client().Send("TRASH RESTORE FLUSH\r\n");
  engine().flush_restore().Step();
  ASSERT_TRUE(engine().flush_restore().pending());
  NewClient().Run({"FLUSHALL"});
  Settle();
  EXPECT_EQ(client().Receive().kind, Reply::Kind::kInteger);
  EXPECT_EQ(engine().trash().flushed_keys(), 20'002u);
  EXPECT_GT(engine().trash().bytes(), size_t{5} << 20);
}

// One member as large as all others together, wherever it is.
TEST_F(TrashRescueTest, CollectionsCountWithAllTheirElements) {
  Set("trash-max-memory", "20mb");
  for (const std::string type : {"HSET", "SADD", "ZADD"}) {
    for (int i = 0; i < 500; ++i) {
      const std::string element = "e" + std::to_string(i);
      type == "SADD" ? Run({type, type, element}) : Run({type, type, std::to_string(i), element});
    }
    const std::string big(3 << 20, 'x');
    type == "SADD" ? Run({type, type, big}) : Run({type, type, "250", big});
    const size_t before = engine().trash().bytes();
    Run({"DEL", type});
    EXPECT_GT(engine().trash().bytes(), before + big.size()) << type;
  }
}

TEST_F(TrashRescueTest, SwitchedOffForgetsFlushesAsWell) {
  Run({"SET", "k", "v"});
  Run({"FLUSHALL"});
  Set("trash-ttl", "0");
  Set("trash-ttl", "100");
  EXPECT_EQ(Run({"TRASH", "RESTORE", "FLUSH"}), Reply::Integer(0));
  EXPECT_EQ(engine().trash().bytes(), 0u);
}

TEST_F(TrashRescueTest, ComesBackOutOfATransaction) {
  Run({"SET", "k", "v"});
  Run({"DEL", "k"});
  Run({"MULTI"});
  Run({"TRASH", "RESTORE", "k", "TO", "other"});
  Run({"GET", "other"});
  EXPECT_EQ(Run({"EXEC"}), Reply::Array({Reply::Integer(1), Reply::Bulk("v")}));
}

// It stays with the number of its database.
TEST_F(TrashRescueTest, RestsWhileDatabasesAreSwapped) {
  Run({"SET", "k", "v"});
  Run({"DEL", "k"});
  Run({"SET", "flushed", "v"});
  Run({"FLUSHDB"});
  Run({"SWAPDB", "0", "1"});
  EXPECT_EQ(Run({"TRASH", "RESTORE", "FLUSH"}), Reply::Integer(1));
  EXPECT_EQ(Run({"TRASH", "RESTORE", "k"}), Reply::Integer(1));
  EXPECT_EQ(Run({"MGET", "k", "flushed"}), Reply::Bulks({"v", "v"}));
}

TEST_F(TrashRescueTest, InfoTellsWhatThereIs) {
  Run({"SET", "k", std::string(10'000, 'x')});
  Run({"DEL", "k"});
  Run({"SET", "flushed", "v"});
  Run({"FLUSHALL"});
  const std::string memory = Run({"INFO", "memory"}).text;
  const std::string bytes = std::to_string(engine().trash().bytes());
  EXPECT_NE(memory.find("used_memory_trash:" + bytes + "\r\n"), std::string::npos) << memory;
  EXPECT_NE(memory.find("memory_breakdown_trash:" + bytes + "\r\n"), std::string::npos) << memory;
  std::string all = Run({"INFO", "everything"}).text;
  EXPECT_NE(all.find("trash_keys:1\r\n"), std::string::npos);
  EXPECT_NE(all.find("trash_flushes:1\r\n"), std::string::npos);
  Run({"TRASH", "RESTORE", "k"});
  Run({"TRASH", "PURGE", "ALL"});
  all = Run({"INFO", "everything"}).text;
  EXPECT_NE(all.find("trash_keys:0\r\n"), std::string::npos);
  EXPECT_NE(all.find("trash_restored:1\r\n"), std::string::npos);
  EXPECT_NE(all.find("trash_purged_asked:1\r\n"), std::string::npos);
}

// A big value goes a part at a time, as it would have without the trash.
TEST_F(TrashRescueTest, BigValuesArePurgedInParts) {
  for (int i = 0; i < 20'000; ++i) Run({"HSET", "big", std::to_string(i), "v"});
  Run({"SET", "small", "v"});
  Run({"DEL", "big", "small"});
  Run({"TRASH", "PURGE", "ALL"});
  int steps = 0;
  while (engine().lazy_free().Step()) ++steps;
  EXPECT_GT(steps, 20);
  EXPECT_EQ(engine().lazy_free().pending_bytes(), 0u);
}

// At once, however much there is: it is handed over as it is.
TEST_F(TrashRescueTest, PurgedIsGone) {
  Fill();
  Run({"SET", "after", "v"});
  Thin("DEL");
  Run({"FLUSHALL"});
  EXPECT_EQ(Run({"TRASH", "LEN"}), Reply::Integer(17'500));
  EXPECT_EQ(Run({"TRASH", "PURGE", "ALL"}), Reply::Integer(17'500 + 2501));
  EXPECT_EQ(Run({"TRASH", "LEN"}), Reply::Integer(0));
  EXPECT_EQ(engine().trash().bytes(), 0u);
  EXPECT_GT(engine().lazy_free().pending_bytes(), 1u << 20);
  // And the next one is as new.
  Run({"SET", "filler:1", "w"});
  Run({"DEL", "filler:1"});
  EXPECT_EQ(Run({"TRASH", "RESTORE", "filler:1"}), Reply::Integer(1));
  while (engine().lazy_free().Step()) {
  }
  EXPECT_EQ(engine().lazy_free().pending_bytes(), 0u);
  EXPECT_EQ(Run({"GET", "filler:1"}), Reply::Bulk("w"));
}

TEST_F(TrashRescueTest, TellsAsAnyWriteDoes) {
  Set("notify-keyspace-events", "KEA");
  TestClient& listener = NewClient();
  TestClient& watching = NewClient();
  Run({"SET", "k", "v"});
  Run({"DEL", "k"});
  watching.Run({"WATCH", "k"});
  watching.Run({"MULTI"});
  watching.Run({"PING"});
  listener.RunRaw({"SUBSCRIBE", "__keyspace@0__:k"});
  EXPECT_EQ(Run({"TRASH", "RESTORE", "k"}), Reply::Integer(1));
  EXPECT_EQ(listener.Receive().elements.at(2), Reply::Bulk("restore"));
  EXPECT_EQ(watching.Run({"EXEC"}), Reply::Nil());
}

// Whoever hears that a key has expired can read it still.
TEST_F(TrashRescueTest, IsThereWhenItsExpiryIsTold) {
  Set("trash-events", "expire");
  Set("notify-keyspace-events", "Ex");
  TestClient& listener = NewClient();
  listener.RunRaw({"SUBSCRIBE", "__keyevent@0__:expired"});
  Run({"SET", "seen", "1", "PX", "10"});
  Run({"SET", "swept", "2", "PX", "10"});
  AdvanceTime(20);
  Run({"GET", "seen"});
  EXPECT_EQ(listener.Receive().elements.at(2), Reply::Bulk("seen"));
  EXPECT_EQ(Run({"TRASH", "GET", "seen"}), Reply::Bulk("1"));
  Settle();
  EXPECT_EQ(listener.Receive().elements.at(2), Reply::Bulk("swept"));
  EXPECT_EQ(Run({"TRASH", "GET", "swept"}), Reply::Bulk("2"));
}

// Whatever puts something else in a key's place, and whatever leaves nothing there.
TEST_F(TrashRescueTest, IsThereWhateverOverwritesIt) {
  Set("trash-events", "overwrite");
  const std::vector<std::vector<std::string>> commands = {
      {"SET", "k", "v"},
      {"SET", "k", "v", "KEEPTTL"},
      {"SET", "k", "v", "GET"},
      {"SETEX", "k", "10", "v"},
      {"MSET", "k", "v"},
      {"GETSET", "k", "v"},
      {"RENAME", "other", "k"},
      {"COPY", "other", "k", "REPLACE"},
      {"BITOP", "NOT", "k", "other"},
      {"BITOP", "NOT", "k", "none"},
      {"SORT", "list", "ALPHA", "STORE", "k"},
      {"SUNIONSTORE", "k", "set"},
      {"SINTERSTORE", "k", "set", "none"},
      {"ZUNIONSTORE", "k", "1", "zset"},
      {"ZRANGESTORE", "k", "zset", "0", "-1"},
      {"GEOSEARCHSTORE", "k", "zset", "FROMLONLAT", "0", "0", "BYRADIUS", "1", "km"},
  };
  for (const std::vector<std::string>& command : commands) {
    Run({"TRASH", "PURGE", "ALL"});
    Run({"MSET", "k", "before", "other", "v"});
    Run({"TRASH", "PURGE", "ALL"});
    Run({"RPUSH", "list", "b"});
    Run({"SADD", "set", "b"});
    Run({"ZADD", "zset", "1", "b"});
    const Reply answer = Run(command);
    EXPECT_FALSE(answer.IsError()) << command[0] << answer;
    EXPECT_EQ(Run({"TRASH", "GET", "k"}), Reply::Bulk("before")) << command[0];
    EXPECT_EQ(Run({"TRASH", "LEN"}), Reply::Integer(1)) << command[0];
  }
}

TEST_F(TrashRescueTest, ATimeThatHasPassedIsADelete) {
  for (const char* command : {"EXPIRE", "PEXPIREAT"}) {
    Run({"SET", "k", "v"});
    Run({command, "k", "-1"});
    const Reply info = Run({"TRASH", "INFO", "k"});
    ASSERT_EQ(info.elements.size(), 1u) << command;
    EXPECT_EQ(Field(info.elements[0], "event"), "del");
    EXPECT_EQ(Field(info.elements[0], "client-id"), std::to_string(client().session().id));
    EXPECT_EQ(Run({"TRASH", "RESTORE", "k"}), Reply::Integer(1));
  }
}

TEST_F(TrashRescueTest, WhatIsEvictedIsNobodysDoing) {
  Set("trash-events", "evict");
  Run({"SET", "k", "v"});
  EXPECT_TRUE(engine().db(0).Evict("k"));
  EXPECT_EQ(Run({"TRASH", "GET", "k"}), Reply::Bulk("v"));
  const Reply info = Run({"TRASH", "INFO", "k"}).elements.at(0);
  EXPECT_EQ(Field(info, "event"), "evict");
  EXPECT_EQ(Field(info, "client-id"), "0");
}

TEST_F(TrashRescueTest, OneThatIsAliveStandsInTheWay) {
  Run({"MSET", "alive", "1", "dead", "2"});
  Run({"DEL", "dead"});
  const Reply busy = Reply::Error("BUSYKEY Target key name already exists.");
  EXPECT_EQ(Run({"TRASH", "RESTORE", "dead", "alive"}), busy);
  EXPECT_EQ(Run({"TRASH", "RESTORE", "dead", "TO", "alive"}), busy);
  EXPECT_EQ(Run({"EXISTS", "dead"}), Reply::Integer(0));
  EXPECT_EQ(Run({"TRASH", "RESTORE", "dead", "alive", "REPLACE"}), Reply::Integer(1));
  EXPECT_EQ(Run({"GET", "alive"}), Reply::Bulk("1"));
}

TEST_F(TrashRescueTest, ItsKeysAreKnown) {
  const auto keys = [this](std::vector<std::string> words) {
    words.insert(words.begin(), {"COMMAND", "GETKEYS", "TRASH"});
    return Run(words);
  };
  EXPECT_EQ(keys({"RESTORE", "a", "b", "REPLACE"}), Reply::Bulks({"a", "b"}));
  EXPECT_EQ(keys({"RESTORE", "a", "VERSION", "3", "TO", "c"}), Reply::Bulks({"a", "c"}));
  EXPECT_EQ(keys({"PURGE", "a", "b"}), Reply::Bulks({"a", "b"}));
  EXPECT_EQ(keys({"GET", "a", "VERSION", "3"}), Reply::Bulks({"a"}));
  EXPECT_EQ(keys({"INFO", "a"}), Reply::Bulks({"a"}));
  EXPECT_EQ(keys({"PURGE", "ALL"}), Reply::Bulks({}));
  EXPECT_EQ(keys({"PURGE", "FLUSH", "1"}), Reply::Bulks({}));
  EXPECT_EQ(keys({"RESTORE", "FLUSH"}), Reply::Bulks({}));
  EXPECT_TRUE(keys({"LIST", "0"}).IsError());
}

}  // namespace
}  // namespace ebb::test

// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
//
// Deleted keys that are called as TRASH's words are.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/trash_fixture.h"

namespace ebb::test {
namespace {

class TrashWordsTest : public WithTrashTest {
 protected:
  void Delete(const std::string& key) {
    Run({"SET", key, "value of " + key});
    Run({"DEL", key});
  }
  static Reply Refused(const std::string& word) {
    return Reply::Error("ERR '" + word + "' is also a deleted key: say KEYS " + word +
                        " for the key, or write the word in another case");
  }
};

TEST_F(TrashWordsTest, AllIsRefusedWhereItIsADeletedKey) {
  Delete("all");
  Delete("k");
  EXPECT_EQ(Run({"TRASH", "PURGE", "all"}), Refused("all"));
  EXPECT_EQ(Run({"TRASH", "LEN"}), Reply::Integer(2));
  EXPECT_EQ(Run({"TRASH", "PURGE", "KEYS", "all"}), Reply::Integer(1));
  EXPECT_EQ(Run({"TRASH", "GET", "k"}), Reply::Bulk("value of k"));
  EXPECT_EQ(Run({"TRASH", "PURGE", "all"}), Reply::Integer(1));
  // In another case it is the word, beside others a key.
  Delete("all");
  Delete("k");
  EXPECT_EQ(Run({"TRASH", "PURGE", "ALL"}), Reply::Integer(2));
  Delete("all");
  Delete("k");
  EXPECT_EQ(Run({"TRASH", "PURGE", "all", "k"}), Reply::Integer(2));
}

TEST_F(TrashWordsTest, AllIsTheWordWhereTheKeyIsOfAnotherDatabase) {
  Delete("all");
  Run({"SELECT", "1"});
  EXPECT_EQ(Run({"TRASH", "PURGE", "all"}), Reply::Integer(1));
}

TEST_F(TrashWordsTest, FlushIsRefusedWhereItIsADeletedKey) {
  Run({"SET", "flushed", "v"});
  Run({"FLUSHDB"});
  Delete("flush");
  const std::string id = Field(Run({"TRASH", "FLUSHES"}).elements.at(0), "id");
  EXPECT_EQ(Run({"TRASH", "RESTORE", "flush"}), Refused("flush"));
  EXPECT_EQ(Run({"TRASH", "RESTORE", "flush", "REPLACE"}), Refused("flush"));
  EXPECT_EQ(Run({"TRASH", "PURGE", "flush"}), Refused("flush"));
  EXPECT_EQ(Run({"TRASH", "PURGE", "flush", id}), Refused("flush"));
  EXPECT_EQ(Run({"DBSIZE"}), Reply::Integer(0));
  EXPECT_EQ(Run({"TRASH", "RESTORE", "KEYS", "flush"}), Reply::Integer(1));
  EXPECT_EQ(Run({"KEYS", "*"}), Reply::Bulks({"flush"}));
  EXPECT_EQ(Run({"TRASH", "FLUSHES"}).elements.size(), 1u);
  Run({"DEL", "flush"});
  EXPECT_EQ(Run({"TRASH", "RESTORE", "FLUSH"}), Reply::Integer(1));
  EXPECT_EQ(Run({"KEYS", "*"}), Reply::Bulks({"flushed"}));
}

TEST_F(TrashWordsTest, AFlushIsPurgedByItsIdAlone) {
  const Reply no_id = Reply::Error("ERR FLUSH needs the id of a flush, which TRASH FLUSHES tells");
  EXPECT_EQ(Run({"TRASH", "PURGE", "FLUSH"}), no_id);
  Run({"SET", "flushed", "v"});
  Run({"FLUSHDB"});
  EXPECT_EQ(Run({"TRASH", "PURGE", "FLUSH"}), no_id);
  const std::string id = Field(Run({"TRASH", "FLUSHES"}).elements.at(0), "id");
  EXPECT_EQ(Run({"TRASH", "PURGE", "FLUSH", id, "more"}), Reply::Error("ERR syntax error"));
  EXPECT_EQ(Run({"TRASH", "PURGE", "FLUSH", id}), Reply::Integer(1));
}

TEST_F(TrashWordsTest, KeysComeBehindTheWordAsWithoutIt) {
  for (const char* key : {"a", "b"}) Delete(key);
  EXPECT_EQ(Run({"TRASH", "RESTORE", "keys", "a", "b", "TTL", "500"}), Reply::Integer(2));
  EXPECT_EQ(Run({"PTTL", "b"}), Reply::Integer(500));
  for (const char* key : {"a", "b"}) Delete(key);
  EXPECT_EQ(Run({"TRASH", "RESTORE", "KEYS", "a", "TO", "c"}), Reply::Integer(1));
  EXPECT_EQ(Run({"GET", "c"}), Reply::Bulk("value of a"));
}

TEST_F(TrashWordsTest, KeysMayBeAKeyItself) {
  // By itself it is nothing else.
  Delete("keys");
  EXPECT_EQ(Run({"TRASH", "RESTORE", "keys"}), Reply::Integer(1));
  Delete("keys");
  EXPECT_EQ(Run({"TRASH", "PURGE", "keys"}), Reply::Integer(1));
  Delete("keys");
  Delete("a");
  EXPECT_EQ(Run({"TRASH", "RESTORE", "keys", "a"}), Refused("keys"));
  EXPECT_EQ(Run({"TRASH", "PURGE", "keys", "a"}), Refused("keys"));
  EXPECT_EQ(Run({"TRASH", "RESTORE", "keys", "keys", "a"}), Reply::Integer(2));
  Delete("keys");
  Delete("a");
  EXPECT_EQ(Run({"TRASH", "RESTORE", "KEYS", "a"}), Reply::Integer(1));
  EXPECT_EQ(Run({"EXISTS", "keys"}), Reply::Integer(0));
}

TEST_F(TrashWordsTest, ItsKeysAreKnownBehindTheWord) {
  const auto keys = [this](std::vector<std::string> words) {
    words.insert(words.begin(), {"COMMAND", "GETKEYS", "TRASH"});
    return Run(words);
  };
  EXPECT_EQ(keys({"RESTORE", "KEYS", "flush", "b", "REPLACE"}), Reply::Bulks({"flush", "b"}));
  EXPECT_EQ(keys({"RESTORE", "KEYS", "a", "TO", "c"}), Reply::Bulks({"a", "c"}));
  EXPECT_EQ(keys({"RESTORE", "KEYS"}), Reply::Bulks({"KEYS"}));
  EXPECT_EQ(keys({"PURGE", "KEYS", "all"}), Reply::Bulks({"all"}));
  EXPECT_EQ(keys({"PURGE", "KEYS"}), Reply::Bulks({"KEYS"}));
  EXPECT_EQ(keys({"PURGE", "FLUSH"}), Reply::Bulks({}));
}

}  // namespace
}  // namespace ebb::test

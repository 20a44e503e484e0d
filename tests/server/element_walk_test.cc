// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "storage/element_walk.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/support/engine_fixture.h"

namespace ebb::test {
namespace {

using Argv = std::vector<std::string>;

class ElementWalkTest : public EngineTest {
 protected:
  // All forms of the collections: packed, and found by hash.
  void SetPackedLimit(int limit) {
    for (const char* option :
         {"hash-max-listpack-entries", "zset-max-listpack-entries", "set-max-listpack-entries"}) {
      EXPECT_EQ(Run({"CONFIG", "SET", option, std::to_string(limit)}), Reply::Ok());
    }
  }

  static std::string Element(int i) { return "element:" + std::to_string(i); }

  // The command with elements first, first + 1 and so on, and what is said before each.
  static Argv Command(Argv argv, int first, int count, const Argv& before = {}) {
    for (int i = first; i < first + count; ++i) {
      argv.insert(argv.end(), before.begin(), before.end());
      argv.push_back(Element(i));
    }
    return argv;
  }

  // The number of those that are in the array: not null, and not 0.
  static int Found(const Reply& reply) {
    int found = 0;
    for (const Reply& one : reply.elements) {
      found += one == Reply::Nil() || one == Reply::Integer(0) ? 0 : 1;
    }
    return found;
  }
};

// Around the size of a group, and with several of them; half of those asked for are there.
TEST_F(ElementWalkTest, EachElementHasItsTurn) {
  for (const int limit : {0, 1000}) {
    SetPackedLimit(limit);
    for (const int count : {1, 2, 15, 16, 17, 32, 33, 100}) {
      SCOPED_TRACE(count);
      const int half = (count + 1) / 2;
      Argv hset = {"HSET", "h"};
      for (int i = 0; i < count; ++i) {
        hset.insert(hset.end(), {Element(i), "value " + std::to_string(i)});
      }
      EXPECT_EQ(Run({"HSET", "h", "other", "x"}), Reply::Integer(1));
      EXPECT_EQ(Run(hset), Reply::Integer(count));
      EXPECT_EQ(Run(hset), Reply::Integer(0));
      EXPECT_EQ(Run({"HGET", "h", Element(count - 1)}),
                Reply::Bulk("value " + std::to_string(count - 1)));
      EXPECT_EQ(Found(Run(Command({"HMGET", "h"}, half, count))), count - half);
      EXPECT_EQ(Run(Command({"HDEL", "h"}, half, count)), Reply::Integer(count - half));
      EXPECT_EQ(Run({"HLEN", "h"}), Reply::Integer(half + 1));

      EXPECT_EQ(Run({"SADD", "s", "other"}), Reply::Integer(1));
      EXPECT_EQ(Run(Command({"SADD", "s"}, 0, count)), Reply::Integer(count));
      EXPECT_EQ(Run(Command({"SADD", "s"}, 0, count)), Reply::Integer(0));
      EXPECT_EQ(Found(Run(Command({"SMISMEMBER", "s"}, half, count))), count - half);
      EXPECT_EQ(Run(Command({"SREM", "s"}, half, count)), Reply::Integer(count - half));
      EXPECT_EQ(Run({"SCARD", "s"}), Reply::Integer(half + 1));

      EXPECT_EQ(Run({"ZADD", "z", "1", "other"}), Reply::Integer(1));
      EXPECT_EQ(Run(Command({"ZADD", "z"}, 0, count, {"2"})), Reply::Integer(count));
      EXPECT_EQ(Run(Command({"ZADD", "z", "CH"}, 0, count, {"3"})), Reply::Integer(count));
      EXPECT_EQ(Found(Run(Command({"ZMSCORE", "z"}, half, count))), count - half);
      EXPECT_EQ(Run(Command({"ZREM", "z"}, half, count)), Reply::Integer(count - half));
      EXPECT_EQ(Run({"ZCARD", "z"}), Reply::Integer(half + 1));

      EXPECT_EQ(Run({"GEOADD", "g", "1", "1", "other"}), Reply::Integer(1));
      EXPECT_EQ(Run(Command({"GEOADD", "g"}, 0, half, {"2", "3"})), Reply::Integer(half));
      EXPECT_EQ(Run(Command({"GEOADD", "g", "CH"}, 0, half, {"4", "5"})), Reply::Integer(half));
      EXPECT_EQ(Found(Run(Command({"GEOHASH", "g"}, 1, count))), half - 1);
      EXPECT_EQ(Run(Command({"ZREM", "g"}, 0, count)), Reply::Integer(half));
      EXPECT_EQ(Run({"DEL", "h", "s", "z", "g"}), Reply::Integer(4));
    }
  }
}

// Several collections together: texts and integers, packed and in tables, around the size of a
// group.
TEST_F(ElementWalkTest, GroupsGoThroughOtherCollections) {
  EXPECT_EQ(Run({"CONFIG", "SET", "set-max-intset-entries", "50"}), Reply::Ok());
  for (const int limit : {0, 1000}) {
    SetPackedLimit(limit);
    for (const int count : {1, 2, 15, 16, 17, 31, 32, 33, 100}) {
      SCOPED_TRACE(count);
      // 0 to count - 1 in the first; multiples of 2 and 3 in the others, and more than those.
      const auto fill = [&](const std::string& prefix, int step, bool with_texts) {
        for (int i = 0; i < count + 10; i += step) {
          if (step == 1 && i >= count) break;
          const std::string member = with_texts ? Element(i) : std::to_string(i);
          Run({"SADD", "s" + prefix, member});
          Run({"ZADD", "z" + prefix, std::to_string(i), member});
        }
      };
      for (const bool with_texts : {false, true}) {
        fill("1", 1, with_texts);
        fill("2", 2, with_texts);
        fill("3", 3, with_texts);
        const int sixths = (count + 5) / 6;
        const int halves = (count + 1) / 2;
        const int neither = count - halves - (count + 2) / 3 + sixths;
        const Reply both = Run({"SINTER", "s1", "s2", "s3"});
        EXPECT_EQ(both.elements.size(), static_cast<size_t>(sixths));
        EXPECT_EQ(Run({"SINTERSTORE", "d", "s1", "s2", "s3"}), Reply::Integer(sixths));
        EXPECT_EQ(Run({"SINTERSTORE", "d", "s1", "s2", "absent"}), Reply::Integer(0));
        EXPECT_EQ(Run({"SDIFFSTORE", "d", "s1", "s2", "s3"}), Reply::Integer(neither));
        for (const int most : {1, 15, 16, 17, 18}) {
          EXPECT_EQ(Run({"SINTERCARD", "2", "s1", "s2", "LIMIT", std::to_string(most)}),
                    Reply::Integer(std::min(most, halves)));
          EXPECT_EQ(Run({"ZINTERCARD", "2", "z1", "s2", "LIMIT", std::to_string(most)}),
                    Reply::Integer(std::min(most, halves)));
        }
        EXPECT_EQ(Run({"ZDIFFSTORE", "d", "3", "z1", "z2", "s3"}), Reply::Integer(neither));
        EXPECT_EQ(Run({"ZINTERSTORE", "d", "3", "z1", "z2", "z3", "WEIGHTS", "1", "2", "3"}),
                  Reply::Integer(sixths));
        // Six times what it is.
        const int last = (sixths - 1) * 6;
        EXPECT_EQ(Run({"ZSCORE", "d", with_texts ? Element(last) : std::to_string(last)}),
                  Reply::Bulk(std::to_string(6 * last)));
        EXPECT_EQ(Run({"ZINTERSTORE", "d", "3", "z1", "z1", "z1"}), Reply::Integer(count));
        EXPECT_EQ(Run({"ZSCORE", "d", with_texts ? Element(count - 1) : std::to_string(count - 1)}),
                  Reply::Bulk(std::to_string(3 * (count - 1))));
        EXPECT_EQ(Run({"DEL", "d", "s1", "s2", "s3", "z1", "z2", "z3"}), Reply::Integer(7));
      }
    }
  }
}

TEST_F(ElementWalkTest, AnElementMayBeNamedTwice) {
  SetPackedLimit(0);
  EXPECT_EQ(Run({"HSET", "h", "a", "1"}), Reply::Integer(1));
  EXPECT_EQ(Run({"HSET", "h", "b", "2", "b", "3", "a", "4", "b", "5"}), Reply::Integer(1));
  EXPECT_EQ(Run({"HMGET", "h", "a", "b", "a"}), Reply::Bulks({"4", "5", "4"}));
  EXPECT_EQ(Run({"HDEL", "h", "a", "a", "b", "b", "c"}), Reply::Integer(2));
  EXPECT_EQ(Run({"EXISTS", "h"}), Reply::Integer(0));
}

// What it knows of an element is right, and ends with it: others may come to the same place.
TEST_F(ElementWalkTest, KnowsTheElementThatItHasComeTo) {
  SetPackedLimit(0);
  EXPECT_EQ(Run({"HSET", "h", "a", "1", "b", "2"}), Reply::Integer(2));
  Keyspace& db = engine().db(0);
  const std::vector<std::string_view> texts = {"a", "1", "b", "2", "c", "3"};
  {
    ElementWalk walk(db, db.Peek("h"), texts, 2);
    for (const size_t index : {0u, 2u, 4u}) {
      ASSERT_TRUE(walk.More());
      EXPECT_EQ(walk.index(), index);
      EXPECT_EQ(db.known_element().bytes.data(), texts[index].data());
      EXPECT_EQ(db.known_element().hash, HashBytes(texts[index]));
      walk.Next();
    }
    EXPECT_FALSE(walk.More());
  }
  EXPECT_EQ(db.known_element().bytes.data(), nullptr);
}

// Where elements are not found by their hashes, nobody hashes them.
TEST_F(ElementWalkTest, HashesNothingInVain) {
  EXPECT_EQ(Run({"HSET", "h", "a", "1", "b", "2"}), Reply::Integer(2));
  Keyspace& db = engine().db(0);
  const std::vector<std::string_view> texts = {"a", "b"};
  for (const Entry* entry : {db.Peek("h"), db.Peek("absent")}) {
    int count = 0;
    for (ElementWalk walk(db, entry, texts); walk.More(); walk.Next(), ++count) {
      EXPECT_EQ(db.known_element().bytes.data(), nullptr);
    }
    EXPECT_EQ(count, 2);
  }
}

}  // namespace
}  // namespace ebb::test

// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "tests/support/engine_fixture.h"

namespace ebb::test {
namespace {

using Argv = std::vector<std::string>;

class SeveralElementsTest : public EngineTest {
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

  // What is found of a few, each asking the others, is what is found of many by remembering.
  void ExpectUnions() {
    std::set<std::string> all;
    for (const char* key : {"s1", "s2", "s3"}) {
      for (const Reply& member : Run({"SMEMBERS", key}).elements) all.insert(member.text);
    }
    const auto size = static_cast<int64_t>(all.size());
    const Argv sunion = {"SUNIONSTORE", "d", "s1", "s2", "s3"};
    EXPECT_EQ(Run(sunion), Reply::Integer(size));
    for (const std::string& member : all) {
      EXPECT_EQ(Run({"SISMEMBER", "d", member}), Reply::Integer(1));
    }
    Argv many = sunion;
    for (int i = 0; i < 6; ++i) many.push_back("s1");
    EXPECT_EQ(Run(many), Reply::Integer(size));
    for (const std::string& member : all) {
      EXPECT_EQ(Run({"SISMEMBER", "d", member}), Reply::Integer(1));
    }

    EXPECT_EQ(Run({"ZUNIONSTORE", "d", "5", "z1", "absent", "z2", "s3", "z1", "WEIGHTS", "0.1", "1",
                   "-0.2", "0.3", "0.7"}),
              Reply::Integer(size));
    const Reply few = Run({"ZRANGE", "d", "0", "-1", "WITHSCORES"});
    many = {"ZUNIONSTORE", "d", "10", "z1", "z2", "s3", "z1"};
    for (int i = 0; i < 6; ++i) many.push_back("z2");
    many.insert(many.end(), {"WEIGHTS", "0.1", "-0.2", "0.3", "0.7", "0", "0", "0", "0", "0", "0"});
    EXPECT_EQ(Run(many), Reply::Integer(size));
    EXPECT_EQ(Run({"ZRANGE", "d", "0", "-1", "WITHSCORES"}), few);
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
TEST_F(SeveralElementsTest, EachElementHasItsTurn) {
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
TEST_F(SeveralElementsTest, GroupsGoThroughOtherCollections) {
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
        ExpectUnions();
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

// As in Redis the smallest one's score comes first, which the last digit shows.
TEST_F(SeveralElementsTest, ScoresAreCombinedFromTheSmallestOn) {
  for (const int limit : {0, 1000}) {
    SetPackedLimit(limit);
    Run({"ZADD", "small", "0.1", "m"});
    Run({"ZADD", "middle", "0.2", "m", "1", "a"});
    Run({"ZADD", "large", "0.3", "m", "1", "a", "1", "b"});
    for (const char* command : {"ZUNIONSTORE", "ZINTERSTORE"}) {
      Run({command, "d", "3", "large", "middle", "small"});
      EXPECT_EQ(Run({"ZSCORE", "d", "m"}), Reply::Bulk("0.60000000000000009"));
    }
    EXPECT_EQ(Run({"DEL", "small", "middle", "large", "d"}), Reply::Integer(4));
  }
}

// A new collection becomes another encoding's on the way.
TEST_F(SeveralElementsTest, ACollectionMayChangeItsEncodingOnTheWay) {
  for (const int limit : {0, 1, 15, 16, 20, 40}) {
    SetPackedLimit(limit);
    EXPECT_EQ(Run(Command({"SADD", "s"}, 0, 100)), Reply::Integer(100));
    EXPECT_EQ(Found(Run(Command({"SMISMEMBER", "s"}, 0, 110))), 100);
    EXPECT_EQ(Run(Command({"ZADD", "z"}, 0, 100, {"1"})), Reply::Integer(100));
    EXPECT_EQ(Found(Run(Command({"ZMSCORE", "z"}, 0, 110))), 100);
    EXPECT_EQ(Run(Command({"GEOADD", "g"}, 0, 100, {"1", "1"})), Reply::Integer(100));
    EXPECT_EQ(Found(Run(Command({"GEOPOS", "g"}, 0, 110))), 100);
    EXPECT_EQ(Run(Command({"HSET", "h"}, 0, 100, {"f"})), Reply::Integer(1));
    EXPECT_EQ(Run({"DEL", "s", "z", "g", "h"}), Reply::Integer(4));
  }
}

// And may have lost all its elements before the last one's turn.
TEST_F(SeveralElementsTest, ACollectionMayBeEmptyOnTheWay) {
  for (const int limit : {0, 1000}) {
    SetPackedLimit(limit);
    Run(Command({"SADD", "s"}, 0, 40));
    Run(Command({"ZADD", "z"}, 0, 40, {"1"}));
    for (int i = 0; i < 40; ++i) Run({"HSET", "h", Element(i), "v"});
    EXPECT_EQ(Run(Command({"SREM", "s"}, 0, 200)), Reply::Integer(40));
    EXPECT_EQ(Run(Command({"ZREM", "z"}, 0, 200)), Reply::Integer(40));
    EXPECT_EQ(Run(Command({"HDEL", "h"}, 0, 200)), Reply::Integer(40));
    EXPECT_EQ(Run({"EXISTS", "s", "z", "h"}), Reply::Integer(0));
  }
}

// Each reply is of the element in its place.
TEST_F(SeveralElementsTest, RepliesComeInOrder) {
  SetPackedLimit(0);
  std::vector<Reply> values;
  for (int i = 0; i < 50; ++i) {
    const std::string number = std::to_string(i);
    if (i % 3 != 0) Run({"HSET", "h", Element(i), number});
    if (i % 3 != 0) Run({"ZADD", "z", number, Element(i)});
    values.push_back(i % 3 != 0 ? Reply::Bulk(number) : Reply::Nil());
  }
  EXPECT_EQ(Run(Command({"HMGET", "h"}, 0, 50)), Reply::Array(values));
  EXPECT_EQ(Run(Command({"ZMSCORE", "z"}, 0, 50)), Reply::Array(values));
}

TEST_F(SeveralElementsTest, AnElementMayBeNamedTwice) {
  SetPackedLimit(0);
  EXPECT_EQ(Run({"HSET", "h", "a", "1"}), Reply::Integer(1));
  EXPECT_EQ(Run({"HSET", "h", "b", "2", "b", "3", "a", "4", "b", "5"}), Reply::Integer(1));
  EXPECT_EQ(Run({"HMGET", "h", "a", "b", "a"}), Reply::Bulks({"4", "5", "4"}));
  EXPECT_EQ(Run({"HDEL", "h", "a", "a", "b", "b", "c"}), Reply::Integer(2));
  EXPECT_EQ(Run({"EXISTS", "h"}), Reply::Integer(0));
}

}  // namespace
}  // namespace ebb::test

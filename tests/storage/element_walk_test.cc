// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "storage/element_walk.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "storage/key_writer.h"
#include "storage/types/hash.h"
#include "storage/types/set.h"
#include "storage/types/zset.h"
#include "tests/support/keyspace_fixture.h"

namespace ebb::test {
namespace {

class ElementWalkTest : public KeyspaceFixture {
 protected:
  void MakeHash(int64_t most_packed) {
    context_.limits.hash_max_listpack_entries = most_packed;
    KeyWriter writer(db_, "h");
    const std::string_view pairs[] = {"a", "1", "b", "2"};
    SetFields(writer, pairs);
  }
};

// What it knows of an element is right, and ends with it: others may come to the same place.
TEST_F(ElementWalkTest, KnowsTheElementThatItHasComeTo) {
  MakeHash(0);
  const std::vector<std::string_view> texts = {"1", "a", "2", "b", "3", "c"};
  {
    KeyWriter writer(db_, "h");
    ElementWalk walk(writer, texts, {.first = 1, .step = 2});
    for (const size_t index : {1u, 3u, 5u}) {
      ASSERT_TRUE(walk.More());
      EXPECT_EQ(walk.index(), index);
      EXPECT_EQ(db_.known_element().bytes.data(), texts[index].data());
      EXPECT_EQ(db_.known_element().hash, HashBytes(texts[index]));
      walk.Next();
    }
    EXPECT_FALSE(walk.More());
  }
  EXPECT_EQ(db_.known_element().bytes.data(), nullptr);
}

// Where elements are not found by their hashes, nobody hashes them.
TEST_F(ElementWalkTest, HashesNothingInVain) {
  MakeHash(100);
  const std::vector<std::string_view> texts = {"a", "b"};
  for (const Entry* entry : {db_.Peek("h"), db_.Peek("absent")}) {
    int count = 0;
    for (ElementWalk walk(db_, entry, texts); walk.More(); walk.Next(), ++count) {
      EXPECT_EQ(db_.known_element().bytes.data(), nullptr);
    }
    EXPECT_EQ(count, 2);
  }
}

// A collection that has come to find its elements by hash is noticed by the next group.
TEST_F(ElementWalkTest, FollowsWhatIsWritten) {
  context_.limits.zset_max_listpack_entries = 3;
  std::vector<std::string> names;
  for (int i = 0; i < 40; ++i) names.push_back("member " + std::to_string(i));
  const std::vector<std::string_view> texts(names.begin(), names.end());
  KeyWriter writer(db_, "z");
  size_t known = 0;
  for (ElementWalk walk(writer, texts); walk.More(); walk.Next()) {
    known += db_.known_element().bytes.data() == walk.text().data();
    AddScored(writer, walk.text(), 1, {});
  }
  EXPECT_EQ(known, 40 - ElementWalk::kGroup);
}

// Searches take the hash that is known: where it is another's, they find nothing.
TEST_F(ElementWalkTest, SearchesTakeWhatIsKnown) {
  context_.limits.hash_max_listpack_entries = 0;
  context_.limits.set_max_listpack_entries = 0;
  context_.limits.zset_max_listpack_entries = 0;
  const std::string_view name = "a";
  const std::string_view pair[] = {name, "1"};
  const auto write = [this](std::string_view key, auto&& fill) {
    KeyWriter writer(db_, key);
    fill(writer);
  };
  write("h", [&](KeyWriter& writer) { SetFields(writer, pair); });
  write("s", [&](KeyWriter& writer) { AddMembers(writer, std::span(pair).first(1)); });
  write("z", [&](KeyWriter& writer) { AddScored(writer, name, 1, {}); });
  const KnownHash right{name, HashBytes(name)};
  const KnownHash wrong{name, ~HashBytes(name)};
  EXPECT_TRUE(FindField(*db_.Peek("h"), name, right));
  EXPECT_TRUE(HasMember(*db_.Peek("s"), name, right));
  EXPECT_TRUE(FindScore(*db_.Peek("z"), name, right));
  EXPECT_TRUE(FindRank(*db_.Peek("z"), name, right));
  EXPECT_FALSE(FindField(*db_.Peek("h"), name, wrong));
  EXPECT_FALSE(HasMember(*db_.Peek("s"), name, wrong));
  EXPECT_FALSE(FindScore(*db_.Peek("z"), name, wrong));
  EXPECT_FALSE(FindRank(*db_.Peek("z"), name, wrong));
}

}  // namespace
}  // namespace ebb::test

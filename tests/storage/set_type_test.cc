// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "storage/digest.h"
#include "storage/key_writer.h"
#include "storage/memory/allocator.h"
#include "storage/memory/defragger.h"
#include "storage/random.h"
#include "storage/types/set.h"
#include "tests/support/keyspace_fixture.h"

namespace ebb {
namespace {

std::string Text(const SetText& text) {
  SetText::Digits digits;
  return std::string(text.View(digits));
}

using Model = std::set<std::string>;

Model ContentOf(const Entry& entry) {
  Model content;
  ForEachMember(entry,
                [&](const SetText& member) { EXPECT_TRUE(content.insert(Text(member)).second); });
  return content;
}

class SetTypeTest : public test::KeyspaceFixture {
 protected:
  size_t Add(const std::string& key, const std::vector<std::string>& members) {
    const std::vector<std::string_view> views(members.begin(), members.end());
    KeyWriter writer(db_, key);
    return AddMembers(writer, views);
  }
  void Assign(const std::string& key, const std::vector<std::string>& members) {
    const std::vector<std::string_view> views(members.begin(), members.end());
    KeyWriter writer(db_, key);
    AssignSet(writer, views);
  }
  bool Erase(const std::string& key, const std::string& member) {
    KeyWriter writer(db_, key);
    const bool erased = EraseMember(writer, member);
    if (SetSize(*writer.entry()) == 0) writer.RemoveEmpty();
    return erased;
  }
  std::string Pop(const std::string& key) {
    KeyWriter writer(db_, key);
    const DrawnMember drawn = DrawMember(*writer.entry());
    const std::string popped = Text(drawn.text);
    EraseDrawn(writer, drawn);
    if (SetSize(*writer.entry()) == 0) writer.RemoveEmpty();
    return popped;
  }
  const Entry& At(const std::string& key) { return *db_.Peek(key); }
  Encoding EncodingOf(const std::string& key) { return At(key).encoding(); }

  // Members "m0" to ..
  void Fill(const std::string& key, size_t members) {
    for (size_t i = 0; i < members; ++i) Add(key, {"m" + std::to_string(i)});
  }

  RandomGenerator random_{23};
};

// How many different members there are, and how they look.
struct Kind {
  size_t space;
  bool integers;
  bool texts;
};

class SetModelTest : public SetTypeTest, public testing::WithParamInterface<Kind> {
 protected:
  std::string Member() {
    const Kind kind = GetParam();
    const size_t number = random_.Below(kind.space);
    if (kind.integers && (!kind.texts || number % 2 == 0)) {
      // Of all widths, of both signs.
      const auto wide = static_cast<int64_t>(number << (number % 4 * 16));
      return std::to_string(number % 3 == 0 ? -wide : wide);
    }
    return "member:" + std::to_string(number) + std::string(number % 5 == 0 ? 70 : 0, 'x');
  }

  void Check() {
    const Entry* entry = db_.Peek("k");
    ASSERT_EQ(entry == nullptr, model_.empty());
    if (entry == nullptr) return;
    ASSERT_EQ(SetSize(*entry), model_.size());
    ASSERT_EQ(ContentOf(*entry), model_);
    for (int i = 0; i < 10; ++i) {
      const std::string member = Member();
      ASSERT_EQ(HasMember(*entry, member), model_.contains(member)) << member;
      ASSERT_TRUE(model_.contains(Text(RandomMember(*entry))));
    }
    Model sampled;
    for (const SetText& member : SampleMembers(*entry, 5)) {
      ASSERT_TRUE(model_.contains(Text(member)));
      ASSERT_TRUE(sampled.insert(Text(member)).second);
    }
    ASSERT_EQ(sampled.size(), std::min<size_t>(5, model_.size()));
    Model scanned;
    uint64_t cursor = 0;
    do {
      cursor =
          ScanMembers(*entry, cursor, [&](const SetText& member) { scanned.insert(Text(member)); });
    } while (cursor != 0);
    ASSERT_EQ(scanned, model_);
  }

  Model model_;
};

TEST_P(SetModelTest, IsAsTheModelWhateverIsDoneToIt) {
  context_.limits.set_max_intset_entries = 100;
  for (int step = 0; step < 6000; ++step) {
    const bool grows = step / 500 % 2 == 0;
    const std::string member = Member();
    if (random_.Below(3) < (grows ? 2u : 1u)) {
      ASSERT_EQ(Add("k", {member, member}), model_.insert(member).second);
    } else if (!model_.empty() && step % 2 == 0) {
      ASSERT_EQ(Erase("k", member), model_.erase(member) > 0);
    } else if (!model_.empty()) {
      ASSERT_EQ(model_.erase(Pop("k")), 1u);
    }
    if (step % 20 == 0) {
      ASSERT_NO_FATAL_FAILURE(Check()) << step;
    }
    if (step % 1000 == 999) {
      db_.Remove("k");
      model_.clear();
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, SetModelTest,
                         testing::Values(Kind{50, true, false}, Kind{400, true, false},
                                         Kind{50, false, true}, Kind{400, false, true},
                                         Kind{50, true, true}, Kind{3000, true, true}));

TEST_F(SetTypeTest, TakesTheEncodingOfItsContent) {
  Add("k", {"1", "-70000", "5000000000"});
  EXPECT_EQ(EncodingOf("k"), Encoding::kIntset);
  Add("k", {"text"});
  EXPECT_EQ(EncodingOf("k"), Encoding::kListpack);
  Fill("k", 124);
  EXPECT_EQ(EncodingOf("k"), Encoding::kListpack);
  EXPECT_EQ(SetSize(At("k")), 128u);
  Add("k", {"one more"});
  EXPECT_EQ(EncodingOf("k"), Encoding::kHashtable);
  EXPECT_EQ(SetSize(At("k")), 129u);
  EXPECT_TRUE(HasMember(At("k"), "5000000000"));
  Add("long", {std::string(64, 'x')});
  EXPECT_EQ(EncodingOf("long"), Encoding::kListpack);
  Add("long", {std::string(65, 'x')});
  EXPECT_EQ(EncodingOf("long"), Encoding::kHashtable);
  for (int i = 0; i < 512; ++i) Add("ints", {std::to_string(i)});
  EXPECT_EQ(EncodingOf("ints"), Encoding::kIntset);
  Add("ints", {"512"});
  EXPECT_EQ(EncodingOf("ints"), Encoding::kHashtable);
}

TEST_F(SetTypeTest, AListpackHasALimitInBytes) {
  context_.limits.max_listpack_bytes = 300;
  const auto member = [](char letter) { return std::string(60, letter); };
  for (const char letter : {'a', 'b', 'c', 'd'}) Add("k", {member(letter)});
  EXPECT_EQ(EncodingOf("k"), Encoding::kListpack);
  Add("k", {member('e')});
  EXPECT_EQ(EncodingOf("k"), Encoding::kHashtable);
  EXPECT_EQ(SetSize(At("k")), 5u);
  Assign("all", {member('a'), member('b'), member('c'), member('d'), member('e')});
  EXPECT_EQ(EncodingOf("all"), Encoding::kHashtable);
  for (int i = 0; i < 40; ++i) Add("was integers", {std::to_string(1'000'000'000'000 + i)});
  Add("was integers", {"text"});
  EXPECT_EQ(EncodingOf("was integers"), Encoding::kHashtable);
}

TEST_F(SetTypeTest, ABigIntsetBecomesATableWhenATextComes) {
  for (int i = 0; i < 200; ++i) Add("k", {std::to_string(i)});
  Add("k", {"text"});
  EXPECT_EQ(EncodingOf("k"), Encoding::kHashtable);
  EXPECT_EQ(SetSize(At("k")), 201u);
}

TEST_F(SetTypeTest, AssignsOverAnything) {
  Assign("k", {"3", "1", "2"});
  EXPECT_EQ(EncodingOf("k"), Encoding::kIntset);
  EXPECT_EQ(ContentOf(At("k")), (Model{"1", "2", "3"}));
  Assign("k", {"a", "1"});
  EXPECT_EQ(EncodingOf("k"), Encoding::kListpack);
  std::vector<std::string> many;
  for (int i = 0; i < 1000; ++i) many.push_back("m" + std::to_string(i));
  Assign("k", many);
  EXPECT_EQ(EncodingOf("k"), Encoding::kHashtable);
  EXPECT_EQ(ContentOf(At("k")), Model(many.begin(), many.end()));
  // Its own bytes.
  {
    std::vector<std::string_view> own;
    ForEachMember(At("k"), [&](const SetText& member) { own.push_back(member.text()); });
    KeyWriter writer(db_, "k");
    AssignSet(writer, own);
  }
  EXPECT_EQ(ContentOf(At("k")), Model(many.begin(), many.end()));
}

TEST_F(SetTypeTest, GivesEveryByteBack) {
  const size_t before = memory::UsedMemory();
  Fill("k", 20'000);
  Add("k", {std::string(100'000, 'x')});
  const size_t effort = OpsOf(Type::kSet).free_effort(At("k"));
  EXPECT_GE(effort, 20'000u);
  db_.Remove("k");
  // In the background, in more than a few slices.
  EXPECT_GT(lazy_free_.pending_bytes(), 20'000u * 16);
  int slices = 0;
  while (lazy_free_.Step()) ++slices;
  EXPECT_GT(slices, 20);
  EXPECT_EQ(lazy_free_.pending_bytes(), 0u);
  EXPECT_LE(memory::UsedMemory(), before + 4096);
}

TEST_F(SetTypeTest, TellsItsMemory) {
  Fill("k", 5000);
  const size_t before = memory::UsedMemory();
  const size_t told =
      OpsOf(Type::kSet).memory_usage(At("k"), 0) + memory::GoodSize(At("k").block_size());
  db_.Remove("k");
  FreeAll();
  const size_t freed = before - memory::UsedMemory();
  EXPECT_NEAR(static_cast<double>(told), static_cast<double>(freed), 4096);
}

TEST_F(SetTypeTest, MovedIsTheSame) {
  Fill("table", 3000);
  Fill("small", 10);
  Add("ints", {"1", "2", "70000"});
  for (int i = 0; i < 3000; ++i) {
    if (i % 7 != 0) Erase("table", "m" + std::to_string(i));
  }
  const Model table = ContentOf(At("table"));
  memory::Purger purger;
  Defragger defragger([this](int from) { return from == 0 ? &db_ : nullptr; }, purger);
  for (const auto scope : {DefragScope::kTables, DefragScope::kValues, DefragScope::kAll}) {
    defragger.Begin(scope);
    while (defragger.running()) defragger.RunSlice([] { return true; });
  }
  EXPECT_EQ(ContentOf(At("table")), table);
  EXPECT_EQ(ContentOf(At("ints")), (Model{"1", "2", "70000"}));
  EXPECT_EQ(SetSize(At("small")), 10u);
  static_cast<SetValue*>(At("table").value())->elements.CheckInvariants();
}

TEST_F(SetTypeTest, ItsDigestKnowsNoOrderAndNoEncoding) {
  const auto digest = [this](const std::string& key) {
    Digest of_key;
    OpsOf(Type::kSet).digest(At(key), of_key);
    return of_key.Hex();
  };
  Add("a", {"1", "2", "x"});
  Add("b", {"x", "2", "1"});
  EXPECT_EQ(digest("a"), digest("b"));
  context_.limits.set_max_listpack_entries = 0;
  Add("c", {"x", "2", "1"});
  EXPECT_EQ(EncodingOf("c"), Encoding::kHashtable);
  EXPECT_EQ(digest("a"), digest("c"));
  Add("c", {"y"});
  EXPECT_NE(digest("a"), digest("c"));
}

TEST(IntsetTest, RefusesWhatIsNone) {
  EXPECT_TRUE(Intset::IsValid(""));
  EXPECT_TRUE(Intset::IsValid(std::string_view("\2\1\0\2\0", 5)));
  EXPECT_FALSE(Intset::IsValid(std::string_view("\2\1\0\1\0", 5)));
  EXPECT_FALSE(Intset::IsValid(std::string_view("\2\2\0\1\0", 5)));
  EXPECT_FALSE(Intset::IsValid(std::string_view("\2\1\0\2", 4)));
  EXPECT_FALSE(Intset::IsValid(std::string_view("\3\1\0\2", 4)));
}

// In each encoding.
TEST_F(SetTypeTest, AWalkEndsWhereTheVisitorSaysSo) {
  Add("integers", {"1", "2", "3", "4"});
  Add("texts", {"a", "b", "c", "d"});
  std::vector<std::string> many;
  for (int i = 0; i < 1000; ++i) many.push_back("member:" + std::to_string(i));
  Add("many", many);
  for (const char* key : {"integers", "texts", "many"}) {
    int seen = 0;
    ForEachMember(At(key), [&](const SetText&) { return ++seen < 3; });
    EXPECT_EQ(seen, 3) << key;
  }
}

}  // namespace
}  // namespace ebb

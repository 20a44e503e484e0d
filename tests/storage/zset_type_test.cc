// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "storage/digest.h"
#include "storage/key_writer.h"
#include "storage/memory/allocator.h"
#include "storage/memory/defragger.h"
#include "storage/random.h"
#include "storage/types/zset.h"
#include "tests/support/keyspace_fixture.h"

namespace ebb {
namespace {

std::string Text(const ZsetText& text) {
  ZsetText::Digits digits;
  return std::string(text.View(digits));
}

using Pair = std::pair<double, std::string>;
using Content = std::vector<Pair>;

Content ContentOf(const Entry& entry) {
  Content content;
  ForEachScored(entry,
                [&](const ZsetItem& item) { content.emplace_back(item.score, Text(item.member)); });
  return content;
}

class ZsetTypeTest : public test::KeyspaceFixture {
 protected:
  AddResult Add(const std::string& key, const std::string& member, double score,
                const AddOptions& options = {}) {
    KeyWriter writer(db_, key);
    return AddScored(writer, member, score, options);
  }
  bool Erase(const std::string& key, const std::string& member) {
    KeyWriter writer(db_, key);
    const bool erased = EraseScored(writer, member);
    if (ZsetSize(*writer.entry()) == 0) writer.RemoveEmpty();
    return erased;
  }
  void EraseRange(const std::string& key, size_t first, size_t count) {
    KeyWriter writer(db_, key);
    if (count == ZsetSize(*writer.entry())) return writer.RemoveEmpty();
    EraseRanks(writer, {first, count});
  }
  const Entry& At(const std::string& key) { return *db_.Peek(key); }
  Encoding EncodingOf(const std::string& key) { return At(key).encoding(); }
  void Fill(const std::string& key, size_t members) {
    for (size_t i = 0; i < members; ++i) {
      Add(key, "m" + std::to_string(i), static_cast<double>(i * 7919 % 1009) / 2);
    }
  }
  void CheckTree(const std::string& key) {
    if (EncodingOf(key) != Encoding::kSkiplist) return;
    const ZsetValue& zset = TreeOf(At(key));
    ASSERT_TRUE(zset.order.IsSound());
    ASSERT_EQ(zset.order.size(), zset.members.size());
    zset.members.CheckInvariants();
    size_t bytes = 0;
    for (size_t rank = 0; rank < zset.order.size(); ++rank) {
      const ScoredMember* const member = zset.order.At(rank);
      const auto slot = zset.members.Find(member->view(), HashBytes(member->view()));
      ASSERT_TRUE(slot);
      ASSERT_EQ(slot.element(), member);
      bytes += memory::GoodSize(member->block_size());
    }
    ASSERT_EQ(zset.member_bytes, bytes);
  }

  RandomGenerator random_{29};
};

// How many members and scores there are, and how many members a listpack may have.
struct Kind {
  size_t members;
  size_t scores;
  int64_t listpack;
};

class ZsetModelTest : public ZsetTypeTest, public testing::WithParamInterface<Kind> {
 protected:
  std::string Member() {
    const size_t number = random_.Below(GetParam().members);
    if (number % 3 == 0) return std::to_string(static_cast<int64_t>(number) - 20);
    return "member:" + std::to_string(number) + std::string(number % 50 == 1 ? 70 : 0, 'x');
  }
  double Score() {
    const auto number = static_cast<double>(random_.Below(GetParam().scores)) - 10;
    return random_.Below(4) == 0 ? number / 8 : number;
  }
  Content Sorted() {
    Content sorted;
    for (const auto& [member, score] : model_) sorted.emplace_back(score, member);
    std::ranges::sort(sorted);
    return sorted;
  }

  void AddOne() {
    const std::string member = Member();
    double score = Score();
    AddOptions options;
    options.increment = random_.Below(3) == 0;
    options.only_present = random_.Below(8) == 0;
    options.only_new = !options.only_present && random_.Below(8) == 0;
    options.only_greater = !options.only_new && random_.Below(8) == 0;
    const AddResult result = Add("k", member, score, options);
    const auto present = model_.find(member);
    AddOutcome expected = AddOutcome::kRefused;
    if (present == model_.end()) {
      if (!options.only_present) expected = AddOutcome::kAdded;
    } else if (!options.only_new) {
      if (options.increment) score += present->second;
      if (!options.only_greater || score > present->second) {
        expected = score == present->second ? AddOutcome::kSame : AddOutcome::kChanged;
      }
    }
    ASSERT_EQ(result.outcome, expected);
    if (expected == AddOutcome::kRefused) return;
    ASSERT_EQ(result.score, score);
    model_[member] = score;
  }

  void EraseSome() {
    const Content sorted = Sorted();
    const size_t first = random_.Below(sorted.size());
    const size_t most = sorted.size() - first;
    const size_t count =
        1 + random_.Below(random_.Below(20) == 0 ? most : std::min<size_t>(most, 5));
    EraseRange("k", first, count);
    for (size_t i = first; i < first + count; ++i) model_.erase(sorted[i].second);
  }

  void CheckRanges(const Entry& entry, const Content& sorted) {
    const ScoreRange range{Score(), Score(), random_.Below(2) == 0, random_.Below(2) == 0};
    const auto in = [&](const Pair& pair) {
      const double score = pair.first;
      return (range.min_open ? score > range.min : score >= range.min) &&
             (range.max_open ? score < range.max : score <= range.max);
    };
    const RankRange ranks = RanksOf(entry, range);
    ASSERT_EQ(ranks.count, static_cast<size_t>(std::ranges::count_if(sorted, in)));
    if (ranks.count > 0) {
      ASSERT_TRUE(in(sorted[ranks.first]));
      ASSERT_TRUE(in(sorted[ranks.first + ranks.count - 1]));
    }
  }

  void CheckWalks(const Entry& entry, const Content& sorted) {
    for (int i = 0; i < 5; ++i) {
      const size_t rank = random_.Below(sorted.size() + 2);
      size_t at = rank;
      for (ZsetWalk walk(entry, rank, ZsetEnd::kMax); walk.More(); walk.Step()) {
        ASSERT_EQ(Text(walk.Get().member), sorted.at(at).second);
        ASSERT_EQ(walk.Get().score, sorted.at(at++).first);
      }
      ASSERT_EQ(at, std::max(rank, sorted.size()));
      if (rank >= sorted.size()) continue;
      at = rank + 1;
      for (ZsetWalk walk(entry, rank, ZsetEnd::kMin); walk.More(); walk.Step()) {
        ASSERT_EQ(Text(walk.Get().member), sorted[--at].second);
      }
      ASSERT_EQ(at, 0u);
    }
  }

  void CheckRandom(const Entry& entry) {
    std::set<std::string> sampled;
    for (const ZsetItem& item : SampleScored(entry, 7)) {
      ASSERT_EQ(model_.at(Text(item.member)), item.score);
      ASSERT_TRUE(sampled.insert(Text(item.member)).second);
    }
    ASSERT_EQ(sampled.size(), std::min<size_t>(7, model_.size()));
    ASSERT_EQ(DrawScored(entry, 9).size(), 9u);
    std::map<std::string, double> scanned;
    uint64_t cursor = 0;
    do {
      cursor = ScanScored(entry, cursor,
                          [&](const ZsetItem& item) { scanned[Text(item.member)] = item.score; });
    } while (cursor != 0);
    ASSERT_EQ(scanned, model_);
  }

  void Check() {
    const Entry* entry = db_.Peek("k");
    ASSERT_EQ(entry == nullptr, model_.empty());
    if (entry == nullptr) return;
    const Content sorted = Sorted();
    ASSERT_EQ(ContentOf(*entry), sorted);
    ASSERT_EQ(ZsetSize(*entry), sorted.size());
    for (int i = 0; i < 10; ++i) {
      const std::string member = Member();
      const auto present = model_.find(member);
      ASSERT_EQ(FindScore(*entry, member).has_value(), present != model_.end());
      const auto rank = FindRank(*entry, member);
      ASSERT_EQ(rank.has_value(), present != model_.end());
      if (rank) {
        ASSERT_EQ(sorted[*rank].second, member);
      }
      ASSERT_NO_FATAL_FAILURE(CheckRanges(*entry, sorted));
    }
    ASSERT_NO_FATAL_FAILURE(CheckWalks(*entry, sorted));
    ASSERT_NO_FATAL_FAILURE(CheckRandom(*entry));
    ASSERT_NO_FATAL_FAILURE(CheckTree("k"));
  }

  std::map<std::string, double> model_;
};

TEST_P(ZsetModelTest, IsAsTheModelWhateverIsDoneToIt) {
  context_.limits.zset_max_listpack_entries = GetParam().listpack;
  for (int step = 0; step < 6000; ++step) {
    const bool grows = step / 500 % 2 == 0;
    const size_t dice = random_.Below(6);
    if (dice < (grows ? 5u : 2u) || model_.empty()) {
      ASSERT_NO_FATAL_FAILURE(AddOne());
    } else if (dice == 5) {
      EraseSome();
    } else {
      const std::string member = Member();
      ASSERT_EQ(Erase("k", member), model_.erase(member) > 0);
    }
    if (step % 40 == 0) {
      ASSERT_NO_FATAL_FAILURE(Check()) << step;
    }
    if (step % 1500 == 1499) {
      db_.Remove("k");
      model_.clear();
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, ZsetModelTest,
                         testing::Values(Kind{40, 20, 128}, Kind{300, 300, 128}, Kind{40, 3, 0},
                                         Kind{300, 50, 20}, Kind{3000, 1000, 5}, Kind{3000, 1, 0}));

TEST_F(ZsetTypeTest, TakesTheEncodingOfItsContent) {
  for (int i = 0; i < 128; ++i) Add("k", std::to_string(i), i * 0.5);
  EXPECT_EQ(EncodingOf("k"), Encoding::kListpack);
  Add("k", "127", 1);
  EXPECT_EQ(EncodingOf("k"), Encoding::kListpack);
  Add("k", "128", 1);
  EXPECT_EQ(EncodingOf("k"), Encoding::kSkiplist);
  EXPECT_EQ(ZsetSize(At("k")), 129u);
  Add("long", std::string(64, 'x'), 1);
  EXPECT_EQ(EncodingOf("long"), Encoding::kListpack);
  Add("long", std::string(65, 'x'), 1);
  EXPECT_EQ(EncodingOf("long"), Encoding::kSkiplist);
  context_.limits.zset_max_listpack_entries = 0;
  Add("none", "a", 1);
  EXPECT_EQ(EncodingOf("none"), Encoding::kSkiplist);
}

TEST_F(ZsetTypeTest, AListpackHasALimitInBytes) {
  context_.limits.max_listpack_bytes = 290;
  for (const char letter : {'a', 'b', 'c', 'd'}) Add("k", std::string(60, letter), 1);
  EXPECT_EQ(EncodingOf("k"), Encoding::kListpack);
  Add("k", std::string(60, 'e'), 1);
  EXPECT_EQ(EncodingOf("k"), Encoding::kSkiplist);
  {
    std::vector<std::string> members;
    std::vector<ScoredView> views;
    for (char letter = 'a'; letter < 'f'; ++letter) members.emplace_back(60, letter);
    for (const std::string& member : members) views.push_back({member, 1});
    KeyWriter writer(db_, "all");
    AssignZset(writer, views);
  }
  EXPECT_EQ(EncodingOf("all"), Encoding::kSkiplist);
}

TEST_F(ZsetTypeTest, RefusesWhatTheOptionsRefuse) {
  EXPECT_EQ(Add("k", "a", 1, {.only_present = true}).outcome, AddOutcome::kRefused);
  EXPECT_EQ(db_.Peek("k"), nullptr);
  for (const int64_t limit : {128, 0}) {
    context_.limits.zset_max_listpack_entries = limit;
    const std::string key = "k" + std::to_string(limit);
    Add(key, "a", HUGE_VAL);
    EXPECT_EQ(Add(key, "a", -HUGE_VAL, {.increment = true}).outcome, AddOutcome::kNotANumber);
    EXPECT_EQ(Add(key, "b", 1, {.only_present = true}).outcome, AddOutcome::kRefused);
    EXPECT_EQ(Add(key, "a", 1, {.only_new = true}).outcome, AddOutcome::kRefused);
    EXPECT_EQ(Add(key, "a", 1, {.only_greater = true}).outcome, AddOutcome::kRefused);
    EXPECT_EQ(Add(key, "a", 1, {.only_less = true}).outcome, AddOutcome::kChanged);
    EXPECT_EQ(ContentOf(At(key)), (Content{{1, "a"}}));
  }
}

TEST_F(ZsetTypeTest, FindsRangesOfTexts) {
  for (const int64_t limit : {128, 0}) {
    context_.limits.zset_max_listpack_entries = limit;
    const std::string key = "k" + std::to_string(limit);
    for (const char* const member : {"b", "d", "a", "c", "e"}) Add(key, member, 0);
    const auto ranks = [&](LexBound min, LexBound max, ZsetEnd from) {
      const RankRange range = RanksOf(At(key), LexRange{min, max}, from);
      return std::pair(range.first, range.count);
    };
    using enum LexBound::Kind;
    for (const ZsetEnd from : {ZsetEnd::kMin, ZsetEnd::kMax}) {
      EXPECT_EQ(ranks({kLowest}, {kHighest}, from), std::pair(0ul, 5ul));
      EXPECT_EQ(ranks({kClosed, "b"}, {kOpen, "d"}, from), std::pair(1ul, 2ul));
      EXPECT_EQ(ranks({kOpen, "b"}, {kClosed, "d"}, from), std::pair(2ul, 2ul));
      EXPECT_EQ(ranks({kOpen, "b"}, {kOpen, "c"}, from).second, 0u);
      EXPECT_EQ(ranks({kHighest}, {kLowest}, from).second, 0u);
      EXPECT_EQ(ranks({kClosed, "f"}, {kHighest}, from).second, 0u);
      EXPECT_EQ(ranks({kLowest}, {kOpen, "a"}, from).second, 0u);
    }
  }
}

TEST_F(ZsetTypeTest, AssignsOverAnything) {
  std::vector<ScoredView> few = {{"b", 2}, {"a", 2}, {"c", 1}};
  {
    KeyWriter writer(db_, "k");
    AssignZset(writer, few);
  }
  EXPECT_EQ(EncodingOf("k"), Encoding::kListpack);
  EXPECT_EQ(ContentOf(At("k")), (Content{{1, "c"}, {2, "a"}, {2, "b"}}));
  Fill("k", 1000);
  const Content content = ContentOf(At("k"));
  // Its own bytes.
  std::vector<ScoredView> own;
  ForEachScored(At("k"), [&](const ZsetItem& item) {
    own.push_back({item.member.text(), -item.score});
  });
  {
    KeyWriter writer(db_, "k");
    AssignZset(writer, own);
  }
  EXPECT_EQ(ZsetSize(At("k")), content.size());
  ASSERT_NO_FATAL_FAILURE(CheckTree("k"));
}

TEST_F(ZsetTypeTest, GivesEveryByteBack) {
  const size_t before = memory::UsedMemory();
  Fill("k", 20'000);
  Add("k", std::string(100'000, 'x'), 3);
  EXPECT_GE(OpsOf(Type::kZset).free_effort(At("k")), 20'000u);
  db_.Remove("k");
  // In the background, in more than a few slices.
  EXPECT_GT(lazy_free_.pending_bytes(), 20'000u * 16);
  int slices = 0;
  while (lazy_free_.Step()) ++slices;
  EXPECT_GT(slices, 20);
  EXPECT_EQ(lazy_free_.pending_bytes(), 0u);
  EXPECT_LE(memory::UsedMemory(), before + 4096);
}

TEST_F(ZsetTypeTest, TellsItsMemory) {
  Fill("k", 5000);
  Add("k", std::string(1'000'000, 'x'), 2500);  // which a look at a few would miss
  const size_t before = memory::UsedMemory();
  const size_t told =
      OpsOf(Type::kZset).memory_usage(At("k"), 0) + memory::GoodSize(At("k").block_size());
  const size_t guessed = OpsOf(Type::kZset).memory_usage(At("k"), 5);
  db_.Remove("k");
  FreeAll();
  const size_t freed = before - memory::UsedMemory();
  EXPECT_NEAR(static_cast<double>(told), static_cast<double>(freed), 4096);
  EXPECT_NEAR(static_cast<double>(guessed), static_cast<double>(freed), 0.3 * freed);
}

TEST_F(ZsetTypeTest, MovedIsTheSame) {
  Fill("tree", 3000);
  Fill("small", 10);
  for (int i = 0; i < 3000; ++i) {
    if (i % 7 != 0) Erase("tree", "m" + std::to_string(i));
  }
  const Content tree = ContentOf(At("tree"));
  const Content small = ContentOf(At("small"));
  memory::Purger purger;
  Defragger defragger([this](int from) { return from == 0 ? &db_ : nullptr; }, purger);
  for (const auto scope : {DefragScope::kTables, DefragScope::kValues, DefragScope::kAll}) {
    defragger.Begin(scope);
    while (defragger.running()) defragger.RunSlice([] { return true; });
  }
  EXPECT_EQ(ContentOf(At("tree")), tree);
  EXPECT_EQ(ContentOf(At("small")), small);
  ASSERT_NO_FATAL_FAILURE(CheckTree("tree"));
  // Any number is a safe cursor.
  memory::DefragAdvisor advisor;
  memory::BlockMover mover(advisor);
  for (const uint64_t cursor : {uint64_t{1}, uint64_t{428}, uint64_t{1} << 40, ~uint64_t{0},
                                (uint64_t{1} << 63) + 1, uint64_t{1} << 63}) {
    OpsOf(Type::kZset).defrag_elements(At("tree"), cursor, mover, DefragScope::kAll);
  }
  EXPECT_EQ(ContentOf(At("tree")), tree);
  ASSERT_NO_FATAL_FAILURE(CheckTree("tree"));
}

TEST_F(ZsetTypeTest, ItsDigestKnowsNoEncoding) {
  const auto digest = [this](const std::string& key) {
    Digest of_key;
    OpsOf(Type::kZset).digest(At(key), of_key);
    return of_key.Hex();
  };
  Add("a", "x", 1.5);
  Add("a", "2", -3);
  context_.limits.zset_max_listpack_entries = 0;
  Add("b", "2", -3);
  Add("b", "x", 1.5);
  EXPECT_EQ(EncodingOf("b"), Encoding::kSkiplist);
  EXPECT_EQ(digest("a"), digest("b"));
  Add("b", "x", 1.25);
  EXPECT_NE(digest("a"), digest("b"));
}

}  // namespace
}  // namespace ebb

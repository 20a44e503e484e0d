// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "storage/encodings/score_tree.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "storage/encodings/score_text.h"
#include "storage/memory/allocator.h"
#include "storage/random.h"

namespace ebb {
namespace {

using Model = std::vector<std::pair<double, std::string>>;

// A tree beside a sorted vector.
class ScoreTreeTest : public testing::Test {
 protected:
  ~ScoreTreeTest() override {
    ScoreForest dead;
    tree_.Release(&dead);
    Free(&dead);
  }

  static size_t Free(ScoreForest* dead) {
    ScoreForest::Freed freed;
    while (dead->FreeStep(&freed)) {
    }
    return freed.elements;
  }

  void Insert(double score, const std::string& member) {
    const std::pair<double, std::string> pair(score, member);
    const auto at = std::ranges::lower_bound(model_, pair);
    if (at != model_.end() && *at == pair) return;
    const size_t rank = tree_.RankOf(score, member);
    ASSERT_EQ(rank, static_cast<size_t>(at - model_.begin()));
    tree_.InsertAt(rank, ScoredMember::Make(score, member));
    model_.insert(at, pair);
  }

  void Erase(size_t rank) {
    ScoredMember* const erased = tree_.EraseAt(rank);
    ASSERT_EQ(erased->view(), model_[rank].second);
    ScoredMember::Free(erased);
    model_.erase(model_.begin() + static_cast<ptrdiff_t>(rank));
  }

  void Cut(size_t first, size_t count) {
    ScoreForest dead;
    tree_.Cut(first, count, &dead);
    ASSERT_EQ(dead.size(), count);
    ASSERT_EQ(Free(&dead), count);
    ASSERT_EQ(dead.size(), 0u);
    const auto begin = model_.begin() + static_cast<ptrdiff_t>(first);
    model_.erase(begin, begin + static_cast<ptrdiff_t>(count));
  }

  void Check() {
    ASSERT_TRUE(tree_.IsSound());
    ASSERT_EQ(tree_.size(), model_.size());
    for (size_t rank = 0; rank < model_.size();) {
      const ScoreTree::Run run = tree_.RunAt(rank);
      ASSERT_EQ(run.at, 0u);
      for (const ScoredMember* member : run.items) {
        ASSERT_EQ(member->score(), model_[rank].first);
        ASSERT_EQ(member->view(), model_[rank].second);
        ++rank;
      }
    }
  }

  void Fill(size_t count, size_t scores) {
    for (size_t i = 0; i < count; ++i) {
      Insert(static_cast<double>(random_.Below(scores)) / 4, std::to_string(random_() % 5000));
    }
  }

  // What the guess is, where 1 is the truth.
  double GuessedShare() const {
    return static_cast<double>(tree_.GuessMemory(5)) / static_cast<double>(tree_.CountMemory());
  }

  const memory::ThreadAccount account_;
  ScoreTree tree_;
  Model model_;
  RandomGenerator random_{7};
};

TEST_F(ScoreTreeTest, IsAsTheModelWhateverIsDoneToIt) {
  for (const size_t scores : {1u, 20u, 100'000u}) {
    for (int step = 0; step < 12'000; ++step) {
      const bool grows = step / 3000 % 2 == 0;
      if (random_.Below(5) < (grows ? 4u : 1u)) {
        ASSERT_NO_FATAL_FAILURE(Fill(1, scores));
      } else if (!model_.empty()) {
        ASSERT_NO_FATAL_FAILURE(Erase(random_.Below(model_.size())));
      }
      if (step % 500 == 0) {
        ASSERT_NO_FATAL_FAILURE(Check()) << step;
      }
    }
    if (!model_.empty()) Cut(0, model_.size());
  }
}

TEST_F(ScoreTreeTest, CutsAnyPartOff) {
  for (int round = 0; round < 60; ++round) {
    Fill(3000, 400);
    while (model_.size() > 10) {
      const size_t first = random_.Below(model_.size());
      const size_t most = model_.size() - first;
      const size_t count =
          1 + random_.Below(random_.Below(2) == 0 ? most : std::min(most, size_t{90}));
      ASSERT_NO_FATAL_FAILURE(Cut(first, count));
      if (round % 4 == 0) {
        ASSERT_NO_FATAL_FAILURE(Check());
      }
    }
    ASSERT_NO_FATAL_FAILURE(Check());
  }
}

// What a cut leaves of two leaves becomes one where that is little, whichever of them is small; and
// so does what it leaves of one and the leaf beside it.
TEST_F(ScoreTreeTest, CutsJoinWhatIsLeftAtBothEnds) {
  constexpr size_t kLeaf = 56;  // elements of each but the last, as all were put behind each other
  for (size_t i = 0; i < 12 * kLeaf; ++i) Insert(static_cast<double>(i), std::to_string(i));
  const auto leaf_of = [this](size_t rank) { return tree_.RunAt(rank).items.size(); };
  for (size_t leaf = 0; leaf < 10; ++leaf) ASSERT_EQ(leaf_of(leaf * kLeaf), kLeaf);
  // The ninth one keeps thirty elements, the tenth one.
  Cut(8 * kLeaf + 30, 2 * kLeaf - 30 - 1);
  EXPECT_EQ(leaf_of(8 * kLeaf), 30u + 1u);
  // The fourth one keeps one, the fifth none, the sixth thirty.
  Cut(3 * kLeaf + 1, 3 * kLeaf - 1 - 30);
  EXPECT_EQ(leaf_of(3 * kLeaf), 1u + 30u);
  ASSERT_NO_FATAL_FAILURE(Check());
  // The second one keeps twenty, then the third one, the fourth none, the fifth fifty.
  Cut(kLeaf + 20, kLeaf - 20);
  ASSERT_EQ(leaf_of(kLeaf), 20u);
  Cut(kLeaf + 20 + 1, kLeaf - 1 + 31 + 6);
  EXPECT_EQ(leaf_of(kLeaf), 20u + 1u);
  EXPECT_EQ(leaf_of(kLeaf + 21), 50u);
  ASSERT_NO_FATAL_FAILURE(Check());
}

TEST_F(ScoreTreeTest, StaysCompactInAnyOrder) {
  for (const int order : {0, 1, 2}) {
    constexpr size_t kCount = 8000;
    for (size_t i = 0; i < kCount; ++i) {
      const size_t score = order == 0 ? i : order == 1 ? kCount - i : random_() % 1'000'000;
      Insert(static_cast<double>(score), std::to_string(i));
    }
    EXPECT_LT(static_cast<double>(tree_.CountMemory()) / kCount, 11.5) << order;
    EXPECT_NEAR(GuessedShare(), 1, 0.2);
    while (model_.size() > 500) Erase(random_.Below(model_.size()));
    EXPECT_LT(tree_.CountMemory() / 500, 40u);
    EXPECT_NEAR(GuessedShare(), 1, 0.3);
    Cut(0, model_.size());
    EXPECT_EQ(tree_.CountMemory(), 0u);
  }
}

// A single element may be left of a leaf, where it is looked at, too.
TEST_F(ScoreTreeTest, CutsDoNotLeadTheGuessAstray) {
  constexpr size_t kLeaf = 56;  // elements of each but the last, as all were put behind each other
  for (size_t i = 0; i < 200 * kLeaf; ++i) Insert(static_cast<double>(i), std::to_string(i));
  constexpr size_t kMiddle = 99 * kLeaf;
  Cut(kMiddle, kLeaf - 1);
  const size_t size = 2 * kMiddle + 1;
  Cut(size, model_.size() - size);
  ASSERT_EQ(tree_.RunAt(tree_.size() / 2).items.size(), 1u);
  EXPECT_NEAR(GuessedShare(), 1, 0.1);
}

TEST_F(ScoreTreeTest, AGuessOfNoMoreLeavesThanItLooksAtIsExact) {
  EXPECT_EQ(tree_.GuessMemory(5), 0u);
  Fill(300, 400);
  EXPECT_EQ(tree_.GuessMemory(5), tree_.CountMemory());
  Fill(3000, 400);
  EXPECT_EQ(tree_.GuessMemory(std::numeric_limits<size_t>::max()), tree_.CountMemory());
}

TEST_F(ScoreTreeTest, GivesEveryByteBack) {
  const size_t before = memory::UsedMemory();
  {
    ScoreTree tree;
    for (int i = 0; i < 5000; ++i) {
      const std::string text = std::to_string(i * 7919 % 5000);
      tree.InsertAt(tree.RankOf(i % 100, text), ScoredMember::Make(i % 100, text));
    }
    ScoreForest dead;
    tree.Cut(100, 4000, &dead);
    tree.Release(&dead);
    EXPECT_EQ(Free(&dead), 5000u);
    EXPECT_TRUE(dead.empty());
  }
  EXPECT_EQ(memory::UsedMemory(), before);
}

TEST(ScoredMemberTest, KeepsScoreAndBytes) {
  const std::string texts[] = {"",
                               "a",
                               std::string(63, 'x'),
                               std::string(64, 'y'),
                               std::string(20'000, 'z'),
                               std::string("a\0b", 3)};
  const double scores[] = {0.0,  -0.0, 1,     -1,     2147483647, 2147483648, -2147483648.0,
                           1e17, 0.1,  1e300, 5e-324, HUGE_VAL,   -HUGE_VAL};
  for (const std::string& text : texts) {
    for (const double score : scores) {
      ScoredMember* member = ScoredMember::Make(score, text);
      EXPECT_EQ(member->view(), text);
      EXPECT_EQ(member->score(), score);
      EXPECT_EQ(std::signbit(member->score()), std::signbit(score));
      for (const double next : scores) {
        if (!member->Rescore(next)) {
          ScoredMember::Free(member);
          member = ScoredMember::Make(next, text);
        }
        ASSERT_EQ(member->score(), next);
        ASSERT_EQ(member->view(), text);
      }
      ScoredMember::Free(member);
    }
  }
}

TEST(ScoreTextTest, ReadsBackAsTheSameNumber) {
  const double scores[] = {0.0,     -0.0,     1,         -1,    0.1,
                           1.0 / 3, 1e16,     1e17,      1e18,  9007199254740993.0,
                           5e-324,  HUGE_VAL, -HUGE_VAL, 1e300, -1e-300};
  for (const double score : scores) {
    const ScoreText text(score);
    char bytes[64];
    std::string run(Listpack::kHeadSize, '\0');
    run.append(bytes, static_cast<size_t>(WriteListpackElement(bytes, text.view()) - bytes));
    const double read = ReadScore(Listpack(run).Get(Listpack::kHeadSize));
    EXPECT_EQ(read, score);
    EXPECT_EQ(std::signbit(read), score < 0);
  }
}

}  // namespace
}  // namespace ebb

// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "storage/key_writer.h"
#include "storage/memory/allocator.h"
#include "storage/memory/defragger.h"
#include "storage/random.h"
#include "storage/types/zset.h"
#include "tests/support/keyspace_fixture.h"

// Sorted sets of which so much was cut off that they let go of it in steps.
namespace ebb {
namespace {

class ZsetCutTest : public test::KeyspaceFixture {
 protected:
  static constexpr size_t kMembers = 10'000;

  ZsetCutTest() { context_.limits.zset_max_listpack_entries = 0; }

  static std::string Name(size_t number) { return "member:" + std::to_string(number); }

  AddOutcome Add(size_t number, double score, const AddOptions& options = {}) {
    KeyWriter writer(db_, "k");
    return AddScored(writer, Name(number), score, options).outcome;
  }
  bool Erase(size_t number) {
    KeyWriter writer(db_, "k");
    const bool erased = EraseScored(writer, Name(number));
    if (ZsetSize(*writer.entry()) == 0) writer.RemoveEmpty();
    return erased;
  }
  void Cut(size_t first, size_t count) {
    KeyWriter writer(db_, "k");
    EraseRanks(writer, {first, count});
  }
  void Fill() {
    for (size_t i = 0; i < kMembers; ++i) Add(i, static_cast<double>(i));
  }
  const Entry& Set() { return *db_.Peek("k"); }
  bool Step() { return context_.shedding.Step(); }
  void Finish() {
    while (Step()) {
    }
    FreeAll();
    if (db_.Peek("k") != nullptr) CheckBytes();
  }
  void CheckBytes() {
    const ZsetValue& zset = TreeOf(Set());
    size_t bytes = 0;
    for (size_t rank = 0; rank < zset.order.size(); ++rank) {
      bytes += memory::GoodSize(zset.order.At(rank)->block_size());
    }
    EXPECT_EQ(zset.member_bytes, bytes);
  }

  RandomGenerator random_{31};
};

// Sets that lose the lesser part of their members, which the dict forgets one by one, or the
// greater, so that the dict is renewed.
class ZsetCutsTest : public ZsetCutTest, public testing::WithParamInterface<size_t> {
 protected:
  static constexpr size_t kFirst = 100;
  static size_t End() { return kFirst + GetParam(); }
  static size_t Left() { return kMembers - GetParam(); }

  // Fills the set and cuts some off; what is to be done about these has begun.
  void FillAndCut() {
    Fill();
    Cut(kFirst, GetParam());
    ASSERT_FALSE(context_.shedding.empty());
    ASSERT_GT(TreeOf(Set()).cut.size(), 0u);
    ASSERT_EQ(TreeOf(Set()).renewal != nullptr, GetParam() > kMembers / 2);
  }
};

TEST_P(ZsetCutsTest, WhatIsCutOffIsGoneAtOnce) {
  const size_t before = memory::UsedMemory();
  ASSERT_NO_FATAL_FAILURE(FillAndCut());
  EXPECT_EQ(ZsetSize(Set()), Left());
  EXPECT_EQ(FindScore(Set(), Name(99)), 99.0);
  for (size_t i = kFirst; i < End(); ++i) {
    ASSERT_EQ(FindScore(Set(), Name(i)), std::nullopt);
    ASSERT_EQ(FindRank(Set(), Name(i)), std::nullopt);
  }
  EXPECT_EQ(FindRank(Set(), Name(kMembers - 1)), Left() - 1);
  EXPECT_FALSE(Erase(100));
  EXPECT_EQ(Add(100, 1, {.only_present = true}), AddOutcome::kRefused);
  EXPECT_EQ(Add(100, 1, {.only_new = true}), AddOutcome::kAdded);
  EXPECT_EQ(Add(101, 101), AddOutcome::kAdded);  // as before
  EXPECT_EQ(Add(kMembers - 1, 0.5), AddOutcome::kChanged);
  Finish();
  EXPECT_EQ(FindScore(Set(), Name(100)), 1.0);
  EXPECT_EQ(FindScore(Set(), Name(101)), 101.0);
  EXPECT_EQ(FindRank(Set(), Name(kMembers - 1)), 1u);
  EXPECT_EQ(TreeOf(Set()).members.size(), Left() + 2);
  EXPECT_EQ(TreeOf(Set()).cut.size(), 0u);
  EXPECT_LT(memory::UsedMemory(), before + (Left() + 2) * 62 + 30'000);
}

TEST_P(ZsetCutsTest, ItsMemoryComesBackWhateverBecomesOfTheKey) {
  const auto ends = {+[](Keyspace& db) { db.Remove("k"); },
                     +[](Keyspace& db) { db.Remove("k", events::kDel, DisposeCause::kSync); },
                     +[](Keyspace& db) { db.Flush(); },
                     +[](Keyspace& db) { db.Flush(DisposeCause::kSync); }};
  const size_t before = memory::UsedMemory();
  for (const auto end : ends) {
    ASSERT_NO_FATAL_FAILURE(FillAndCut());
    Step();
    Cut(0, 150);  // some of them entered into the new dict
    ASSERT_FALSE(context_.shedding.empty());
    end(db_);
    Finish();
    EXPECT_TRUE(context_.shedding.empty());
    EXPECT_LE(memory::UsedMemory(), before + 4096);  // what a vector keeps
  }
}

TEST_P(ZsetCutsTest, GoesOnUnderAnotherName) {
  ASSERT_NO_FATAL_FAILURE(FillAndCut());
  db_.Move("k", db_, "other", events::kRenameFrom, events::kRenameTo);
  Finish();
  EXPECT_EQ(TreeOf(*db_.Peek("other")).members.size(), Left());
}

TEST_P(ZsetCutsTest, CountsWhatIsCutOffAsTheKeysMemory) {
  Fill();
  const size_t full = OpsOf(Type::kZset).memory_usage(Set(), 0);
  Cut(kFirst, GetParam());
  const size_t cut = TreeOf(Set()).cut.size();
  EXPECT_GT(OpsOf(Type::kZset).memory_usage(Set(), 0), full * (Left() + cut) / kMembers * 9 / 10);
  EXPECT_GT(OpsOf(Type::kZset).free_effort(Set()), Left() + cut);
  Finish();
  EXPECT_LT(OpsOf(Type::kZset).memory_usage(Set(), 0), full * Left() / kMembers * 11 / 10);
}

// A scan that begins before or meanwhile and ends afterwards.
TEST_P(ZsetCutsTest, AScanGoesOn) {
  for (const bool meanwhile : {false, true}) {
    std::set<std::string> seen;
    const auto scan = [&](uint64_t cursor) {
      return ScanScored(Set(), cursor,
                        [&](const ZsetItem& item) { seen.emplace(item.member.text()); });
    };
    uint64_t cursor = 0;
    Fill();
    for (int i = 0; i < 20 && !meanwhile; ++i) cursor = scan(cursor);
    Cut(kFirst, GetParam());
    do {
      cursor = scan(cursor);
      Step();
    } while (cursor != 0);
    EXPECT_TRUE(context_.shedding.empty());
    for (size_t i = 0; i < kMembers; ++i) {
      const bool stays = i < kFirst || i >= End();
      ASSERT_TRUE(!stays || seen.contains(Name(i))) << i;
    }
    db_.Remove("k");
    Finish();
  }
}

INSTANTIATE_TEST_SUITE_P(, ZsetCutsTest, testing::Values(4600, 5400),
                         [](const testing::TestParamInfo<size_t>& cut) {
                           return cut.param > 5000 ? "TheGreaterPart" : "TheLesserPart";
                         });

TEST_F(ZsetCutTest, AFewAreLetGoOfAtOnce) {
  Fill();
  Cut(0, 500);
  EXPECT_TRUE(context_.shedding.empty());
  EXPECT_EQ(TreeOf(Set()).members.size(), kMembers - 500);
}

TEST_F(ZsetCutTest, WithoutLazyFreeEverythingIs) {
  context_.disposer.SetLazy(DisposeCause::kUserDel, false);
  Fill();
  Cut(0, kMembers - 1);
  EXPECT_TRUE(context_.shedding.empty());
  EXPECT_EQ(TreeOf(Set()).members.size(), 1u);
}

TEST_F(ZsetCutTest, WhatIsCutOffDuringARenewalGoesAfterwards) {
  constexpr size_t kFirst = 5400;
  Fill();
  Cut(0, kFirst);
  const ZsetValue& zset = TreeOf(Set());
  ASSERT_NE(zset.renewal, nullptr);
  while (zset.renewal->entered < 2500) Step();
  Cut(500, 2400);  // entered and not entered yet
  ASSERT_NE(zset.renewal, nullptr);
  EXPECT_EQ(zset.renewal->late.size(), 2400u);
  EXPECT_EQ(zset.cut.size(), kFirst);
  EXPECT_EQ(FindScore(Set(), Name(kFirst + 500)), std::nullopt);
  EXPECT_EQ(Add(kFirst + 500, 1), AddOutcome::kAdded);
  EXPECT_EQ(ZsetSize(Set()), 2201u);
  while (zset.cut.size() == kFirst) Step();
  EXPECT_EQ(zset.cut.size(), 2400u);
  // More than stays: it is renewed once more.
  ASSERT_NE(zset.renewal, nullptr);
  Finish();
  EXPECT_EQ(zset.members.size(), 2201u);
  EXPECT_EQ(FindScore(Set(), Name(kFirst + 500)), 1.0);
}

// Else what is deleted meanwhile would go on letting go of members one by one.
TEST_F(ZsetCutTest, CutsAgainAndAgainAreOneShedding) {
  Fill();
  Cut(0, 2500);
  ASSERT_FALSE(context_.shedding.empty());
  Cut(0, 40);
  while (TreeOf(Set()).cut.size() > 0) Cut(0, 40);  // each goes some steps on
  Cut(0, 2500);
  ASSERT_FALSE(context_.shedding.empty());
  EXPECT_TRUE(db_.Remove("k"));
  EXPECT_FALSE(Step());
  Finish();
}

// A sorted set and a map that go through the same, with looks at which ways the set has taken.
class ZsetCutModelTest : public ZsetCutTest {
 protected:
  void AddSome(int count) {
    for (int i = 0; i < count; ++i) {
      const size_t number = random_.Below(kMembers);
      // Every other score takes more room.
      const double score = static_cast<double>(random_.Below(2000)) / 2;
      ASSERT_EQ(Add(number, score) == AddOutcome::kAdded, !model_.contains(Name(number)));
      model_[Name(number)] = score;
    }
  }
  void EraseSome(int count) {
    for (int i = 0; i < count && !model_.empty(); ++i) {
      const size_t number = random_.Below(kMembers);
      ASSERT_EQ(Erase(number), model_.erase(Name(number)) == 1);
    }
  }
  // Cuts one part in `share` off, or somewhat less.
  void CutSome(size_t share) {
    std::vector<std::pair<double, std::string>> sorted;
    for (const auto& [member, score] : model_) sorted.emplace_back(score, member);
    std::ranges::sort(sorted);
    if (sorted.size() < 2) return;
    const size_t most = std::max<size_t>(sorted.size() / share, 2);
    const size_t count = most - 1 - random_.Below((most + 3) / 4);
    const size_t first = random_.Below(sorted.size() - count + 1);
    for (size_t i = first; i < first + count; ++i) model_.erase(sorted[i].second);
    Cut(first, count);
    NoteWays();
  }
  void StepSome() {
    for (size_t i = random_.Below(40); i > 0; --i) Step();
    NoteWays();
  }
  void NoteWays() {
    if (model_.empty() || TreeOf(Set()).cut.empty()) return;
    const ZsetValue::Renewal* const renewal = TreeOf(Set()).renewal;
    forgot_ |= renewal == nullptr;
    renewed_ |= renewal != nullptr && renewal->late.empty();
    cut_late_ |= renewal != nullptr && !renewal->late.empty();
  }
  void DefragAll() {
    for (const auto scope : {DefragScope::kValues, DefragScope::kAll}) Defrag(scope);
  }
  void Defrag(DefragScope scope) {
    memory::DefragAdvisor advisor;
    memory::BlockMover mover(advisor);
    uint64_t cursor = 0;
    LargeValues large;
    do {
      cursor = db_.Defrag(cursor, mover, scope, &large);
    } while (cursor != 0);
    do {
      cursor = db_.DefragValue("k", cursor, mover, scope);
    } while (cursor != 0);
  }
  void Check() {
    if (model_.empty()) return;
    std::map<std::string, double> scanned;
    uint64_t cursor = 0;
    do {
      cursor = ScanScored(Set(), cursor, [&](const ZsetItem& item) {
        scanned.emplace(std::string(item.member.text()), item.score);
      });
    } while (cursor != 0);
    ASSERT_EQ(scanned, model_);
    ASSERT_EQ(ZsetSize(Set()), model_.size());
    for (size_t i = 0; i < kMembers; i += 7) {
      ASSERT_EQ(FindScore(Set(), Name(i)).has_value(), model_.contains(Name(i)));
    }
    CheckTables();
  }
  void CheckTables() {
    const ZsetValue& zset = TreeOf(Set());
    ASSERT_TRUE(zset.order.IsSound());
    zset.members.CheckInvariants();
    if (zset.renewal == nullptr) return;
    zset.renewal->members.CheckInvariants();
    for (size_t rank = 0; rank < zset.renewal->entered; ++rank) {
      const ScoredMember* const member = zset.order.At(rank);
      const auto slot = zset.renewal->members.Find(member->view(), HashBytes(member->view()));
      ASSERT_TRUE(slot && slot.element() == member);
    }
  }

  std::map<std::string, double> model_;
  bool forgot_ = false;
  bool renewed_ = false;
  bool cut_late_ = false;
};

// Writes of all kinds come between the steps, further cuts too.
TEST_F(ZsetCutModelTest, AgreesMeanwhile) {
  for (int round = 0; round < 40; ++round) {
    ASSERT_NO_FATAL_FAILURE(AddSome(6000));
    if (round % 2 == 0) CutSome(1 + random_.Below(3));
    ASSERT_NO_FATAL_FAILURE(EraseSome(600));
    StepSome();
    ASSERT_NO_FATAL_FAILURE(AddSome(200));
    if (round % 3 == 0) CutSome(1 + random_.Below(8));
    ASSERT_NO_FATAL_FAILURE(Check());
    DefragAll();
    ASSERT_NO_FATAL_FAILURE(Check());
  }
  EXPECT_TRUE(forgot_);
  EXPECT_TRUE(renewed_);
  EXPECT_TRUE(cut_late_);
  Finish();
  ASSERT_NO_FATAL_FAILURE(Check());
  EXPECT_EQ(TreeOf(Set()).members.size(), model_.size());
}

}  // namespace
}  // namespace ebb

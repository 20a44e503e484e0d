// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "storage/encodings/quicklist.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "storage/memory/allocator.h"

namespace ebb {
namespace {

// Compression of a list's inner nodes. What else a list does is tested in list_type_test.cc.
class QuicklistTest : public testing::Test {
 protected:
  ~QuicklistTest() override {
    Free(&list_);
    Free(&dead_);
  }
  static void Free(Quicklist* list) {
    Quicklist::Freed freed;
    while (list->FreeStep(&freed)) {
    }
    Quicklist none;
    list->Swap(none);
  }

  // Nodes of ten elements each.
  static ListNodeLimit Limit(int64_t depth) { return ListNodeLimit::Of(10, depth); }
  static std::string Element(size_t i) {
    return "an element of a list, number " + std::to_string(i);
  }

  void Fill(size_t elements, int64_t depth) {
    for (size_t i = 0; i < elements; ++i) list_.PushBack(Element(i), Limit(depth));
  }

  // A letter for each node: 'c' for compressed ones.
  std::string Shape(const Quicklist& list) {
    EXPECT_TRUE(list.IsSound());
    std::string shape;
    if (list.size() == 0) return shape;
    Quicklist::Place place = list.First();
    do {
      shape += list.node(place).is_compressed() ? 'c' : '-';
    } while (list.Next(&place));
    return shape;
  }
  size_t Compressed() {
    const std::string shape = Shape(list_);
    return static_cast<size_t>(std::ranges::count(shape, 'c'));
  }

  const memory::ThreadAccount account_;
  Quicklist list_;
  Quicklist dead_;
};

TEST_F(QuicklistTest, TheEndsAreNotCompressed) {
  Fill(60, 0);
  EXPECT_EQ(Shape(list_), "------");
  for (const auto& [depth, shape] : std::vector<std::pair<int64_t, std::string>>{
           {1, "-cccc-"}, {2, "--cc--"}, {3, "------"}, {100'000, "------"}}) {
    Free(&list_);
    Fill(60, depth);
    EXPECT_EQ(Shape(list_), shape);
  }
}

TEST_F(QuicklistTest, StayAsTheOptionSaysWhateverIsDone) {
  Fill(80, 2);
  ASSERT_EQ(Shape(list_), "--cccc--");
  list_.PushFront("x", Limit(2));
  EXPECT_EQ(Shape(list_), "--ccccc--");
  list_.CutFront(11, Limit(2), &dead_);
  EXPECT_EQ(Shape(list_), "--ccc--");
  list_.CutBack(14, Limit(2), &dead_);
  EXPECT_EQ(Shape(list_), "--cc--");
  EXPECT_EQ(list_.size(), 56u);
  list_.Replace(25, "y", Limit(2), &dead_);
  EXPECT_EQ(Shape(list_), "--cc--");
  // Into a full node: it becomes two.
  auto [place, inner] = list_.Locate(25);
  ListNodeReader reader;
  place.offset = reader.Read(list_.node(place)).Seek(static_cast<int64_t>(inner));
  list_.Insert(place, "z", Limit(2));
  EXPECT_EQ(list_.size(), 57u);
  EXPECT_EQ(Shape(list_), "--ccc--");
  EXPECT_EQ(list_.EraseEqual(ListpackNeedle(Element(45)), 1, false, Limit(2), &dead_), 1u);
  EXPECT_EQ(list_.size(), 56u);
}

TEST_F(QuicklistTest, FollowsAnotherDepthAsItIsChanged) {
  Fill(100, 0);
  // The last node is full.
  list_.PushBack("x", Limit(1));
  EXPECT_EQ(Shape(list_), "-c-------c-");
  list_.Replace(45, "y", Limit(1), &dead_);
  EXPECT_EQ(Shape(list_), "-c--c----c-");
  list_.CutBack(1, Limit(2), &dead_);
  EXPECT_EQ(Shape(list_), "--c-c--c--");
  list_.PushFront("z", Limit(0));
  list_.Replace(46, "y", Limit(0), &dead_);
  EXPECT_EQ(Shape(list_), "---c----c--");
}

TEST_F(QuicklistTest, ADepthThatHasBecomeGreatIsFollowedByAndBy) {
  Fill(4000, 1);
  ASSERT_EQ(Compressed(), 398u);
  size_t changes = 0;
  for (size_t left = 398; left > 0; ++changes) {
    ASSERT_LT(changes, 20u);
    list_.CutFront(list_.node(list_.First()).count(), Limit(1000), &dead_);
    const size_t now = Compressed();
    EXPECT_LE(left - now, 65u);
    left = now;
  }
  EXPECT_GE(changes, 6u);
}

// Nodes that are given up are not decompressed for it: it would take as much as the list is long.
TEST_F(QuicklistTest, WhatGoesStaysCompressed) {
  const std::string element(30, 'x');
  for (int i = 0; i < 5000; ++i) list_.PushBack(element, Limit(1));
  const size_t memory = list_.memory();
  EXPECT_EQ(list_.EraseEqual(ListpackNeedle(element), SIZE_MAX, false, Limit(1), &dead_), 5000u);
  EXPECT_EQ(list_.size(), 0u);
  EXPECT_LT(dead_.memory(), memory + 4096);
}

TEST_F(QuicklistTest, WhatIsJoinedIsCompressed) {
  for (int i = 0; i < 5000; ++i) list_.PushBack(i % 10 < 8 ? "goes" : Element(i), Limit(1));
  EXPECT_EQ(list_.EraseEqual(ListpackNeedle("goes"), SIZE_MAX, false, Limit(1), &dead_), 4000u);
  EXPECT_LT(list_.nodes(), 300u);
  const std::string shape = Shape(list_);
  EXPECT_EQ(shape, '-' + std::string(shape.size() - 2, 'c') + '-');
}

// Those of the directory included, which it counts as they come and go.
TEST_F(QuicklistTest, KnowsTheBytesOfAllBlocksWhateverIsDone) {
  const size_t before = memory::UsedMemory();
  const auto check = [&] {
    EXPECT_EQ(list_.memory() + dead_.memory(), memory::UsedMemory() - before);
    EXPECT_TRUE(list_.IsSound());
  };
  Fill(5000, 0);
  check();
  for (size_t i = 0; i < 300; ++i) {
    list_.PushFront(Element(i), Limit(0));
    list_.Insert(list_.Locate(i * 13).place, Element(i), Limit(0));
    if (i % 50 == 0) check();
  }
  list_.CutFront(1234, Limit(0), &dead_);
  check();
  list_.CutBack(1500, Limit(0), &dead_);
  check();
  list_.EraseEqual(ListpackNeedle(Element(2500)), 1, false, Limit(0), &dead_);
  for (size_t i = 2000; i < 2400; ++i) {
    list_.EraseEqual(ListpackNeedle(Element(i)), SIZE_MAX, false, Limit(0), &dead_);
  }
  check();
  list_.Replace(100, std::string(5000, 'x'), Limit(0), &dead_);
  check();
}

TEST_F(QuicklistTest, CopiesAndFreesWhatIsCompressed) {
  const size_t before = memory::UsedMemory();
  Fill(3000, 3);
  Quicklist copy;
  copy.CopyFrom(list_);
  EXPECT_EQ(Shape(copy), Shape(list_));
  EXPECT_LE(copy.memory(), list_.memory());
  EXPECT_EQ(memory::UsedMemory() - before, copy.memory() + list_.memory());
  Free(&copy);
  Free(&list_);
  EXPECT_EQ(memory::UsedMemory(), before);
}

}  // namespace
}  // namespace ebb

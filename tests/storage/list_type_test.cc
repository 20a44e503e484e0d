// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <string>
#include <vector>

#include "storage/digest.h"
#include "storage/key_writer.h"
#include "storage/memory/allocator.h"
#include "storage/memory/defragger.h"
#include "storage/memory/slabs.h"
#include "storage/random.h"
#include "storage/types/list.h"
#include "tests/support/keyspace_fixture.h"

namespace ebb {
namespace {

using Model = std::deque<std::string>;

std::string Text(const ListText& text) {
  ListText::Digits digits;
  return std::string(text.View(digits));
}

std::string TextAt(const Entry& entry, size_t index) {
  return Text(ListWalk(entry, index).Get());
}

Model ContentOf(const Entry& entry) {
  Model content;
  for (ListWalk walk(entry, 0, ListEnd::kTail); walk.More(); walk.Step()) {
    content.push_back(Text(walk.Get()));
  }
  return content;
}

Model ContentFromTail(const Entry& entry) {
  Model content;
  for (ListWalk walk(entry, ListSize(entry) - 1, ListEnd::kHead); walk.More(); walk.Step()) {
    content.push_front(Text(walk.Get()));
  }
  return content;
}

std::string DigestOf(const Entry& entry) {
  Digest digest;
  OpsOf(Type::kList).digest(entry, digest);
  return digest.Hex();
}

const Quicklist& NodesOf(const Entry& entry) {
  return static_cast<const ListValue*>(entry.value())->list;
}

class ListTypeTest : public test::KeyspaceFixture {
 protected:
  void Push(const std::string& key, ListEnd end, const std::vector<std::string>& texts) {
    const std::vector<std::string_view> views(texts.begin(), texts.end());
    KeyWriter writer(db_, key);
    PushElements(writer, end, views);
  }
  void Append(const std::string& key, const std::string& text) {
    Push(key, ListEnd::kTail, {text});
  }
  void Drop(const std::string& key, ListEnd end, size_t count) {
    KeyWriter writer(db_, key);
    count < ListSize(*writer.entry()) ? DropElements(writer, end, count) : writer.RemoveEmpty();
  }
  size_t Remove(const std::string& key, const std::string& text, int64_t count) {
    KeyWriter writer(db_, key);
    const size_t removed = RemoveElements(writer, text, count);
    if (ListSize(*writer.entry()) == 0) writer.RemoveEmpty();
    return removed;
  }
  void Set(const std::string& key, size_t index, const std::string& text) {
    KeyWriter writer(db_, key);
    SetElement(writer, index, text);
  }
  bool Insert(const std::string& key, const std::string& pivot, bool before,
              const std::string& text) {
    KeyWriter writer(db_, key);
    return InsertElement(writer, pivot, before, text);
  }

  // A list of so many elements: their numbers, and a few bytes.
  void Fill(const std::string& key, size_t from, size_t to) {
    for (size_t i = from; i < to; ++i) Append(key, "element " + std::to_string(i));
  }

  const Entry& At(const std::string& key) { return *db_.Peek(key); }
  bool IsQuicklist(const std::string& key) { return At(key).encoding() == Encoding::kQuicklist; }

  // What the allocator has given out for the values' blocks.
  size_t Usage(const std::string& key) { return OpsOf(Type::kList).memory_usage(At(key), 0); }

  RandomGenerator random_{29};
};

// ------------------------------------------------------------------------------------------- model

// With nodes of every size: by bytes, by elements, of a single one; compressed or not.
struct ListLimits {
  int64_t size;
  int64_t depth;
};

class ListModelTest : public ListTypeTest, public testing::WithParamInterface<ListLimits> {
 protected:
  std::string Value() {
    switch (random_.Below(12)) {
      case 0:
        return std::to_string(static_cast<int64_t>(random_()) >> random_.Below(64));
      case 1:
        return random_.Below(2) ? Noise(random_.Below(300)) : std::string(random_.Below(300), 'v');
      case 2:
        return random_.Below(20) == 0 ? std::string(random_.Below(20'000), 'w') : "";
      case 3:
        return random_.Below(100) == 0 ? std::string(100'000 + random_.Below(9), 'x') : "x";
      default:
        // Few, so that searches find some.
        return std::string(1 + random_.Below(3), static_cast<char>('a' + random_.Below(8)));
    }
  }
  // What cannot be compressed.
  std::string Noise(size_t size) {
    std::string bytes(size, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random_());
    return bytes;
  }
  ListEnd End() { return random_.Below(2) ? ListEnd::kHead : ListEnd::kTail; }

  void PushSome() {
    std::vector<std::string> texts;
    const size_t most = random_.Below(10) == 0 ? 200 : 4;
    for (size_t count = 1 + random_.Below(most); count > 0; --count) texts.push_back(Value());
    const ListEnd end = End();
    for (const std::string& text : texts) {
      end == ListEnd::kHead ? model_.push_front(text) : model_.push_back(text);
    }
    Push("k", end, texts);
  }

  void DropSome() {
    if (model_.empty()) return;
    const size_t most = random_.Below(10) == 0 ? model_.size() : std::min<size_t>(model_.size(), 9);
    const size_t count = 1 + random_.Below(most);
    const ListEnd end = End();
    const auto gone = static_cast<ptrdiff_t>(count);
    end == ListEnd::kHead ? model_.erase(model_.begin(), model_.begin() + gone)
                          : model_.erase(model_.end() - gone, model_.end());
    Drop("k", end, count);
  }

  void SetOne() {
    if (model_.empty()) return;
    const size_t index = random_.Below(model_.size());
    const std::string text = Value();
    model_[index] = text;
    Set("k", index, text);
  }

  void InsertOne() {
    if (model_.empty()) return;
    const std::string pivot =
        random_.Below(2) ? Value() : std::string(model_[random_.Below(model_.size())]);
    const bool before = random_.Below(2) != 0;
    const std::string text = Value();
    auto found = std::ranges::find(model_, pivot);
    const bool there = found != model_.end();
    ASSERT_EQ(Insert("k", pivot, before, text), there);
    if (there) model_.insert(before ? found : found + 1, text);
  }

  void RemoveSome() {
    if (model_.empty()) return;
    const std::string text = random_.Below(3) ? Value() : model_[random_.Below(model_.size())];
    const int64_t most = random_.Below(4) == 0 ? 0 : static_cast<int64_t>(1 + random_.Below(9));
    const int64_t count = random_.Below(2) ? most : -most;
    size_t left = count == 0 ? SIZE_MAX : static_cast<size_t>(most);
    size_t removed = 0;
    const auto remove = [&](const std::string& element) {
      if (element != text || left == 0) return false;
      ++removed;
      --left;
      return true;
    };
    if (count < 0) std::ranges::reverse(model_);
    std::erase_if(model_, remove);
    if (count < 0) std::ranges::reverse(model_);
    ASSERT_EQ(Remove("k", text, count), removed);
  }

  void Check() {
    const Entry* entry = db_.Peek("k");
    ASSERT_EQ(entry == nullptr, model_.empty());
    if (entry == nullptr) return;
    ASSERT_EQ(ListSize(*entry), model_.size());
    ASSERT_EQ(ContentOf(*entry), model_);
    ASSERT_EQ(ContentFromTail(*entry), model_);
    for (int i = 0; i < 10; ++i) {
      const size_t index = random_.Below(model_.size());
      ASSERT_EQ(TextAt(*entry, index), model_[index]);
    }
    if (entry->encoding() == Encoding::kQuicklist) {
      ASSERT_TRUE(NodesOf(*entry).IsSound());
      CheckNodes(NodesOf(*entry));
    } else {
      ASSERT_TRUE(entry->is_inline());
      ASSERT_TRUE(Listpack::IsValid(StoredBytes(*entry), ListpackWays::kBoth));
    }
    KeyWriter writer(copies_, "copy");
    ASSERT_TRUE(writer.CopyFrom(*entry));
    ASSERT_EQ(ContentOf(*writer.entry()), model_);
    ASSERT_EQ(DigestOf(*writer.entry()), DigestOf(*entry));
  }

  // No node is larger than it may be, unless a single element is. Inner nodes are compressed where
  // that makes them smaller, and no others.
  void CheckNodes(const Quicklist& list) {
    const ListNodeLimit limit = ListNodeLimit::Of(GetParam().size, GetParam().depth);
    const size_t bytes = std::max(limit.bytes, Entry::kInlineMax);
    Quicklist::Place place = list.First();
    size_t index = 0;
    do {
      const ListNode& node = list.node(place);
      ASSERT_TRUE(node.count() == 1 || node.size() <= bytes) << node.size();
      const size_t to_end = std::min(index, list.nodes() - 1 - index);
      if (limit.depth == 0 || to_end < limit.depth) {
        ASSERT_FALSE(node.is_compressed()) << index << " of " << list.nodes();
      } else if (!node.is_compressed()) {
        // LZF finds a little more one time than another.
        ListNode copy = node.Copy();
        copy.Compress();
        const size_t memory = copy.memory();
        copy.Free();
        ASSERT_GT(memory, memory::GoodSize(node.size()) / 2) << index << " of " << list.nodes();
      }
      compressed_ += node.is_compressed();
      ++index;
    } while (list.Next(&place));
  }

  size_t compressed_ = 0;

  Model model_;
  Keyspace copies_{1, context_};
};

TEST_P(ListModelTest, IsAsTheModelWhateverIsDoneToIt) {
  context_.limits.list_max_listpack_size = GetParam().size;
  context_.limits.list_compress_depth = GetParam().depth;
  size_t packed = 0, quicklists = 0;
  for (int round = 0; round < 20; ++round) {
    for (int step = 0; step < 400; ++step) {
      // Now growing, now shrinking.
      const size_t dice = random_.Below(10) + (step < 200 ? 0 : 3);
      if (dice < 5) {
        PushSome();
      } else if (dice < 6) {
        ASSERT_NO_FATAL_FAILURE(InsertOne());
      } else if (dice < 7) {
        SetOne();
      } else if (dice < 9) {
        ASSERT_NO_FATAL_FAILURE(RemoveSome());
      } else {
        DropSome();
      }
      if (step % 8 == 0) {
        ASSERT_NO_FATAL_FAILURE(Check()) << round << ' ' << step;
      }
      if (!model_.empty()) ++(IsQuicklist("k") ? quicklists : packed);
    }
    ASSERT_NO_FATAL_FAILURE(Check());
    db_.Remove("k");
    model_.clear();
    FreeAll();
  }
  EXPECT_GT(packed, 100u);
  EXPECT_GT(quicklists, 1000u);
  EXPECT_EQ(compressed_ > 1000, GetParam().depth > 0);
}

INSTANTIATE_TEST_SUITE_P(Limits, ListModelTest,
                         testing::Values(ListLimits{-2, 0}, ListLimits{-1, 0}, ListLimits{-5, 0},
                                         ListLimits{1, 0}, ListLimits{4, 0}, ListLimits{128, 0},
                                         ListLimits{-2, 1}, ListLimits{-1, 2}, ListLimits{1, 1},
                                         ListLimits{4, 2}, ListLimits{128, 1}),
                         [](const auto& param) {
                           const std::string size = std::to_string(std::abs(param.param.size));
                           const std::string unit =
                               param.param.size < 0 ? "Level" + size : size + "Elements";
                           return unit + "Depth" + std::to_string(param.param.depth);
                         });

// ---------------------------------------------------------------------------------------- encoding

TEST_F(ListTypeTest, LeavesItsEntryWhenItHasBecomeLongAndComesBack) {
  for (size_t i = 0; i == 0 || !IsQuicklist("k"); ++i) {
    ASSERT_LT(i, 200u);
    Append("k", "ten bytes!");
  }
  const size_t size = ListSize(At("k"));
  EXPECT_GT(size, 70u);
  Drop("k", ListEnd::kHead, 1);
  EXPECT_TRUE(IsQuicklist("k"));
  Drop("k", ListEnd::kTail, size * 2 / 3);
  EXPECT_FALSE(IsQuicklist("k"));
  EXPECT_EQ(ListSize(At("k")), size - 1 - size * 2 / 3);
  Set("k", 2, std::string(2000, 'x'));
  EXPECT_TRUE(IsQuicklist("k"));
  Set("k", 2, "short");
  EXPECT_FALSE(IsQuicklist("k"));
}

TEST_F(ListTypeTest, KeepsItsTimeToLiveInBothEncodings) {
  Append("k", "a");
  KeyWriter(db_, "k").SetExpire(1'000'000);
  Fill("k", 0, 200);
  EXPECT_TRUE(IsQuicklist("k"));
  EXPECT_EQ(At("k").expire_ms(), 1'000'000);
  Drop("k", ListEnd::kTail, 195);
  EXPECT_FALSE(IsQuicklist("k"));
  EXPECT_EQ(At("k").expire_ms(), 1'000'000);
}

TEST_F(ListTypeTest, NodesAreAsLargeAsTheOptionSays) {
  const auto nodes = [&](int64_t option) {
    context_.limits.list_max_listpack_size = option;
    db_.Remove("k");
    FreeAll();
    for (int i = 0; i < 10'000; ++i) Append("k", "ten bytes!");
    return NodesOf(At("k")).nodes();
  };
  // An element is 12 bytes.
  EXPECT_NEAR(static_cast<double>(nodes(-1)), 10'000 * 12 / 4096.0, 2);
  EXPECT_NEAR(static_cast<double>(nodes(-2)), 10'000 * 12 / 8192.0, 2);
  EXPECT_NEAR(static_cast<double>(nodes(-5)), 10'000 * 12 / 65536.0, 2);
  EXPECT_NEAR(static_cast<double>(nodes(-99)), 10'000 * 12 / 65536.0, 2);
  // The first node is what was in the entry.
  EXPECT_NEAR(static_cast<double>(nodes(100)), 10'000 / 100.0, 2);
  EXPECT_NEAR(static_cast<double>(nodes(0)), 10'000, 100);
  EXPECT_NEAR(static_cast<double>(nodes(30'000)), 10'000 * 12 / 8192.0, 2);
}

TEST_F(ListTypeTest, SmallNodesAreJoined) {
  for (int i = 0; i < 20'000; ++i) Append("k", i % 10 == 0 ? "stays" : "leaves");
  const size_t before = NodesOf(At("k")).nodes();
  EXPECT_EQ(Remove("k", "leaves", 0), 18'000u);
  EXPECT_LT(NodesOf(At("k")).nodes(), before / 3);
  EXPECT_TRUE(NodesOf(At("k")).IsSound());
}

// ------------------------------------------------------------------------------------------ memory

TEST_F(ListTypeTest, AnElementOfABigListCostsLittle) {
  for (const ListEnd end : {ListEnd::kHead, ListEnd::kTail}) {
    constexpr size_t kElements = 500'000;
    const size_t before = memory::UsedMemory();
    size_t raw = 0;
    for (size_t i = 0; i < kElements; ++i) {
      const std::string element = "element:" + std::to_string(i);
      Push("k", end, {element});
      raw += element.size();
    }
    const size_t used = memory::UsedMemory() - before;
    EXPECT_LT(static_cast<double>(used - raw), kElements * 2.2);
    // What is told is what was taken, but for the entry and the keyspace's table.
    EXPECT_NEAR(static_cast<double>(Usage("k")), static_cast<double>(used), 1024);
    db_.Remove("k");
    FreeAll();
  }
}

TEST_F(ListTypeTest, AShortListIsOneBlock) {
  Fill("warm", 0, 1);
  const size_t before = memory::UsedMemory();
  Fill("k", 0, 10);
  EXPECT_LT(memory::UsedMemory() - before, 10 * 11 + 64u);
  EXPECT_EQ(Usage("k"), 0u);
}

TEST_F(ListTypeTest, IsFreedInSlices) {
  Fill("warm", 0, 1);
  const size_t before = memory::UsedMemory();
  Fill("k", 0, 1'000'000);
  db_.Remove("k");
  const size_t waiting = lazy_free_.pending_bytes();
  EXPECT_GT(waiting, 1'000'000u * 14);
  size_t slices = 1, last = waiting;
  while (lazy_free_.Step()) {
    EXPECT_LT(last - lazy_free_.pending_bytes(), waiting / 20);
    last = lazy_free_.pending_bytes();
    ++slices;
  }
  EXPECT_GT(slices, 20u);
  EXPECT_EQ(lazy_free_.pending_bytes(), 0u);
  EXPECT_LE(memory::UsedMemory(), before + 4096);
}

TEST_F(ListTypeTest, WhatIsCutOffIsLeftToTheThread) {
  Fill("warm", 0, 1);
  const size_t before = memory::UsedMemory();
  Fill("k", 0, 500'000);
  const size_t usage = Usage("k");
  Drop("k", ListEnd::kHead, 225'000);
  EXPECT_GT(lazy_free_.pending_bytes(), usage / 3);
  Drop("k", ListEnd::kTail, 225'000);
  EXPECT_GT(lazy_free_.pending_bytes(), usage * 3 / 4);
  EXPECT_EQ(ListSize(At("k")), 50'000u);
  EXPECT_EQ(TextAt(At("k"), 0), "element 225000");
  EXPECT_EQ(TextAt(At("k"), 49'999), "element 274999");
  EXPECT_TRUE(NodesOf(At("k")).IsSound());
  EXPECT_LT(Usage("k"), usage / 8);
  FreeAll();
  EXPECT_LT(memory::UsedMemory(), before + usage / 8);
}

TEST_F(ListTypeTest, LeavesBigElementsToTheThread) {
  const std::string big(1'000'000, 'v');
  const auto expect_pending = [&](const char* what) {
    EXPECT_GE(lazy_free_.pending_bytes(), big.size()) << what;
    FreeAll();
  };
  Push("k", ListEnd::kTail, {"a", big, "b"});
  Set("k", 1, "short");
  expect_pending("set");
  Push("k", ListEnd::kHead, {"c", big});
  Drop("k", ListEnd::kHead, 1);
  expect_pending("drop");
  Append("k", big);
  EXPECT_EQ(Remove("k", big, -1), 1u);
  expect_pending("remove");
  Append("k", big);
  db_.Remove("k");
  expect_pending("the key");
}

TEST_F(ListTypeTest, AQueueStaysSmall) {
  for (int i = 0; i < 5; ++i) Append("k", "x");
  for (int i = 0; i < 50'000; ++i) {
    Append("k", "an element of twenty");
    Drop("k", ListEnd::kHead, 1);
  }
  EXPECT_FALSE(IsQuicklist("k"));
  Fill("k", 0, 2000);
  const size_t usage = Usage("k");
  for (int i = 0; i < 50'000; ++i) {
    Append("k", "an element of twenty");
    Drop("k", ListEnd::kHead, 1);
  }
  EXPECT_LT(Usage("k"), 2 * usage);
  EXPECT_TRUE(NodesOf(At("k")).IsSound());
}

// Whoever holds a reference to a list, as the trash does, has it as it was.
TEST_F(ListTypeTest, IsLeftAsItIsForWhoHoldsIt) {
  Fill("k", 0, 1000);
  Value* const value = At("k").value();
  Retain(value);
  db_.Remove("k");
  FreeAll();
  const Quicklist& list = static_cast<ListValue*>(value)->list;
  EXPECT_EQ(list.size(), 1000u);
  EXPECT_TRUE(list.IsSound());
  OpsOf(Type::kList).free(value, Encoding::kQuicklist);
}

// Without jemalloc every block moves in every round.
class ListDefragTest : public ListTypeTest, public testing::WithParamInterface<int64_t> {};

INSTANTIATE_TEST_SUITE_P(Depths, ListDefragTest, testing::Values(0, 2));

TEST_P(ListDefragTest, ItsBlocksMoveAndItStaysAsItIs) {
  context_.limits.list_compress_depth = GetParam();
  Model expected;
  for (size_t i = 0; i < 60'000; ++i) {
    expected.push_back(std::string(i % 3000 == 0 ? 20'000 : i % 100, 'v') + std::to_string(i));
    Append("big", expected.back());
  }
  Fill("small", 0, 5);
  Fill("middle", 0, 500);
  FreeAll();

  memory::Purger purger;
  Defragger defragger([this](int from) { return from == 0 ? &db_ : nullptr; }, purger);
  for (int round = 0; round < 3; ++round) {
    defragger.Begin();
    while (defragger.running()) {
      defragger.RunSlice([] { return true; });
      // Elements come and go meanwhile.
      for (int i = 0; i < 100; ++i) {
        Drop("big", ListEnd::kHead, 1);
        Append("big", expected.front());
        expected.push_back(expected.front());
        expected.pop_front();
      }
    }
    ASSERT_TRUE(NodesOf(At("big")).IsSound());
    ASSERT_EQ(ContentOf(At("big")), expected);
    ASSERT_EQ(ListSize(At("middle")), 500u);
    ASSERT_EQ(TextAt(At("small"), 4), "element 4");
  }
  if (!memory::SlabsUnknown().empty()) {
    EXPECT_GT(defragger.mover().counters().moved, 3 * 300u);
  }
}

TEST_F(ListTypeTest, AnyCursorIsSafeToDefragment) {
  Fill("k", 0, 100'000);
  const memory::DefragAdvisor advisor;
  memory::BlockMover mover(advisor);
  for (int i = 0; i < 1000; ++i) {
    const uint64_t cursor = random_() >> random_.Below(64);
    const uint64_t next =
        OpsOf(Type::kList).defrag_elements(At("k"), cursor, mover, DefragScope::kAll);
    ASSERT_TRUE(next == 0 || next > cursor);
  }
  EXPECT_TRUE(NodesOf(At("k")).IsSound());
}

}  // namespace
}  // namespace ebb

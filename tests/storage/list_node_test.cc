// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "storage/encodings/list_node.h"

#include <gtest/gtest.h>

#include <string>

#include "storage/memory/allocator.h"
#include "storage/random.h"

namespace ebb {
namespace {

constexpr ListNodeLimit kLimit{.bytes = 64 * 1024, .count = SIZE_MAX};

// What a node has beyond an element of up to 63 bytes: its head, and the element's two lengths.
constexpr size_t kBeyond = Listpack::kHeadSize + 1 + 1;

class ListNodeTest : public testing::Test {
 protected:
  ~ListNodeTest() override { node_.Free(); }

  void Push(const std::string& element) { node_.PushBack(element, kLimit); }
  void Make(const std::string& element) {
    node_.Free();
    Push(element);
  }
  bool Compresses(const std::string& element) {
    Make(element);
    node_.Compress();
    return node_.is_compressed();
  }
  std::string Random(size_t size) {
    std::string bytes(size, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random_());
    return bytes;
  }

  ListNode node_;
  ListNodeReader reader_;
  RandomGenerator random_{7};
};

TEST_F(ListNodeTest, CompressesAndIsAsBefore) {
  for (int i = 0; i < 200; ++i) Push("an element, number " + std::to_string(i));
  node_.PushFront("the first", kLimit);
  const std::string bytes(node_.bytes());
  const size_t memory = node_.memory();
  node_.Compress();
  ASSERT_TRUE(node_.is_compressed());
  EXPECT_LT(node_.memory(), memory / 3);
  EXPECT_EQ(node_.size(), bytes.size());
  EXPECT_EQ(node_.count(), 201u);
  EXPECT_EQ(reader_.Read(node_).bytes(), bytes);
  EXPECT_TRUE(reader_.is_copy());
  EXPECT_TRUE(node_.is_compressed());
  node_.Compress();
  EXPECT_EQ(reader_.Read(node_).bytes(), bytes);

  ListNode copy = node_.Copy();
  EXPECT_TRUE(copy.is_compressed());
  node_.Decompress();
  EXPECT_FALSE(node_.is_compressed());
  EXPECT_EQ(node_.bytes(), bytes);
  EXPECT_EQ(reader_.Read(node_).bytes().data(), node_.bytes().data());
  EXPECT_FALSE(reader_.is_copy());
  EXPECT_EQ(reader_.Read(copy).bytes(), bytes);
  copy.Free();
  Push("one more");
  EXPECT_EQ(node_.count(), 202u);
}

TEST_F(ListNodeTest, ALaterReadMayBeOfMore) {
  for (const size_t size : {size_t{100}, size_t{50'000}, size_t{200}}) {
    ASSERT_TRUE(Compresses(std::string(size, 'x'))) << size;
    const Listpack list = reader_.Read(node_);
    ASSERT_TRUE(Listpack::IsValid(list.bytes(), ListpackWays::kBoth));
    EXPECT_EQ(list.Get(list.Begin()).text(), std::string(size, 'x'));
  }
}

TEST_F(ListNodeTest, StaysAsItIsWhereThatGainsNothing) {
  node_.Compress();
  EXPECT_FALSE(node_.is_compressed());
  // Below 48 bytes.
  EXPECT_FALSE(Compresses(std::string(47 - kBeyond, 'x')));
  EXPECT_TRUE(Compresses(std::string(48 - kBeyond, 'x')));
  EXPECT_FALSE(Compresses(Random(5000)));
  // A few bytes of much: not a smaller block.
  EXPECT_FALSE(Compresses(Random(5000) + std::string(20, 'x')));
  EXPECT_TRUE(Compresses(Random(5000) + std::string(3000, 'x')));
  // What would take long.
  EXPECT_TRUE(Compresses(std::string((size_t{1} << 20) - 100, 'x')));
  EXPECT_FALSE(Compresses(std::string((size_t{1} << 20) + 100, 'x')));
}

// All sizes around those of the allocator's blocks: a compressed node is one by its block alone.
TEST_F(ListNodeTest, AnyOfThemIsTold) {
  for (size_t size = 1; size < 700; ++size) {
    for (size_t noise = 0; noise < size; noise += 1 + size / 40) {
      const std::string element = Random(noise) + std::string(size - noise, 'x');
      const bool compressed = Compresses(element);
      const Listpack list = reader_.Read(node_);
      ASSERT_EQ(reader_.is_copy(), compressed);
      ListpackElement::Digits digits;
      ASSERT_EQ(list.Get(list.Begin()).View(digits), element);
      if (compressed) {
        ASSERT_LT(node_.memory(), memory::GoodSize(node_.size()));
        ASSERT_LE(node_.block_size() + 8, node_.size());
      }
    }
  }
}

}  // namespace
}  // namespace ebb

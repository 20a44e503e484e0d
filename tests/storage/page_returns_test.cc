// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "storage/memory/page_returns.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <random>
#include <span>
#include <thread>
#include <vector>

#include "tests/support/await.h"

namespace ebb::memory {
namespace {

// Pages of a mapping, each filled with one byte.
class Pages {
 public:
  explicit Pages(size_t count)
      : memory_(static_cast<char*>(mmap(nullptr, count * kPage, PROT_READ | PROT_WRITE,
                                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))),
        bytes_(count * kPage) {
    Fill(0, count, 'x');
  }
  ~Pages() { munmap(memory_, bytes_); }
  Pages(const Pages&) = delete;
  Pages& operator=(const Pages&) = delete;

  char* At(size_t page) const { return memory_ + page * kPage; }
  void Fill(size_t first, size_t count, char byte) { std::memset(At(first), byte, count * kPage); }
  bool Holds(size_t page, char byte) const {
    const std::span<const char> bytes(At(page), kPage);
    return std::ranges::all_of(bytes, [byte](char one) { return one == byte; });
  }
  size_t Resident(size_t first, size_t count) const {
    std::vector<unsigned char> present(count);
    EXPECT_EQ(mincore(At(first), count * kPage, present.data()), 0);
    return static_cast<size_t>(
        std::ranges::count_if(present, [](auto flags) { return flags & 1; }));
  }

  static inline const auto kPage = static_cast<size_t>(sysconf(_SC_PAGESIZE));

 private:
  char* memory_;
  size_t bytes_;
};

class PageReturnsTest : public ::testing::Test {
 protected:
  void Add(const Pages& pages, size_t first, size_t count) {
    returns_.Add(pages.At(first), count * Pages::kPage);
  }
  void Reuse(const Pages& pages, size_t first, size_t count) {
    returns_.Reuse(pages.At(first), count * Pages::kPage);
  }

  PageReturns returns_;
};

TEST_F(PageReturnsTest, WhatIsAddedGoesBack) {
  Pages pages(64);
  Add(pages, 0, 8);
  Add(pages, 16, 1);
  EXPECT_EQ(returns_.bytes(), 9 * Pages::kPage);
  returns_.GiveBack();
  EXPECT_EQ(returns_.bytes(), 0u);
  EXPECT_EQ(pages.Resident(0, 64), 64u - 9);
  EXPECT_TRUE(pages.Holds(0, '\0'));
  EXPECT_TRUE(pages.Holds(8, 'x'));
}

TEST_F(PageReturnsTest, WhatIsUsedAgainStaysAndReadsAsZero) {
  Pages pages(64);
  Add(pages, 0, 16);
  Add(pages, 16, 16);
  Add(pages, 40, 4);
  Reuse(pages, 4, 20);
  EXPECT_EQ(returns_.bytes(), 16 * Pages::kPage);
  for (size_t page = 4; page < 24; ++page) EXPECT_TRUE(pages.Holds(page, '\0')) << page;
  pages.Fill(4, 20, 'y');
  returns_.GiveBack();
  for (size_t page = 4; page < 24; ++page) EXPECT_TRUE(pages.Holds(page, 'y')) << page;
  EXPECT_EQ(pages.Resident(0, 4), 0u);
  EXPECT_EQ(pages.Resident(24, 8), 0u);
  EXPECT_EQ(pages.Resident(40, 4), 0u);
}

TEST_F(PageReturnsTest, ALongRunGoesAtOnce) {
  constexpr size_t kMany = 1024;
  Pages pages(kMany);
  Add(pages, 0, kMany);
  EXPECT_EQ(returns_.bytes(), 0u);
  EXPECT_EQ(pages.Resident(0, kMany), 0u);
}

// More than fit wait for nobody.
TEST_F(PageReturnsTest, ManyRunsAreGivenBackOnTheWay) {
  constexpr size_t kRuns = 2000;
  Pages pages(2 * kRuns);
  for (size_t i = 0; i < kRuns; ++i) Add(pages, 2 * i, 1);
  EXPECT_LT(returns_.bytes(), kRuns * Pages::kPage);
  // In the midst of those that wait, which are as many as can be.
  Reuse(pages, 2 * kRuns - 4, 3);
  pages.Fill(2 * kRuns - 4, 3, 'y');
  returns_.GiveBack();
  EXPECT_EQ(pages.Resident(0, 2 * kRuns), kRuns + 2);
  EXPECT_TRUE(pages.Holds(2 * kRuns - 4, 'y'));
  EXPECT_TRUE(pages.Holds(2 * kRuns - 3, 'y'));
}

// Pages in use are never touched, whatever their neighbours do.
void UseAtRandom(PageReturns& returns, unsigned seed) {
  constexpr size_t kPages = 512;
  constexpr size_t kLongest = 24;
  std::mt19937 random(seed);
  Pages pages(kPages);
  std::vector<char> used(kPages, 'x');  // '\0': free
  for (int step = 0; step < 2000; ++step) {
    const size_t first = random() % kPages;
    const size_t end = std::min(kPages, first + 1 + random() % kLongest);
    const bool free = used[first] == '\0';
    size_t stop = first;
    while (stop < end && (used[stop] == '\0') == free) ++stop;
    const size_t count = stop - first;
    if (!free) {
      for (size_t page = first; page < stop; ++page) ASSERT_TRUE(pages.Holds(page, used[page]));
      returns.Add(pages.At(first), count * Pages::kPage);
      std::fill_n(used.begin() + static_cast<ptrdiff_t>(first), count, '\0');
    } else {
      returns.Reuse(pages.At(first), count * Pages::kPage);
      for (size_t page = first; page < stop; ++page) ASSERT_TRUE(pages.Holds(page, '\0'));
      const auto byte = static_cast<char>('a' + random() % 26);
      pages.Fill(first, count, byte);
      std::fill_n(used.begin() + static_cast<ptrdiff_t>(first), count, byte);
    }
    if (random() % 50 == 0) returns.GiveBack();
  }
  returns.GiveBack();
  for (size_t page = 0; page < kPages; ++page) ASSERT_TRUE(pages.Holds(page, used[page]));
}

TEST_F(PageReturnsTest, RandomUse) {
  for (unsigned seed = 1; seed <= 3; ++seed) UseAtRandom(returns_, seed);
}

TEST_F(PageReturnsTest, ThreadsDoNotDisturbEachOther) {
  std::thread other([this] { UseAtRandom(returns_, 100); });
  UseAtRandom(returns_, 200);
  other.join();
}

// More than one has to wait for, while others give back what there is, often nothing.
void FillBatches(PageReturns& returns, int rounds) {
  constexpr size_t kRuns = 600;
  Pages pages(2 * kRuns);
  for (int round = 0; round < rounds; ++round) {
    for (size_t i = 0; i < kRuns; ++i) {
      pages.Fill(2 * i, 1, 'u');
      returns.Add(pages.At(2 * i), Pages::kPage);
    }
    for (size_t i = 0; i < kRuns; ++i) {
      returns.Reuse(pages.At(2 * i), Pages::kPage);
      ASSERT_TRUE(pages.Holds(2 * i, '\0'));
      pages.Fill(2 * i, 1, 'v');
    }
    for (size_t i = 0; i < kRuns; ++i) ASSERT_TRUE(pages.Holds(2 * i, 'v'));
  }
}

TEST_F(PageReturnsTest, WhoGivesBackNothingIsInNobodysWay) {
  std::atomic<bool> over{false};
  const auto give_back = [&] {
    while (!over) returns_.GiveBack();
  };
  std::thread first(give_back);
  std::thread second(give_back);
  std::thread other([this] { FillBatches(returns_, 20); });
  FillBatches(returns_, 20);
  other.join();
  over = true;
  first.join();
  second.join();
}

TEST(PageReturnsThreadTest, NothingWaitsForLong) {
  static auto* const returns = new PageReturns;
  ASSERT_FALSE(returns->Start());
  const Pages pages(8);
  for (int times = 0; times < 2; ++times) {
    returns->Add(pages.At(0), 8 * Pages::kPage);
    EXPECT_TRUE(test::Await([] { return returns->bytes() == 0; }));
    EXPECT_EQ(pages.Resident(0, 8), 0u);
  }
}

}  // namespace
}  // namespace ebb::memory

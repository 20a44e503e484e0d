// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/engine_fixture.h"

namespace ebb::test {
namespace {

// The same commands on a list that is compressed and on one that is not.
class ListCompressTest : public EngineTest {
 protected:
  void SetUp() override {
    Run({"CONFIG", "SET", "trash-ttl", "100"});
    for (const std::string depth : {"0", "1"}) {
      Run({"CONFIG", "SET", "list-compress-depth", depth});
      for (int i = 0; i < 2000; ++i) Run({"RPUSH", Key(depth), Element(i)});
    }
  }

  static std::string Key(const std::string& depth) { return "{l}" + depth; }
  static std::string Element(int i) { return "an element of a list, number " + std::to_string(i); }

  Reply At(const std::string& depth, std::vector<std::string> argv) {
    Run({"CONFIG", "SET", "list-compress-depth", depth});
    for (std::string& word : argv) {
      if (word.starts_with("KEY")) word.replace(0, 3, Key(depth));
    }
    return Run(argv);
  }

  // Answers what both do, "KEY" being the list.
  Reply Both(const std::vector<std::string>& argv) {
    const Reply reply = At("1", argv);
    EXPECT_EQ(reply, At("0", argv)) << argv[0];
    return reply;
  }
  int64_t Usage(const std::string& key) { return Run({"MEMORY", "USAGE", key}).integer; }
  void ExpectCompressed(const std::string& suffix = "") {
    EXPECT_LT(Usage("{l}1" + suffix), Usage("{l}0" + suffix) / 2) << suffix;
  }
  void ExpectEqual() {
    Both({"DEBUG", "DIGEST-VALUE", "KEY"});
    Both({"LRANGE", "KEY", "0", "-1"});
  }
};

TEST_F(ListCompressTest, ReadsAsAnyOther) {
  ExpectCompressed();
  ExpectEqual();
  EXPECT_EQ(Both({"LINDEX", "KEY", "1000"}), Reply::Bulk(Element(1000)));
  EXPECT_EQ(Both({"LINDEX", "KEY", "-1"}), Reply::Bulk(Element(1999)));
  Both({"LRANGE", "KEY", "150", "1850"});
  EXPECT_EQ(Both({"LPOS", "KEY", Element(777)}), Reply::Integer(777));
  EXPECT_EQ(Both({"LPOS", "KEY", Element(777), "RANK", "-1"}), Reply::Integer(777));
  EXPECT_EQ(Both({"LLEN", "KEY"}), Reply::Integer(2000));
  Both({"SORT", "KEY", "ALPHA", "DESC"});
  Both({"SORT", "KEY", "BY", "nosort", "LIMIT", "500", "1000", "GET", "#", "GET", "x*"});
  ExpectCompressed();
}

TEST_F(ListCompressTest, ChangesAsAnyOther) {
  Both({"LSET", "KEY", "1000", "1001"});
  Both({"LSET", "KEY", "1010", std::string(20'000, 'x')});
  Both({"LINSERT", "KEY", "BEFORE", Element(900), "before"});
  Both({"LINSERT", "KEY", "AFTER", Element(900), "after"});
  Both({"LREM", "KEY", "0", Element(1500)});
  Both({"LREM", "KEY", "-1", Element(300)});
  ExpectEqual();
  ExpectCompressed();
  Both({"LTRIM", "KEY", "100", "-101"});
  Both({"LPOP", "KEY", "400"});
  Both({"RPOP", "KEY", "350"});
  for (int i = 0; i < 300; ++i) Both({"LMOVE", "KEY", "KEY", "LEFT", "RIGHT"});
  Both({"RPOP", "KEY", "5"});
  ExpectEqual();
  ExpectCompressed();
}

TEST_F(ListCompressTest, ItsCopiesAreCompressed) {
  Both({"COPY", "KEY", "KEY:copy"});
  Both({"SORT", "KEY", "ALPHA", "STORE", "KEY:sorted"});
  ExpectCompressed(":copy");
  ExpectCompressed(":sorted");
  Both({"RENAME", "KEY:copy", "KEY"});
  ExpectEqual();
  Both({"DEL", "KEY"});
  Both({"TRASH", "RESTORE", "KEY"});
  ExpectEqual();
  ExpectCompressed();
}

// A list is what it is whatever the option has become.
TEST_F(ListCompressTest, TheOptionMayChange) {
  Run({"CONFIG", "SET", "list-compress-depth", "0"});
  const int64_t usage = Usage("{l}1");
  EXPECT_EQ(Run({"LSET", "{l}1", "1000", "x"}), Reply::Status("OK"));
  EXPECT_GT(Usage("{l}1"), usage + 4096);
  EXPECT_EQ(Run({"LINDEX", "{l}1", "1000"}), Reply::Bulk("x"));
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(Run({"LPOP", "{l}1"}), Reply::Bulk(Element(i)));
  Run({"CONFIG", "SET", "list-compress-depth", "1"});
  EXPECT_EQ(Run({"LREM", "{l}0", "0", Element(1000)}), Reply::Integer(1));
  EXPECT_EQ(Run({"LPOP", "{l}1"}), Reply::Bulk("x"));
  EXPECT_EQ(Run({"RPOP", "{l}1", "998"}).elements.size(), 998u);
  EXPECT_EQ(Run({"LRANGE", "{l}1", "0", "-1"}), Reply::Bulks({Element(1001)}));
}

}  // namespace
}  // namespace ebb::test

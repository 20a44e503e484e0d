// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/engine_fixture.h"

namespace ebb::test {
namespace {

const Reply kNoHyperLogLog = Reply::Error("WRONGTYPE Key is not a valid HyperLogLog string value.");
const Reply kCorrupt = Reply::Error("INVALIDOBJ Corrupted HLL object detected");

class HyperLogLogCommandsTest : public EngineTest {
 protected:
  // Shows "element:`first`" and as many more.
  void Show(const std::string& key, int first, int count) {
    std::vector<std::string> argv = {"PFADD", key};
    for (int i = first; i < first + count; ++i) argv.push_back("element:" + std::to_string(i));
    Run(argv);
  }
  Reply Encoding(const std::string& key) { return Run({"PFDEBUG", "ENCODING", key}); }
};

// A sparse one's header, as `head`, and runs.
std::string Bytes(const std::string& runs, char form = 1) {
  return std::string("HYLL") + form + std::string(10, '\0') + '\x80' + runs;
}

TEST_F(HyperLogLogCommandsTest, AddsAndCounts) {
  EXPECT_EQ(Run({"PFCOUNT", "h"}), Reply::Integer(0));
  EXPECT_EQ(Run({"PFADD", "h", "a", "b", "c"}), Reply::Integer(1));
  EXPECT_EQ(Run({"PFADD", "h", "a", "c"}), Reply::Integer(0));
  EXPECT_EQ(Run({"PFCOUNT", "h"}), Reply::Integer(3));
  EXPECT_EQ(Run({"PFADD", "h", "d"}), Reply::Integer(1));
  EXPECT_EQ(Run({"PFCOUNT", "h"}), Reply::Integer(4));
  EXPECT_EQ(Run({"TYPE", "h"}), Reply::Status("string"));
  EXPECT_EQ(Run({"OBJECT", "ENCODING", "h"}), Reply::Bulk("raw"));
}

TEST_F(HyperLogLogCommandsTest, AnEmptyOneIsMadeOnce) {
  EXPECT_EQ(Run({"PFADD", "h"}), Reply::Integer(1));
  EXPECT_EQ(Run({"PFADD", "h"}), Reply::Integer(0));
  EXPECT_EQ(Run({"GET", "h"}), Reply::Bulk(Bytes("\x7f\xff")));
  EXPECT_EQ(Run({"PFCOUNT", "h"}), Reply::Integer(0));
  // The count is kept with the key from then on.
  EXPECT_EQ(Run({"GETRANGE", "h", "8", "15"}), Reply::Bulk(std::string(8, '\0')));
}

TEST_F(HyperLogLogCommandsTest, BecomesDense) {
  Show("h", 0, 1500);
  EXPECT_EQ(Encoding("h"), Reply::Status("sparse"));
  EXPECT_EQ(Run({"PFCOUNT", "h"}), Reply::Integer(1500));
  EXPECT_EQ(Run({"STRLEN", "h"}), Reply::Integer(2722));
  Show("h", 1500, 3500);
  EXPECT_EQ(Encoding("h"), Reply::Status("dense"));
  EXPECT_EQ(Run({"STRLEN", "h"}), Reply::Integer(12304));
  EXPECT_EQ(Run({"PFCOUNT", "h"}), Reply::Integer(5005));
  EXPECT_EQ(Run({"PFADD", "h", "element:7"}), Reply::Integer(0));
  Run({"CONFIG", "SET", "hll-sparse-max-bytes", "20"});
  EXPECT_EQ(Run({"PFADD", "small", "a"}), Reply::Integer(1));
  EXPECT_EQ(Encoding("small"), Reply::Status("dense"));
}

TEST_F(HyperLogLogCommandsTest, CountsAndMergesSeveral) {
  Show("a", 0, 1000);
  Show("b", 500, 1000);
  EXPECT_EQ(Run({"PFCOUNT", "a", "b", "nosuch"}), Reply::Integer(1500));
  EXPECT_EQ(Run({"PFMERGE", "c", "a", "b", "nosuch"}), Reply::Ok());
  EXPECT_EQ(Run({"PFCOUNT", "c"}), Reply::Integer(1500));
  EXPECT_EQ(Encoding("c"), Reply::Status("sparse"));
  Show("d", 0, 5000);
  EXPECT_EQ(Run({"PFMERGE", "a", "d"}), Reply::Ok());
  EXPECT_EQ(Encoding("a"), Reply::Status("dense"));
  EXPECT_EQ(Run({"PFCOUNT", "a"}), Reply::Integer(5005));
  EXPECT_EQ(Run({"PFMERGE", "new"}), Reply::Ok());
  EXPECT_EQ(Run({"GET", "new"}), Reply::Bulk(Bytes("\x7f\xff")));
}

TEST_F(HyperLogLogCommandsTest, TheTimeToLiveStays) {
  Run({"PFADD", "h", "a"});
  Run({"EXPIRE", "h", "100"});
  Show("h", 0, 3000);
  Run({"PFCOUNT", "h"});
  Run({"PFMERGE", "h", "nosuch"});
  EXPECT_EQ(Run({"TTL", "h"}), Reply::Integer(100));
}

TEST_F(HyperLogLogCommandsTest, WhatWasSetBecomesRaw) {
  for (const std::vector<std::string>& command : std::vector<std::vector<std::string>>{
           {"PFADD", "h"}, {"PFCOUNT", "h"}, {"PFMERGE", "h"}, {"PFDEBUG", "DECODE", "h"}}) {
    Run({"SET", "h", Bytes("\x7f\xff")});
    EXPECT_EQ(Run({"OBJECT", "ENCODING", "h"}), Reply::Bulk("embstr"));
    Run(command);
    EXPECT_EQ(Run({"OBJECT", "ENCODING", "h"}), Reply::Bulk("raw")) << command[0];
  }
}

TEST_F(HyperLogLogCommandsTest, RefusesWhatItIsNot) {
  Run({"SET", "s", "text"});
  Run({"SET", "i", "12"});
  Run({"RPUSH", "l", "a"});
  const Reply wrong_type =
      Reply::Error("WRONGTYPE Operation against a key holding the wrong kind of value");
  for (const std::string key : {"s", "i"}) {
    EXPECT_EQ(Run({"PFADD", key, "a"}), kNoHyperLogLog);
    EXPECT_EQ(Run({"PFCOUNT", key}), kNoHyperLogLog);
    EXPECT_EQ(Run({"PFCOUNT", "nosuch", key}), kNoHyperLogLog);
    EXPECT_EQ(Run({"PFMERGE", "d", key}), kNoHyperLogLog);
    EXPECT_EQ(Run({"PFMERGE", key}), kNoHyperLogLog);
    EXPECT_EQ(Run({"PFDEBUG", "ENCODING", key}), kNoHyperLogLog);
  }
  EXPECT_EQ(Run({"PFADD", "l", "a"}), wrong_type);
  EXPECT_EQ(Run({"PFCOUNT", "l"}), wrong_type);
  EXPECT_EQ(Run({"PFMERGE", "d", "l"}), wrong_type);
  EXPECT_EQ(Run({"EXISTS", "d"}), Reply::Integer(0));
  EXPECT_EQ(Run({"GET", "s"}), Reply::Bulk("text"));
}

TEST_F(HyperLogLogCommandsTest, NoticesCorruption) {
  Run({"SET", "h", Bytes("\x7f\xfe")});
  EXPECT_EQ(Run({"PFCOUNT", "h"}), kCorrupt);
  EXPECT_EQ(Run({"PFCOUNT", "h", "h"}), kCorrupt);
  EXPECT_EQ(Run({"PFMERGE", "d", "h"}), kCorrupt);
  EXPECT_EQ(Run({"PFDEBUG", "TODENSE", "h"}), kCorrupt);
  EXPECT_EQ(Run({"PFDEBUG", "GETREG", "h"}), kCorrupt);
  EXPECT_EQ(Run({"GET", "h"}), Reply::Bulk(Bytes("\x7f\xfe")));
  Run({"SET", "h", Bytes("")});
  EXPECT_EQ(Run({"PFADD", "h", "a"}), kCorrupt);
}

TEST_F(HyperLogLogCommandsTest, ShowsItsInside) {
  EXPECT_EQ(Run({"PFDEBUG", "DECODE", "nosuch"}),
            Reply::Error("ERR The specified key does not exist"));
  Run({"PFADD", "h", "a", "b", "c"});
  EXPECT_EQ(Run({"PFDEBUG", "decode", "h"}),
            Reply::Bulk("Z:8436 v:1,1 Z:4274 v:2,1 Z:3068 v:1,1 Z:603"));
  EXPECT_EQ(Run({"PFDEBUG", "NoSuch", "h"}),
            Reply::Error("ERR Unknown PFDEBUG subcommand 'NoSuch'"));
  EXPECT_EQ(Run({"PFDEBUG", "TODENSE", "h"}), Reply::Integer(1));
  EXPECT_EQ(Run({"PFDEBUG", "TODENSE", "h"}), Reply::Integer(0));
  EXPECT_EQ(Run({"PFDEBUG", "DECODE", "h"}), Reply::Error("ERR HLL encoding is not sparse"));
  Run({"PFADD", "g", "a"});
  const Reply registers = Run({"PFDEBUG", "GETREG", "g"});
  ASSERT_EQ(registers.elements.size(), 16384u);
  EXPECT_EQ(registers.elements[12711], Reply::Integer(2));
  EXPECT_EQ(registers.elements[12712], Reply::Integer(0));
  EXPECT_EQ(Encoding("g"), Reply::Status("dense"));
  EXPECT_EQ(Run({"PFSELFTEST"}), Reply::Ok());
}

}  // namespace
}  // namespace ebb::test

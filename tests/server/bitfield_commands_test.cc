// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include <gtest/gtest.h>

#include <string>

#include "tests/support/engine_fixture.h"

namespace ebb::test {
namespace {

const Reply kSyntaxError = Reply::Error("ERR syntax error");
const Reply kNil = Reply::Nil();

Reply Number(int64_t value) {
  return Reply::Integer(value);
}

class BitFieldTest : public EngineTest {
 protected:
  // BITFIELD k ... with the words of `operations`.
  Reply Field(const std::string& operations) {
    client().Send("BITFIELD k " + operations + "\r\n");
    return client().Receive();
  }
  Reply Numbers(const std::vector<int64_t>& values) {
    std::vector<Reply> elements;
    for (const int64_t value : values) elements.push_back(Number(value));
    return Reply::Array(elements);
  }
};

TEST_F(BitFieldTest, SetsAndGets) {
  EXPECT_EQ(Field("SET u8 0 255 GET u8 0 GET i8 0 GET u4 4"), Numbers({0, 255, -1, 15}));
  EXPECT_EQ(Field("SET i5 #1 -3 GET i5 #1 GET u5 5"), Numbers({-4, -3, 29}));
  EXPECT_EQ(Field("SET i64 803 -2 GET i64 803 GET u63 804"), Numbers({0, -2, INT64_MAX - 1}));
  EXPECT_EQ(Field("GET u8 1000000"), Numbers({0}));
  EXPECT_EQ(Field(""), Reply::Array({}));
}

TEST_F(BitFieldTest, Wraps) {
  EXPECT_EQ(Field("SET u8 0 257 GET u8 0"), Numbers({0, 1}));
  EXPECT_EQ(Field("SET i8 8 128 GET i8 8"), Numbers({0, -128}));
  EXPECT_EQ(Field("INCRBY u8 0 -2 INCRBY i8 8 -1"), Numbers({255, 127}));
  EXPECT_EQ(Field("SET u8 0 -1 GET u8 0"), Numbers({255, 255}));
  EXPECT_EQ(Field("SET i64 64 9223372036854775807 INCRBY i64 64 1"), Numbers({0, INT64_MIN}));
  EXPECT_EQ(Field("SET i1 200 0 INCRBY i1 200 1 INCRBY i1 200 1"), Numbers({0, -1, 0}));
}

TEST_F(BitFieldTest, Saturates) {
  EXPECT_EQ(Field("OVERFLOW SAT SET u8 0 300 INCRBY u8 0 1 INCRBY u8 0 -256"),
            Numbers({0, 255, 0}));
  EXPECT_EQ(Field("OVERFLOW SAT SET i8 8 300 INCRBY i8 8 -300 INCRBY i8 8 1000"),
            Numbers({0, -128, 127}));
  EXPECT_EQ(Field("OVERFLOW sat SET u8 0 -1 GET u8 0"), Numbers({0, 255}));
  EXPECT_EQ(Field("OVERFLOW SAT SET i8 8 -300 GET i8 8"), Numbers({127, -128}));
  EXPECT_EQ(Field("OVERFLOW SAT INCRBY i64 64 9223372036854775807 INCRBY i64 64 1"),
            Numbers({INT64_MAX, INT64_MAX}));
  // So far below that its distance to the field's largest number is no 64-bit number.
  EXPECT_EQ(Field("OVERFLOW SAT SET i8 8 -9223372036854775808 GET i8 8"), Numbers({-128, 127}));
}

TEST_F(BitFieldTest, Fails) {
  EXPECT_EQ(Field("SET u8 0 250 OVERFLOW FAIL INCRBY u8 0 6 SET u8 0 256 INCRBY u8 0 5"),
            Reply::Array({Number(0), kNil, kNil, Number(255)}));
  EXPECT_EQ(Field("OVERFLOW FAIL INCRBY i1 100 -1"), Numbers({-1}));
  // The last word counts for what follows it.
  EXPECT_EQ(Field("OVERFLOW FAIL OVERFLOW WRAP INCRBY u8 0 1"), Numbers({0}));
}

TEST_F(BitFieldTest, RefusesWrongArguments) {
  const Reply bad_type = Reply::Error(
      "ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but "
      "i64 is.");
  for (const char* type : {"u64", "i65", "u0", "i0", "8", "U8", "u", "u-1", "u08"}) {
    EXPECT_EQ(Field(std::string("GET ") + type + " 0"), bad_type) << type;
  }
  const Reply bad_offset = Reply::Error("ERR bit offset is not an integer or out of range");
  for (const char* offset :
       {"-1", "#", "#-1", "x", "4294967296", "#536870912", "#9223372036854775807"}) {
    EXPECT_EQ(Field(std::string("GET u8 ") + offset), bad_offset) << offset;
  }
  EXPECT_EQ(Field("GET u8"), kSyntaxError);
  EXPECT_EQ(Field("SET u8 0"), kSyntaxError);
  EXPECT_EQ(Field("OVERFLOW"), kSyntaxError);
  EXPECT_EQ(Field("OVERFLOW x"), Reply::Error("ERR Invalid OVERFLOW type specified"));
  EXPECT_EQ(Field("SET u8 0 x"), Reply::Error("ERR value is not an integer or out of range"));
  EXPECT_EQ(Run({"GET", "k"}), kNil);
}

TEST_F(BitFieldTest, OnlyWritesMakeAKey) {
  EXPECT_EQ(Field("GET u8 100"), Numbers({0}));
  EXPECT_EQ(Run({"GET", "k"}), kNil);
  EXPECT_EQ(Field("GET u8 100 SET u8 8 0"), Numbers({0, 0}));
  EXPECT_EQ(Run({"STRLEN", "k"}), Number(2));
}

TEST_F(BitFieldTest, TellsObserversOfRealChanges) {
  const auto changes = [&](const std::string& operations) {
    const uint64_t before = engine().changes();
    Field(operations);
    return engine().changes() - before;
  };
  EXPECT_EQ(changes("SET u8 0 0"), 1u);  // there was no key
  EXPECT_EQ(changes("SET u8 0 0"), 0u);
  EXPECT_EQ(changes("SET u8 8 0"), 1u);  // it grew
  EXPECT_EQ(changes("INCRBY u8 0 1 INCRBY u8 0 1"), 2u);
  EXPECT_EQ(changes("OVERFLOW FAIL INCRBY u8 0 1000"), 0u);
}

TEST_F(BitFieldTest, ReadOnlyVariantOnlyReads) {
  Field("SET u8 0 7");
  EXPECT_EQ(Run({"BITFIELD_RO", "k", "GET", "u8", "0", "get", "u4", "#1"}), Numbers({7, 7}));
  EXPECT_EQ(Run({"BITFIELD_RO", "k", "SET", "u8", "0", "1"}),
            Reply::Error("ERR BITFIELD_RO only supports the GET subcommand"));
  EXPECT_EQ(Run({"BITFIELD_RO", "n"}), Reply::Array({}));
}

}  // namespace
}  // namespace ebb::test

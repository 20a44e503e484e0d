// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include <gtest/gtest.h>

#include <string>

#include "storage/type_ops.h"
#include "tests/support/engine_fixture.h"

namespace ebb::test {
namespace {

const Reply kNotInteger = Reply::Error("ERR value is not an integer or out of range");
const Reply kOverflow = Reply::Error("ERR increment or decrement would overflow");
const Reply kNotFloat = Reply::Error("ERR value is not a valid float");

class CounterCommandsTest : public EngineTest {
 protected:
  Encoding EncodingOf(const std::string& key) { return engine().db(0).Peek(key)->encoding(); }
};

TEST_F(CounterCommandsTest, Counts) {
  EXPECT_EQ(Run({"INCR", "k"}), Reply::Integer(1));
  EXPECT_EQ(Run({"INCRBY", "k", "41"}), Reply::Integer(42));
  EXPECT_EQ(Run({"DECR", "k"}), Reply::Integer(41));
  EXPECT_EQ(Run({"DECRBY", "k", "42"}), Reply::Integer(-1));
  EXPECT_EQ(Run({"INCRBY", "k", "-1"}), Reply::Integer(-2));
  EXPECT_EQ(Run({"GET", "k"}), Reply::Bulk("-2"));
  EXPECT_EQ(EncodingOf("k"), Encoding::kInt);
  EXPECT_EQ(Run({"DECR", "n"}), Reply::Integer(-1));
}

TEST_F(CounterCommandsTest, KeepsTheTimeToLive) {
  Run({"SET", "k", "x1", "EX", "10"});
  Run({"SETRANGE", "k", "0", "0"});
  EXPECT_EQ(Run({"INCR", "k"}), kNotInteger);
  Run({"SETRANGE", "k", "0", "1"});
  EXPECT_EQ(Run({"INCR", "k"}), Reply::Integer(12));
  EXPECT_EQ(Run({"INCRBYFLOAT", "k", "1"}), Reply::Bulk("13"));
  EXPECT_EQ(engine().db(0).Peek("k")->expire_ms(), engine().unix_ms() + 10'000);
}

TEST_F(CounterCommandsTest, RefusesOverflow) {
  Run({"SET", "k", "9223372036854775806"});
  EXPECT_EQ(Run({"INCR", "k"}), Reply::Integer(INT64_MAX));
  EXPECT_EQ(Run({"INCR", "k"}), kOverflow);
  EXPECT_EQ(Run({"GET", "k"}), Reply::Bulk("9223372036854775807"));
  Run({"SET", "k", "-9223372036854775808"});
  EXPECT_EQ(Run({"DECR", "k"}), kOverflow);
  EXPECT_EQ(Run({"INCRBY", "k", "9223372036854775808"}), kNotInteger);
  EXPECT_EQ(Run({"DECRBY", "k", "-9223372036854775808"}),
            Reply::Error("ERR decrement would overflow"));
}

TEST_F(CounterCommandsTest, RefusesWhatIsNoInteger) {
  for (const char* value : {"", "x", " 1", "1 ", "+1", "01", "-0", "1.0", "9223372036854775808"}) {
    Run({"SET", "k", value});
    EXPECT_EQ(Run({"INCR", "k"}), kNotInteger) << value;
    EXPECT_EQ(Run({"INCRBY", "n", value}), kNotInteger) << value;
    EXPECT_EQ(Run({"DECRBY", "n", value}), kNotInteger) << value;
  }
}

TEST_F(CounterCommandsTest, CountsInDecimals) {
  EXPECT_EQ(Run({"INCRBYFLOAT", "k", "10.50"}), Reply::Bulk("10.5"));
  EXPECT_EQ(Run({"INCRBYFLOAT", "k", "0.1"}), Reply::Bulk("10.6"));
  EXPECT_EQ(Run({"INCRBYFLOAT", "k", "-5"}), Reply::Bulk("5.6"));
  EXPECT_EQ(Run({"INCRBYFLOAT", "k", "-5.6"}), Reply::Bulk("0"));
  EXPECT_EQ(EncodingOf("k"), Encoding::kEmbstr);
  EXPECT_EQ(Run({"INCRBYFLOAT", "k", "5.0e3"}), Reply::Bulk("5000"));
  EXPECT_EQ(Run({"INCRBYFLOAT", "k", "2.0e2"}), Reply::Bulk("5200"));
  EXPECT_EQ(Run({"INCR", "k"}), Reply::Integer(5201));
  EXPECT_EQ(Run({"INCRBYFLOAT", "n", "1e17"}), Reply::Bulk("100000000000000000"));
  EXPECT_EQ(Run({"INCRBYFLOAT", "x", "0x10"}), Reply::Bulk("16"));
  Run({"SET", "k", "3.0e3"});
  EXPECT_EQ(Run({"INCRBYFLOAT", "k", "1.1"}), Reply::Bulk("3001.10000000000000009"));
}

TEST_F(CounterCommandsTest, RefusesWhatIsNoDecimal) {
  for (const char* value : {"", "x", " 1", "1 ", "1x", "nan", "1e5000", "1e-5000"}) {
    Run({"SET", "k", value});
    EXPECT_EQ(Run({"INCRBYFLOAT", "k", "1"}), kNotFloat) << value;
    EXPECT_EQ(Run({"INCRBYFLOAT", "n", value}), kNotFloat) << value;
  }
  const Reply infinite = Reply::Error("ERR increment would produce NaN or Infinity");
  EXPECT_EQ(Run({"INCRBYFLOAT", "n", "inf"}), infinite);
  Run({"SET", "k", "-inf"});
  EXPECT_EQ(Run({"INCRBYFLOAT", "k", "inf"}), infinite);
}

TEST_F(CounterCommandsTest, TellsObserversOfSuccess) {
  const uint64_t before = engine().changes();
  Run({"INCR", "k"});
  Run({"INCRBYFLOAT", "k", "1"});
  EXPECT_EQ(engine().changes() - before, 2u);
  Run({"INCRBY", "k", "x"});
  Run({"INCRBYFLOAT", "k", "x"});
  EXPECT_EQ(engine().changes() - before, 2u);
}

}  // namespace
}  // namespace ebb::test

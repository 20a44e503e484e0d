// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

struct redisReply;

namespace ebb::test {

// One reply of a server as a value: made by the factories, compared with ==, printed by GoogleTest
// as redis-cli would.
//   EXPECT_EQ(client.Command({"LRANGE", "k", "0", "-1"}), Reply::Array({Reply::Bulk("a"),
//   Reply::Bulk("b")}));
struct Reply {
  enum class Kind {
    kNil,      // $-1 or *-1
    kInteger,  // `integer`
    kStatus,   // `text`, without the +
    kError,    // `text`, without the -
    kBulk,     // `text`, any bytes
    kArray,    // `elements`
    kLost,     // no reply: the connection failed, was closed or timed out; `text` says which
  };

  static Reply Nil();
  static Reply Integer(int64_t value);
  static Reply Status(std::string text);
  static Reply Error(std::string text);
  static Reply Bulk(std::string text);
  static Reply Array(std::vector<Reply> elements);
  static Reply Bulks(const std::vector<std::string>& texts);  // an array of bulk strings
  static Reply Lost(std::string why);
  static Reply Ok() { return Status("OK"); }

  // A deep copy of what hiredis read.
  static Reply From(const redisReply& raw);

  bool IsError(const std::string& prefix = "") const;

  // OK, (integer) 1, (nil), (error) ERR ..., "bulk\x00", ["a", (integer) 2]
  std::string ToString() const;

  friend bool operator==(const Reply&, const Reply&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Reply& reply);

  Kind kind = Kind::kNil;
  int64_t integer = 0;
  std::string text;
  std::vector<Reply> elements;
};

}  // namespace ebb::test

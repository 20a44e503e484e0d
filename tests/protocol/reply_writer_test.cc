// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "protocol/reply_writer.h"

#include <gtest/gtest.h>
#include <hiredis/hiredis.h>

#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ebb {
namespace {

using Write = std::function<void(ReplyWriter&)>;

class ReplyWriterTest : public ::testing::Test {
 protected:
  std::string Bytes(int protocol, const Write& write) {
    ReplyWriter reply(output_);
    reply.set_protocol(protocol);
    write(reply);
    return Sent();
  }

  // What was written, which is forgotten.
  std::string Sent() {
    iovec pieces[100];
    std::string bytes;
    const size_t count = output_.FillIovec(pieces, 100);
    for (size_t i = 0; i < count; ++i) {
      bytes.append(static_cast<const char*>(pieces[i].iov_base), pieces[i].iov_len);
    }
    output_.Clear();
    return bytes;
  }

  // The bytes in both protocols.
  void Expect(const Write& write, std::string_view resp2, std::string_view resp3) {
    EXPECT_EQ(Bytes(2, write), resp2);
    EXPECT_EQ(Bytes(3, write), resp3);
  }

  ChunkPool pool_;
  OutputBuffer output_{pool_};
};

// ------------------------------------------------------------------------------------- golden
// bytes

TEST_F(ReplyWriterTest, TheSameInBothProtocols) {
  const auto same = [this](const Write& write, std::string_view bytes) {
    Expect(write, bytes, bytes);
  };
  same([](ReplyWriter& reply) { reply.Ok(); }, "+OK\r\n");
  same([](ReplyWriter& reply) { reply.SimpleString("QUEUED"); }, "+QUEUED\r\n");
  same([](ReplyWriter& reply) { reply.Error("ERR syntax error"); }, "-ERR syntax error\r\n");
  same([](ReplyWriter& reply) { reply.Integer(0); }, ":0\r\n");
  same([](ReplyWriter& reply) { reply.Integer(std::numeric_limits<int64_t>::min()); },
       ":-9223372036854775808\r\n");
  same([](ReplyWriter& reply) { reply.Bulk(""); }, "$0\r\n\r\n");
  same([](ReplyWriter& reply) { reply.Bulk(std::string_view()); }, "$0\r\n\r\n");
  same([](ReplyWriter& reply) { reply.Bulk({"a\r\n\0b", 5}); }, {"$5\r\na\r\n\0b\r\n", 11});
  same([](ReplyWriter& reply) { reply.BulkInteger(-12); }, "$3\r\n-12\r\n");
  same([](ReplyWriter& reply) { reply.Array(0); }, "*0\r\n");
  same([](ReplyWriter& reply) { reply.Array(1234567); }, "*1234567\r\n");
  same([](ReplyWriter& reply) { reply.HumanDouble(3.5L); }, "$3\r\n3.5\r\n");
}

TEST_F(ReplyWriterTest, WhereTheProtocolsDiffer) {
  Expect([](ReplyWriter& reply) { reply.Null(); }, "$-1\r\n", "_\r\n");
  Expect([](ReplyWriter& reply) { reply.NullArray(); }, "*-1\r\n", "_\r\n");
  Expect([](ReplyWriter& reply) { reply.Map(2); }, "*4\r\n", "%2\r\n");
  Expect([](ReplyWriter& reply) { reply.Set(3); }, "*3\r\n", "~3\r\n");
  Expect([](ReplyWriter& reply) { reply.Push(3); }, "*3\r\n", ">3\r\n");
  Expect([](ReplyWriter& reply) { reply.Boolean(true); }, ":1\r\n", "#t\r\n");
  Expect([](ReplyWriter& reply) { reply.Boolean(false); }, ":0\r\n", "#f\r\n");
  Expect([](ReplyWriter& reply) { reply.Double(3.141); }, "$5\r\n3.141\r\n", ",3.141\r\n");
  Expect([](ReplyWriter& reply) { reply.HumanDouble(0.1L, false); }, "$3\r\n0.1\r\n", ",0.1\r\n");
  Expect([](ReplyWriter& reply) { reply.Verbatim("txt", "This is a verbatim\nstring"); },
         "$25\r\nThis is a verbatim\nstring\r\n", "=29\r\ntxt:This is a verbatim\nstring\r\n");
  Expect([](ReplyWriter& reply) { reply.BigNumber("1234567999999999999999999999999999999"); },
         "$37\r\n1234567999999999999999999999999999999\r\n",
         "(1234567999999999999999999999999999999\r\n");
  EXPECT_EQ(Bytes(3, [](ReplyWriter& reply) { reply.Attribute(1); }), "|1\r\n");
}

TEST_F(ReplyWriterTest, NumbersOfAllSizes) {
  for (int64_t value = -200; value <= 2000; ++value) {
    EXPECT_EQ(Bytes(2, [value](ReplyWriter& reply) { reply.Integer(value); }),
              ":" + std::to_string(value) + "\r\n");
  }
}

TEST_F(ReplyWriterTest, ShortBulks) {
  for (size_t size = 0; size <= 100; ++size) {
    std::string value;
    for (size_t i = 0; i < size; ++i) value += static_cast<char>('0' + i);
    EXPECT_EQ(Bytes(2, [&](ReplyWriter& reply) { reply.Bulk(value); }),
              "$" + std::to_string(size) + "\r\n" + value + "\r\n");
  }
}

TEST_F(ReplyWriterTest, BulksOfAllSizes) {
  for (const size_t size : {470, 477, 478, 479, 480, 512, 16000, 16384, 100000}) {
    const std::string value(size, 'v');
    const std::string expected = "$" + std::to_string(size) + "\r\n" + value + "\r\n";
    EXPECT_EQ(Bytes(2, [&](ReplyWriter& reply) { reply.Bulk(value); }), expected);
    static int released;
    released = 0;
    ReplyWriter reply(output_);
    reply.BulkShared(value, SharedOwner(&reply, [](void*) { ++released; }));
    EXPECT_EQ(released, 0);
    EXPECT_EQ(Sent(), expected);
    EXPECT_EQ(released, 1);
  }
}

// -------------------------------------------------------------------------------------------
// errors

TEST_F(ReplyWriterTest, ErrorsStayOnOneLine) {
  const auto sent = [this](std::string_view message) {
    return Bytes(2, [&](ReplyWriter& reply) { reply.Error(message); });
  };
  EXPECT_EQ(sent("ERR unknown command 'x\r\ny'\r\n"), "-ERR unknown command 'x  y'\r\n");
  EXPECT_EQ(sent("\r\nMYERR x\ny\r\n"), "-  MYERR x y\r\n");
  EXPECT_EQ(sent("ERR\n"), "-ERR\r\n");
  EXPECT_EQ(sent("\r\n"), "-\r\n");
  EXPECT_EQ(sent(""), "-\r\n");
}

TEST_F(ReplyWriterTest, ErrorsAreNoticed) {
  ReplyWriter reply(output_);
  EXPECT_FALSE(reply.wrote_error());
  reply.Ok();
  EXPECT_FALSE(reply.wrote_error());
  reply.Error("WRONGTYPE Operation against a key holding the wrong kind of value");
  EXPECT_TRUE(reply.wrote_error());
  EXPECT_EQ(reply.error_code(), "WRONGTYPE");
  reply.Ok();
  EXPECT_TRUE(reply.wrote_error());
  reply.ClearErrorMark();
  EXPECT_FALSE(reply.wrote_error());

  const auto code = [&](std::string_view message) {
    reply.Error(message);
    return reply.error_code();
  };
  EXPECT_EQ(code("NOAUTH Authentication required."), "NOAUTH");
  EXPECT_EQ(code(std::string(30, 'E') + " x"), std::string(30, 'E'));
  EXPECT_EQ(code(std::string(31, 'E') + " x"), "ERR");
  EXPECT_EQ(code("NOSPACE"), "ERR");
  EXPECT_EQ(code(""), "ERR");
}

TEST_F(ReplyWriterTest, MutedRepliesVanish) {
  ReplyWriter reply(output_);
  reply.set_muted(true);
  bool released = false;
  for (const int protocol : {2, 3}) {
    reply.set_protocol(protocol);
    reply.Ok();
    reply.SimpleString("a");
    reply.Integer(1);
    reply.Bulk("a");
    reply.Bulk(std::string(1000, 'a'));
    reply.BulkInteger(1);
    reply.BulkShared("abc",
                     SharedOwner(&released, [](void* flag) { *static_cast<bool*>(flag) = true; }));
    reply.Null();
    reply.NullArray();
    reply.Array(1);
    reply.Map(1);
    reply.Set(1);
    reply.Push(1);
    reply.Attribute(1);
    reply.Double(1.5);
    reply.HumanDouble(1.5);
    reply.Boolean(true);
    reply.Verbatim("txt", "a");
    reply.BigNumber("1");
  }
  EXPECT_TRUE(released);
  EXPECT_FALSE(reply.wrote_error());
  reply.Error("ERR no");
  EXPECT_TRUE(reply.wrote_error()) << "counted all the same";
  EXPECT_EQ(output_.size(), 0u);
  EXPECT_EQ(output_.memory_bytes(), 0u);
  reply.set_muted(false);
  reply.Ok();
  EXPECT_EQ(Sent(), "+OK\r\n");
}

// -------------------------------------------------------------------------------------- read back

// A RESP2 reply as hiredis understands it: type, then value.
std::string Shown(const redisReply& reply) {
  const auto text = [&] { return std::string(reply.str, reply.len); };
  switch (reply.type) {
    case REDIS_REPLY_STATUS:
      return "status:" + text();
    case REDIS_REPLY_ERROR:
      return "error:" + text();
    case REDIS_REPLY_INTEGER:
      return "integer:" + std::to_string(reply.integer);
    case REDIS_REPLY_STRING:
      return "bulk:" + text();
    case REDIS_REPLY_NIL:
      return "nil";
  }
  std::string list = "[";
  for (size_t i = 0; i < reply.elements; ++i) list += " " + Shown(*reply.element[i]);
  return list + " ]";
}

std::string HiredisReads(std::string_view bytes) {
  const std::unique_ptr<redisReader, void (*)(redisReader*)> reader(redisReaderCreate(),
                                                                    redisReaderFree);
  void* raw = nullptr;
  if (redisReaderFeed(reader.get(), bytes.data(), bytes.size()) != REDIS_OK ||
      redisReaderGetReply(reader.get(), &raw) != REDIS_OK) {
    return reader->errstr;
  }
  if (raw == nullptr) return "incomplete";
  std::string shown = Shown(*static_cast<redisReply*>(raw));
  freeReplyObject(raw);
  if (redisReaderGetReply(reader.get(), &raw) != REDIS_OK || raw != nullptr) shown += " and more";
  return shown;
}

// The same for RESP3, which Debian's hiredis does not know: reads one reply off the front.
std::string ReadResp3(std::string_view* bytes) {
  const size_t line_end = bytes->find("\r\n");
  if (line_end == bytes->npos) return "incomplete";
  const char type = bytes->front();
  const std::string line(bytes->substr(1, line_end - 1));
  bytes->remove_prefix(line_end + 2);
  const auto bulk = [&] {
    const std::string text(bytes->substr(0, std::stoul(line)));
    bytes->remove_prefix(text.size() + 2);
    return text;
  };
  const auto elements = [&](size_t per_entry, char open, char close) {
    std::string list(1, open);
    for (size_t i = 0; i < per_entry * std::stoul(line); ++i) list += " " + ReadResp3(bytes);
    return list + " " + close;
  };
  switch (type) {
    case '+':
      return "status:" + line;
    case '-':
      return "error:" + line;
    case ':':
      return "integer:" + line;
    case '$':
      return "bulk:" + bulk();
    case '_':
      return "nil";
    case ',':
      return "double:" + line;
    case '#':
      return line == "t" ? "true" : "false";
    case '=':
      return "verbatim:" + bulk();
    case '(':
      return "bignumber:" + line;
    case '*':
      return elements(1, '[', ']');
    case '%':
      return elements(2, '{', '}');
    case '~':
      return elements(1, '<', '>');
    case '>':
      return elements(1, '(', ')');
    default:
      return "unknown type";
  }
}

struct Case {
  Write write;
  std::string resp2;
  std::string resp3;
};

TEST_F(ReplyWriterTest, CanBeReadBack) {
  const std::vector<Case> cases = {
      {[](ReplyWriter& reply) { reply.Ok(); }, "status:OK", "status:OK"},
      {[](ReplyWriter& reply) { reply.Error("ERR a\nb"); }, "error:ERR a b", "error:ERR a b"},
      {[](ReplyWriter& reply) { reply.Integer(-5); }, "integer:-5", "integer:-5"},
      {[](ReplyWriter& reply) { reply.Bulk("a\r\nb"); }, "bulk:a\r\nb", "bulk:a\r\nb"},
      {[](ReplyWriter& reply) { reply.Null(); }, "nil", "nil"},
      {[](ReplyWriter& reply) { reply.NullArray(); }, "nil", "nil"},
      {[](ReplyWriter& reply) { reply.Double(0.5); }, "bulk:0.5", "double:0.5"},
      {[](ReplyWriter& reply) { reply.Double(-INFINITY); }, "bulk:-inf", "double:-inf"},
      {[](ReplyWriter& reply) { reply.HumanDouble(-1e3L, false); }, "bulk:-1000", "double:-1000"},
      {[](ReplyWriter& reply) { reply.Boolean(true); }, "integer:1", "true"},
      {[](ReplyWriter& reply) { reply.Boolean(false); }, "integer:0", "false"},
      {[](ReplyWriter& reply) { reply.Verbatim("txt", "a\nb"); }, "bulk:a\nb", "verbatim:txt:a\nb"},
      {[](ReplyWriter& reply) { reply.BigNumber("-12345678901234567890"); },
       "bulk:-12345678901234567890", "bignumber:-12345678901234567890"},
      {[](ReplyWriter& reply) {
         reply.Array(2);
         reply.Bulk("a");
         reply.Map(1);
         reply.Bulk("b");
         reply.Set(2);
         reply.Integer(1);
         reply.Array(0);
       },
       "[ bulk:a [ bulk:b [ integer:1 [ ] ] ] ]", "[ bulk:a { bulk:b < integer:1 [ ] > } ]"},
      {[](ReplyWriter& reply) {
         reply.Push(2);
         reply.Bulk("invalidate");
         reply.Null();
       },
       "[ bulk:invalidate nil ]", "( bulk:invalidate nil )"},
  };
  for (const auto& [write, resp2, resp3] : cases) {
    EXPECT_EQ(HiredisReads(Bytes(2, write)), resp2);
    const std::string bytes = Bytes(3, write);
    std::string_view left = bytes;
    EXPECT_EQ(ReadResp3(&left), resp3);
    EXPECT_EQ(left, "");
  }
}

}  // namespace
}  // namespace ebb

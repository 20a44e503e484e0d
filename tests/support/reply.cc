// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "tests/support/reply.h"

#include <hiredis/hiredis.h>

#include <cctype>
#include <ostream>
#include <utility>

namespace ebb::test {
namespace {

std::string Quoted(const std::string& text) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string out = "\"";
  for (const unsigned char byte : text) {
    if (byte == '"' || byte == '\\') {
      out += {'\\', static_cast<char>(byte)};
    } else if (std::isprint(byte)) {
      out += static_cast<char>(byte);
    } else {
      out += {'\\', 'x', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return out + '"';
}

Reply Texted(Reply::Kind kind, std::string text) {
  Reply reply;
  reply.kind = kind;
  reply.text = std::move(text);
  return reply;
}

}  // namespace

Reply Reply::Nil() {
  return Reply();
}
Reply Reply::Status(std::string text) {
  return Texted(Kind::kStatus, std::move(text));
}
Reply Reply::Error(std::string text) {
  return Texted(Kind::kError, std::move(text));
}
Reply Reply::Bulk(std::string text) {
  return Texted(Kind::kBulk, std::move(text));
}
Reply Reply::Lost(std::string why) {
  return Texted(Kind::kLost, std::move(why));
}

Reply Reply::Integer(int64_t value) {
  Reply reply;
  reply.kind = Kind::kInteger;
  reply.integer = value;
  return reply;
}

Reply Reply::Array(std::vector<Reply> elements) {
  Reply reply;
  reply.kind = Kind::kArray;
  reply.elements = std::move(elements);
  return reply;
}

Reply Reply::Bulks(const std::vector<std::string>& texts) {
  std::vector<Reply> elements;
  for (const std::string& text : texts) elements.push_back(Bulk(text));
  return Array(std::move(elements));
}

Reply Reply::From(const redisReply& raw) {
  switch (raw.type) {
    case REDIS_REPLY_NIL:
      return Nil();
    case REDIS_REPLY_INTEGER:
      return Integer(raw.integer);
    case REDIS_REPLY_STATUS:
      return Status({raw.str, raw.len});
    case REDIS_REPLY_ERROR:
      return Error({raw.str, raw.len});
    case REDIS_REPLY_STRING:
      return Bulk({raw.str, raw.len});
    case REDIS_REPLY_ARRAY: {
      std::vector<Reply> elements;
      for (size_t i = 0; i < raw.elements; ++i) elements.push_back(From(*raw.element[i]));
      return Array(std::move(elements));
    }
  }
  return Lost("a reply of unknown type " + std::to_string(raw.type));
}

bool Reply::IsError(const std::string& prefix) const {
  return kind == Kind::kError && text.starts_with(prefix);
}

std::string Reply::ToString() const {
  switch (kind) {
    case Kind::kNil:
      return "(nil)";
    case Kind::kInteger:
      return "(integer) " + std::to_string(integer);
    case Kind::kStatus:
      return text;
    case Kind::kError:
      return "(error) " + text;
    case Kind::kBulk:
      return Quoted(text);
    case Kind::kLost:
      return "(no reply) " + text;
    case Kind::kArray:
      break;
  }
  std::string out = "[";
  for (const Reply& element : elements) {
    if (out.size() > 1) out += ", ";
    out += element.ToString();
  }
  return out + "]";
}

std::ostream& operator<<(std::ostream& out, const Reply& reply) {
  return out << reply.ToString();
}

}  // namespace ebb::test

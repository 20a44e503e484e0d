// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ebb::oracle {

using Argv = std::vector<std::string>;

// One reply with everything the protocol tells apart: hiredis of Debian 12 does not speak RESP3,
// and no client library distinguishes the two nulls of RESP2.
struct Value {
  // The reply's first byte: + - : $ * _ , # = ( % ~ > or, of an attribute, |.
  char type = '_';
  bool null = false;                 // $-1, *-1 and _
  std::string text = {};             // what stands on the line, or the bulk's bytes
  std::vector<Value> elements = {};  // of a map: key, value, key, value ...

  friend bool operator==(const Value&, const Value&) = default;

  bool is_error() const { return type == '-'; }
  // *, ~ or %
  bool is_aggregate() const { return type == '*' || type == '~' || type == '%'; }
  // A word for the reply's kind: "integer", "bulk", "null bulk", "map" ...
  std::string Kind() const;
};

std::string EncodeCommand(const Argv& argv);

// The command as a line with quotes, for the server's inline parser; ends with CRLF.
std::string EncodeInline(const Argv& argv);

// Where the reply that begins at `from` ends; nothing while bytes are missing. Bytes that are no
// reply at all end at the end.
std::optional<size_t> ReplyEnd(std::string_view bytes, size_t from);

// Reads one whole reply, as found by ReplyEnd.
Value ParseReply(std::string_view bytes);

// As redis-cli would take it: SET key "a\x00b".
std::string QuoteCommand(const Argv& argv);

// On one line, with the kind where redis-cli does not show it; the middle of what is very long is
// left out.
std::string Describe(const Value& value, size_t limit = 600);

}  // namespace ebb::oracle

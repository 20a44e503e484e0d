// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
//
// Any bytes, in any pieces: the parser keeps to its memory, the pieces make no difference, a
// command that is postponed comes again as it was, and commands written as arrays are read as they
// were. The first byte of the input chooses the pieces, the rest is what a client sends.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/peek.h"
#include "protocol/request_parser.h"
#include "tests/support/read_into.h"

namespace ebb {
namespace {

using Command = std::vector<std::string>;

struct Outcome {
  std::vector<Command> commands;
  std::string error;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

// How the bytes arrive: pieces of `size`, or of sizes up to it that vary with `seed`.
struct Pieces {
  size_t size;
  uint32_t seed = 0;
  bool postpone = false;  // Unread every other command once
  bool peek = false;      // cut as many as possible ahead, for the parser to adopt

  size_t Next() {
    if (seed == 0) return size;
    seed = seed * 1664525 + 1013904223;
    return (seed >> 8) % size + 1;
  }
};

Command Args(const RequestParser& parser) {
  return {parser.args().begin(), parser.args().end()};
}

// The next command, which the parser adopts if it can be cut ahead into `room`.
RequestParser::Status Next(RequestParser& parser, std::span<std::string_view> room) {
  std::string_view unparsed = parser.unparsed();
  const size_t before = unparsed.size();
  const size_t count = PeekCommand(&unparsed, room);
  if (count == 0 || count > room.size()) return parser.Next();
  parser.Adopt(room.first(count), before - unparsed.size());
  return RequestParser::Status::kCommand;
}

Outcome Parse(std::string_view bytes, Pieces pieces) {
  ParserLimits limits;
  limits.max_bulk_bytes = size_t{1} << 20;
  RequestParser parser(&limits);
  std::vector<char> scratch(size_t{16} << 10);
  Outcome outcome;
  bool postponed = false;
  std::array<std::string_view, 8> room;
  while (!bytes.empty()) {
    const size_t count = test::ReadInto(parser, scratch, &bytes, pieces.Next()).size();
    RequestParser::Status status;
    while ((status = Next(parser, std::span(room).first(pieces.peek ? room.size() : 0))) ==
               RequestParser::Status::kCommand ||
           parser.behind()) {
      if (status != RequestParser::Status::kCommand) continue;
      postponed = pieces.postpone && !postponed;
      if (postponed) {
        parser.Unread();
        parser.Release();
      } else {
        outcome.commands.push_back(Args(parser));
      }
    }
    if (status == RequestParser::Status::kError) {
      outcome.error = parser.error();
      return outcome;
    }
    parser.Release();
    std::memset(scratch.data(), '#', std::min(scratch.size(), size_t{4096} + count));
  }
  return outcome;
}

std::string Arrays(const std::vector<Command>& commands) {
  std::string bytes;
  for (const Command& command : commands) {
    bytes += "*" + std::to_string(command.size()) + "\r\n";
    for (const std::string& argument : command) {
      bytes += "$" + std::to_string(argument.size()) + "\r\n" + argument + "\r\n";
    }
  }
  return bytes;
}

void Require(const Outcome& outcome, const Outcome& expected, const char* what) {
  if (outcome == expected) return;
  std::fprintf(stderr, "%s: %s%s\nbut whole: %s%s\n", what, Arrays(outcome.commands).c_str(),
               outcome.error.c_str(), Arrays(expected.commands).c_str(), expected.error.c_str());
  std::abort();
}

void TestOne(std::string_view bytes, uint8_t choice) {
  const size_t size = size_t{choice} + 1;
  Outcome whole = Parse(bytes, {bytes.size()});
  Require(Parse(bytes, {size}), whole, "in equal pieces");
  Require(Parse(bytes, {.size = 8 * size, .seed = choice + 1u}), whole, "in unequal pieces");
  Require(Parse(bytes, {.size = size, .seed = 1, .postpone = true}), whole, "postponed");

  Require(Parse(bytes, {.size = bytes.size(), .peek = true}), whole, "cut ahead");
  Require(Parse(bytes, {.size = 8 * size, .postpone = true, .peek = true}), whole,
          "cut ahead, postponed");

  const std::string arrays = Arrays(whole.commands);
  whole.error.clear();
  Require(Parse(arrays, {arrays.size()}), whole, "written and read again");
  Require(Parse(arrays, {size}), whole, "written and read again in pieces");
}

}  // namespace
}  // namespace ebb

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  ebb::TestOne({reinterpret_cast<const char*>(data) + 1, size - 1}, data[0]);
  return 0;
}

// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
//
// Any bytes, in any pieces: the parser keeps to its memory, and the pieces make no difference. The
// first byte of the input is the size of the pieces, the rest is what a client sends.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/request_parser.h"

namespace ebb {
namespace {

// What the parser makes of `bytes` that arrive in pieces of `piece`: every argument with its size,
// and the error.
std::string Transcript(std::string_view bytes, size_t piece) {
  ParserLimits limits;
  limits.max_bulk_bytes = size_t{1} << 20;
  RequestParser parser(&limits);
  std::vector<char> scratch(size_t{16} << 10);
  std::string transcript;
  while (!bytes.empty()) {
    const std::span<char> target = parser.ReadTarget(scratch);
    const size_t count = std::min({piece, target.size(), bytes.size()});
    std::memcpy(target.data(), bytes.data(), count);
    bytes.remove_prefix(count);
    parser.BytesRead(count);
    RequestParser::Status status;
    while ((status = parser.Next()) == RequestParser::Status::kCommand) {
      for (const std::string_view argument : parser.args()) {
        transcript += std::to_string(argument.size()) + ":";
        transcript += argument;
      }
      transcript += ";";
    }
    if (status == RequestParser::Status::kError) {
      return transcript + std::string(parser.error());
    }
    parser.Release();
  }
  return transcript;
}

}  // namespace
}  // namespace ebb

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::string whole = ebb::Transcript(bytes, bytes.size());
  const std::string pieces = ebb::Transcript(bytes, size_t{data[0]} + 1);
  if (whole != pieces) {
    std::fprintf(stderr, "whole:  %s\npieces: %s\n", whole.c_str(), pieces.c_str());
    std::abort();
  }
  return 0;
}

// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/reply_writer.h"
#include "server/command.h"
#include "server/errors.h"
#include "server/text.h"

namespace ebb {

// Reads a command's arguments from left to right and keeps the first error: after it every further
// call answers a harmless value and changes nothing, so a command checks once, at the end.
//
//   ArgParser parser(call, 2);
//   while (parser.More()) {
//     if (parser.Take("EX")) seconds = parser.Integer();
//     else parser.SyntaxError();
//   }
//   if (parser.Failed()) return;          // the error has been written
//
// Ownership: views point into the call's arguments.
class ArgParser {
 public:
  // Starts at argument `first`.
  ArgParser(Call& call, size_t first) : call_(call), at_(first) {}

  bool More() const { return error_.empty() && at_ < call_.args.size(); }
  size_t Left() const { return error_.empty() ? call_.args.size() - at_ : 0; }

  // Moves past the next argument when it is `word` in any case, and at least `following` more come
  // after it.
  bool Take(std::string_view word, size_t following = 0);

  // The next argument as text; a syntax error when there is none.
  std::string_view Text();

  // The next argument as a 64-bit integer; Redis's "not an integer" error, or `message`, when it is
  // none.
  int64_t Integer(std::string_view message = errors::kNotInteger);

  // As Integer, within [min, max].
  int64_t Integer(int64_t min, int64_t max, std::string_view message = errors::kNotInteger);

  // As Integer, from 0 on; Redis's error for a number of things when it is none.
  int64_t Count();

  // The next argument as a double; Redis's "not a float" error, or `message`, when it is none.
  double Double(std::string_view message = errors::kNotFloat);

  // Records an error unless there is one already.
  void Fail(std::string_view message) {
    if (error_.empty()) error_ = message;
  }
  bool HasError() const { return !error_.empty(); }
  void SyntaxError() { Fail(errors::kSyntax); }

  // Whether anything went wrong; writes the error as the reply the first time it is asked.
  bool Failed();

 private:
  Call& call_;
  size_t at_;
  std::string error_;
  bool replied_ = false;
};

}  // namespace ebb

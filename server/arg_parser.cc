// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/arg_parser.h"

#include "storage/number.h"

namespace ebb {

bool ArgParser::Take(std::string_view word, size_t following) {
  if (Left() < 1 + following || !EqualsIgnoreCase(call_.args[at_], word)) return false;
  ++at_;
  return true;
}

std::string_view ArgParser::Text() {
  if (!More()) {
    SyntaxError();
    return {};
  }
  return call_.args[at_++];
}

int64_t ArgParser::Integer(std::string_view message) {
  return Integer(INT64_MIN, INT64_MAX, message);
}

int64_t ArgParser::Integer(int64_t min, int64_t max, std::string_view message) {
  if (!More()) {
    SyntaxError();
    return 0;
  }
  const auto value = ParseInteger(call_.args[at_]);
  if (!value || *value < min || *value > max) {
    Fail(message);
    return 0;
  }
  ++at_;
  return *value;
}

int64_t ArgParser::Count() {
  return Integer(0, INT64_MAX, "ERR value is out of range, must be positive");
}

double ArgParser::Double(std::string_view message) {
  if (!More()) {
    SyntaxError();
    return 0;
  }
  const auto value = ParseDouble(call_.args[at_]);
  if (!value) {
    Fail(message);
    return 0;
  }
  ++at_;
  return *value;
}

bool ArgParser::Failed() {
  if (error_.empty()) return false;
  if (!replied_) call_.reply.Error(error_);
  replied_ = true;
  return true;
}

}  // namespace ebb

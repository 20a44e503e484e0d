// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors

// Counts answers in a stream of bytes, for tools that care when an answer ends and whether it was
// an error, but not what it says.

#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

namespace ebb::bench {

// Recognises where answers end: a bulk string, a null, or one line (status, integer, error). It
// does not know arrays, which no command of these tools is answered with.
class ReplyScanner {
 public:
  // Consumes `bytes` and returns how many answers were completed by them.
  uint64_t Feed(const char* bytes, size_t size) {
    uint64_t complete = 0;
    for (size_t i = 0; i < size;) {
      if (skip_ != 0) {
        const size_t step = std::min(skip_, size - i);
        skip_ -= step;
        i += step;
        if (skip_ == 0) ++complete;
        continue;
      }
      const char c = bytes[i++];
      if (c != '\n') {
        line_ += c;
        continue;
      }
      complete += EndLine();
    }
    return complete;
  }

  // Bulk strings that were not null.
  uint64_t hits() const { return hits_; }
  uint64_t errors() const { return errors_; }
  // The text of the first error, empty when there was none.
  const std::string& first_error() const { return first_error_; }

 private:
  // Returns 1 when the header line alone is the whole answer, else 0 and sets `skip_`.
  uint64_t EndLine() {
    const char type = line_.empty() ? '\0' : line_[0];
    const long length = type == '$' ? std::strtol(line_.c_str() + 1, nullptr, 10) : -1;
    const bool error = type != '$' && type != '+' && type != ':';
    if (error && ++errors_ == 1) first_error_ = line_;
    line_.clear();
    if (type != '$' || length < 0) return 1;
    ++hits_;
    skip_ = static_cast<size_t>(length) + 2;
    return 0;
  }

  std::string line_;
  size_t skip_ = 0;
  uint64_t hits_ = 0;
  uint64_t errors_ = 0;
  std::string first_error_;
};

}  // namespace ebb::bench

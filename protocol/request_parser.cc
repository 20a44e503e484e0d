// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "protocol/request_parser.h"

#include <algorithm>
#include <climits>
#include <cstring>

#include "protocol/words.h"

namespace ebb {
namespace {

// The longest header or inline command.
constexpr size_t kMaxLine = 64 * 1024;
constexpr size_t kMinOwn = 4 * 1024;

constexpr int64_t kMaxUnauthenticatedArguments = 10;
constexpr int64_t kMaxUnauthenticatedBulk = 16 * 1024;

// A decimal integer without sign tricks, spaces or leading zeros; false if `text` is none.
bool ParseLength(std::string_view text, int64_t* value) {
  const bool negative = !text.empty() && text[0] == '-';
  const std::string_view digits = negative ? text.substr(1) : text;
  if (digits.empty() || digits.size() > 18) return false;
  if (digits[0] == '0' && (digits.size() > 1 || negative)) return false;
  int64_t result = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9') return false;
    result = result * 10 + (c - '0');
  }
  *value = negative ? -result : result;
  return true;
}

}  // namespace

LargeBulk::LargeBulk(const ParserLimits& limits, size_t size)
    : limits_(&limits), block_(limits.allocate(kLargeBulkHeadroom + size + 2)), size_(size) {}

RequestParser::~RequestParser() = default;

std::span<char> RequestParser::ReadTarget(std::span<char> scratch) {
  if (receiving_large_) {
    LargeBulk& large = large_.back();
    return {large.bytes() + large_received_, large.size() + 2 - large_received_};
  }
  ConsumeCommand();
  if (start_ == filled_) {
    data_ = scratch.data();
    start_ = position_ = filled_ = 0;
    return scratch;
  }
  // Moving the rest to the front pays once at least as much has been consumed.
  if (start_ > 0 && filled_ - start_ <= start_) {
    std::memmove(own_.data(), own_.data() + start_, filled_ - start_);
    position_ -= start_;
    filled_ -= start_;
    start_ = 0;
  }
  if (own_.size() - filled_ < kMinOwn) {
    own_.resize(std::max(own_.size() * 2, filled_ + kMinOwn));
    data_ = own_.data();
  }
  return {own_.data() + filled_, own_.size() - filled_};
}

void RequestParser::BytesRead(size_t count) {
  if (receiving_large_) {
    large_received_ += count;
  } else {
    filled_ += count;
  }
}

void RequestParser::ConsumeCommand() {
  if (!ready_ || unread_) return;
  ready_ = false;
  start_ = position_;
  places_.clear();
  inline_args_.clear();
  large_.clear();
  args_.clear();
}

void RequestParser::Release() {
  ConsumeCommand();
  const size_t left = filled_ - start_;
  if (left == 0 && !ready_) {
    if (!own_.empty()) own_ = std::vector<char>();
    data_ = nullptr;
    start_ = position_ = filled_ = 0;
    return;
  }
  if (in_own() || data_ == nullptr) return;
  own_.resize(std::max(left, kMinOwn));
  std::memcpy(own_.data(), data_ + start_, left);
  data_ = own_.data();
  position_ -= start_;
  filled_ = left;
  start_ = 0;
}

RequestParser::Status RequestParser::Next() {
  if (unread_) {
    unread_ = false;
    BuildArgs();
    return Status::kCommand;
  }
  ConsumeCommand();
  const Status status = Parse();
  if (status == Status::kCommand) {
    ready_ = true;
    BuildArgs();
  }
  return status;
}

void RequestParser::BuildArgs() {
  args_.clear();
  if (!inline_args_.empty()) {
    args_.assign(inline_args_.begin(), inline_args_.end());
    return;
  }
  for (const ArgumentPlace& place : places_) {
    if (place.large >= 0) {
      args_.push_back(large_[static_cast<size_t>(place.large)].view());
    } else {
      args_.emplace_back(data_ + start_ + place.offset, place.size);
    }
  }
}

RequestParser::Status RequestParser::Parse() {
  while (true) {
    if (arguments_left_ > 0) {
      while (arguments_left_ > 0) {
        if (const Status status = ParseBulk(); status != Status::kCommand) return status;
      }
      return Status::kCommand;
    }
    if (available() == 0) return Status::kNeedMore;
    if (data_[position_] != '*') {
      if (const Status status = ParseInline(); status != Status::kCommand) return status;
      if (!inline_args_.empty()) return Status::kCommand;
    } else {
      if (const Status status = ParseArrayHeader(); status != Status::kCommand) return status;
      if (arguments_left_ > 0) continue;
    }
    start_ = position_;  // an empty command
  }
}

RequestParser::Status RequestParser::HeaderLine(std::string_view* line, const char* too_long) {
  const char* begin = data_ + position_;
  const char* end = static_cast<const char*>(std::memchr(begin, '\r', available()));
  if (end == nullptr) {
    return available() > kMaxLine ? Fail(too_long) : Status::kNeedMore;
  }
  // The line feed is stepped over, not looked at.
  if (static_cast<size_t>(end - begin) + 2 > available()) return Status::kNeedMore;
  *line = {begin + 1, static_cast<size_t>(end - begin) - 1};
  position_ += static_cast<size_t>(end - begin) + 2;
  return Status::kCommand;
}

RequestParser::Status RequestParser::ParseArrayHeader() {
  std::string_view line;
  const Status status = HeaderLine(&line, "too big mbulk count string");
  if (status != Status::kCommand) return status;
  int64_t count = 0;
  if (!ParseLength(line, &count) || count > INT_MAX) return Fail("invalid multibulk length");
  if (!authenticated_ && count > kMaxUnauthenticatedArguments) {
    return Fail("unauthenticated multibulk length");
  }
  arguments_left_ = std::max<int64_t>(count, 0);
  return Status::kCommand;
}

RequestParser::Status RequestParser::ParseBulk() {
  if (receiving_large_) {
    LargeBulk& large = large_.back();
    if (large_received_ < large.size() + 2) return Status::kNeedMore;
    receiving_large_ = false;
    places_.push_back({0, large.size(), static_cast<int>(large_.size()) - 1});
    bulk_size_ = -1;
    --arguments_left_;
    return Status::kCommand;
  }
  if (bulk_size_ < 0) {
    if (available() == 0) return Status::kNeedMore;
    const char first = data_[position_];
    if (first != '$') {
      // As Redis, which looks for the line's end first.
      if (std::memchr(data_ + position_, '\r', available()) == nullptr) {
        return available() > kMaxLine ? Fail("too big bulk count string") : Status::kNeedMore;
      }
      return Fail(std::string("expected '$', got '") + first + "'");
    }
    std::string_view line;
    const Status status = HeaderLine(&line, "too big bulk count string");
    if (status != Status::kCommand) return status;
    int64_t size = 0;
    if (!ParseLength(line, &size) || size < 0 ||
        static_cast<size_t>(size) > limits_->max_bulk_bytes) {
      return Fail("invalid bulk length");
    }
    if (!authenticated_ && size > kMaxUnauthenticatedBulk) {
      return Fail("unauthenticated bulk length");
    }
    bulk_size_ = size;
  }
  const auto size = static_cast<size_t>(bulk_size_);
  if (available() < size + 2) {
    return size >= kLargeBulkMin ? StartLarge(size) : Status::kNeedMore;
  }
  places_.push_back({position_ - start_, size});
  position_ += size + 2;
  bulk_size_ = -1;
  --arguments_left_;
  return Status::kCommand;
}

RequestParser::Status RequestParser::StartLarge(size_t size) {
  LargeBulk large(*limits_, size);
  if (!large.valid()) return Fail("not enough memory for an argument of this length");
  large_received_ = available();
  std::memcpy(large.bytes(), data_ + position_, large_received_);
  filled_ = position_;
  large_.push_back(std::move(large));
  receiving_large_ = true;
  return Status::kNeedMore;
}

RequestParser::Status RequestParser::ParseInline() {
  const char* begin = data_ + position_;
  const char* end = static_cast<const char*>(
      std::memchr(begin + inline_scanned_, '\n', available() - inline_scanned_));
  if (end == nullptr) {
    inline_scanned_ = available();
    return available() > kMaxLine ? Fail("too big inline request") : Status::kNeedMore;
  }
  inline_scanned_ = 0;
  std::string_view line(begin, static_cast<size_t>(end - begin));
  position_ += line.size() + 1;
  if (line.ends_with('\r')) line.remove_suffix(1);
  // A NUL ends the line, as it always did.
  line = line.substr(0, line.find('\0'));
  auto words = SplitWords(line);
  if (!words) return Fail("unbalanced quotes in request");
  inline_args_ = std::move(*words);
  return Status::kCommand;
}

RequestParser::Status RequestParser::Fail(std::string message) {
  error_ = "Protocol error: " + message;
  return Status::kError;
}

std::optional<LargeBulk> RequestParser::TakeLarge(size_t index) {
  if (!ready_ || !inline_args_.empty() || index >= places_.size()) return std::nullopt;
  const int large = places_[index].large;
  if (large < 0 || !large_[static_cast<size_t>(large)].valid()) return std::nullopt;
  return std::move(large_[static_cast<size_t>(large)]);
}

size_t RequestParser::buffered_bytes() const {
  size_t total = filled_ - start_;
  if (receiving_large_) total += large_received_;
  for (size_t i = 0; i + (receiving_large_ ? 1 : 0) < large_.size(); ++i) {
    if (large_[i].valid()) total += large_[i].size();
  }
  return total;
}

size_t RequestParser::memory_bytes() const {
  size_t total = own_.capacity() + places_.capacity() * sizeof(ArgumentPlace) +
                 args_.capacity() * sizeof(std::string_view);
  for (const LargeBulk& large : large_) {
    if (large.valid()) total += large.block_bytes();
  }
  return total;
}

}  // namespace ebb

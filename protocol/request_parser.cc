// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "protocol/request_parser.h"

#include <algorithm>
#include <cassert>
#include <charconv>
#include <climits>
#include <cstring>
#include <functional>
#include <numeric>
#include <utility>

#include "protocol/short_header.h"
#include "protocol/words.h"

namespace ebb {
namespace {

// The longest header or inline command, without the character that ends it.
constexpr size_t kMaxLine = 64 * 1024;

// A rest of at most this size goes back to the scratch for the next read, so that a stream of
// commands is read in large pieces although each piece ends within a command. It is small enough
// for the copying not to matter beside the read.
constexpr size_t kSmallRest = 4 * 1024;

// A greater rest is not moved to make room: what comes goes to the backlog.
constexpr size_t kMaxMoved = 64 * 1024;

// Own buffers above it are given back once three quarters of them are empty.
constexpr size_t kShrinkMin = 64 * 1024;

// Pointers to arguments, and places for big ones, that are kept from one command to the next: for
// more, the idle connections among thousands that once sent a long command would hold megabytes.
constexpr size_t kKeptArguments = 64;

constexpr char kNoMemory[] = "not enough memory for an argument of this length";

constexpr int64_t kMaxUnauthenticatedArguments = 10;
constexpr int64_t kMaxUnauthenticatedBulk = 16 * 1024;

// The number in a header line: decimal digits without plus sign, spaces or leading zeros. False if
// `text` is none.
bool ParseLength(std::string_view text, int64_t* value) {
  const std::string_view digits = text.starts_with('-') ? text.substr(1) : text;
  if (digits.starts_with('0') && text.size() > 1) return false;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *value);
  return error == std::errc() && end == text.data() + text.size();
}

// How large an own buffer a rest of this size gets. A small one is read on in the scratch.
size_t OwnCapacity(size_t rest) {
  constexpr size_t kStep = 256;
  return rest <= kSmallRest ? (rest + kStep - 1) / kStep * kStep : 2 * rest + kMinRead;
}

}  // namespace

// ----------------------------------------------------------------------------- where the bytes are

// Whether the own buffer has no room for a read behind what it holds.
bool RequestParser::full() const {
  return in_own() && own_capacity_ - filled_ < kMinRead;
}

std::span<char> RequestParser::ReadTarget(std::span<char> scratch) {
  if (backlog_.in_use()) return backlog_.Target();
  if (receiving_large_) {
    const std::span<char> target = large_.back().bulk.Target();
    // One that is whole waits with its command.
    if (target.empty()) return backlog_.Target();
    return target.first(std::min(target.size(), kMaxRead));
  }
  ConsumeCommand();
  const size_t rest = filled_ - start_;
  if (full() && (!held_.empty() || rest > kMaxMoved)) return backlog_.Target();
  if (held_.empty() && rest <= kSmallRest && rest <= scratch.size() / 2) {
    MoveBytes(scratch.data());
    return scratch.subspan(rest);
  }
  // Moving the rest to the front pays once at least as much has been consumed.
  if (full() && rest <= start_) MoveBytes(own_.get());
  if (!in_own() || full()) MoveToOwn(2 * rest + kMinRead);
  return {own_.get() + filled_, std::min(own_capacity_ - filled_, kMaxRead)};
}

void RequestParser::BytesRead(size_t count) {
  if (backlog_.in_use()) {
    backlog_.Received(count);
  } else if (receiving_large_) {
    ReceiveLarge(count);
  } else {
    filled_ += count;
  }
}

void RequestParser::ReceiveLarge(size_t count) {
  large_bytes_ += count;
  if (!large_.back().bulk.Received(count)) Fail(kNoMemory);
}

// Takes a block of the backlog, or what of it a big argument's block has room for. False where
// there is none.
bool RequestParser::CatchUp() {
  if (!behind()) return false;
  std::string_view bytes = backlog_.Front();
  if (receiving_large_) {
    const std::span<char> target = large_.back().bulk.Target();
    bytes = bytes.substr(0, target.size());
    std::memcpy(target.data(), bytes.data(), bytes.size());
    ReceiveLarge(bytes.size());
  } else {
    Append(bytes);
  }
  backlog_.Consume(bytes.size());
  return true;
}

// Puts `bytes` behind what has not been parsed, which is a part of a line or of a short argument,
// in another buffer. The old one is held if it has arguments.
void RequestParser::Append(std::string_view bytes) {
  const bool has_arguments = !args_.empty() && position_ > start_;
  if (has_arguments && !in_own()) MoveToOwn(filled_ - start_);
  const size_t rest = available();
  const size_t capacity = std::max(rest + bytes.size(), InputBacklog::kBlockBytes);
  auto own = std::make_unique_for_overwrite<char[]>(capacity);
  if (rest > 0) std::memcpy(own.get(), data_ + position_, rest);
  std::memcpy(own.get() + rest, bytes.data(), bytes.size());
  if (has_arguments) {
    held_bytes_ += position_ - start_;
    held_capacity_ += own_capacity_;
    held_.push_back(std::move(own_));
  }
  own_ = std::move(own);
  own_capacity_ = capacity;
  data_ = own_.get();
  start_ = position_ = 0;
  filled_ = rest + bytes.size();
}

void RequestParser::DropHeld() {
  held_.clear();
  held_bytes_ = held_capacity_ = 0;
}

void RequestParser::Release() {
  backlog_.DropUnused();
  ConsumeCommand();
  if (args_.empty() && args_.capacity() > kKeptArguments) args_ = std::vector<std::string_view>();
  if (large_.empty() && large_.capacity() > kKeptArguments) large_ = std::vector<LargeArgument>();
  if (!held_.empty()) return;
  const size_t rest = filled_ - start_;
  if (rest == 0) {
    own_.reset();
    own_capacity_ = 0;
    data_ = nullptr;
    start_ = position_ = filled_ = 0;
  } else if (own_capacity_ > kShrinkMin && rest <= own_capacity_ / 4) {
    MoveToOwn(OwnCapacity(rest));
  } else if (!in_own() && rest <= own_capacity_) {
    MoveBytes(own_.get());
  } else if (!in_own()) {
    MoveToOwn(OwnCapacity(rest));
  }
}

// Moves the bytes from start_ on, and with them the arguments that lie in them.
void RequestParser::MoveBytes(char* to) {
  const char* const from = data_ + start_;
  const size_t rest = filled_ - start_;
  if (rest > 0) std::memmove(to, from, rest);
  for (std::string_view& argument : args_) {
    // Big arguments and words that were quoted lie elsewhere.
    if (std::less_equal<>()(from, argument.data()) && std::less<>()(argument.data(), from + rest)) {
      argument = {to + (argument.data() - from), argument.size()};
    }
  }
  data_ = to;
  position_ -= start_;
  filled_ = rest;
  start_ = 0;
}

void RequestParser::MoveToOwn(size_t capacity) {
  std::unique_ptr<char[]> own(new char[capacity]);
  MoveBytes(own.get());
  own_ = std::move(own);
  own_capacity_ = capacity;
}

void RequestParser::ConsumeCommand() {
  if (!ready_ || unread_) return;
  ready_ = false;
  start_ = position_;
  adopted_ = {};
  args_.clear();
  if (!held_.empty()) DropHeld();
  if (!quoted_words_.empty()) quoted_words_.clear();
  if (!large_.empty()) {
    large_.clear();
    large_bytes_ = 0;
  }
}

void RequestParser::Unread() {
  unread_ = true;
  if (adopted_.empty()) return;
  args_.assign(adopted_.begin(), adopted_.end());
  adopted_ = {};
}

size_t RequestParser::buffered_bytes() const {
  return short_bytes() + large_bytes_;
}

size_t RequestParser::unparsed_bytes() const {
  const size_t arriving = receiving_large_ ? large_.back().bulk.received() : 0;
  return arriving + (runs() ? short_bytes() : available() + backlog_.bytes());
}

size_t RequestParser::argument_bytes() const {
  if (runs()) return 0;
  const auto sum = [](size_t bytes, std::string_view argument) { return bytes + argument.size(); };
  return std::accumulate(args_.begin(), args_.end(), size_t{0}, sum);
}

size_t RequestParser::memory_bytes() const {
  return own_capacity_ + held_capacity_ + backlog_.memory_bytes() +
         args_.capacity() * sizeof(std::string_view) + large_.capacity() * sizeof(LargeArgument) +
         large_bytes_;
}

RequestParser::Holdings RequestParser::TakeHoldings() {
  // What is still to come of an argument is counted elsewhere, so it ends here.
  if (std::exchange(receiving_large_, false)) {
    large_bytes_ -= large_.back().bulk.received();
    large_.pop_back();
  }
  Holdings all;
  all.bytes = memory_bytes();
  all.buffers = std::move(held_);
  all.buffers.push_back(std::move(own_));
  all.backlog = std::move(backlog_);
  all.args = std::move(args_);
  all.large = std::move(large_);
  return all;
}

std::optional<LargeBulk> RequestParser::TakeLarge(size_t index) {
  if (!ready_) return std::nullopt;
  std::optional<LargeBulk> bulk = ebb::TakeLarge(large_, index);
  if (bulk) large_bytes_ -= bulk->received();
  return bulk;
}

// ----------------------------------------------------------------------------------------- parsing

RequestParser::Status RequestParser::Next() {
  if (unread_) {
    unread_ = false;
    return Status::kCommand;
  }
  ConsumeCommand();
  Status status = Parse();
  if (status == Status::kNeedMore && CatchUp()) status = Parse();
  ready_ = status == Status::kCommand;
  return status;
}

RequestParser::Status RequestParser::Parse() {
  if (!error_.empty()) return Status::kError;
  while (arguments_left_ == 0) {
    if (const Status status = StartCommand(); status != Status::kCommand) return status;
    if (!args_.empty()) return Status::kCommand;
    // Without arguments it is no command.
    if (arguments_left_ == 0) start_ = position_;
  }
  while (true) {
    if (bulk_size_ < 0) TakeWholeArguments();
    if (arguments_left_ == 0) return Status::kCommand;
    if (const Status status = TakeArgument(); status != Status::kCommand) return status;
  }
}

// Reads an array's header, or a whole inline command.
RequestParser::Status RequestParser::StartCommand() {
  if (available() == 0) return Status::kNeedMore;
  return data_[position_] == '*' ? ParseArrayHeader() : ParseInline();
}

RequestParser::Status RequestParser::ParseArrayHeader() {
  int64_t count = 0;
  size_t short_count;
  const char* const begin = data_ + position_;
  if (const char* end = ShortHeader('*', begin, data_ + filled_, &short_count)) {
    count = static_cast<int64_t>(short_count);
    position_ += static_cast<size_t>(end - begin);
    line_scanned_ = 0;
  } else {
    std::string_view line;
    const Status status = HeaderLine(&line, "too big mbulk count string");
    if (status != Status::kCommand) return status;
    if (!ParseLength(line.substr(1), &count) || count > INT_MAX) {
      return Fail("invalid multibulk length");
    }
  }
  if (!authenticated_ && count > kMaxUnauthenticatedArguments) {
    return Fail("unauthenticated multibulk length");
  }
  arguments_left_ = std::max<int64_t>(count, 0);
  return Status::kCommand;
}

// The usual case, and the hot loop: arguments that are here whole, with short headers. It stops at
// the first that is something else, for TakeArgument to look at.
void RequestParser::TakeWholeArguments() {
  const size_t limit = authenticated_ ? limits_->max_bulk_bytes : 0;
  const char* at = data_ + position_;
  const char* const end = data_ + filled_;
  int64_t left = arguments_left_;
  while (left > 0) {
    size_t size;
    const char* const bytes = ShortHeader('$', at, end, &size);
    if (bytes == nullptr || size > limit || size + 2 > static_cast<size_t>(end - bytes)) break;
    args_.emplace_back(bytes, size);
    at = bytes + size + 2;
    --left;
  }
  if (left == arguments_left_) return;
  arguments_left_ = left;
  line_scanned_ = 0;
  position_ = static_cast<size_t>(at - data_);
}

// Goes on with the next argument, whatever it looks like.
RequestParser::Status RequestParser::TakeArgument() {
  if (receiving_large_) {
    const LargeBulk& large = large_.back().bulk;
    if (!large.complete()) return Status::kNeedMore;
    receiving_large_ = false;
    AddArgument(large.view());
    return Status::kCommand;
  }
  if (bulk_size_ < 0) {
    if (const Status status = ParseBulkHeader(); status != Status::kCommand) return status;
  }
  const auto size = static_cast<size_t>(bulk_size_);
  if (available() < size + 2) {
    return size >= kLargeBulkMin ? StartLarge(size) : Status::kNeedMore;
  }
  AddArgument({data_ + position_, size});
  // What ends an argument is stepped over, not looked at.
  position_ += size + 2;
  return Status::kCommand;
}

void RequestParser::AddArgument(std::string_view bytes) {
  args_.push_back(bytes);
  bulk_size_ = -1;
  --arguments_left_;
}

RequestParser::Status RequestParser::ParseBulkHeader() {
  std::string_view line;
  const Status status = HeaderLine(&line, "too big bulk count string");
  if (status != Status::kCommand) return status;
  // An empty line shows the character that ended it.
  const char type = line.data()[0];
  if (type != '$') return Fail(std::string("expected '$', got '") + type + "'");
  int64_t size = 0;
  if (!ParseLength(line.substr(1), &size) || size < 0 ||
      static_cast<size_t>(size) > limits_->max_bulk_bytes) {
    return Fail("invalid bulk length");
  }
  if (!authenticated_ && size > kMaxUnauthenticatedBulk) return Fail("unauthenticated bulk length");
  bulk_size_ = size;
  return Status::kCommand;
}

RequestParser::Status RequestParser::StartLarge(size_t size) {
  LargeBulk large(*limits_, size, {data_ + position_, available()});
  if (!large.valid()) return Fail(kNoMemory);
  large_bytes_ += large.received();
  filled_ = position_;
  large_.push_back({args_.size(), std::move(large)});
  receiving_large_ = true;
  return Status::kNeedMore;
}

// Reads the header line at position_, without its CR LF; kNeedMore while it has not come.
RequestParser::Status RequestParser::HeaderLine(std::string_view* line, const char* too_long) {
  const char* const end = LineEnd('\r');
  if (line_scanned_ > kMaxLine || (end == nullptr && available() > kMaxLine)) return Fail(too_long);
  // The line feed is stepped over, not looked at.
  if (end == nullptr || line_scanned_ + 2 > available()) return Status::kNeedMore;
  *line = {data_ + position_, line_scanned_};
  position_ += line_scanned_ + 2;
  line_scanned_ = 0;
  return Status::kCommand;
}

// Where `terminator` ends the line at position_, line_scanned_ bytes on; null while it has not
// come. As in Redis, a NUL hides all that follows, so that such a line ends in being too long.
const char* RequestParser::LineEnd(char terminator) {
  const char* const begin = data_ + position_ + line_scanned_;
  const size_t unknown = available() - line_scanned_;
  const auto* const end = static_cast<const char*>(std::memchr(begin, terminator, unknown));
  const size_t before = end != nullptr ? static_cast<size_t>(end - begin) : unknown;
  const auto* const nul = static_cast<const char*>(std::memchr(begin, '\0', before));
  line_scanned_ += nul != nullptr ? static_cast<size_t>(nul - begin) : before;
  return nul != nullptr ? nullptr : end;
}

RequestParser::Status RequestParser::ParseInline() {
  const char* const end = LineEnd('\n');
  if (line_scanned_ > kMaxLine || (end == nullptr && available() > kMaxLine)) {
    return Fail("too big inline request");
  }
  if (end == nullptr) return Status::kNeedMore;
  std::string_view line(data_ + position_, line_scanned_);
  position_ += line_scanned_ + 1;
  line_scanned_ = 0;
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (SplitPlainWords(line, &args_)) return Status::kCommand;
  auto words = SplitWords(line);
  if (!words) return Fail("unbalanced quotes in request");
  quoted_words_ = std::move(*words);
  args_.assign(quoted_words_.begin(), quoted_words_.end());
  return Status::kCommand;
}

RequestParser::Status RequestParser::Fail(std::string message) {
  error_ = "Protocol error: " + message;
  return Status::kError;
}

}  // namespace ebb

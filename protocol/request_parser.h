// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ebb {

// Limits that all connections share; CONFIG SET changes them live. With them comes the memory of big arguments, so that
// storage can own what the parser received.
struct ParserLimits {
  size_t max_bulk_bytes = size_t{512} << 20;      // proto-max-bulk-len
  size_t query_buffer_bytes = size_t{1} << 30;    // client-query-buffer-limit
  void* (*allocate)(size_t size) = std::malloc;   // null when there is none
  void (*free)(void* block, size_t size) = [](void* block, size_t) { std::free(block); };
};

// Bytes left free before a big argument in its block, for who adopts it to write a header into.
inline constexpr size_t kLargeBulkHeadroom = 32;

// Arguments of at least this size that have not arrived whole are received into a block of their own.
inline constexpr size_t kLargeBulkMin = 32 * 1024;

// The block of one big argument: headroom, the bytes, CR LF. Move-only.
class LargeBulk {
 public:
  // Null block when memory cannot be had.
  LargeBulk(const ParserLimits& limits, size_t size);
  LargeBulk(LargeBulk&& other) noexcept
      : limits_(other.limits_), block_(std::exchange(other.block_, nullptr)), size_(other.size_) {}
  LargeBulk& operator=(LargeBulk&& other) noexcept {
    std::swap(limits_, other.limits_);
    std::swap(block_, other.block_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~LargeBulk() {
    if (block_ != nullptr) limits_->free(block_, block_bytes());
  }

  bool valid() const { return block_ != nullptr; }
  size_t size() const { return size_; }
  size_t block_bytes() const { return kLargeBulkHeadroom + size_ + 2; }
  char* bytes() { return static_cast<char*>(block_) + kLargeBulkHeadroom; }
  std::string_view view() const {
    return {static_cast<const char*>(block_) + kLargeBulkHeadroom, size_};
  }

  // Gives the block away, to be freed by its new owner with block_bytes().
  void* ReleaseBlock() { return std::exchange(block_, nullptr); }

 private:
  const ParserLimits* limits_;
  void* block_ = nullptr;
  size_t size_;
};

// Cuts a client's bytes into commands: RESP arrays of bulk strings, and inline commands with quotes. Any split of the bytes gives the same
// result, and what was parsed is not parsed again. Never throws.
//
//   span = parser.ReadTarget(scratch);  parser.BytesRead(recv(span));
//   while (parser.Next() == kCommand) Run(parser.args());
//   parser.Release();
//
// Bytes are read into memory that all parsers share (`scratch`); only what is left of an incomplete command moves to a buffer of the
// parser's own, so an idle connection owns none. A big argument is received straight into a block of its own.
//
// Thread: one.
class RequestParser {
 public:
  enum class Status { kCommand, kNeedMore, kError };

  // `limits` outlives the parser.
  explicit RequestParser(const ParserLimits* limits) : limits_(limits) {}
  ~RequestParser();
  RequestParser(const RequestParser&) = delete;
  RequestParser& operator=(const RequestParser&) = delete;

  // Where the next read should put its bytes, never empty: `scratch`, the own buffer, or a big argument's block.
  std::span<char> ReadTarget(std::span<char> scratch);

  // `count` bytes were put there.
  void BytesRead(size_t count);

  // The next command. With kCommand, args() is never empty and valid until Next, ReadTarget or Release; commands
  // without arguments are skipped. After kError the connection is of no further use.
  Status Next();
  std::span<const std::string_view> args() const { return args_; }

  // The command that Next just gave was not run: Next gives it again, also after Release and reads.
  void Unread() { unread_ = true; }

  // Moves what is left into the own buffer: call it before anybody else reads into the scratch. Frees an empty own buffer.
  void Release();

  // After kError: "Protocol error: invalid bulk length" and the like, as Redis says it.
  std::string_view error() const { return error_; }

  // Clients that have not authenticated get 10 arguments of 16 KiB at most.
  void set_authenticated(bool authenticated) { authenticated_ = authenticated; }

  // The block of args()[index], if it has one of its own. The argument's view stays valid as long as the new owner
  // keeps the block.
  std::optional<LargeBulk> TakeLarge(size_t index);

  // Bytes received and not yet consumed by a command; free bytes behind them; memory that the parser owns.
  size_t buffered_bytes() const;
  size_t free_bytes() const { return in_own() ? own_.size() - filled_ : 0; }
  size_t memory_bytes() const;

  bool over_query_buffer_limit() const { return buffered_bytes() > limits_->query_buffer_bytes; }

 private:
  // One argument: its place after the command's start, or the number of its block.
  struct ArgumentPlace {
    size_t offset;
    size_t size;
    int large = -1;
  };

  bool in_own() const { return data_ != nullptr && data_ == own_.data(); }
  size_t available() const { return filled_ - position_; }

  void ConsumeCommand();
  Status Parse();
  Status ParseInline();
  Status ParseArrayHeader();
  Status ParseBulk();
  Status StartLarge(size_t size);
  void BuildArgs();
  Status Fail(std::string message);
  // Finds the end of the header line at position_; kNeedMore while it has not come.
  Status HeaderLine(std::string_view* line, const char* too_long);

  const ParserLimits* limits_;
  bool authenticated_ = true;
  bool ready_ = false;   // Next gave a command that has not been consumed
  bool unread_ = false;
  std::string error_;

  // The bytes at hand: in the scratch or in own_. The current command starts at start_, parsing goes on at position_.
  char* data_ = nullptr;
  size_t start_ = 0;
  size_t position_ = 0;
  size_t filled_ = 0;
  std::vector<char> own_;

  // The command being parsed.
  int64_t arguments_left_ = 0;
  int64_t bulk_size_ = -1;     // the argument whose header has been read
  size_t inline_scanned_ = 0;  // bytes of an inline command known to have no end of line
  std::vector<ArgumentPlace> places_;
  std::vector<std::string> inline_args_;
  std::vector<LargeBulk> large_;
  size_t large_received_ = 0;
  bool receiving_large_ = false;

  std::vector<std::string_view> args_;
};

}  // namespace ebb

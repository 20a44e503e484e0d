// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/input_backlog.h"
#include "protocol/large_bulk.h"
#include "protocol/short_header.h"

namespace ebb {

// Cuts a client's bytes into commands: RESP arrays of bulk strings, and inline commands with
// quotes. Any split of the bytes gives the same result, and what was parsed is not parsed again:
// O(bytes) in all. Never throws. Limits and errors are those of Redis 7.0; its limit of 64 KiB for
// a line holds here however the line arrives.
//
//   span = parser.ReadTarget(scratch);  parser.BytesRead(recv(span));
//   while ((status = parser.Next()) == kCommand || parser.behind()) {
//     if (status == kCommand) Run(parser.args());
//   }
//   parser.Release();
//
// Bytes are read into memory that all parsers share (`scratch`); only what is left of an incomplete
// command moves to a buffer of the parser's own, so an idle connection owns none. A big argument is
// received straight into a block of its own. What a client sends ahead, as its commands wait or one
// has very many arguments, lies in blocks, and one after the other comes into the own buffer: no
// step moves more than a few hundred KiB of it. (The views of one command's arguments are in a
// vector: to double it moves 16 bytes for each.)
//
// Invariant: a command is parsed from start_ on, and args_ points at those of its arguments that
// are complete (but for an adopted one); whoever moves the bytes moves the arguments along
// (MoveBytes), or holds the buffer with them until the command is over (held_).
//
// Thread: one.
class RequestParser {
 public:
  enum class Status { kCommand, kNeedMore, kError };

  // A read into other memory than `scratch` brings at most this much, which bounds the work of one
  // wake-up: fresh pages cost more than the bytes.
  static constexpr size_t kMaxRead = 128 * 1024;

  // What may wait of a client that has never authenticated.
  static constexpr size_t kMaxUnauthenticatedBytes = size_t{1} << 20;

  // `limits` outlives the parser.
  explicit RequestParser(const ParserLimits* limits) : limits_(limits) {}
  RequestParser(const RequestParser&) = delete;
  RequestParser& operator=(const RequestParser&) = delete;

  // Where the next read should put its bytes, never empty: `scratch`, or at most kMaxRead bytes of
  // what is the parser's own. `scratch` is the caller's alone from here to Release; 64 KiB are
  // plenty.
  std::span<char> ReadTarget(std::span<char> scratch);

  // `count` bytes were put there.
  void BytesRead(size_t count);

  // The next command. With kCommand, args() is never empty and valid until Next, ReadTarget or
  // Release; commands without arguments are skipped. kError is for good: the connection is of no
  // further use. A call looks at one block at most of what was sent ahead: after kNeedMore, ask
  // again where it is behind().
  Status Next();
  bool behind() const { return !backlog_.empty() && error_.empty(); }
  std::span<const std::string_view> args() const { return adopted_.empty() ? args_ : adopted_; }

  // As Next, for a command that the caller has already cut (PeekCommand) out of the first `size`
  // bytes of unparsed(). `args` is the caller's, who keeps it as it is until the command has run.
  // Answers false, and has done nothing, where limits hold that a peek does not know of: Next has
  // to look.
  bool Adopt(std::span<const std::string_view> args, size_t size);

  // The command that Next just gave, or Adopt took, was not run: Next gives it again, also after
  // Release and reads.
  void Unread();

  // Moves what is left into the own buffer: call it before anybody else reads into the scratch.
  // Frees an own buffer that is empty, or far too big.
  void Release();

  // After kError: "Protocol error: invalid bulk length" and the like, as Redis says it. May hold
  // any byte that the client sent.
  std::string_view error() const { return error_; }

  // Clients that have not authenticated get 10 arguments of 16 KiB at most; of those that never
  // have, before a RESET either, less may wait.
  void set_authenticated(bool authenticated) {
    authenticated_ = authenticated;
    has_authenticated_ |= authenticated;
  }

  // The block of args()[index], if it has one of its own. The argument's view stays valid as long
  // as the new owner keeps the block. O(log of the big arguments).
  std::optional<LargeBulk> TakeLarge(size_t index);
  // Whether the command that Next gave has such arguments.
  bool has_large() const { return !large_.empty(); }

  // The bytes behind the current command that are at hand, while no other has been begun and Next
  // is not to give this one again; for a look ahead.
  std::string_view unparsed() const {
    if (arguments_left_ > 0 || unread_) return {};
    return {data_ + position_, filled_ - position_};
  }
  // Whether there may be another command in what has come.
  bool more() const { return behind() || !unparsed().empty(); }

  // Bytes received and not yet consumed by a command; free bytes in the buffer; memory that the
  // parser owns (of a big argument's block what has arrived: the rest was never touched). O(1).
  size_t buffered_bytes() const;
  size_t free_bytes() const {
    return (in_own() ? own_capacity_ - filled_ : 0) + backlog_.free_bytes();
  }
  size_t memory_bytes() const;

  // The greatest part of that, which refers to nothing of others and may end on another thread, for
  // who has much to end.
  struct Holdings {
    std::vector<std::unique_ptr<char[]>> buffers;
    InputBacklog backlog;
    std::vector<std::string_view> args;  // views into what is here
    std::vector<LargeArgument> large;    // complete, or taken; ReleaseBlock is what any thread may
    size_t bytes = 0;                    // memory_bytes of all
  };

  // Gives them away; the parser is of no further use. O(1).
  Holdings TakeHoldings();

  // As CLIENT LIST tells them apart: bytes behind the last whole argument, and while a command runs
  // its own too; those of the arguments of one that is not complete, or that waits. O(arguments).
  size_t unparsed_bytes() const;
  size_t argument_bytes() const;

  // Whether more waits than client-query-buffer-limit. Whole arguments of a command that goes on do
  // not count, as in Redis; but the short ones, which are in the buffer, have a limit of their own.
  // Of a client that has never authenticated no more than kMaxUnauthenticatedBytes may wait:
  // without it, one that does not read its errors could fill the server's memory.
  bool over_query_buffer_limit() const {
    const bool known = authenticated_ || has_authenticated_;
    if (!known && buffered_bytes() > kMaxUnauthenticatedBytes) return true;
    return unparsed_bytes() > limits_->query_buffer_bytes ||
           short_bytes() > std::max(limits_->query_buffer_bytes, limits_->short_arguments_bytes);
  }

 private:
  bool in_own() const { return data_ != nullptr && data_ == own_.get(); }
  bool full() const;
  size_t available() const { return filled_ - position_; }
  // Those not in big arguments' blocks.
  size_t short_bytes() const { return filled_ - start_ + held_bytes_ + backlog_.bytes(); }
  bool runs() const { return ready_ && !unread_; }

  void ConsumeCommand();
  void MoveBytes(char* to);
  void MoveToOwn(size_t capacity);
  bool CatchUp();
  void ReceiveLarge(size_t count);
  void Append(std::string_view bytes);
  void DropHeld();

  Status Parse();
  Status StartCommand();
  Status ParseArrayHeader();
  Status ParseInline();
  void TakeWholeArguments();
  Status TakeArgument();
  Status ParseBulkHeader();
  Status StartLarge(size_t size);
  void AddArgument(std::string_view bytes);
  Status HeaderLine(std::string_view* line, const char* too_long);
  const char* LineEnd(char terminator);
  Status Fail(std::string message);

  const ParserLimits* limits_;
  bool authenticated_ = true;
  bool has_authenticated_ = false;  // at some time
  bool ready_ = false;              // Next gave a command that has not been consumed
  bool unread_ = false;             // and is to give it again
  std::string error_;

  // The bytes at hand, in the scratch or in own_: the current command starts at start_, parsing
  // goes on at position_.
  char* data_ = nullptr;
  size_t start_ = 0;
  size_t position_ = 0;
  size_t filled_ = 0;
  std::unique_ptr<char[]> own_;
  size_t own_capacity_ = 0;

  // Behind them, what was sent ahead; before them, buffers that have been own_, with arguments of
  // the command being parsed.
  InputBacklog backlog_;
  std::vector<std::unique_ptr<char[]>> held_;
  size_t held_bytes_ = 0;
  size_t held_capacity_ = 0;

  // The command being parsed.
  std::vector<std::string_view> args_;
  std::span<const std::string_view> adopted_;  // in the place of args_, unless empty
  int64_t arguments_left_ = 0;
  int64_t bulk_size_ = -1;                 // of the argument whose header has been read
  size_t line_scanned_ = 0;                // bytes from position_ on known not to end the line
  std::vector<std::string> quoted_words_;  // of an inline command with quotes
  std::vector<LargeArgument> large_;       // the last is being received while receiving_large_
  size_t large_bytes_ = 0;                 // received into large_
  bool receiving_large_ = false;
};

// Inlined: most commands come this way.
inline bool RequestParser::Adopt(std::span<const std::string_view> args, size_t size) {
  if (!authenticated_ || limits_->max_bulk_bytes < kShortHeaderMax) return false;
  assert(!unread_ && arguments_left_ == 0 && error_.empty());
  // A command that was adopted, too, has left nothing to clear.
  if (adopted_.empty()) {
    ConsumeCommand();
  } else {
    assert(ready_ && args_.empty() && quoted_words_.empty() && large_.empty());
    start_ = position_;
  }
  assert(!args.empty() && args.back().data() + args.back().size() + 2 == data_ + position_ + size);
  adopted_ = args;
  position_ += size;
  line_scanned_ = 0;
  ready_ = true;
  return true;
}

}  // namespace ebb

// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <sys/uio.h>

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string_view>
#include <utility>
#include <vector>

namespace ebb {

// Keeps something alive until its bytes are sent: a pointer and how to let go of it. Move-only.
class SharedOwner {
 public:
  using ReleaseFunction = void (*)(void*);

  SharedOwner() = default;
  SharedOwner(void* owner, ReleaseFunction release) : owner_(owner), release_(release) {}
  SharedOwner(SharedOwner&& other) noexcept
      : owner_(std::exchange(other.owner_, nullptr)), release_(other.release_) {}
  SharedOwner& operator=(SharedOwner&& other) noexcept {
    std::swap(owner_, other.owner_);
    std::swap(release_, other.release_);
    return *this;
  }
  ~SharedOwner() {
    if (owner_ != nullptr) release_(owner_);
  }

 private:
  void* owner_ = nullptr;
  ReleaseFunction release_ = nullptr;
};

// Bytes of an output that no more are added to: a stretch of a chunk, or a reference.
struct OutputPiece {
  const char* begin;
  const char* end;
  char* chunk = nullptr;  // given back with this piece, the last in it
  bool shared = false;
  SharedOwner owner = {};
};

// Chunks of outgoing bytes that buffers borrow, so that connections with nothing to send own none.
// Keeps a few spare ones. What a buffer drops that has more pieces than one step may end is the
// pool's, too: who owns the pool calls EndSome until nothing is left.
//
// Ownership: owns spare chunks and what was dropped; ends the latter at the latest with itself.
// Thread: one.
class ChunkPool {
 public:
  // The most that jemalloc has without a page more for it (1 GB of replies that nobody read, in
  // chunks of 16 KiB, took 1.4).
  static constexpr size_t kChunkBytes = 14 * 1024;

  // Where many buffers have something to send, it is a line for each mostly: a message that was
  // published. What these begin with is small, as a fresh page costs more than the line (a PUBLISH
  // to 3,000 took four times as long with whole chunks, and 48 MB for the moment).
  static constexpr size_t kSmallBytes = 512;
  static constexpr size_t kMany = 64;

  // How many dropped pieces a step ends, in some tens of microseconds.
  static constexpr size_t kStep = 128;

  ChunkPool() = default;
  ~ChunkPool();
  ChunkPool(const ChunkPool&) = delete;
  ChunkPool& operator=(const ChunkPool&) = delete;

  // How large the first chunk of one more buffer should be.
  size_t FirstBytes() const { return borrowed_ < kMany ? kChunkBytes : kSmallBytes; }

  // `bytes` is kChunkBytes or kSmallBytes, for both calls.
  char* Take(size_t bytes);
  void GiveBack(char* chunk, size_t bytes);

  // Takes over what a buffer drops: of `pieces` those from `gone` on, and the `chunk_bytes` that
  // they hold in chunks. O(1).
  void EndLater(std::vector<OutputPiece> pieces, size_t gone, size_t chunk_bytes);

  // Ends up to kStep of the pieces that were taken over: gives their chunks back and lets go of
  // their owners. Answers whether there are more.
  bool EndSome() { return End(kStep); }
  // Ends a few: for each piece that comes to a buffer more than one, so that who drops and drops
  // does not outrun the steps. Take does it by itself.
  void EndFew() {
    constexpr size_t kFew = 2;
    if (!dropped_.empty()) [[unlikely]] {
      End(kFew);
    }
  }

  // Memory that waits for EndSome; without the values that are referred to, which others may hold
  // as well. O(1).
  size_t dropped_bytes() const { return dropped_bytes_; }

 private:
  // It ends from its last piece on.
  struct Dropped {
    std::vector<OutputPiece> pieces;
    size_t gone;         // pieces before it are no more
    size_t chunk_bytes;  // of the chunks; all but the first are whole
    size_t list_bytes() const { return pieces.capacity() * sizeof(OutputPiece); }
  };

  bool End(size_t most);
  void EndLast(Dropped* dropped);

  std::vector<char*> spare_;  // kMany at most
  size_t borrowed_ = 0;
  std::vector<Dropped> dropped_;  // none without pieces
  size_t dropped_bytes_ = 0;
};

// Bytes on their way to one client, in order: pooled chunks and, for long values, references to
// where they lie. What comes behind a reference goes on in the chunk before it, so that many
// references with a few bytes between them cost no chunk each.
//
// Ownership: borrows chunks from the pool, which outlives it; an empty buffer borrows none. Thread:
// one.
class OutputBuffer {
 public:
  explicit OutputBuffer(ChunkPool& pool) : pool_(pool) {}
  ~OutputBuffer() { Clear(); }
  OutputBuffer(const OutputBuffer&) = delete;
  OutputBuffer& operator=(const OutputBuffer&) = delete;

  // From now on asks `refuses` before it grows where bytes wait already: for each further chunk and
  // each reference. Where that answers true, all that waits is dropped and so is what does not fit;
  // as long as it does so, no more than one piece waits. It may Clear the buffer, nothing else.
  void AskBeforeGrowth(std::function<bool()> refuses) { refuses_ = std::move(refuses); }

  // Copies `bytes` to the end. O(n).
  void Append(std::string_view bytes) {
    if (bytes.size() > static_cast<size_t>(limit_ - end_)) return AppendSlow(bytes);
    if (bytes.empty()) return;
    std::memcpy(end_, bytes.data(), bytes.size());
    end_ += bytes.size();
    size_ += bytes.size();
  }

  // Room for `count` <= kReserveMax bytes at the end, in one piece, valid until the next call;
  // Commit says how many of them were written.
  static constexpr size_t kReserveMax = 512;
  char* Reserve(size_t count) {
    assert(count <= kReserveMax);
    if (count > static_cast<size_t>(limit_ - end_)) ReserveSlow();
    return end_;
  }
  void Commit(size_t count) {
    end_ += count;
    size_ += count;
  }

  // Appends `bytes` by reference; `owner` keeps them valid and unchanged until they are sent or
  // dropped, and is let go of then. Worth it from some 16 KiB on.
  void AppendShared(std::string_view bytes, SharedOwner owner);

  // Moves all that waits in `other`, another one, to the end: references as they are, the rest by
  // copying, so that a few bytes bring no chunk along. O(pieces + bytes copied).
  void TakeAll(OutputBuffer& other);

  // Bytes that wait. O(1).
  size_t size() const { return size_; }

  // Memory held for them: chunks and referenced values; the latter alone, which others may hold as
  // well. O(1).
  size_t memory_bytes() const {
    return chunk_bytes_ + shared_bytes_ + pieces_.capacity() * sizeof(Piece);
  }
  size_t shared_bytes() const { return shared_bytes_; }

  // The first piece where it is a stretch of a chunk, which stands for a fixed buffer: its bytes
  // and its memory, 0 for a reference. O(1).
  size_t buffer_bytes() const {
    if (first_ == pieces_.size()) return open_bytes();
    const Piece& first = pieces_[first_];
    return first.shared ? 0 : static_cast<size_t>(first.end - first.begin);
  }
  size_t buffer_memory() const { return buffer_bytes() > 0 ? first_chunk_bytes_ : 0; }
  // Pieces and memory that wait behind it. O(1).
  size_t overflow_pieces() const { return piece_count() - (buffer_bytes() > 0 ? 1 : 0); }
  size_t overflow_memory() const {
    return overflow_pieces() > 0 ? memory_bytes() - buffer_memory() : 0;
  }

  // The first `max` pieces for a gathering write; answers how many. Valid until the buffer changes.
  size_t FillIovec(iovec* parts, size_t max) const;

  // Forgets the first `count` <= size() bytes: they were sent. Gives chunks back and lets go of
  // owners on the way. O(pieces forgotten).
  void Consume(size_t count);

  // Drops all that waits. Where that has many pieces, the pool ends them. O(ChunkPool::kStep).
  void Clear();

 private:
  using Piece = OutputPiece;

  // The list of pieces is kept from one batch of replies to the next up to this length.
  static constexpr size_t kKeptPieces = 8;

  size_t open_bytes() const { return static_cast<size_t>(end_ - open_); }
  // Stretches of chunks and references that wait.
  size_t piece_count() const { return pieces_.size() - first_ + (open_bytes() > 0 ? 1 : 0); }
  bool DropIfRefused();
  void AppendSlow(std::string_view bytes);
  void ReserveSlow();
  void NewChunk();
  void CloseOpen();
  void DropFirst();
  void GiveBack(char* chunk);

  ChunkPool& pool_;
  std::function<bool()> refuses_;  // or none
  size_t size_ = 0;
  std::vector<Piece> pieces_;
  size_t first_ = 0;  // pieces before it are gone

  // Behind the pieces, the open end: bytes from open_ to end_ in chunk_, which has room to limit_.
  // All null while size_ is 0, save between Reserve and Commit.
  char* chunk_ = nullptr;
  char* open_ = nullptr;
  char* end_ = nullptr;
  char* limit_ = nullptr;

  size_t chunk_bytes_ = 0;        // of those borrowed
  size_t first_chunk_bytes_ = 0;  // of the one that is given back next; the others are whole
  size_t shared_bytes_ = 0;       // of the references
};

}  // namespace ebb

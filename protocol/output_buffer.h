// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
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

// Chunks of outgoing bytes that buffers borrow, so that connections with nothing to send own none.
// Keeps a few spare ones. Thread: one.
class ChunkPool {
 public:
  static constexpr size_t kChunkBytes = 16 * 1024;

  ChunkPool() = default;
  ~ChunkPool();
  ChunkPool(const ChunkPool&) = delete;
  ChunkPool& operator=(const ChunkPool&) = delete;

  char* Take();
  void GiveBack(char* chunk);

 private:
  static constexpr size_t kMaxSpare = 64;
  std::vector<char*> spare_;
};

// Bytes on their way to one client, in order: pooled chunks and, for long values, references to
// where they lie.
//
// Ownership: borrows chunks from the pool, which outlives it. Thread: one.
class OutputBuffer {
 public:
  explicit OutputBuffer(ChunkPool& pool) : pool_(pool) {}
  ~OutputBuffer() { Clear(); }
  OutputBuffer(const OutputBuffer&) = delete;
  OutputBuffer& operator=(const OutputBuffer&) = delete;

  // Copies `bytes` to the end. O(n).
  void Append(std::string_view bytes) {
    if (bytes.size() > static_cast<size_t>(limit_ - end_)) return AppendSlow(bytes);
    std::memcpy(end_, bytes.data(), bytes.size());
    end_ += bytes.size();
    size_ += bytes.size();
  }

  // Room for `count` <= kReserveMax bytes at the end; Commit says how many were written.
  static constexpr size_t kReserveMax = 512;
  char* Reserve(size_t count) {
    if (count > static_cast<size_t>(limit_ - end_)) NewChunk();
    return end_;
  }
  void Commit(size_t count) {
    end_ += count;
    size_ += count;
  }

  // Appends `bytes` by reference; `owner` keeps them valid and unchanged until they are sent or
  // dropped.
  void AppendShared(std::string_view bytes, SharedOwner owner);

  // Bytes that wait.
  size_t size() const { return size_; }

  // Memory held for them: chunks and referenced values.
  size_t memory_bytes() const;

  // The first `max` pieces for a gathering write; answers how many.
  size_t FillIovec(iovec* parts, size_t max) const;

  // Forgets the first `count` bytes: they were sent. Gives chunks back as they empty.
  void Consume(size_t count);

  void Clear();

 private:
  // A piece is a chunk of the pool (`chunk` set) or a reference. The last piece, if a chunk, is
  // written to at end_.
  struct Piece {
    char* chunk = nullptr;
    const char* begin = nullptr;
    const char* end = nullptr;  // of a chunk that is not the last, and of references
    SharedOwner owner;
  };

  void AppendSlow(std::string_view bytes);
  void NewChunk();
  void SealLast();
  const char* EndOf(size_t index) const;
  void DropFirst();

  ChunkPool& pool_;
  std::vector<Piece> pieces_;
  size_t first_ = 0;       // pieces before it are gone
  char* end_ = nullptr;    // where to write next, in the last piece when that is a chunk
  char* limit_ = nullptr;  // end of that chunk
  size_t size_ = 0;
};

}  // namespace ebb

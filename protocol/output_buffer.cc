// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "protocol/output_buffer.h"

#include <algorithm>

namespace ebb {

ChunkPool::~ChunkPool() {
  for (char* chunk : spare_) delete[] chunk;
}

char* ChunkPool::Take() {
  if (spare_.empty()) return new char[kChunkBytes];
  char* chunk = spare_.back();
  spare_.pop_back();
  return chunk;
}

void ChunkPool::GiveBack(char* chunk) {
  if (spare_.size() < kMaxSpare) {
    spare_.push_back(chunk);
  } else {
    delete[] chunk;
  }
}

void OutputBuffer::SealLast() {
  if (limit_ != nullptr) pieces_.back().end = end_;
  end_ = limit_ = nullptr;
}

void OutputBuffer::NewChunk() {
  SealLast();
  Piece piece;
  piece.chunk = pool_.Take();
  piece.begin = piece.chunk;
  end_ = piece.chunk;
  limit_ = piece.chunk + ChunkPool::kChunkBytes;
  pieces_.push_back(std::move(piece));
}

void OutputBuffer::AppendSlow(std::string_view bytes) {
  while (!bytes.empty()) {
    if (end_ == limit_) NewChunk();
    const size_t part = std::min(bytes.size(), static_cast<size_t>(limit_ - end_));
    std::memcpy(end_, bytes.data(), part);
    Commit(part);
    bytes.remove_prefix(part);
  }
}

void OutputBuffer::AppendShared(std::string_view bytes, SharedOwner owner) {
  SealLast();
  Piece piece;
  piece.begin = bytes.data();
  piece.end = bytes.data() + bytes.size();
  piece.owner = std::move(owner);
  pieces_.push_back(std::move(piece));
  size_ += bytes.size();
}

size_t OutputBuffer::memory_bytes() const {
  size_t total = pieces_.capacity() * sizeof(Piece);
  for (size_t i = first_; i < pieces_.size(); ++i) {
    total += pieces_[i].chunk != nullptr ? ChunkPool::kChunkBytes
                                         : static_cast<size_t>(pieces_[i].end - pieces_[i].begin);
  }
  return total;
}

const char* OutputBuffer::EndOf(size_t index) const {
  const bool open = limit_ != nullptr && index + 1 == pieces_.size();
  return open ? end_ : pieces_[index].end;
}

size_t OutputBuffer::FillIovec(iovec* parts, size_t max) const {
  size_t count = 0;
  for (size_t i = first_; i < pieces_.size() && count < max; ++i) {
    const char* begin = pieces_[i].begin;
    const char* end = EndOf(i);
    if (begin == end) continue;
    parts[count++] = {const_cast<char*>(begin), static_cast<size_t>(end - begin)};
  }
  return count;
}

void OutputBuffer::DropFirst() {
  Piece& piece = pieces_[first_];
  if (first_ + 1 == pieces_.size()) end_ = limit_ = nullptr;
  if (piece.chunk != nullptr) pool_.GiveBack(piece.chunk);
  piece = Piece();
  if (++first_ == pieces_.size()) {
    // A backlog's list of pieces is not kept.
    if (pieces_.capacity() > 64) pieces_ = std::vector<Piece>();
    pieces_.clear();
    first_ = 0;
  } else if (first_ >= 1024 && first_ * 2 > pieces_.size()) {
    pieces_.erase(pieces_.begin(), pieces_.begin() + static_cast<ptrdiff_t>(first_));
    first_ = 0;
  }
}

void OutputBuffer::Consume(size_t count) {
  size_ -= count;
  while (first_ < pieces_.size()) {
    Piece& piece = pieces_[first_];
    const auto left = static_cast<size_t>(EndOf(first_) - piece.begin);
    if (count < left) {
      piece.begin += count;
      return;
    }
    count -= left;
    DropFirst();
  }
}

void OutputBuffer::Clear() {
  while (first_ < pieces_.size()) DropFirst();
  size_ = 0;
}

}  // namespace ebb

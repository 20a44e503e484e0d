// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "protocol/output_buffer.h"

#include <algorithm>

namespace ebb {

ChunkPool::~ChunkPool() {
  while (EndSome()) {
  }
  for (char* chunk : spare_) delete[] chunk;
}

char* ChunkPool::Take(size_t bytes) {
  EndFew();
  ++borrowed_;
  if (bytes < kChunkBytes || spare_.empty()) return new char[bytes];
  char* chunk = spare_.back();
  spare_.pop_back();
  return chunk;
}

void ChunkPool::GiveBack(char* chunk, size_t bytes) {
  --borrowed_;
  if (bytes == kChunkBytes && spare_.size() < kMany) {
    spare_.push_back(chunk);
  } else {
    delete[] chunk;
  }
}

void ChunkPool::EndLater(std::vector<OutputPiece> pieces, size_t gone, size_t chunk_bytes) {
  assert(gone < pieces.size());
  dropped_.push_back({std::move(pieces), gone, chunk_bytes});
  dropped_bytes_ += chunk_bytes + dropped_.back().list_bytes();
}

bool ChunkPool::End(size_t most) {
  for (size_t left = most; left > 0 && !dropped_.empty(); --left) {
    Dropped& last = dropped_.back();
    EndLast(&last);
    if (last.pieces.size() > last.gone) continue;
    dropped_bytes_ -= last.list_bytes();
    dropped_.pop_back();
  }
  return !dropped_.empty();
}

void ChunkPool::EndLast(Dropped* dropped) {
  const OutputPiece piece = std::move(dropped->pieces.back());
  dropped->pieces.pop_back();
  if (piece.chunk == nullptr) return;
  const size_t bytes = std::min(dropped->chunk_bytes, kChunkBytes);
  GiveBack(piece.chunk, bytes);
  dropped->chunk_bytes -= bytes;
  dropped_bytes_ -= bytes;
}

void OutputBuffer::CloseOpen() {
  if (open_ == end_) return;
  pieces_.push_back({.begin = open_, .end = end_});
  open_ = end_;
}

void OutputBuffer::NewChunk() {
  CloseOpen();
  if (chunk_ != nullptr) {
    // Its bytes have all gone once the last piece has.
    assert(first_ < pieces_.size() && pieces_.back().chunk == nullptr);
    pieces_.back().chunk = chunk_;
  }
  if (chunk_bytes_ == 0) first_chunk_bytes_ = pool_.FirstBytes();
  const size_t bytes = chunk_bytes_ == 0 ? first_chunk_bytes_ : ChunkPool::kChunkBytes;
  chunk_ = open_ = end_ = pool_.Take(bytes);
  limit_ = chunk_ + bytes;
  chunk_bytes_ += bytes;
}

// They go back in the order in which they were taken.
void OutputBuffer::GiveBack(char* chunk) {
  pool_.GiveBack(chunk, first_chunk_bytes_);
  chunk_bytes_ -= first_chunk_bytes_;
  first_chunk_bytes_ = ChunkPool::kChunkBytes;
}

bool OutputBuffer::DropIfRefused() {
  if (size_ == 0 || !refuses_ || !refuses_()) return false;
  Clear();
  return true;
}

// Even then there is room: who has asked for it writes there.
void OutputBuffer::ReserveSlow() {
  static_assert(ChunkPool::kSmallBytes >= kReserveMax);
  DropIfRefused();
  NewChunk();
}

void OutputBuffer::AppendSlow(std::string_view bytes) {
  while (!bytes.empty()) {
    if (end_ == limit_) {
      if (DropIfRefused()) return;
      NewChunk();
    }
    const size_t part = std::min(bytes.size(), static_cast<size_t>(limit_ - end_));
    std::memcpy(end_, bytes.data(), part);
    Commit(part);
    bytes.remove_prefix(part);
  }
}

void OutputBuffer::AppendShared(std::string_view bytes, SharedOwner owner) {
  if (bytes.empty() || DropIfRefused()) return;
  CloseOpen();
  pool_.EndFew();
  pieces_.push_back({.begin = bytes.data(),
                     .end = bytes.data() + bytes.size(),
                     .shared = true,
                     .owner = std::move(owner)});
  size_ += bytes.size();
  shared_bytes_ += bytes.size();
}

void OutputBuffer::TakeAll(OutputBuffer& other) {
  other.CloseOpen();
  while (other.size_ > 0) {
    Piece& piece = other.pieces_[other.first_];
    const std::string_view bytes(piece.begin, static_cast<size_t>(piece.end - piece.begin));
    piece.shared ? AppendShared(bytes, std::move(piece.owner)) : Append(bytes);
    other.Consume(bytes.size());
  }
}

size_t OutputBuffer::FillIovec(iovec* parts, size_t max) const {
  size_t count = 0;
  for (size_t i = first_; i < pieces_.size() && count < max; ++i) {
    const Piece& piece = pieces_[i];
    parts[count++] = {const_cast<char*>(piece.begin), static_cast<size_t>(piece.end - piece.begin)};
  }
  if (open_ != end_ && count < max) parts[count++] = {open_, open_bytes()};
  return count;
}

void OutputBuffer::DropFirst() {
  Piece gone = std::move(pieces_[first_]);
  if (gone.chunk != nullptr) GiveBack(gone.chunk);
  if (++first_ == pieces_.size()) {
    pieces_.clear();
    if (pieces_.capacity() > kKeptPieces) pieces_.shrink_to_fit();
    first_ = 0;
  } else if (first_ >= 1024 && first_ * 2 > pieces_.size()) {
    pieces_.erase(pieces_.begin(), pieces_.begin() + static_cast<ptrdiff_t>(first_));
    first_ = 0;
  }
}

void OutputBuffer::Consume(size_t count) {
  assert(count <= size_);
  size_ -= count;
  while (first_ < pieces_.size()) {
    Piece& piece = pieces_[first_];
    const size_t part = std::min(count, static_cast<size_t>(piece.end - piece.begin));
    piece.begin += part;
    count -= part;
    if (piece.shared) shared_bytes_ -= part;
    if (piece.begin != piece.end) return;
    DropFirst();
  }
  open_ += count;
  if (size_ == 0 && chunk_ != nullptr) {
    GiveBack(chunk_);
    chunk_ = open_ = end_ = limit_ = nullptr;
  }
}

void OutputBuffer::Clear() {
  if (pieces_.size() - first_ <= ChunkPool::kStep) return Consume(size_);
  if (chunk_ != nullptr) {
    // The one that was taken last; nobody reads what pieces have in it.
    const size_t bytes = std::min(chunk_bytes_, ChunkPool::kChunkBytes);
    pool_.GiveBack(chunk_, bytes);
    chunk_bytes_ -= bytes;
    chunk_ = open_ = end_ = limit_ = nullptr;
  }
  size_ = shared_bytes_ = 0;
  pool_.EndLater(std::exchange(pieces_, {}), std::exchange(first_, 0),
                 std::exchange(chunk_bytes_, 0));
}

}  // namespace ebb

// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "storage/encodings/quicklist.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <utility>

#include "storage/memory/slabs.h"
#include "storage/prefetch.h"

namespace ebb {
namespace {

constexpr size_t kHeadSize = Listpack::kHeadSize;

// Nodes that one step of defragmentation looks at.
constexpr uint32_t kDefragNodes = 16;

// What one step frees, at most.
constexpr size_t kFreeNodes = 64;
constexpr size_t kFreeBytes = 512 * 1024;

// So many bytes from the end of a queue what is taken next is fetched: a few elements on, so that
// it has come by then.
constexpr size_t kFetchAhead = 128;

// Nodes that one change decompresses at the ends, at most.
constexpr size_t kSettleNodes = 64;

// Whether a node may take one more element.
bool Allows(const ListNodeLimit& limit, const ListNode& node, std::string_view value) {
  // What an element costs beyond its own bytes, at most: then it need not be looked at.
  constexpr size_t kMost = 10;
  return limit.Allows(node.size() + value.size() + kMost, node.count() + 1) ||
         limit.Allows(node.SizeWith(value), node.count() + 1);
}

size_t CountEqual(const Listpack& elements, const ListpackNeedle& needle) {
  size_t count = 0;
  for (size_t at = elements.Begin(); at < elements.End(); at = elements.Next(at)) {
    count += elements.Equals(at, needle);
  }
  return count;
}

}  // namespace

// -------------------------------------------------------------------------------------- directory

// What becomes less wraps around.
void Quicklist::Book(Chunk* chunk, size_t elements, size_t bytes) {
  chunk->elements += elements;
  size_ += elements;
  chunk->bytes += bytes;
  bytes_ += bytes;
}

void Quicklist::Book(Chunk* chunk, const ListNode& node, int64_t sign) {
  Book(chunk, node.count() * static_cast<size_t>(sign), node.memory() * static_cast<size_t>(sign));
}

void Quicklist::InsertNodes(size_t chunk, size_t at, const ListNode* nodes, size_t count) {
  Chunk& to = chunks_[chunk];
  const size_t before = to.nodes.memory();
  to.nodes.Insert(at, nodes, count);
  Book(&to, 0, to.nodes.memory() - before);
  for (size_t i = 0; i < count; ++i) Book(&to, nodes[i], 1);
  nodes_ += count;
}

void Quicklist::EraseNodes(size_t chunk, size_t at, size_t count) {
  Chunk& from = chunks_[chunk];
  for (size_t i = at; i < at + count; ++i) Book(&from, from.nodes[i], -1);
  nodes_ -= count;
  const size_t before = from.nodes.memory();
  from.nodes.Erase(at, count);
  Book(&from, 0, from.nodes.memory() - before);
  if (from.nodes.empty()) chunks_.Erase(chunk, 1);
}

Quicklist::Place Quicklist::End() const {
  if (chunks_.empty()) return {};
  return {.chunk = chunks_.size() - 1, .node = chunks_.back().nodes.size()};
}

Quicklist::Place Quicklist::Last() const {
  Place place = End();
  --place.node;
  return place;
}

bool Quicklist::Next(Place* place) const {
  if (place->node + 1 < chunks_[place->chunk].nodes.size()) {
    *place = {.chunk = place->chunk, .node = place->node + 1};
  } else if (place->chunk + 1 < chunks_.size()) {
    *place = {.chunk = place->chunk + 1};
  } else {
    return false;
  }
  return true;
}

bool Quicklist::Previous(Place* place) const {
  if (place->node > 0) {
    *place = {.chunk = place->chunk, .node = place->node - 1};
  } else if (place->chunk > 0) {
    const uint32_t chunk = place->chunk - 1;
    *place = {.chunk = chunk, .node = chunks_[chunk].nodes.size() - 1};
  } else {
    return false;
  }
  return true;
}

Quicklist::Located Quicklist::Locate(size_t index) const {
  Place place;
  if (index < size_ / 2) {
    while (index >= chunks_[place.chunk].elements) index -= chunks_[place.chunk++].elements;
  } else {
    size_t behind = size_ - index;  // elements from this one on
    place.chunk = chunks_.size() - 1;
    while (behind > chunks_[place.chunk].elements) behind -= chunks_[place.chunk--].elements;
    index = chunks_[place.chunk].elements - behind;
  }
  const Chunk& chunk = chunks_[place.chunk];
  if (index < chunk.elements / 2) {
    while (index >= chunk.nodes[place.node].count()) index -= chunk.nodes[place.node++].count();
  } else {
    size_t behind = chunk.elements - index;
    place.node = chunk.nodes.size() - 1;
    while (behind > chunk.nodes[place.node].count()) behind -= chunk.nodes[place.node--].count();
    index = chunk.nodes[place.node].count() - behind;
  }
  return {place, index};
}

// Has a chunk with room for one more node at the place, which may be another one then.
Quicklist::Place Quicklist::MakeRoom(Place place) {
  const auto has_room = [this](uint32_t chunk) {
    return chunk < chunks_.size() && chunks_[chunk].nodes.size() < kChunkNodes;
  };
  if (has_room(place.chunk)) return place;
  if (chunks_.empty()) {
    chunks_.Insert(0, Chunk());
    return {};
  }
  if (place.node == 0) {
    if (place.chunk > 0 && has_room(place.chunk - 1)) {
      return {.chunk = place.chunk - 1, .node = chunks_[place.chunk - 1].nodes.size()};
    }
    chunks_.Insert(place.chunk, Chunk());
    return place;
  }
  const Place behind{.chunk = place.chunk + 1};
  if (place.node == kChunkNodes) {
    if (!has_room(behind.chunk)) chunks_.Insert(behind.chunk, Chunk());
    return behind;
  }
  constexpr uint32_t kHalf = kChunkNodes / 2;
  Quicklist half;
  MovePart(place.chunk, kHalf, kHalf, &half);
  chunks_.Insert(behind.chunk, half.chunks_[0]);
  half.chunks_.Free();
  size_ += half.size_;
  nodes_ += half.nodes_;
  bytes_ += half.bytes_;
  return place.node <= kHalf ? place : Place{.chunk = behind.chunk, .node = place.node - kHalf};
}

Quicklist::Place Quicklist::Put(Place place, const ListNode& node) {
  place = MakeRoom(place);
  InsertNodes(place.chunk, place.node, &node, 1);
  return place;
}

ListNode Quicklist::Take(const Place& place) {
  const ListNode taken = node(place);
  EraseNodes(place.chunk, place.node, 1);
  return taken;
}

void Quicklist::MoveChunks(size_t first, size_t count, Quicklist* target) {
  if (count == 0) return;
  for (size_t i = first; i < first + count; ++i) {
    const Chunk& chunk = chunks_[i];
    size_ -= chunk.elements;
    nodes_ -= chunk.nodes.size();
    bytes_ -= chunk.bytes;
    target->size_ += chunk.elements;
    target->nodes_ += chunk.nodes.size();
    target->bytes_ += chunk.bytes;
  }
  target->chunks_.Insert(target->chunks_.size(), &chunks_[first], count);
  chunks_.Erase(first, count);
}

void Quicklist::MovePart(size_t chunk, size_t first, size_t count, Quicklist* target) {
  if (count == 0) return;
  target->chunks_.Insert(target->chunks_.size(), Chunk());
  target->InsertNodes(target->chunks_.size() - 1, 0, &chunks_[chunk].nodes[first], count);
  EraseNodes(chunk, first, count);
}

void Quicklist::Swap(Quicklist& other) {
  std::swap(chunks_, other.chunks_);
  std::swap(size_, other.size_);
  std::swap(nodes_, other.nodes_);
  std::swap(bytes_, other.bytes_);
}

// ------------------------------------------------------------------------------------- compression

bool Quicklist::IsInner(const Place& place, size_t depth) const {
  if (nodes_ <= 2 * depth) return false;
  size_t before = place.node;
  for (uint32_t i = place.chunk; before < depth && i > 0; --i) {
    before += chunks_[i - 1].nodes.size();
  }
  size_t behind = chunks_[place.chunk].nodes.size() - place.node - 1;
  for (uint32_t i = place.chunk + 1; behind < depth && i < chunks_.size(); ++i) {
    behind += chunks_[i].nodes.size();
  }
  return before >= depth && behind >= depth;
}

void Quicklist::Compress(const Place& place) {
  Chunk& chunk = chunks_[place.chunk];
  ListNode& node = chunk.nodes[place.node];
  Book(&chunk, node, -1);
  node.Compress();
  Book(&chunk, node, 1);
}

// Answers whether the node was compressed.
bool Quicklist::Decompress(const Place& place) {
  Chunk& chunk = chunks_[place.chunk];
  ListNode& node = chunk.nodes[place.node];
  if (!node.is_compressed()) return false;
  Book(&chunk, node, -1);
  node.Decompress();
  Book(&chunk, node, 1);
  return true;
}

// After a depth has become much greater, it takes several changes until all of both ends is
// decompressed.
void Quicklist::SettleEnds(size_t depth) {
  if (depth == 0 || nodes_ == 0) return;
  Place front = First();
  Place back = Last();
  size_t decompressed = 0;
  for (size_t i = 0; i < depth; ++i) {
    decompressed += Decompress(front);
    decompressed += Decompress(back);
    if (decompressed >= kSettleNodes || !Next(&front) || !Previous(&back)) return;
  }
  if (nodes_ <= 2 * depth) return;
  Compress(front);
  Compress(back);
}

void Quicklist::Settle(const Place& place, size_t depth) {
  if (depth == 0) return;
  if (IsInner(place, depth)) Compress(place);
  SettleEnds(depth);
}

// ----------------------------------------------------------------------------------------- changes

void Quicklist::Assign(std::string_view listpack) {
  Append(ListNode(listpack));
}

void Quicklist::PushFront(std::string_view value, const ListNodeLimit& limit) {
  if (size_ > 0) {
    NodeChange first(*this, First(), limit.depth);
    if (Allows(limit, *first, value)) return first->PushFront(value, limit);
    first->Fit();
  }
  ListNode node;
  node.PushBack(value, limit);
  Put(First(), node);
  SettleEnds(limit.depth);
}

void Quicklist::PushBack(std::string_view value, const ListNodeLimit& limit) {
  if (size_ > 0) {
    NodeChange last(*this, Last(), limit.depth);
    if (Allows(limit, *last, value)) return last->PushBack(value, limit);
    last->Fit();
  }
  ListNode node;
  node.PushBack(value, limit);
  Append(node);
  SettleEnds(limit.depth);
}

// Makes two nodes of one, in the middle of which the place is; answers the first one's end.
Quicklist::Place Quicklist::Split(const Place& place, const ListNodeLimit& limit) {
  ListNode right;
  {
    NodeChange left(*this, place, limit.depth);
    right = ListNode(left->bytes());
    const size_t count = right.list().CountBefore(place.offset);
    left->Erase(place.offset, left->size(), left->count() - count);
    right.Erase(kHeadSize, place.offset, count);
  }
  right.Fit();
  Place end = Put({.chunk = place.chunk, .node = place.node + 1}, right);
  Settle(end, limit.depth);
  Previous(&end);
  end.offset = node(end).size();
  return end;
}

void Quicklist::Insert(Place place, std::string_view value, const ListNodeLimit& limit) {
  if (Allows(limit, node(place), value)) {
    return NodeChange(*this, place, limit.depth)->Insert(place.offset, value, limit);
  }
  const bool at_begin = place.offset == kHeadSize;
  if (!at_begin && place.offset < node(place).size()) {
    return Insert(Split(place, limit), value, limit);
  }
  Place beside = place;
  if ((at_begin ? Previous(&beside) : Next(&beside)) && Allows(limit, node(beside), value)) {
    const size_t offset = at_begin ? node(beside).size() : kHeadSize;
    return NodeChange(*this, beside, limit.depth)->Insert(offset, value, limit);
  }
  ListNode fresh;
  fresh.PushBack(value, limit);
  fresh.Fit();
  const Place put = Put({.chunk = place.chunk, .node = place.node + (at_begin ? 0 : 1)}, fresh);
  Settle(put, limit.depth);
}

void Quicklist::Replace(size_t index, std::string_view value, const ListNodeLimit& limit,
                        Quicklist* dead) {
  auto [place, inner] = Locate(index);
  if (node(place).count() == 1) {
    ListNode fresh;
    fresh.PushBack(value, limit);
    fresh.Fit();
    dead->Append(Take(place));
    // Where the chunk was, another one may be now.
    const Place put = Put(place.chunk < chunks_.size() ? place : End(), fresh);
    return Settle(put, limit.depth);
  }
  {
    NodeChange change(*this, place, limit.depth);
    const Listpack elements = change->list();
    place.offset = elements.Seek(static_cast<int64_t>(inner));
    const size_t next = elements.Next(place.offset);
    if (limit.Allows(change->SizeWith(value) - (next - place.offset), change->count())) {
      return change->Replace(place.offset, value);
    }
    change->Erase(place.offset, next, 1);
  }
  Insert(place, value, limit);
}

size_t Quicklist::EraseEqual(const ListpackNeedle& needle, size_t count, bool from_back,
                             const ListNodeLimit& limit, Quicklist* dead) {
  size_t erased = 0;
  size_t emptied = 0;
  Place empty;
  ListNodeReader reader;
  Place place = from_back ? Last() : First();
  do {
    const size_t found = CountEqual(reader.Read(node(place)), needle);
    if (found == 0) continue;
    const size_t wanted = std::min(found, count - erased);
    NodeChange change(*this, place, limit.depth);
    if (wanted == (*change).count()) {
      change.Empty();
      ++emptied;
      empty = place;
    } else {
      change->EraseEqual(needle, from_back ? found - wanted : 0, wanted);
    }
    erased += wanted;
  } while (erased < count && (from_back ? Previous(&place) : Next(&place)));
  // The directory is gone through only if that is little beside what has been done.
  if (emptied > 1 || erased >= nodes_) {
    Join(limit, dead);
    SettleEnds(limit.depth);
  } else if (emptied == 1) {
    dead->Append(Take(empty));
    SettleEnds(limit.depth);
  }
  return erased;
}

// Puts nodes together that are small, and what is empty to `dead`.
void Quicklist::Join(const ListNodeLimit& limit, Quicklist* dead) {
  Quicklist joined;
  size_t left = nodes_;
  for (Chunk& chunk : chunks_) {
    for (ListNode& node : chunk.nodes) {
      --left;
      if (node.count() == 0) {
        dead->Append(node);
        continue;
      }
      if (joined.nodes_ > 0) {
        const ListNode& last = joined.node(joined.Last());
        if (limit.Allows(2 * (last.size() + node.size()), last.count() + node.count())) {
          node.Decompress();
          NodeChange(joined, joined.Last(), 0)->Append(node);
          node.Free();
          continue;
        }
      }
      // What is joined is compressed at once, or the list would be large until the end.
      const bool inner = joined.nodes_ > limit.depth && left >= limit.depth;
      if (limit.depth > 0 && inner) joined.Compress(joined.Last());
      joined.Append(node);
    }
    chunk.nodes.Free();
  }
  chunks_.Free();
  size_ = nodes_ = bytes_ = 0;
  Swap(joined);
}

// A cut within the node at an end; it has more elements. Queues go on there: what comes next is
// fetched.
void Quicklist::CutFirst(size_t count, size_t depth) {
  NodeChange node(*this, First(), depth);
  const size_t to = node->list().Seek(static_cast<int64_t>(count));
  node->Erase(kHeadSize, to, count);
  if (node->size() > kFetchAhead) Prefetch(node->bytes().data() + kFetchAhead);
}
void Quicklist::CutLast(size_t count, size_t depth) {
  NodeChange node(*this, Last(), depth);
  const size_t from = node->list().Seek(-static_cast<int64_t>(count));
  node->Erase(from, node->size(), count);
  if (node->size() > kFetchAhead) Prefetch(node->bytes().data() + node->size() - kFetchAhead);
}

void Quicklist::CutFront(size_t count, const ListNodeLimit& limit, Quicklist* dead) {
  assert(count > 0 && count < size_);
  if (count < node(First()).count()) return CutFirst(count, limit.depth);
  const Located first = Locate(count);
  MovePart(first.place.chunk, 0, first.place.node, dead);
  MoveChunks(0, first.place.chunk, dead);
  if (first.inner > 0) CutFirst(first.inner, limit.depth);
  SettleEnds(limit.depth);
}

void Quicklist::CutBack(size_t count, const ListNodeLimit& limit, Quicklist* dead) {
  assert(count > 0 && count < size_);
  if (count < node(Last()).count()) return CutLast(count, limit.depth);
  const Located last = Locate(size_ - count - 1);
  const uint32_t chunk = last.place.chunk;
  const uint32_t behind = last.place.node + 1;
  MoveChunks(chunk + 1, chunks_.size() - chunk - 1, dead);
  MovePart(chunk, behind, chunks_[chunk].nodes.size() - behind, dead);
  const size_t kept = last.inner + 1;
  if (kept < node(Last()).count()) CutLast(node(Last()).count() - kept, limit.depth);
  SettleEnds(limit.depth);
}

// ------------------------------------------------------------------------------------- as a whole

bool Quicklist::FreeStep(Freed* freed) {
  const size_t nodes = freed->nodes + kFreeNodes;
  const size_t bytes = freed->bytes + kFreeBytes;
  while (!chunks_.empty() && freed->nodes < nodes && freed->bytes < bytes) {
    BlockArray<ListNode>& last = chunks_.back().nodes;
    ++freed->nodes;
    freed->bytes += last.back().memory();
    last.back().Free();
    last.DropBack();
    if (last.empty()) chunks_.DropBack();
  }
  return !chunks_.empty();
}

void Quicklist::CopyFrom(const Quicklist& other) {
  for (const Chunk& chunk : other.chunks_) {
    for (const ListNode& node : chunk.nodes) Append(node.Copy());
  }
}

uint64_t Quicklist::DefragStep(uint64_t cursor, memory::BlockMover& mover) {
  constexpr uint32_t kSteps = kChunkNodes / kDefragNodes;
  const uint64_t at = cursor / kSteps;
  if (at >= chunks_.size()) return 0;
  BlockArray<ListNode>& nodes = chunks_[at].nodes;
  const auto first = static_cast<uint32_t>(cursor % kSteps * kDefragNodes);
  if (first == 0) nodes.Defrag(mover);
  for (uint32_t i = first; i < std::min(first + kDefragNodes, nodes.size()); ++i) {
    ListNode& node = nodes[i];
    // Bigger blocks are slabs by themselves.
    if (node.block_size() > memory::kMaxSlabBlock) continue;
    void* const moved = mover.MoveIfAdvised(node.block(), node.block_size());
    if (moved != nullptr) node.set_block(moved);
  }
  const bool chunk_done = first + kDefragNodes >= nodes.size();
  const uint64_t next = chunk_done ? (at + 1) * kSteps : cursor + 1;
  return next / kSteps >= chunks_.size() ? 0 : next;
}

bool Quicklist::IsSound() const {
  size_t elements = 0, nodes = 0, bytes = 0;
  ListNodeReader reader;
  for (const Chunk& chunk : chunks_) {
    if (chunk.nodes.empty() || chunk.nodes.size() > kChunkNodes) return false;
    size_t chunk_elements = 0, chunk_bytes = chunk.nodes.memory();
    for (const ListNode& node : chunk.nodes) {
      const Listpack list = reader.Read(node);
      if (node.count() == 0 || !Listpack::IsValid(list.bytes(), ListpackWays::kBoth)) return false;
      if (list.Count() != node.count() || list.End() != node.size()) return false;
      chunk_elements += node.count();
      chunk_bytes += node.memory();
    }
    if (chunk_elements != chunk.elements || chunk_bytes != chunk.bytes) return false;
    elements += chunk_elements;
    nodes += chunk.nodes.size();
    bytes += chunk_bytes;
  }
  return elements == size_ && nodes == nodes_ && bytes == bytes_;
}

}  // namespace ebb

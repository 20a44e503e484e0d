// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <bit>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

// The parts a Dict is made of: the bucket, the chunk, and the arithmetic that says where in a chunk
// an element belongs. See dict.h for the whole picture.
namespace ebb::dict_internal {

inline constexpr uint32_t kNoHint = 0xffffffff;

// Which of eight tags equal `tag`, as a bit per tag; plain arithmetic for machines without the
// instructions for it.
inline uint32_t MatchTagsPortable(const uint8_t tags[8], uint8_t tag) {
  constexpr uint64_t kLow7 = 0x7f7f7f7f7f7f7f7f;
  constexpr uint64_t kOnes = 0x0101010101010101;
  uint64_t word;
  std::memcpy(&word, tags, sizeof(word));
  word ^= kOnes * tag;
  // The high bit of each byte that is zero, exactly: no carry leaves a byte.
  const uint64_t zero = ~(((word & kLow7) + kLow7) | word | kLow7);
  // Gathers the eight high bits into one byte.
  return static_cast<uint32_t>(((zero >> 7) * 0x0102040810204080) >> 56);
}

inline uint32_t MatchTags(const uint8_t tags[8], uint8_t tag) {
#if defined(__SSE2__)
  const __m128i all = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(tags));
  const __m128i equal = _mm_cmpeq_epi8(all, _mm_set1_epi8(static_cast<char>(tag)));
  return static_cast<uint32_t>(_mm_movemask_epi8(equal)) & 0xff;
#elif defined(__aarch64__)
  const uint8x8_t equal = vceq_u8(vld1_u8(tags), vdup_n_u8(tag));
  return vaddv_u8(vand_u8(equal, vcreate_u8(0x8040201008040201)));
#else
  return MatchTagsPortable(tags, tag);
#endif
}

// What the addresses of elements are a multiple of.
inline constexpr uint32_t kElementAlignment = 16;

// An element and the slot's note on it, in 48 bits. The note lies in the bits that no element's
// address has: four below, and on x86-64 bit 47, where user space ends for all who do not ask the
// kernel for more.
class SlotWord {
 public:
#if defined(__x86_64__)
  static constexpr uint32_t kNoteBits = 5;
#else
  static constexpr uint32_t kNoteBits = 4;
#endif
  static constexpr int kBits = 48;

  SlotWord() = default;
  explicit SlotWord(uint64_t bits) : bits_(bits) {}
  SlotWord(const void* element, uint32_t note) : bits_(reinterpret_cast<uintptr_t>(element)) {
    assert((bits_ & ~kAddress) == 0 && note >> kNoteBits == 0);
    bits_ |= (note & kLowNote) | uint64_t{note >> kLowBits} << kAddressEnd;
  }

  void* element() const {
    return reinterpret_cast<void*>(bits_ & kAddress);
  }
  uint32_t note() const {
    return static_cast<uint32_t>((bits_ & kLowNote) | bits_ >> kAddressEnd << kLowBits);
  }
  uint64_t bits() const {
    return bits_;
  }

 private:
  static constexpr uint64_t kLowNote = kElementAlignment - 1;
  static constexpr int kLowBits = std::bit_width(kLowNote);
  static constexpr int kAddressEnd = kBits - (int{kNoteBits} - kLowBits);
  static constexpr uint64_t kAddress = ((uint64_t{1} << kAddressEnd) - 1) & ~kLowNote;

  uint64_t bits_;  // none above kBits
};

// One cache line: eight slots. Sets of slots are bytes with a bit for each.
struct alignas(64) Bucket {
  static constexpr uint32_t kSlots = 8;

  uint8_t tags[kSlots];   // the low byte of the element's position
  uint32_t low[kSlots];   // the element's word, see SlotWord: its bits 0..31
  uint16_t high[kSlots];  // and 32..47
  uint8_t used;           // slots that hold an element
  uint8_t marks;          // slots whose element is marked; within `used`
  uint8_t displaced;      // slots whose element has its home in an earlier bucket; within `used`
  // Where elements are whose home is this bucket, but that found it full. Upper bounds: exact after
  // a rebuild, renewed when such an element is erased.
  uint8_t reach;   // none is more buckets away than this; kAnywhere: no bound
  uint8_t strays;  // a filter: the bits StrayBit(tag) of all of them

  static constexpr uint8_t kAnywhere = 255;
  static uint8_t StrayBit(uint8_t tag) { return static_cast<uint8_t>(1u << (tag & 7)); }

  bool full() const { return used == 0xff; }

  SlotWord Word(uint32_t slot) const { return SlotWord(uint64_t{high[slot]} << 32 | low[slot]); }
  void SetWord(uint32_t slot, SlotWord word) {
    low[slot] = static_cast<uint32_t>(word.bits());
    high[slot] = static_cast<uint16_t>(word.bits() >> 32);
  }
  void* Get(uint32_t slot) const { return Word(slot).element(); }

  // Another address for the element; the note stays.
  void Replace(uint32_t slot, const void* element) {
    SetWord(slot, SlotWord(element, Word(slot).note()));
  }
};
static_assert(sizeof(Bucket) == 64);

// Calls `visit(slot)` for each bit of a slot set, lowest first.
template <typename Visit>
void ForEachSlot(uint32_t slots, Visit&& visit) {
  for (; slots != 0; slots &= slots - 1) visit(static_cast<uint32_t>(std::countr_zero(slots)));
}

// An independent little table: `bucket_count` buckets in one block, null and 0 while it is empty.
struct Chunk {
  Bucket* buckets = nullptr;
  uint16_t bucket_count = 0;
  uint16_t size = 0;        // elements
  uint32_t hint = kNoHint;  // at most the least Policy::Hint of the marked elements
};
static_assert(sizeof(Chunk) == 16);

// Position: the top 12 bits of the hash. Where in its chunk an element lives depends on its
// position alone, and the home bucket never falls while the position rises, whatever the bucket
// count. So a place in "position space" keeps its meaning when the chunk is rebuilt with another
// count, which is what Scan's cursor needs.
inline constexpr uint32_t kPositionBits = 12;
inline constexpr uint32_t kPositions = 1u << kPositionBits;

inline uint32_t PositionOfHash(uint64_t hash) {
  return static_cast<uint32_t>(hash >> (64 - kPositionBits));
}

// The home bucket of a position among `count`.
inline uint32_t HomeBucket(uint32_t position, uint32_t count) {
  return (position * count) >> kPositionBits;
}

// The first position whose home is `bucket` or later among `count`; kPositions for bucket == count.
inline uint32_t FirstPosition(uint32_t bucket, uint32_t count) {
  return (bucket * kPositions + count - 1) / count;
}

// What a slot remembers of its element's hash, so that the table can be rebuilt without a look at
// the elements, each of which would be a cache miss:
// - the low eight bits of the position: the tag. A home bucket among 16 or more has at most 256
//   positions, so home bucket and tag are the whole position;
// - the next bits by which its chunk will be split: the note. With b bits in it, for a chunk of
//   level k they are the hash's bits b * (k / b) up to b * (k / b) + b - 1. So only every fifth
//   doubling has to look at the elements (every fourth where a note has four bits).
inline constexpr uint32_t kKnownPositions = 256;
inline constexpr uint32_t kBitsAhead = SlotWord::kNoteBits;

inline uint8_t TagOf(uint32_t position) {
  return static_cast<uint8_t>(position);
}
inline uint32_t AheadOf(uint64_t hash, uint32_t level) {
  return static_cast<uint32_t>(hash >> (level - level % kBitsAhead)) & ((1u << kBitsAhead) - 1);
}

// The first position from `begin` on with this tag. The next is kKnownPositions further.
inline uint32_t RecallPosition(uint8_t tag, uint32_t begin) {
  return begin + ((tag - begin) & (kKnownPositions - 1));
}

// An element on its way from one block to another with what its slot remembers, all in one word:
// the slot's word, mark, position, and whether the position is yet to be found out.
class Mover {
 public:
  Mover() = default;
  Mover(SlotWord slot_word, bool marked, uint32_t position)
      : word_(slot_word.bits() | uint64_t{marked} << kMark | uint64_t{position} << kPosition) {}

  SlotWord slot_word() const { return SlotWord(word_ & kSlotWord); }
  const void* element() const { return slot_word().element(); }
  bool marked() const { return (word_ >> kMark & 1) != 0; }
  uint32_t position() const { return word_ >> kPosition & (kPositions - 1); }
  bool unknown() const { return word_ >> kUnknown != 0; }
  void set_unknown() { word_ |= uint64_t{1} << kUnknown; }

  // The hash's bits that the note holds.
  uint32_t ahead() const { return slot_word().note(); }
  void set_ahead(uint32_t ahead) {
    word_ = (word_ & ~kSlotWord) | SlotWord(element(), ahead).bits();
  }

 private:
  static constexpr int kMark = SlotWord::kBits;
  static constexpr int kPosition = kMark + 1;
  static constexpr int kUnknown = kPosition + kPositionBits;
  static constexpr uint64_t kSlotWord = (uint64_t{1} << SlotWord::kBits) - 1;

  uint64_t word_;
};
static_assert(sizeof(Mover) == 8);

// How many buckets after this one, of `count`, may hold elements that have strayed from it.
inline uint32_t ReachOf(const Bucket& bucket, uint32_t count) {
  return bucket.reach == Bucket::kAnywhere ? count - 1 : bucket.reach;
}

// Bucket counts whose bytes are exactly a size class of the allocator: 1 to 8, then four per
// doubling.
inline uint32_t NextBucketCount(uint32_t count) {
  return count < 8 ? count + 1 : count + std::bit_floor(count) / 4;
}
inline uint32_t PreviousBucketCount(uint32_t count) {
  if (count <= 8) return count == 0 ? 0 : count - 1;
  return count - std::bit_floor(count - 1) / 4;
}

// The greatest chunk, of some 30 000 elements: in one with more buckets than there are positions
// not each would be a home. Linear hashing keeps chunks around two hundred, and Dict::Disperse
// parts elements that somebody has chosen, so only a hash function that is none gets there.
inline constexpr uint32_t kMaxBucketCount = kPositions;

// What a chunk of `count` buckets grows to that has become too small: two classes on, see dict.h.
inline uint32_t GrownBucketCount(uint32_t count) {
  const uint32_t next = NextBucketCount(count);
  const uint32_t second = NextBucketCount(next);
  return count < 8 || second > kMaxBucketCount ? next : second;
}

// How full a chunk of `count` buckets may get before it grows: 15 of 16 slots.
inline uint32_t MaxElements(uint32_t count) {
  return count == 1 ? Bucket::kSlots : count * 15 / 2;
}
static_assert(kMaxBucketCount * 15 / 2 <= 0xffff);

// How many elements are put into `count` buckets at the outset: 7 of 8 slots, so that some can come
// and go before the next rebuild.
constexpr uint32_t FittingElements(uint32_t count) {
  return count == 0 ? 0 : count * 7 - 1;
}

// How empty one of `count` may get before it shrinks: so far below what made it grow to that, that
// elements which come and go do not make it do both.
inline uint32_t MinElements(uint32_t count) {
  const uint32_t previous = PreviousBucketCount(count);
  return FittingElements(count > 8 ? PreviousBucketCount(previous) : previous);
}

// The least bucket count for `elements` > 0.
inline uint32_t FittingBucketCount(uint32_t elements) {
  uint32_t count = (elements + 1 + 6) / 7;
  if (count > 8) {
    const uint32_t step = std::bit_floor(count) / 4;
    count = (count + step - 1) / step * step;
  }
  return count;
}

}  // namespace ebb::dict_internal

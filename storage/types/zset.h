// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "storage/encodings/listpack.h"
#include "storage/encodings/score_text.h"
#include "storage/encodings/score_tree.h"
#include "storage/encodings/scored_member.h"
#include "storage/key_writer.h"
#include "storage/prefetch.h"
#include "storage/type_ops.h"
#include "storage/types/packed.h"
#include "storage/visit.h"

// Sorted sets: kListpack (members and their scores in turn, in order; see packed.h) and, beyond the
// limits of EncodingLimits, kSkiplist: that is its name, but it is a ScoreTree for the order and a
// dict for the members. A sorted set that has become one stays one.
//
// Everything about order goes by rank: a range of scores or of texts is the ranks that it has.
//
// What is read points into the set and is valid until its entry is written.
//
// Thread: engine thread.
namespace ebb {

extern const TypeOps kZsetOps;

// What a skiplist's entry points to.
struct ZsetValue : Value {
  using Members = Dict<ScoredMemberPolicy>;

  Members members;
  ScoreTree order;

  // Members that have left the order all at once, and that the dict may still know. Until all are
  // gone, one of the dict's is in the set if the order has it. They go in steps (see Shedding), in
  // one of two ways. Where they are fewer than those that stay, the dict is told of each. Where
  // they are more, the dict is renewed.
  ScoreForest cut;

  // A dict to be, into which all that are in the set are entered, leaf by leaf. Once it has them it
  // takes the place of `members`, which die as a whole together with the cut ones. Until then it is
  // for nobody to read; what changes `members` changes it too.
  struct Renewal {
    Members members;
    size_t entered = 0;  // those of lower ranks are in, and maybe some more
    size_t bytes = 0;    // as ZsetValue::member_bytes
    ScoreForest late;    // cut off meanwhile: both dicts may know them

    // To be told when so many have left the order.
    void Left(size_t first_rank, size_t count);

    // Enters a member that is in the set, in the place of one that was if there is any.
    void Enter(ScoredMember* member, uint64_t hash);
  };
  Renewal* renewal = nullptr;

  bool shedding = false;  // a Shedding has it

  // Of the blocks of the members that the dict knows.
  size_t member_bytes = 0;

  static ZsetValue* Make();

  // A member for the caller to enter into the dict.
  ScoredMember* NewMember(double score, std::string_view bytes);
  // Gives another member's place in the dict to a new one. Answers the old one.
  ScoredMember* Replace(Members::Slot slot, ScoredMember* fresh);

  // Ends a set that nobody else refers to, through `disposer`; it has about so many bytes.
  static void Discard(ZsetValue* zset, size_t bytes, Disposer& disposer);

  // The dict's place of a member that is in the set; none otherwise. O(1), O(log n) while there is
  // something cut off.
  Members::Slot Find(std::string_view member, uint64_t hash) const;

  // How many were cut off and are not gone yet.
  size_t cut_off() const { return cut.size() + (renewal == nullptr ? 0 : renewal->late.size()); }

  // Whether a member of the dict is one that was cut off.
  bool IsCut(const ScoredMember& member) const { return !cut.empty() && !HasInOrder(member); }

  // Bytes of all blocks, this one included; those of the tree's nodes are guessed by `samples` of
  // its leaves, or counted with 0. O(samples * log n), O(n / 50).
  size_t Memory(size_t samples = 5) const;

  // Gives a member, which the dict has already, its place in the order. O(log n).
  void AddToOrder(ScoredMember* member);

  // Takes the member of a rank out of the order; the dict still has it. O(log n).
  ScoredMember* TakeFromOrder(size_t rank);

  // Takes a member out of the dict. REQUIRES: the order does not have it any more.
  ScoredMember* Forget(Members::Slot slot);

  // Cuts members off: Shed does the rest. REQUIRES: not all. O(log n).
  void Cut(size_t first_rank, size_t count);

  // One leaf's worth of letting go of what was cut off; answers whether there is more.
  bool Shed(Disposer& disposer);

  // Frees a part of a set that nobody else refers to, with the last part the set itself.
  Garbage::Slice FreeSlice();

 private:
  bool HasInOrder(const ScoredMember& member) const;
  void RenewIfItPays();
  void ForgetLeaf();
  void EnterLeaf();
  void EndRenewal(Disposer& disposer);
};

// REQUIRES: encoding kSkiplist.
inline ZsetValue& TreeOf(const Entry& entry) {
  return *static_cast<ZsetValue*>(entry.value());
}

// A member: text, or an integer where a listpack keeps it as one.
using ZsetText = ListpackElement;

struct ZsetItem {
  ZsetText member;
  double score;
};

inline ZsetItem ItemOf(const ScoredMember& member) {
  return {ZsetText(member.view()), member.score()};
}

struct ScoreRange {
  double min;
  double max;
  bool min_open = false;  // without the end itself
  bool max_open = false;
};

// An end of a range of texts.
struct LexBound {
  enum class Kind : uint8_t { kLowest, kHighest, kClosed, kOpen };

  Kind kind;
  std::string_view text = {};

  // Whether `member` lies on the bound's right side, as a range's minimum or its maximum.
  bool AllowsAsMin(std::string_view member) const;
  bool AllowsAsMax(std::string_view member) const;
};

struct LexRange {
  LexBound min;
  LexBound max;
};

enum class ZsetEnd : uint8_t { kMin, kMax };

struct RankRange {
  size_t first = 0;
  size_t count = 0;
};

// The number of members. O(1).
size_t ZsetSize(const Entry& entry);

// The score of a member, and its rank from the lowest on; nothing when it is not there. `known` may
// know the member's hash. O(1) and O(log n); O(n) in a listpack.
std::optional<double> FindScore(const Entry& entry, std::string_view member,
                                const KnownHash& known = {});
std::optional<size_t> FindRank(const Entry& entry, std::string_view member,
                               const KnownHash& known = {});

// The ranks of a range. O(log n), O(n) in a listpack.
RankRange RanksOf(const Entry& entry, const ScoreRange& range);

// The same of texts, which takes for granted that all scores are equal. Where they are not, a
// listpack answers what comes first from `from` on, as Redis does.
RankRange RanksOf(const Entry& entry, const LexRange& range, ZsetEnd from = ZsetEnd::kMin);

// A walk over a sorted set's members, from one of them on towards either end.
//
//   for (ZsetWalk walk(entry, 0, ZsetEnd::kMax); walk.More(); walk.Step()) Use(walk.Get());
class ZsetWalk {
 public:
  // From `rank` on; none where there is no such rank. O(log n), O(n) in a listpack.
  ZsetWalk(const Entry& entry, size_t rank, ZsetEnd towards);

  bool More() const { return tree_ == nullptr ? at_ < list_.End() : at_ < run_.size(); }
  ZsetItem Get() const { return tree_ == nullptr ? GetPacked() : ItemOf(*run_[at_]); }
  void Step() {
    if (tree_ == nullptr) return StepPacked();
    // Before rank 0 there is none.
    up_ ? ++rank_ : --rank_;
    up_ ? ++at_ : --at_;
    at_ < run_.size() ? Fetch(kAhead) : Seek();
  }

 private:
  static constexpr size_t kAhead = 8;

  ZsetItem GetPacked() const;
  void StepPacked();
  void Seek();
  // Elements lie all over the memory: those that come next are fetched while the present ones are
  // used.
  void Fetch(size_t ahead) const {
    const size_t next = up_ ? at_ + ahead : at_ - ahead;
    if (next < run_.size()) Prefetch(run_[next]);
  }
  void SeekBack();
  void StepBack();

  const ScoreTree* tree_ = nullptr;  // null: a listpack
  const bool up_;
  size_t rank_;  // in a tree, or downwards
  std::span<ScoredMember* const> run_;
  Listpack list_;
  size_t at_ = 0;  // which of the run; offset in the listpack
  // A listpack can only be walked forward: offsets of the pairs from noted_rank_ on.
  std::array<size_t, 16> noted_;
  size_t noted_rank_ = 0;
};

// Calls `visit(const ZsetItem&)` for each member, in order, until it answers false if it answers;
// it must not change the set. O(n).
template <typename Visit>
void ForEachScored(const Entry& entry, Visit&& visit) {
  for (ZsetWalk walk(entry, 0, ZsetEnd::kMax); walk.More() && GoesOn(visit, walk.Get());) {
    walk.Step();
  }
}

// ZSCAN's step, as Keyspace::Scan; a listpack is walked over in one.
template <typename Visit>
uint64_t ScanScored(const Entry& entry, uint64_t cursor, Visit&& visit) {
  if (entry.encoding() == Encoding::kSkiplist) {
    const ZsetValue& zset = TreeOf(entry);
    return zset.members.Scan(cursor, [&](ScoredMember* member) {
      if (!zset.IsCut(*member)) visit(ItemOf(*member));
    });
  }
  ForEachScored(entry, visit);
  return 0;
}

// `count` random members, one after the other: the same may come again. O(count * log n), O(n) once
// for a listpack.
std::vector<ZsetItem> DrawScored(const Entry& entry, size_t count);

// `count` random members, none twice; all there are when these are not more.
std::vector<ZsetItem> SampleScored(const Entry& entry, size_t count);

// For all below that writes: texts may not be bytes of the set itself unless that is said; what is
// not said to make a set needs one (writer.exists()).

struct AddOptions {
  bool only_new = false;
  bool only_present = false;
  bool only_greater = false;  // a present member's score only grows,
  bool only_less = false;     // or only falls
  bool increment = false;     // the score is added to that of a present member
};

enum class AddOutcome : uint8_t {
  kRefused,  // by the options
  kNotANumber,
  kSame,
  kChanged,
  kAdded
};

struct AddResult {
  AddOutcome outcome;
  double score = 0;  // the member's now, where it was not refused
};

// Adds a member or gives it another score; a key that does not exist becomes a sorted set when
// there is something to add. The score is a number. O(log n), O(n) in a listpack.
AddResult AddScored(KeyWriter& writer, std::string_view member, double score,
                    const AddOptions& options);

// Removes a member; answers whether it was there. The caller removes the key when nothing is left.
bool EraseScored(KeyWriter& writer, std::string_view member);

// Removes what has these ranks, not all that is there. REQUIRES: they are there. O(count + log n),
// where of a great many the dict is told afterwards, in steps (see Shedding): O(log n).
void EraseRanks(KeyWriter& writer, const RankRange& ranks);

struct ScoredView {
  std::string_view member;
  double score;
};

// Brings members into the order of a sorted set.
void SortScored(std::span<ScoredView> members);

// Makes the key, whatever it was, a sorted set of these, all different and at least one, which may
// be the old value's own bytes; they are brought into order. Expiry is kept unless the writer says
// otherwise. O(n log n).
void AssignZset(KeyWriter& writer, std::span<ScoredView> members);

}  // namespace ebb

// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
//
// Any bytes: what Intset::IsValid lets through can be read and searched, and a set that is made of
// it takes and loses members like any other. The first byte of the input chooses the changes, the
// rest may be an intset.
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <set>
#include <string>
#include <string_view>

#include "storage/encodings/intset.h"
#include "storage/key_writer.h"
#include "storage/keyspace.h"
#include "storage/memory/allocator.h"
#include "storage/random.h"
#include "storage/types/packed.h"
#include "storage/types/set.h"
#include "tests/support/nobody_listens.h"

namespace ebb {
namespace {

constexpr size_t kChanges = 16;

void Require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "%s\n", what);
  std::abort();
}

using Model = std::set<int64_t>;

Model Read(const Intset& set) {
  Model model;
  for (size_t i = 0; i < set.Count(); ++i) model.insert(model.end(), set.At(i));
  return model;
}

// That `bytes` are the set `model`, in whatever width.
void CheckReading(std::string_view bytes, const Model& model) {
  const Intset set(bytes);
  Require(set.Count() == model.size(), "the count");
  size_t index = 0;
  for (const int64_t value : model) {
    Require(IntsetWidth(value) <= set.width(), "the width");
    const Intset::Place place = set.Find(value);
    Require(place.found && place.index == index, "finds each");
    if (value != INT64_MAX && !model.contains(value + 1)) {
      const Intset::Place behind = set.Find(value + 1);
      Require(!behind.found && behind.index == index + 1, "finds where one would come in");
    }
    ++index;
  }
  for (const size_t width : {4, 8}) {
    if (width < set.width()) continue;
    std::string wider(Intset::kHeadSize + width * set.Count(), '\0');
    WriteWider(set, width, wider.data());
    Require(Intset::IsValid(wider) && Read(Intset(wider)) == model, "wider");
  }
}

// A key with the set, and changes of it.
class Changes {
 public:
  Changes(const Model& model, std::string_view bytes, uint64_t seed)
      : model_(model), random_(seed) {
    KeyWriter writer(db_, "k");
    AssignStored(writer, Type::kSet, Encoding::kIntset, bytes);
  }
  ~Changes() { db_.Remove("k"); }

  void Run() {
    for (size_t i = 0; i < kChanges && !model_.empty(); ++i) {
      random_.Below(2) ? Add() : Erase();
      Check();
    }
    if (model_.empty()) return;
    const std::string_view texts[] = {"a text"};
    KeyWriter writer(db_, "k");
    Require(AddMembers(writer, texts) == 1, "a text is new");
    Require(SetSize(*writer.entry()) == model_.size() + 1, "and one more");
    for (const int64_t value : model_) {
      Require(HasMember(*writer.entry(), std::to_string(value)), "with all the others");
    }
  }

 private:
  int64_t Value() {
    if (random_.Below(3) != 0) return static_cast<int64_t>(random_()) >> random_.Below(64);
    auto at = model_.begin();
    std::advance(at, random_.Below(model_.size()));
    return *at;
  }
  void Add() {
    const int64_t value = Value();
    const std::string text = std::to_string(value);
    const std::string_view texts[] = {text};
    KeyWriter writer(db_, "k");
    Require(AddMembers(writer, texts) == model_.insert(value).second, "added");
  }
  void Erase() {
    const int64_t value = Value();
    KeyWriter writer(db_, "k");
    Require(EraseMember(writer, std::to_string(value)) == (model_.erase(value) == 1), "erased");
    if (model_.empty()) writer.RemoveEmpty();
  }
  void Check() {
    const Entry* const entry = db_.Peek("k");
    Require((entry == nullptr) == model_.empty(), "is there");
    if (entry == nullptr) return;
    Require(SetSize(*entry) == model_.size(), "the size");
    if (entry->encoding() != Encoding::kIntset) return;
    Require(Intset::IsValid(StoredBytes(*entry)), "stays one");
    Require(Read(Intset(StoredBytes(*entry))) == model_, "as the model");
  }

  Model model_;
  RandomGenerator random_;
  Clock clock_;
  test::NobodyListens nobody_;
  KeyspaceCounters counters_;
  KeyspaceContext context_{
      .clock = clock_, .observer = nobody_, .counters = counters_, .disposer = Disposer()};
  Keyspace db_{0, context_};
};

void TestOne(std::string_view bytes, uint8_t seed) {
  static const memory::ThreadAccount account;
  if (!Intset::IsValid(bytes)) return;
  const Model model = Read(Intset(bytes));
  CheckReading(bytes, model);
  if (!model.empty()) Changes(model, bytes, seed).Run();
}

}  // namespace
}  // namespace ebb

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  ebb::TestOne({reinterpret_cast<const char*>(data) + 1, size - 1}, data[0]);
  return 0;
}

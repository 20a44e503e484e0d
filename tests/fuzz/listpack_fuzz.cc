// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
//
// Any bytes: what Listpack::IsValid lets through can be walked, searched and changed, and is a list
// of texts like any other all the while. The first two bytes of the input choose the changes, the
// rest may be a listpack.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "storage/encodings/list_node.h"
#include "storage/encodings/listpack.h"
#include "storage/random.h"

namespace ebb {
namespace {

using Model = std::vector<std::string>;

constexpr size_t kChanges = 16;
constexpr ListNodeLimit kLimit{.bytes = 8192, .count = SIZE_MAX};

void Require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "%s\n", what);
  std::abort();
}

Model Read(const Listpack& list) {
  Model model;
  ListpackElement::Digits digits;
  for (size_t at = list.Begin(); at < list.End(); at = list.Next(at)) {
    model.emplace_back(list.Get(at).View(digits));
  }
  return model;
}

// That the listpack is `model` from wherever it is looked at.
void CheckReading(const Listpack& list, const Model& model, RandomGenerator& random) {
  const auto size = static_cast<int64_t>(model.size());
  Require(list.Count() == model.size(), "the count");
  Require(list.Seek(size) == list.End() && list.Seek(-size - 1) == list.End(), "beyond the ends");
  for (size_t i = 0; i < std::min<size_t>(model.size(), 20); ++i) {
    const size_t index = random.Below(model.size());
    const size_t at = list.Seek(static_cast<int64_t>(index));
    Require(list.Seek(static_cast<int64_t>(index) - size) == at, "from the other end");
    Require(list.CountBefore(at) == index, "the index");
    const std::string& text = model[index];
    const ListpackNeedle needle(text);
    Require(list.Equals(at, needle), "equals itself");
    const auto first = std::ranges::find(model, text) - model.begin();
    Require(list.Find(needle, list.Begin()) == list.Seek(first), "finds the first");
  }
}

void CheckBackwards(const Listpack& list, const Model& model) {
  ListpackElement::Digits digits;
  size_t left = model.size();
  for (size_t at = list.End(); at > list.Begin(); --left) {
    at = list.Previous(at);
    Require(left > 0 && list.Get(at).View(digits) == model[left - 1], "backwards");
  }
  Require(left == 0, "as many backwards");
}

// A node with the listpack, and changes of it.
class Changes {
 public:
  Changes(const Model& model, std::string_view bytes, RandomGenerator& random)
      : model_(model), node_(bytes.empty() ? ListNode() : ListNode(bytes)), random_(random) {}
  ~Changes() { node_.Free(); }

  void Run() {
    for (size_t i = 0; i < kChanges; ++i) {
      model_.empty() || random_.Below(2) ? Insert() : Change();
      Require(Listpack::IsValid(node_.bytes(), ListpackWays::kBoth), "stays one");
      Require(node_.count() == model_.size(), "the node's count");
      Require(Read(node_.list()) == model_, "as the model");
    }
    CheckReading(node_.list(), model_, random_);
    CheckBackwards(node_.list(), model_);
    Compress();
  }

 private:
  std::string Value() {
    switch (random_.Below(4)) {
      case 0:
        return std::to_string(static_cast<int64_t>(random_()) >> random_.Below(64));
      case 1:
        return std::string(random_.Below(5000) >> random_.Below(12), 'v');
      default:
        return model_.empty() ? "x" : std::string(model_[random_.Below(model_.size())]);
    }
  }
  size_t Offset(size_t index) const { return node_.list().Skip(Listpack::kHeadSize, index); }

  void Insert() {
    const size_t index = random_.Below(model_.size() + 1);
    const std::string value = Value();
    node_.Insert(Offset(index), value, kLimit);
    model_.insert(model_.begin() + static_cast<ptrdiff_t>(index), value);
  }
  void Change() {
    const size_t index = random_.Below(model_.size());
    const auto at = model_.begin() + static_cast<ptrdiff_t>(index);
    if (random_.Below(3) == 0) return EraseEqual(model_[index]);
    if (random_.Below(2) == 0) {
      *at = Value();
      return node_.Replace(Offset(index), *at);
    }
    const size_t count = 1 + random_.Below(model_.size() - index);
    node_.Erase(Offset(index), Offset(index + count), count);
    model_.erase(at, at + static_cast<ptrdiff_t>(count));
  }
  void EraseEqual(std::string value) {
    const auto equal = static_cast<size_t>(std::ranges::count(model_, value));
    if (equal == model_.size()) return;
    node_.EraseEqual(ListpackNeedle(value), 0, equal);
    std::erase(model_, value);
  }
  void Compress() {
    const std::string bytes(node_.bytes());
    node_.Compress();
    ListNodeReader reader;
    Require(reader.Read(node_).bytes() == bytes, "compressed");
    node_.Decompress();
    Require(node_.bytes() == bytes, "decompressed");
  }

  Model model_;
  ListNode node_;
  RandomGenerator& random_;
};

void TestOne(std::string_view bytes, uint64_t seed) {
  RandomGenerator random(seed);
  for (const ListpackWays ways : {ListpackWays::kForward, ListpackWays::kBoth}) {
    if (!Listpack::IsValid(bytes, ways)) continue;
    const Listpack list(bytes, ways);
    const Model model = Read(list);
    CheckReading(list, model, random);
    if (ways == ListpackWays::kForward) continue;
    CheckBackwards(list, model);
    Changes(model, bytes, random).Run();
  }
}

}  // namespace
}  // namespace ebb

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  ebb::TestOne({reinterpret_cast<const char*>(data) + 2, size - 2}, data[0] << 8 | data[1]);
  return 0;
}

// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <memory_resource>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/arg_parser.h"
#include "server/commands/families.h"
#include "server/commands/lookup.h"
#include "server/commands/sort_pattern.h"
#include "server/engine.h"
#include "server/text.h"
#include "storage/key_writer.h"
#include "storage/number.h"
#include "storage/types/list.h"
#include "storage/types/set.h"
#include "storage/types/zset.h"

// SORT: the elements of a collection in an order, by themselves or by what other keys say of them.
namespace ebb {
namespace {

// ----------------------------------------------------------------------------------------- request

struct Request {
  std::optional<SortPattern> by;
  bool in_order = true;  // false: BY without a star, which leaves elements as they come
  std::vector<SortPattern> gets;
  int64_t offset = 0;
  int64_t count = -1;
  bool descending = false;
  bool alpha = false;
  std::optional<std::string_view> store;
};

bool Parse(Call& call, bool may_store, Request* request) {
  ArgParser parser(call, 2);
  while (parser.More()) {
    if (parser.Take("ASC")) {
      request->descending = false;
    } else if (parser.Take("DESC")) {
      request->descending = true;
    } else if (parser.Take("ALPHA")) {
      request->alpha = true;
    } else if (parser.Take("LIMIT", 2)) {
      request->offset = parser.Integer();
      request->count = parser.Integer();
    } else if (may_store && parser.Take("STORE", 1)) {
      request->store = parser.Text();
    } else if (parser.Take("BY", 1)) {
      request->by.emplace(parser.Text());
      if (!request->by->has_star()) request->in_order = false;
    } else if (parser.Take("GET", 1)) {
      request->gets.emplace_back(parser.Text());
    } else {
      parser.SyntaxError();
    }
  }
  return !parser.Failed();
}

// The elements from `begin` on, up to `end`, of so many that there are.
struct Range {
  size_t begin;
  size_t end;
};

Range RangeOf(const Request& request, size_t size) {
  const auto limit = [size](int64_t number) {
    return static_cast<size_t>(std::clamp<int64_t>(number, 0, static_cast<int64_t>(size)));
  };
  const size_t begin = limit(request.offset);
  return {begin, request.count < 0 ? size : begin + std::min(limit(request.count), size - begin)};
}

// ---------------------------------------------------------------------------------------- elements

// An element, and what its place in the order depends on.
struct Item {
  std::string_view text;
  size_t index;               // as the elements come: of equals the first stays first
  double score = 0;           // numbers
  std::string_view key = {};  // ALPHA, with a NUL behind it; at null: the pattern finds nothing
};

class Items {
 public:
  // Elements point into their collection, but for integers, whose digits are here, and for what is
  // a copy already.
  void Add(const ListpackElement& element, bool is_copy = false) {
    ListpackElement::Digits digits;
    Add(is_copy || element.is_integer() ? Keep(element.View(digits)) : element.text());
  }
  void Add(std::string_view text) { items_.push_back({.text = text, .index = items_.size()}); }

  // So many will be added.
  void Expect(size_t count) { items_.reserve(count); }

  // A copy with a NUL behind it, which lives as long as the items. There may be millions of short
  // ones, so they lie one behind the other.
  std::string_view Keep(std::string_view text) {
    auto* copy = static_cast<char*>(copies_.allocate(text.size() + 1, alignof(char)));
    text.copy(copy, text.size());
    copy[text.size()] = '\0';
    return {copy, text.size()};
  }

  std::vector<Item>& items() { return items_; }

 private:
  std::vector<Item> items_;
  std::pmr::monotonic_buffer_resource copies_;
};

// What can be sorted: one row per type.
struct Source {
  Type type;
  bool ordered;  // has an order of its own, which is kept where nothing else is asked for
  size_t (*size)(const Entry& entry);
  // Adds `count` elements, from the place `first` of its order on or, if `backwards`, of the
  // opposite one. What is not ordered is always added as a whole.
  void (*collect)(const Entry& entry, size_t first, size_t count, bool backwards, Items* items);
};

void CollectList(const Entry& entry, size_t first, size_t count, bool backwards, Items* items) {
  if (count == 0) return;
  const size_t index = backwards ? ListSize(entry) - 1 - first : first;
  ListWalk walk(entry, index, backwards ? ListEnd::kHead : ListEnd::kTail);
  for (; count > 0; --count, walk.Step()) items->Add(walk.Get(), walk.is_copy());
}

void CollectSet(const Entry& entry, size_t, size_t, bool, Items* items) {
  ForEachMember(entry, [items](const SetText& member) { items->Add(member); });
}

void CollectZset(const Entry& entry, size_t first, size_t count, bool backwards, Items* items) {
  if (count == 0) return;
  const size_t rank = backwards ? ZsetSize(entry) - 1 - first : first;
  ZsetWalk walk(entry, rank, backwards ? ZsetEnd::kMin : ZsetEnd::kMax);
  for (; count > 0; --count, walk.Step()) items->Add(walk.Get().member);
}

constexpr Source kSources[] = {
    {Type::kList, true, ListSize, CollectList},
    {Type::kSet, false, SetSize, CollectSet},
    {Type::kZset, true, ZsetSize, CollectZset},
};

// What the key holds; null where that cannot be sorted: the error has been written.
const Source* FindSource(Call& call, const Entry& entry) {
  const auto source = std::ranges::find(kSources, entry.type(), &Source::type);
  if (source != std::end(kSources)) return source;
  call.reply.Error(errors::kWrongType);
  return nullptr;
}

// --------------------------------------------------------------------------------------- the order

// The number that a text is to strtod: blanks in front, hexadecimal and infinite ones and an empty
// text are; a NUL ends it.
std::optional<double> ScoreOf(std::string_view text) {
  if (const auto integer = ParseInteger(text)) return static_cast<double>(*integer);
  const std::string copy(text);
  char* end = nullptr;
  errno = 0;
  const double score = std::strtod(copy.c_str(), &end);
  if (*end != '\0' || errno == ERANGE || std::isnan(score)) return std::nullopt;
  return score;
}

// Gives each item what it is compared by; false when that is to be a number and is none.
bool LoadKeys(Keyspace& db, Request& request, Items* items) {
  bool all_numbers = true;
  for (Item& item : items->items()) {
    const auto use = [&](std::string_view text) {
      if (request.alpha) {
        item.key = items->Keep(text);
      } else {
        const std::optional<double> score = ScoreOf(text);
        all_numbers = all_numbers && score.has_value();
        item.score = score.value_or(0);
      }
    };
    request.by ? void(request.by->Find(db, item.text, use)) : use(item.text);
  }
  return all_numbers;
}

// Less than, equal and greater as a number below, at and above 0.
int Compare(const Item& one, const Item& other, const Request& request) {
  if (!request.alpha) {
    if (one.score != other.score) return one.score < other.score ? -1 : 1;
    return one.text.compare(other.text);
  }
  if (one.key.data() == nullptr || other.key.data() == nullptr) {
    return int{one.key.data() != nullptr} - int{other.key.data() != nullptr};
  }
  // What is stored is to be the same wherever it is made.
  if (request.store) return one.key.compare(other.key);
  return std::strcoll(one.key.data(), other.key.data());
}

// Puts in order what comes to stand in `range`; the rest stays in none. O(N + M*log(M)), where M is
// the range's length, on average.
void PutInOrder(const Request& request, const Range& range, std::vector<Item>* items) {
  const auto before = [&request](const Item& one, const Item& other) {
    const int order = Compare(one, other, request);
    if (order == 0) return one.index < other.index;
    return request.descending ? order > 0 : order < 0;
  };
  if (range.begin == range.end) return;
  const auto begin = items->begin() + static_cast<ptrdiff_t>(range.begin);
  const auto end = items->begin() + static_cast<ptrdiff_t>(range.end);
  if (begin != items->begin()) std::nth_element(items->begin(), begin, items->end(), before);
  if (end != items->end()) std::nth_element(begin, end, items->end(), before);
  std::sort(begin, end, before);
}

// ------------------------------------------------------------------------------------------ result

void Reply(Call& call, Request& request, std::span<const Item> items) {
  call.reply.Array(items.size() * std::max<size_t>(request.gets.size(), 1));
  for (const Item& item : items) {
    if (request.gets.empty()) call.reply.Bulk(item.text);
    for (SortPattern& get : request.gets) {
      const auto use = [&call](std::string_view text) { call.reply.Bulk(text); };
      if (!get.Find(call.db(), item.text, use)) call.reply.Null();
    }
  }
}

void Store(Call& call, Request& request, std::span<const Item> items) {
  std::vector<std::string_view> views;
  std::deque<std::string> found;
  for (const Item& item : items) {
    if (request.gets.empty()) views.push_back(item.text);
    for (SortPattern& get : request.gets) {
      std::string& text = found.emplace_back();
      get.Find(call.db(), item.text, [&text](std::string_view value) { text = value; });
      views.push_back(text);
    }
  }
  StoreResult(
      call, *request.store, views.size(), events::kSortStore,
      [&](KeyWriter& writer) { AssignList(writer, views); }, views.size());
}

// The items of what is at args[1], those of `*range` in their places. False when something is
// wrong: the error has been written.
bool Collect(Call& call, Request& request, Items* items, Range* range) {
  const Entry* entry = call.db().Read(call.args[1]);
  *range = {0, 0};
  if (entry == nullptr) return true;
  const Source* source = FindSource(call, *entry);
  if (source == nullptr) return false;
  // What comes in no order at all is stored in one.
  if (!request.in_order && !source->ordered && request.store) {
    request.in_order = true;
    request.alpha = true;
    request.by.reset();
  }

  const size_t size = source->size(*entry);
  *range = RangeOf(request, size);
  if (!request.in_order && source->ordered) {
    const size_t count = range->end - range->begin;
    items->Expect(count);
    source->collect(*entry, range->begin, count, request.descending, items);
    *range = {0, count};
    return true;
  }
  items->Expect(size);
  source->collect(*entry, 0, size, false, items);
  if (!request.in_order) return true;
  if (!LoadKeys(call.db(), request, items)) {
    call.reply.Error("ERR One or more scores can't be converted into double");
    return false;
  }
  PutInOrder(request, *range, &items->items());
  return true;
}

void SortAny(Call& call, bool may_store) {
  Request request;
  if (!Parse(call, may_store, &request)) return;

  Items items;
  Range range;
  if (!Collect(call, request, &items, &range)) return;

  const std::span<const Item> chosen =
      std::span(items.items()).subspan(range.begin, range.end - range.begin);
  request.store ? Store(call, request, chosen) : Reply(call, request, chosen);
}

void Sort(Call& call) {
  SortAny(call, true);
}

void SortRo(Call& call) {
  SortAny(call, false);
}

// Where the key behind the last STORE stands; 0: nowhere.
size_t FindStoreKey(Args args) {
  size_t found = 0;
  for (size_t i = 2; i < args.size(); ++i) {
    if (EqualsIgnoreCase(args[i], "LIMIT")) {
      i += 2;
    } else if (EqualsIgnoreCase(args[i], "GET") || EqualsIgnoreCase(args[i], "BY")) {
      ++i;
    } else if (EqualsIgnoreCase(args[i], "STORE") && i + 1 < args.size()) {
      found = ++i;
    }
  }
  return found;
}

constexpr KeySpec kPatternKeys = {.flags = kKeyRo | kKeyAccess,
                                  .begin = KeySpec::Begin::kUnknown,
                                  .find = KeySpec::Find::kUnknown,
                                  .notes = "The patterns of BY and GET name keys for each element"};
constexpr KeySpec kStoreKey = {.flags = kKeyOw | kKeyUpdate,
                               .begin = KeySpec::Begin::kUnknown,
                               .find = KeySpec::Find::kUnknown,
                               .find_unknown = FindStoreKey,
                               .notes = "STORE may stand anywhere"};

constexpr std::string_view kComplexity =
    "O(N+M*log(M)) where N is the number of elements and M that of those that are answered";

constexpr CommandSpec kCommands[] = {
    {.name = "sort",
     .function = Sort,
     .arity = -2,
     .flags = kWrite | kDenyOom | kMovableKeys,
     .keys = {KeyAt(1, kKeyRo | kKeyAccess), kPatternKeys, kStoreKey},
     .since = "1.0.0",
     .complexity = kComplexity,
     .syntax = "key [BY pattern#1] [LIMIT offset_count{offset count}] "
               "[GET pattern#1 [GET pattern#1 ...]] [order(ASC | DESC)] "
               "[sorting(ALPHA)] [STORE destination]",
     .summary = "Answers or stores the elements of a list, a set or a sorted set in an order.",
     .acl = kAclDangerous | kAclSet | kAclSortedSet | kAclList},
    {.name = "sort_ro",
     .function = SortRo,
     .arity = -2,
     .flags = kReadOnly | kMovableKeys,
     .keys = {KeyAt(1, kKeyRo | kKeyAccess), kPatternKeys},
     .since = "7.0.0",
     .complexity = kComplexity,
     .syntax = "key [BY pattern#1] [LIMIT offset_count{offset count}] "
               "[GET pattern#1 [GET pattern#1 ...]] [order(ASC | DESC)] [sorting(ALPHA)]",
     .summary = "Answers the elements of a list, a set or a sorted set in an order.",
     .acl = kAclDangerous | kAclSet | kAclSortedSet | kAclList},
};

}  // namespace

constexpr CommandFamily kSortFamily{.group = "generic", .acl = 0, .commands = kCommands};

}  // namespace ebb

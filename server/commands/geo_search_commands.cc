// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "server/arg_parser.h"
#include "server/commands/element_texts.h"
#include "server/commands/families.h"
#include "server/commands/geo_args.h"
#include "server/commands/lookup.h"
#include "server/commands/zset_args.h"
#include "server/engine.h"

// What is near a place: GEOSEARCH, and the older commands that it stands for.
namespace ebb {
namespace {

enum class Order : uint8_t { kNone, kNearest, kFarthest };

// What a command's name says.
struct SearchKind {
  bool positional = false;  // the circle stands behind the key
  bool of_member = false;   // around a member, then
  bool may_store = false;   // STORE key, STOREDIST key
  bool stores = false;      // GEOSEARCHSTORE
};

struct SearchQuery {
  geo::Shape shape;
  double unit_m = 1;
  bool from_member = false;
  bool from_point = false;
  bool by_radius = false;
  bool by_box = false;
  bool with_distance = false;
  bool with_score = false;
  bool with_point = false;
  Order order = Order::kNone;
  int64_t count = 0;  // 0: all
  bool any = false;   // not the nearest, but those found first
  std::optional<std::string_view> destination;
  bool store_distances = false;
};

// A member of the sorted set inside of the shape.
struct Neighbor {
  std::string_view member;
  double score;
  double distance_m;
  geo::Point point;
};

// ----------------------------------------------------------------------------------------- parsing

class SearchParser {
 public:
  // Of `entry`, null when the key is absent. Arguments are read from args[first] on.
  SearchParser(Call& call, const Entry* entry, const SearchKind& kind, size_t first)
      : call_(call), parser_(call, first), entry_(entry), kind_(kind) {}

  // Nothing when the error has been written.
  std::optional<SearchQuery> Parse() {
    if (kind_.stores) query_.destination = call_.args[1];
    if (kind_.positional) ParseCircle();
    while (parser_.More()) {
      if (!TakeShared() && !TakeStore() && !TakeShape()) parser_.SyntaxError();
    }
    CheckTogether();
    if (parser_.Failed()) return std::nullopt;
    return query_;
  }

 private:
  void ParseCircle() {
    if (!kind_.of_member) {
      query_.shape.center = ParsePoint(parser_);
    } else if (entry_ == nullptr) {
      // Of a key that is not there the circle is not looked at.
      for (int i = 0; i < 3; ++i) parser_.Text();
      return;
    } else {
      ParseMember();
    }
    ParseRadius();
  }

  void ParseMember() {
    const std::string_view member = parser_.Text();
    if (entry_ == nullptr) return;
    const auto point = PointOfMember(*entry_, member, call_.db().known_element());
    if (!point) return parser_.Fail("ERR could not decode requested zset member");
    query_.shape.center = *point;
  }

  void ParseRadius() {
    const double radius = parser_.Double("ERR need numeric radius");
    if (radius < 0) parser_.Fail("ERR radius cannot be negative");
    query_.unit_m = ParseLengthUnit(parser_);
    query_.shape.is_box = false;
    query_.shape.radius_m = radius * query_.unit_m;
  }

  void ParseBox() {
    const double width = parser_.Double("ERR need numeric width");
    const double height = parser_.Double("ERR need numeric height");
    if (width < 0 || height < 0) parser_.Fail("ERR height or width cannot be negative");
    query_.unit_m = ParseLengthUnit(parser_);
    query_.shape.is_box = true;
    query_.shape.width_m = width * query_.unit_m;
    query_.shape.height_m = height * query_.unit_m;
  }

  bool TakeShared() {
    if (parser_.Take("WITHDIST")) {
      query_.with_distance = true;
    } else if (parser_.Take("WITHHASH")) {
      query_.with_score = true;
    } else if (parser_.Take("WITHCOORD")) {
      query_.with_point = true;
    } else if (parser_.Take("ANY")) {
      query_.any = true;
    } else if (parser_.Take("ASC")) {
      query_.order = Order::kNearest;
    } else if (parser_.Take("DESC")) {
      query_.order = Order::kFarthest;
    } else if (parser_.Take("COUNT", 1)) {
      query_.count = parser_.Integer();
      if (query_.count <= 0) parser_.Fail("ERR COUNT must be > 0");
    } else {
      return false;
    }
    return true;
  }

  bool TakeStore() {
    if (kind_.stores && parser_.Take("STOREDIST")) {
      query_.store_distances = true;
      return true;
    }
    if (!kind_.may_store) return false;
    const bool scores = parser_.Take("STORE", 1);
    if (!scores && !parser_.Take("STOREDIST", 1)) return false;
    query_.destination = parser_.Text();
    query_.store_distances = !scores;
    return true;
  }

  bool TakeShape() {
    if (kind_.positional) return false;
    if (!query_.from_point && parser_.Take("FROMMEMBER", 1)) {
      query_.from_member = true;
      ParseMember();
    } else if (!query_.from_member && parser_.Take("FROMLONLAT", 2)) {
      query_.from_point = true;
      query_.shape.center = ParsePoint(parser_);
    } else if (!query_.by_box && parser_.Take("BYRADIUS", 2)) {
      query_.by_radius = true;
      ParseRadius();
    } else if (!query_.by_radius && parser_.Take("BYBOX", 3)) {
      query_.by_box = true;
      ParseBox();
    } else {
      return false;
    }
    return true;
  }

  void CheckTogether() {
    if (query_.destination && (query_.with_distance || query_.with_score || query_.with_point)) {
      parser_.Fail(
          fmt::format("ERR {} is not compatible with WITHDIST, WITHHASH and WITHCOORD options",
                      kind_.stores ? "GEOSEARCHSTORE" : "STORE option in GEORADIUS"));
    }
    const std::string_view name = UntilNul(call_.args[0]);
    if (!kind_.positional && !query_.from_member && !query_.from_point) {
      parser_.Fail(
          fmt::format("ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for {}", name));
    }
    if (!kind_.positional && !query_.by_radius && !query_.by_box) {
      parser_.Fail(
          fmt::format("ERR exactly one of BYRADIUS and BYBOX can be specified for {}", name));
    }
    if (query_.any && query_.count == 0) {
      parser_.Fail("ERR the ANY argument requires COUNT argument");
    }
  }

  Call& call_;
  ArgParser parser_;
  const Entry* const entry_;
  const SearchKind kind_;
  SearchQuery query_;
};

// --------------------------------------------------------------------------------------- searching

// What is inside of the shape; with ANY, as many as asked for. Views are of `texts`.
std::vector<Neighbor> FindNeighbors(const Entry& entry, const SearchQuery& query,
                                    ElementTexts* texts) {
  std::vector<Neighbor> found;
  const size_t most = query.any ? static_cast<size_t>(query.count) : SIZE_MAX;
  for (const geo::ScoreSpan& span : geo::Cover(query.shape)) {
    const ScoreRange range{static_cast<double>(span.min), static_cast<double>(span.end), false,
                           true};
    const RankRange ranks = RanksOf(entry, range);
    ZsetWalk walk(entry, ranks.first, ZsetEnd::kMax);
    for (size_t left = ranks.count; left > 0 && found.size() < most; --left, walk.Step()) {
      const ZsetItem item = walk.Get();
      const geo::Point point = geo::PointOf(item.score);
      const auto distance = geo::DistanceWithin(query.shape, point);
      if (distance) found.push_back({texts->Of(item.member), item.score, *distance, point});
    }
  }
  return found;
}

// Brings them into order and leaves as many as asked for.
void SortAndLimit(const SearchQuery& query, std::vector<Neighbor>* found) {
  Order order = query.order;
  // Some of them are the nearest, unless any will do.
  if (order == Order::kNone && query.count != 0 && !query.any) order = Order::kNearest;
  if (order == Order::kNearest) {
    std::ranges::stable_sort(*found, {}, &Neighbor::distance_m);
  } else if (order == Order::kFarthest) {
    std::ranges::stable_sort(*found, std::ranges::greater(), &Neighbor::distance_m);
  }
  if (query.count != 0 && std::cmp_greater(found->size(), query.count)) {
    found->erase(found->begin() + query.count, found->end());
  }
}

void ReplyNeighbors(Call& call, const SearchQuery& query, const std::vector<Neighbor>& found) {
  const size_t extras = query.with_distance + query.with_score + query.with_point;
  call.reply.Array(found.size());
  for (const Neighbor& neighbor : found) {
    if (extras > 0) call.reply.Array(extras + 1);
    call.reply.Bulk(neighbor.member);
    if (query.with_distance) ReplyDistance(call, neighbor.distance_m / query.unit_m);
    if (query.with_score) call.reply.Integer(static_cast<int64_t>(neighbor.score));
    if (query.with_point) ReplyPoint(call, neighbor.point);
  }
}

void StoreNeighbors(Call& call, const SearchQuery& query, const std::vector<Neighbor>& found,
                    const KeyEvent& event) {
  FoundScored scored;
  for (const Neighbor& neighbor : found) {
    scored.Add(ZsetText(neighbor.member),
               query.store_distances ? neighbor.distance_m / query.unit_m : neighbor.score);
  }
  StoreZset(call, *query.destination, scored, event, found.size());
}

template <SearchKind kind>
void Search(Call& call) {
  const size_t key = kind.stores ? 2 : 1;  // the other arguments follow
  bool failed = false;
  const Entry* entry = ReadKey(call, call.args[key], Type::kZset, &failed);
  if (failed) return;
  const auto query = SearchParser(call, entry, kind, key + 1).Parse();
  if (!query) return;

  ElementTexts texts;
  std::vector<Neighbor> found;
  if (entry != nullptr) found = FindNeighbors(*entry, *query, &texts);
  SortAndLimit(*query, &found);

  if (!query->destination) return ReplyNeighbors(call, *query, found);
  StoreNeighbors(call, *query, found,
                 kind.stores ? events::kGeoSearchStore : events::kGeoRadiusStore);
}

constexpr std::string_view kComplexity =
    "O(N+M*log(M)) where N is the number of members around the shape and M the number of those "
    "inside";

// What is read, and what may be written behind a word from `from` on.
constexpr std::array<KeySpec, 3> RadiusKeys(int from) {
  const auto behind = [from](std::string_view word) {
    return KeySpec{.flags = kKeyOw | kKeyUpdate,
                   .begin = KeySpec::Begin::kKeyword,
                   .begin_index = from,
                   .keyword = word};
  };
  return {KeyAt(1, kKeyRo | kKeyAccess), behind("STORE"), behind("STOREDIST")};
}

constexpr CommandSpec kCommands[] = {
    {.name = "georadius",
     .function = Search<SearchKind{.positional = true, .may_store = true}>,
     .arity = -6,
     .flags = kWrite | kDenyOom | kMovableKeys,
     .keys = RadiusKeys(6),
     .since = "3.2.0",
     .complexity = kComplexity,
     .syntax = "key longitude:double latitude:double radius:double unit(M | KM | FT | MI) "
               "[WITHCOORD] [WITHDIST] [WITHHASH] [count{COUNT count [ANY@6.2.0]}] "
               "[order(ASC | DESC)] [STORE key] [STOREDIST key]",
     .summary = "Answers the places within a circle, or stores them.",
     .deprecated_since = "6.2.0",
     .replaced_by = "`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` argument",
     .history = "6.2.0 Takes ANY for COUNT.\n7.0.0 Units in capitals."},
    {.name = "georadius_ro",
     .function = Search<SearchKind{.positional = true}>,
     .arity = -6,
     .flags = kReadOnly,
     .keys = {KeyAt(1, kKeyRo | kKeyAccess)},
     .since = "3.2.10",
     .complexity = kComplexity,
     .syntax = "key longitude:double latitude:double radius:double unit(M | KM | FT | MI) "
               "[WITHCOORD] [WITHDIST] [WITHHASH] [count{COUNT count [ANY@6.2.0]}] "
               "[order(ASC | DESC)]",
     .summary = "Answers the places within a circle.",
     .deprecated_since = "6.2.0",
     .replaced_by = "`GEOSEARCH` with the `BYRADIUS` argument",
     .history = "6.2.0 Takes ANY for COUNT."},
    {.name = "georadiusbymember",
     .function = Search<SearchKind{.positional = true, .of_member = true, .may_store = true}>,
     .arity = -5,
     .flags = kWrite | kDenyOom | kMovableKeys,
     .keys = RadiusKeys(5),
     .element = 2,
     .since = "3.2.0",
     .complexity = kComplexity,
     .syntax = "key member radius:double unit(M | KM | FT | MI) [WITHCOORD] [WITHDIST] [WITHHASH] "
               "[count{COUNT count [ANY]}] [order(ASC | DESC)] [STORE key] [STOREDIST key]",
     .summary = "Answers the places within a circle around one of them, or stores them.",
     .deprecated_since = "6.2.0",
     .replaced_by = "`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` and `FROMMEMBER` "
                    "arguments",
     .history = "7.0.0 Units in capitals."},
    {.name = "georadiusbymember_ro",
     .function = Search<SearchKind{.positional = true, .of_member = true}>,
     .arity = -5,
     .flags = kReadOnly,
     .keys = {KeyAt(1, kKeyRo | kKeyAccess)},
     .element = 2,
     .since = "3.2.10",
     .complexity = kComplexity,
     .syntax = "key member radius:double unit(M | KM | FT | MI) [WITHCOORD] [WITHDIST] [WITHHASH] "
               "[count{COUNT count [ANY]}] [order(ASC | DESC)]",
     .summary = "Answers the places within a circle around one of them.",
     .deprecated_since = "6.2.0",
     .replaced_by = "`GEOSEARCH` with the `BYRADIUS` and `FROMMEMBER` arguments"},
    {.name = "geosearch",
     .function = Search<SearchKind{}>,
     .arity = -7,
     .flags = kReadOnly,
     .keys = {KeyAt(1, kKeyRo | kKeyAccess)},
     .since = "6.2.0",
     .complexity = kComplexity,
     .syntax = "key from(FROMMEMBER member | FROMLONLAT longitude_latitude{longitude:double "
               "latitude:double}) by(circle{BYRADIUS radius:double unit(M | KM | FT | MI)} | "
               "box{BYBOX width:double, height:double unit(M | KM | FT | MI)}) [order(ASC | DESC)] "
               "[count{COUNT count [ANY]}] [WITHCOORD] [WITHDIST] [WITHHASH]",
     .summary = "Answers the places within a circle or a box.",
     .history = "7.0.0 Units in capitals."},
    {.name = "geosearchstore",
     .function = Search<SearchKind{.stores = true}>,
     .arity = -8,
     .flags = kWrite | kDenyOom,
     .keys = {KeyAt(1, kKeyOw | kKeyUpdate), KeyAt(2, kKeyRo | kKeyAccess)},
     .since = "6.2.0",
     .complexity = kComplexity,
     .syntax =
         "destination:key source:key from(FROMMEMBER member | FROMLONLAT "
         "longitude_latitude{longitude:double latitude:double}) by(circle{BYRADIUS radius:double "
         "unit(M | KM | FT | MI)} | box{BYBOX width:double, height:double unit(M | KM | FT | MI)}) "
         "[order(ASC | DESC)] [count{COUNT count [ANY]}] [STOREDIST]",
     .summary = "Stores the places within a circle or a box.",
     .history = "7.0.0 Units in capitals."},
};

}  // namespace

constexpr CommandFamily kGeoSearchFamily{.group = "geo", .acl = kAclGeo, .commands = kCommands};

}  // namespace ebb

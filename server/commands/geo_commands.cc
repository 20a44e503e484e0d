// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include <cstdint>
#include <string_view>
#include <vector>

#include "server/arg_parser.h"
#include "server/commands/collection.h"
#include "server/commands/families.h"
#include "server/commands/geo_args.h"
#include "server/commands/lookup.h"
#include "server/engine.h"
#include "storage/element_walk.h"
#include "storage/key_writer.h"
#include "storage/types/zset.h"

// Places: members of a sorted set whose scores say where they are. What is near a place:
// geo_search_commands.cc.
namespace ebb {
namespace {

struct AddRequest {
  AddOptions options;
  bool count_changed = false;
};

AddRequest ParseAddOptions(ArgParser& parser) {
  AddRequest request;
  while (parser.More()) {
    if (parser.Take("NX")) {
      request.options.only_new = true;
    } else if (parser.Take("XX")) {
      request.options.only_present = true;
    } else if (parser.Take("CH")) {
      request.count_changed = true;
    } else {
      break;
    }
  }
  if (parser.Left() == 0 || parser.Left() % 3 != 0) parser.SyntaxError();
  if (request.options.only_new && request.options.only_present) parser.SyntaxError();
  return request;
}

void GeoAdd(Call& call) {
  ArgParser parser(call, 2);
  const AddRequest request = ParseAddOptions(parser);
  const Args places = call.args.subspan(call.args.size() - parser.Left());
  std::vector<double> scores;
  while (parser.More()) {
    const geo::Point point = ParsePoint(parser);
    parser.Text();  // the member
    if (parser.HasError()) break;
    scores.push_back(static_cast<double>(geo::ScoreOf(point)));
  }
  if (parser.Failed()) return;

  KeyWriter writer(call.db(), call.args[1]);
  if (!CheckType(call, writer.entry(), Type::kZset)) return;
  int64_t added = 0;
  int64_t changed = 0;
  ElementWalk walk(writer, places, {.first = 2, .step = 3});
  for (; walk.More(); walk.Next()) {
    const double score = scores[walk.index() / 3];
    const AddOutcome outcome = AddScored(writer, walk.text(), score, request.options).outcome;
    added += outcome == AddOutcome::kAdded ? 1 : 0;
    changed += outcome == AddOutcome::kChanged ? 1 : 0;
  }
  if (added + changed > 0) writer.Changed(events::kZAdd, added + changed);

  call.reply.Integer(added + (request.count_changed ? changed : 0));
}

// Where a member of a sorted set that may be absent is.
std::optional<geo::Point> PointIn(Call& call, const Entry* entry, std::string_view member) {
  if (entry == nullptr) return std::nullopt;
  return PointOfMember(*entry, member, call.db().known_element());
}

void ReplyPlace(Call& call, const Entry* entry, std::string_view member) {
  const auto point = PointIn(call, entry, member);
  point ? ReplyPoint(call, *point) : call.reply.NullArray();
}

void ReplyGeoHash(Call& call, const Entry* entry, std::string_view member) {
  const auto point = PointIn(call, entry, member);
  point ? call.reply.Bulk(geo::Letters(*point)) : call.reply.Null();
}

void GeoDist(Call& call) {
  double unit_m = 1;
  if (call.args.size() == 5) {
    ArgParser parser(call, 4);
    unit_m = ParseLengthUnit(parser);
    if (parser.Failed()) return;
  } else if (call.args.size() > 5) {
    return call.reply.Error(errors::kSyntax);
  }

  bool failed = false;
  const Entry* entry = ReadKey(call, call.args[1], Type::kZset, &failed);
  if (failed) return;
  if (entry == nullptr) return call.reply.Null();
  const auto one = PointOfMember(*entry, call.args[2], call.db().known_element());
  const auto other = PointOfMember(*entry, call.args[3]);
  if (!one || !other) return call.reply.Null();

  ReplyDistance(call, geo::Distance(*one, *other) / unit_m);
}

constexpr CommandSpec kCommands[] = {
    {.name = "geoadd",
     .function = GeoAdd,
     .arity = -5,
     .flags = kWrite | kDenyOom,
     .keys = {KeyAt(1, kKeyRw | kKeyUpdate)},
     .element = 4,
     .since = "3.2.0",
     .complexity = "O(log(N)) for each member, where N is the size of the sorted set",
     .syntax = "key [condition@6.2.0(NX | XX)] [change@6.2.0(CH)] "
               "longitude_latitude_member{longitude:double latitude:double member} "
               "[longitude_latitude_member ...]",
     .summary = "Adds places to a sorted set, or moves them.",
     .history = "6.2.0 Takes CH, NX and XX."},
    {.name = "geodist",
     .function = GeoDist,
     .arity = -4,
     .flags = kReadOnly,
     .keys = {KeyAt(1, kKeyRo | kKeyAccess)},
     .element = 2,
     .since = "3.2.0",
     .complexity = "O(1)",
     .syntax = "key member1 member2 [unit(M | KM | FT | MI)]",
     .summary = "Answers the distance between two places."},
    {.name = "geohash",
     .function = ReplyEach<Type::kZset, ReplyGeoHash>,
     .arity = -2,
     .flags = kReadOnly,
     .keys = {KeyAt(1, kKeyRo | kKeyAccess)},
     .element = 2,
     .since = "3.2.0",
     .complexity = "O(N) where N is the number of places asked about",
     .syntax = "key member [member ...]",
     .summary = "Answers where places are, in letters as geohash.org writes them."},
    {.name = "geopos",
     .function = ReplyEach<Type::kZset, ReplyPlace>,
     .arity = -2,
     .flags = kReadOnly,
     .keys = {KeyAt(1, kKeyRo | kKeyAccess)},
     .element = 2,
     .since = "3.2.0",
     .complexity = "O(N) where N is the number of places asked about",
     .syntax = "key member [member ...]",
     .summary = "Answers the longitudes and latitudes of places."},
};

}  // namespace

constexpr CommandFamily kGeoFamily{.group = "geo", .acl = kAclGeo, .commands = kCommands};

}  // namespace ebb

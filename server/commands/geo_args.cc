// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/commands/geo_args.h"

#include <fmt/format.h>

namespace ebb {

geo::Point ParsePoint(ArgParser& parser) {
  geo::Point point{};
  point.longitude = parser.Double();
  point.latitude = parser.Double();
  if (!geo::IsValid(point)) {
    parser.Fail(fmt::format("ERR invalid longitude,latitude pair {:f},{:f}", point.longitude,
                            point.latitude));
  }
  return point;
}

double ParseLengthUnit(ArgParser& parser) {
  if (parser.Take("m")) return 1;
  if (parser.Take("km")) return 1000;
  if (parser.Take("ft")) return 0.3048;
  if (parser.Take("mi")) return 1609.34;
  parser.Fail("ERR unsupported unit provided. please use M, KM, FT, MI");
  return 1;
}

std::optional<geo::Point> PointOfMember(const Entry& entry, std::string_view member,
                                        const KnownHash& known) {
  const auto score = FindScore(entry, member, known);
  if (!score) return std::nullopt;
  return geo::PointOf(*score);
}

void ReplyDistance(Call& call, double distance) {
  call.reply.Bulk(fmt::format("{:.4f}", distance));
}

void ReplyPoint(Call& call, const geo::Point& point) {
  call.reply.Array(2);
  call.reply.HumanDouble(point.longitude, false);
  call.reply.HumanDouble(point.latitude, false);
}

}  // namespace ebb

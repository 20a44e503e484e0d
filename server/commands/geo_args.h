// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <optional>
#include <string_view>

#include "server/arg_parser.h"
#include "server/command.h"
#include "storage/geo.h"
#include "storage/types/zset.h"

// What commands about places have in common.
namespace ebb {

// The next two arguments, longitude and latitude. The parser keeps the error.
geo::Point ParsePoint(ArgParser& parser);

// The metres of a unit (m, km, ft, mi); the parser keeps the error.
double ParseLengthUnit(ArgParser& parser);

// Where a member of the sorted set is; nothing when it is not there. `known` may know its hash.
std::optional<geo::Point> PointOfMember(const Entry& entry, std::string_view member,
                                        const KnownHash& known = {});

// Answers a distance, in four digits behind the point, or a place, as a pair.
void ReplyDistance(Call& call, double distance);
void ReplyPoint(Call& call, const geo::Point& point);

}  // namespace ebb

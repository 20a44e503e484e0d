// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

// Places on earth as scores of a sorted set: longitude and latitude, in 26 bits each, with their
// bits in turn (a geohash: Niemeyer, 2008). What is near has near scores, mostly: a square cell of
// the map is one range of them. The scores are those of Redis.
//
// Thread: any. Everything is O(1).
namespace ebb::geo {

struct Point {
  double longitude;  // degrees, -180 to 180
  double latitude;   // -85.05112878 to 85.05112878, where a Mercator map is square
};

// Whether a point is on the map.
bool IsValid(const Point& point);

// The score of a valid point; the middle of the cell that a score means, whatever number it is.
uint64_t ScoreOf(const Point& point);
Point PointOf(double score);

// The point in eleven letters, as geohash.org writes it; the last one is always 0.
std::string Letters(const Point& point);

// Metres between two points, by the haversine formula.
double Distance(const Point& one, const Point& other);

// A circle, or a box whose sides are along the map's.
struct Shape {
  Point center;
  bool is_box = false;
  double radius_m = 0;
  double width_m = 0;
  double height_m = 0;
};

// Metres from the shape's center to `point`; nothing when that is outside.
std::optional<double> DistanceWithin(const Shape& shape, const Point& point);

// Scores from `min` on, below `end`.
struct ScoreSpan {
  uint64_t min;
  uint64_t end;
};

// Up to nine spans, the cell of the center and those around it, that have all points of the shape
// and some more. In the order in which Redis looks at them, which shows in replies.
std::vector<ScoreSpan> Cover(const Shape& shape);

}  // namespace ebb::geo

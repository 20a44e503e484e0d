// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "storage/geo.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace ebb::geo {
namespace {

constexpr int kSteps = 26;  // bits of each coordinate
constexpr double kEarthRadius = 6372797.560856;
constexpr double kHalfEquator = 20037726.37;  // metres

// A coordinate's range.
struct Axis {
  double min;
  double max;

  double size() const { return max - min; }
};
constexpr Axis kLongitudes{-180, 180};
constexpr Axis kLatitudes{-85.05112878, 85.05112878};
constexpr Axis kAllLatitudes{-90, 90};

double Radians(double degrees) {
  return degrees * (std::numbers::pi / 180);
}
double Degrees(double radians) {
  return radians / (std::numbers::pi / 180);
}

// In which of 2^steps parts of the axis the value is.
uint32_t PartOf(const Axis& axis, double value, int steps) {
  const double share = (value - axis.min) / axis.size();
  return static_cast<uint32_t>(share * static_cast<double>(uint64_t{1} << steps));
}

// The part's own range.
Axis RangeOf(const Axis& axis, uint32_t part, int steps) {
  const auto parts = static_cast<double>(uint64_t{1} << steps);
  return {axis.min + part / parts * axis.size(),
          axis.min + (uint64_t{part} + 1) / parts * axis.size()};
}

// Puts a zero bit behind each bit, and takes every second bit out.
uint64_t Spread(uint32_t bits) {
  uint64_t spread = bits;
  spread = (spread | spread << 16) & 0x0000ffff0000ffff;
  spread = (spread | spread << 8) & 0x00ff00ff00ff00ff;
  spread = (spread | spread << 4) & 0x0f0f0f0f0f0f0f0f;
  spread = (spread | spread << 2) & 0x3333333333333333;
  return (spread | spread << 1) & 0x5555555555555555;
}
uint32_t Gather(uint64_t bits) {
  bits &= 0x5555555555555555;
  bits = (bits | bits >> 1) & 0x3333333333333333;
  bits = (bits | bits >> 2) & 0x0f0f0f0f0f0f0f0f;
  bits = (bits | bits >> 4) & 0x00ff00ff00ff00ff;
  bits = (bits | bits >> 8) & 0x0000ffff0000ffff;
  return static_cast<uint32_t>(bits | bits >> 16);
}

// A square of the map, one of 2^steps times 2^steps.
struct Cell {
  uint32_t x;
  uint32_t y;
  int steps;

  static Cell Of(const Point& point, int steps) {
    return {PartOf(kLongitudes, point.longitude, steps), PartOf(kLatitudes, point.latitude, steps),
            steps};
  }

  uint64_t bits() const { return Spread(y) | Spread(x) << 1; }
  Axis longitudes() const { return RangeOf(kLongitudes, x, steps); }
  Axis latitudes() const { return RangeOf(kLatitudes, y, steps); }

  // The cell beside it; behind the map's edge it goes on at the other.
  Cell Beside(int dx, int dy) const {
    const uint32_t mask = (uint32_t{1} << steps) - 1;
    return {dx == 0 ? x : (x + static_cast<uint32_t>(dx)) & mask,
            dy == 0 ? y : (y + static_cast<uint32_t>(dy)) & mask, steps};
  }

  ScoreSpan span() const {
    const int shift = 2 * (kSteps - steps);
    return {bits() << shift, (bits() + 1) << shift};
  }
};

// A score as 64 bits, also where it is no such number: as the processor does it.
uint64_t BitsOf(double score) {
  constexpr double kTop = 9223372036854775808.0;
  constexpr uint64_t kTopBit = uint64_t{1} << 63;
  if (!(score >= -kTop)) return kTopBit;
  if (score >= 2 * kTop) return 0;
  if (score >= kTop) return static_cast<uint64_t>(score - kTop) ^ kTopBit;
  return static_cast<uint64_t>(static_cast<int64_t>(score));
}

double LatitudeDistance(double one, double other) {
  return kEarthRadius * std::fabs(Radians(other) - Radians(one));
}

// The degrees that a shape reaches to.
struct Bounds {
  Axis longitudes;
  Axis latitudes;
};

Bounds BoundsOf(const Shape& shape) {
  const Point& center = shape.center;
  const double height = shape.is_box ? shape.height_m / 2 : shape.radius_m;
  const double width = shape.is_box ? shape.width_m / 2 : shape.radius_m;
  const double up = Degrees(height / kEarthRadius);
  // It is widest, in degrees, where it is nearest to a pole.
  const double widest = center.latitude < 0 ? center.latitude - up : center.latitude + up;
  const double aside = Degrees(width / kEarthRadius / std::cos(Radians(widest)));
  return {{center.longitude - aside, center.longitude + aside},
          {center.latitude - up, center.latitude + up}};
}

// The smallest cells of which nine, or four towards the poles, are likely to cover a radius.
int StepsFor(double radius_m, double latitude) {
  if (radius_m == 0) return kSteps;
  int steps = 1;
  for (; radius_m < kHalfEquator; radius_m *= 2) ++steps;
  steps -= 2;
  if (std::fabs(latitude) > 66) --steps;
  if (std::fabs(latitude) > 80) --steps;
  return std::clamp(steps, 1, kSteps);
}

// Whether the cells around `cell` reach the bounds on every side.
bool ReachesAround(const Cell& cell, const Bounds& bounds) {
  return cell.Beside(0, 1).latitudes().max >= bounds.latitudes.max &&
         cell.Beside(0, -1).latitudes().min <= bounds.latitudes.min &&
         cell.Beside(1, 0).longitudes().max >= bounds.longitudes.max &&
         cell.Beside(-1, 0).longitudes().min <= bounds.longitudes.min;
}

}  // namespace

bool IsValid(const Point& point) {
  return point.longitude >= kLongitudes.min && point.longitude <= kLongitudes.max &&
         point.latitude >= kLatitudes.min && point.latitude <= kLatitudes.max;
}

uint64_t ScoreOf(const Point& point) {
  return Cell::Of(point, kSteps).bits();
}

Point PointOf(double score) {
  const uint64_t bits = BitsOf(score);
  const Cell cell{Gather(bits >> 1), Gather(bits), kSteps};
  const Axis longitudes = cell.longitudes();
  const Axis latitudes = cell.latitudes();
  return {std::clamp((longitudes.min + longitudes.max) / 2, kLongitudes.min, kLongitudes.max),
          std::clamp((latitudes.min + latitudes.max) / 2, kLatitudes.min, kLatitudes.max)};
}

std::string Letters(const Point& point) {
  constexpr char kAlphabet[] = "0123456789bcdefghjkmnpqrstuvwxyz";
  constexpr int kFullLetters = 10;  // of five bits
  const uint64_t bits = Spread(PartOf(kAllLatitudes, point.latitude, kSteps)) |
                        Spread(PartOf(kLongitudes, point.longitude, kSteps)) << 1;
  std::string letters;
  for (int i = 1; i <= kFullLetters; ++i) letters += kAlphabet[bits >> (2 * kSteps - 5 * i) & 31];
  return letters + kAlphabet[0];
}

double Distance(const Point& one, const Point& other) {
  const double v = std::sin((Radians(other.longitude) - Radians(one.longitude)) / 2);
  if (v == 0) return LatitudeDistance(one.latitude, other.latitude);
  const double from = Radians(one.latitude);
  const double to = Radians(other.latitude);
  const double u = std::sin((to - from) / 2);
  const double a = u * u + std::cos(from) * std::cos(to) * v * v;
  return 2 * kEarthRadius * std::asin(std::sqrt(a));
}

std::optional<double> DistanceWithin(const Shape& shape, const Point& point) {
  if (shape.is_box) {
    const Point beside{shape.center.longitude, point.latitude};
    if (LatitudeDistance(point.latitude, shape.center.latitude) > shape.height_m / 2 ||
        Distance(point, beside) > shape.width_m / 2) {
      return std::nullopt;
    }
    return Distance(shape.center, point);
  }
  const double distance = Distance(shape.center, point);
  return distance > shape.radius_m ? std::nullopt : std::optional(distance);
}

std::vector<ScoreSpan> Cover(const Shape& shape) {
  const Bounds bounds = BoundsOf(shape);
  const double radius_m = shape.is_box ? std::sqrt(shape.width_m / 2 * (shape.width_m / 2) +
                                                   shape.height_m / 2 * (shape.height_m / 2))
                                       : shape.radius_m;
  int steps = StepsFor(radius_m, shape.center.latitude);
  Cell center = Cell::Of(shape.center, steps);
  if (steps > 1 && !ReachesAround(center, bounds)) center = Cell::Of(shape.center, --steps);

  constexpr std::array<std::array<int, 2>, 9> kAround = {
      {{0, 0}, {0, 1}, {0, -1}, {1, 0}, {-1, 0}, {1, 1}, {-1, 1}, {1, -1}, {-1, -1}}};
  // Sides on which the center's own cell reaches far enough; the largest cells overlap there.
  const bool small = steps >= 2;
  const bool no_south = small && center.latitudes().min < bounds.latitudes.min;
  const bool no_north = small && center.latitudes().max > bounds.latitudes.max;
  const bool no_west = small && center.longitudes().min < bounds.longitudes.min;
  const bool no_east = small && center.longitudes().max > bounds.longitudes.max;
  std::vector<ScoreSpan> spans;
  for (const auto& [dx, dy] : kAround) {
    if ((dy < 0 && no_south) || (dy > 0 && no_north)) continue;
    if ((dx < 0 && no_west) || (dx > 0 && no_east)) continue;
    const ScoreSpan span = center.Beside(dx, dy).span();
    // Around a map of few cells the neighbours are the same.
    if (spans.size() > 1 && spans.back().min == span.min) continue;
    spans.push_back(span);
  }
  return spans;
}

}  // namespace ebb::geo

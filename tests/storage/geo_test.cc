// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "storage/geo.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "storage/random.h"

namespace ebb::geo {
namespace {

Point RandomPoint(RandomGenerator& random) {
  const auto share = [&random] { return static_cast<double>(random.Below(1 << 30)) / (1 << 30); };
  return {share() * 360 - 180, share() * 170 - 85};
}

TEST(GeoTest, AScoreLeadsBackToThePoint) {
  RandomGenerator random(3);
  for (int i = 0; i < 1000; ++i) {
    const Point point = RandomPoint(random);
    const uint64_t score = ScoreOf(point);
    EXPECT_LT(score, uint64_t{1} << 52);
    const Point back = PointOf(static_cast<double>(score));
    EXPECT_LT(Distance(point, back), 1);
    EXPECT_EQ(ScoreOf(back), score);
  }
  EXPECT_EQ(ScoreOf({13.361389, 38.115556}), 3479099956230698u);
}

TEST(GeoTest, AnyNumberIsAPlace) {
  for (const double score : {-1.0, 1e300, -1e300, HUGE_VAL, -HUGE_VAL, 1e19, 0.5, 0x1p63}) {
    EXPECT_TRUE(IsValid(PointOf(score))) << score;
  }
}

TEST(GeoTest, KnowsDistancesAndLetters) {
  const Point palermo{13.361389, 38.115556};
  const Point catania{15.087269, 37.502669};
  EXPECT_NEAR(Distance(palermo, catania), 166274.26, 0.01);
  EXPECT_EQ(Distance(palermo, palermo), 0);
  EXPECT_NEAR(Distance({0, 0}, {0, 1}), 111226.3, 0.1);
  EXPECT_EQ(Letters(palermo), "sqc8b49rny0");
}

// What a shape has is in the spans that cover it.
TEST(GeoTest, CoversEveryShape) {
  RandomGenerator random(5);
  std::vector<Point> points;
  for (int i = 0; i < 3000; ++i) points.push_back(RandomPoint(random));
  for (int round = 0; round < 300; ++round) {
    Shape shape{.center = RandomPoint(random)};
    // Near the poles a bounding box in degrees has no end.
    shape.center.latitude *= 0.6;
    const double size = 1000 * std::pow(10, static_cast<double>(random.Below(400)) / 125);
    shape.is_box = round % 2 == 1;
    shape.radius_m = shape.width_m = size;
    shape.height_m = size / 3;
    const std::vector<ScoreSpan> spans = Cover(shape);
    EXPECT_LE(spans.size(), 9u);
    for (const Point& point : points) {
      if (!DistanceWithin(shape, point) || std::fabs(point.latitude) > 70) continue;
      if (std::fabs(point.longitude - shape.center.longitude) > 180) continue;
      const uint64_t score = ScoreOf(point);
      EXPECT_TRUE(std::ranges::any_of(
          spans, [score](const ScoreSpan& span) { return score >= span.min && score < span.end; }))
          << round << " " << size;
    }
  }
}

TEST(GeoTest, TakesABoxByItsSides) {
  const Shape box{.center = {0, 0}, .is_box = true, .width_m = 200'000, .height_m = 100'000};
  EXPECT_TRUE(DistanceWithin(box, {0.89, 0}));
  EXPECT_FALSE(DistanceWithin(box, {0.91, 0}));
  EXPECT_TRUE(DistanceWithin(box, {0, 0.44}));
  EXPECT_FALSE(DistanceWithin(box, {0, 0.46}));
  EXPECT_NEAR(*DistanceWithin(box, {0.5, 0.3}), Distance({0, 0}, {0.5, 0.3}), 1e-6);
}

}  // namespace
}  // namespace ebb::geo

// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/engine_fixture.h"

namespace ebb::test {
namespace {

class GeoCommandsTest : public EngineTest {
 protected:
  GeoCommandsTest() {
    Run({"GEOADD", "g", "13.361389", "38.115556", "Palermo", "15.087269", "37.502669", "Catania"});
    Run({"GEOADD", "g", "12.758489", "38.788135", "edge1", "17.241510", "38.788135", "edge2"});
  }
  static Reply Error(const std::string& text) { return Reply::Error("ERR " + text); }
};

TEST_F(GeoCommandsTest, AddsPlaces) {
  EXPECT_EQ(Run({"ZSCORE", "g", "Palermo"}), Reply::Bulk("3479099956230698"));
  EXPECT_EQ(Run({"GEOADD", "g", "1", "2", "Palermo", "1", "2", "x"}), Reply::Integer(1));
  EXPECT_EQ(Run({"GEOADD", "g", "NX", "CH", "5", "5", "x"}), Reply::Integer(0));
  EXPECT_EQ(Run({"GEOADD", "g", "XX", "CH", "5", "5", "x"}), Reply::Integer(1));
  EXPECT_EQ(Run({"GEOADD", "g", "NX", "XX", "5", "5", "x"}), Error("syntax error"));
  EXPECT_EQ(Run({"GEOADD", "g", "5", "5", "x", "1"}), Error("syntax error"));
  EXPECT_EQ(Run({"GEOADD", "g", "181", "0", "x"}),
            Error("invalid longitude,latitude pair 181.000000,0.000000"));
  EXPECT_EQ(Run({"GEOADD", "g", "a", "0", "x"}), Error("value is not a valid float"));
  Run({"SET", "s", "v"});
  EXPECT_TRUE(Run({"GEOADD", "s", "1", "1", "x"}).IsError("WRONGTYPE"));
}

TEST_F(GeoCommandsTest, TellsWherePlacesAre) {
  EXPECT_EQ(Run({"GEOHASH", "g", "Palermo", "x"}),
            Reply::Array({Reply::Bulk("sqc8b49rny0"), Reply::Nil()}));
  EXPECT_EQ(
      Run({"GEOPOS", "g", "Palermo", "x"}),
      Reply::Array({Reply::Bulks({"13.36138933897018433", "38.11555639549629859"}), Reply::Nil()}));
  EXPECT_EQ(Run({"GEODIST", "g", "Palermo", "Catania"}), Reply::Bulk("166274.1516"));
  EXPECT_EQ(Run({"GEODIST", "g", "Palermo", "Catania", "KM"}), Reply::Bulk("166.2742"));
  EXPECT_EQ(Run({"GEODIST", "g", "Palermo", "x"}), Reply::Nil());
  EXPECT_EQ(Run({"GEODIST", "g", "Palermo", "Catania", "yd"}),
            Error("unsupported unit provided. please use M, KM, FT, MI"));
}

TEST_F(GeoCommandsTest, FindsWhatIsNear) {
  EXPECT_EQ(Run({"GEOSEARCH", "g", "FROMLONLAT", "15", "37", "BYRADIUS", "200", "km", "ASC"}),
            Reply::Bulks({"Catania", "Palermo"}));
  EXPECT_EQ(
      Run({"GEOSEARCH", "g", "FROMLONLAT", "15", "37", "BYBOX", "400", "400", "km", "ASC",
           "WITHDIST"}),
      Reply::Array({Reply::Bulks({"Catania", "56.4413"}), Reply::Bulks({"Palermo", "190.4424"}),
                    Reply::Bulks({"edge2", "279.7403"}), Reply::Bulks({"edge1", "279.7405"})}));
  EXPECT_EQ(Run({"GEOSEARCH", "g", "FROMMEMBER", "Palermo", "BYRADIUS", "200", "km", "DESC",
                 "COUNT", "2"}),
            Reply::Bulks({"Catania", "edge1"}));
  EXPECT_EQ(
      Run({"GEORADIUS_RO", "g", "15", "37", "200", "km", "WITHHASH", "COUNT", "1"}),
      Reply::Array({Reply::Array({Reply::Bulk("Catania"), Reply::Integer(3479447370796909)})}));
  EXPECT_EQ(Run({"GEORADIUSBYMEMBER_RO", "g", "Catania", "1", "km"}), Reply::Bulks({"Catania"}));
  EXPECT_EQ(Run({"GEOSEARCH", "none", "FROMMEMBER", "x", "BYRADIUS", "1", "m"}), Reply::Array({}));
}

TEST_F(GeoCommandsTest, StoresWhatIsNear) {
  EXPECT_EQ(Run({"GEOSEARCHSTORE", "d", "g", "FROMLONLAT", "15", "37", "BYRADIUS", "200", "km"}),
            Reply::Integer(2));
  EXPECT_EQ(Run({"ZSCORE", "d", "Palermo"}), Reply::Bulk("3479099956230698"));
  EXPECT_EQ(Run({"GEORADIUS", "g", "15", "37", "200", "km", "STOREDIST", "d", "COUNT", "1"}),
            Reply::Integer(1));
  EXPECT_EQ(Run({"ZRANGE", "d", "0", "-1"}), Reply::Bulks({"Catania"}));
  EXPECT_EQ(Run({"GEORADIUSBYMEMBER", "none", "x", "1", "m", "STORE", "d"}), Reply::Integer(0));
  EXPECT_EQ(Run({"EXISTS", "d"}), Reply::Integer(0));
}

TEST_F(GeoCommandsTest, RefusesWrongArguments) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> wrong = {
      {{"GEORADIUS", "g", "1", "1", "x", "m"}, "need numeric radius"},
      {{"GEORADIUS", "g", "1", "1", "-1", "m"}, "radius cannot be negative"},
      {{"GEORADIUS", "g", "1", "1", "1", "m", "COUNT", "0"}, "COUNT must be > 0"},
      {{"GEORADIUS", "g", "1", "1", "1", "m", "STORE", "d", "WITHDIST"},
       "STORE option in GEORADIUS is not compatible with WITHDIST, WITHHASH and WITHCOORD "
       "options"},
      {{"GEORADIUS_RO", "g", "1", "1", "1", "m", "STORE", "d"}, "syntax error"},
      {{"GEORADIUSBYMEMBER", "g", "x", "1", "m"}, "could not decode requested zset member"},
      {{"GEOSEARCH", "g", "FROMLONLAT", "1", "1", "ASC", "ASC"},
       "exactly one of BYRADIUS and BYBOX can be specified for GEOSEARCH"},
      {{"GEOSEARCH", "g", "BYRADIUS", "1", "m", "ASC", "ASC"},
       "exactly one of FROMMEMBER or FROMLONLAT can be specified for GEOSEARCH"},
      {{"GEOSEARCH", "g", "FROMLONLAT", "1", "1", "BYRADIUS", "1", "m", "ANY"},
       "the ANY argument requires COUNT argument"},
      {{"GEOSEARCH", "g", "FROMLONLAT", "1", "1", "BYBOX", "1", "-1", "m"},
       "height or width cannot be negative"}};
  for (const auto& [argv, text] : wrong) EXPECT_EQ(Run(argv), Error(text)) << argv[0];
}

}  // namespace
}  // namespace ebb::test

// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include <string_view>

#include "tests/oracle/pools.h"

// What the commands of sorted sets take, and those about places.
namespace ebb::oracle {

using std::string_view_literals::operator""sv;

// An end of a range of texts, or one of those that can be mistaken for it.
std::string Pools::TextBound() {
  constexpr std::string_view kBounds[] = {"-",  "+",  "[a",    "(a",      "[b",    "(c",
                                          "[1", "(2", "[e",    "[",       "(",     "",
                                          "a",  "+x", "-\0"sv, "[a\0b"sv, "[\xff", "0"};
  return std::string(kBounds[random_.Below(random_.Chance(0.7) ? 9 : std::size(kBounds))]);
}

// An end of a range of ranks, scores or texts, as ZRANGE takes all three.
std::string Pools::AnyBound() {
  constexpr std::string_view kBounds[] = {"0",   "1",  "2",    "-1",   "-2",  "5",
                                          "100", "(1", "-inf", "+inf", "-100"};
  return random_.Chance(0.2) ? TextBound() : std::string(random_.Pick(kBounds));
}

// What commands about places take: mostly different ones, so that no two are as far away.
std::string Pools::OfPlaces(const Argument& argument) {
  const auto decimal = [this](int64_t most) {
    constexpr int64_t kMillionth = 1'000'000;
    const int64_t number = random_.Between(-most * kMillionth, most * kMillionth);
    return std::to_string(static_cast<double>(number) / kMillionth);
  };
  if (random_.Chance(profile_.edge / 4)) return "";
  if (argument.name == "longitude") return decimal(random_.Chance(0.5) ? 180 : 20);
  if (argument.name == "latitude") return decimal(random_.Chance(0.5) ? 85 : 20);
  if (argument.name == "radius" || argument.name == "width" || argument.name == "height") {
    constexpr std::string_view kSizes[] = {"1",    "0",     "100",     "1000", "5000", "20000",
                                           "3e6",  "1e7",   "12345.5", "500",  "2500", "0.5",
                                           "30e6", "1e100", "-1",      "nan",  "abc",  "1e-9"};
    return std::string(kSizes[random_.Below(random_.Chance(0.8) ? 12 : std::size(kSizes))]);
  }
  return "";
}

// What commands of sorted sets take beyond what the names say; nothing for others.
std::string Pools::OfZsets(const CommandModel& command, const Argument& argument) {
  const bool bound = argument.name == "min" || argument.name == "max" || argument.name == "start" ||
                     argument.name == "stop";
  if (bound && command.name.find("lex") != std::string::npos) return TextBound();
  if (bound && command.name.starts_with("zrange") && argument.type == "string") return AnyBound();
  if (profile_.equal_scores && argument.name == "score") return "0";
  return argument.type == "double" ? OfPlaces(argument) : "";
}

}  // namespace ebb::oracle

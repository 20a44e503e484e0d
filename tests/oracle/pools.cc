// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "tests/oracle/pools.h"

#include <array>
#include <map>
#include <set>
#include <string_view>

namespace ebb::oracle {
namespace {

using std::string_view_literals::operator""sv;

constexpr std::string_view kEdgeIntegers[] = {
    "0",
    "-0",
    "+1",
    " 1",
    "1 ",
    "01",
    "00",
    "-1",
    "-01",
    "1.0",
    "1e3",
    "0x10",
    "",
    "abc",
    "--1",
    "1\0"sv,
    "-",
    "+",
    "127",
    "128",
    "-128",
    "255",
    "256",
    "32767",
    "32768",
    "65535",
    "65536",
    "2147483647",
    "2147483648",
    "-2147483648",
    "-2147483649",
    "4294967295",
    "4294967296",
    "9223372036854775806",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775807",
    "-9223372036854775808",
    "-9223372036854775809",
    "18446744073709551615",
    "18446744073709551616",
    "99999999999999999999999999",
    "9223372036854775",
    "9223372036854776",
    "-9223372036854775",
};

constexpr std::string_view kFloats[] = {
    "0",
    "1.5",
    "-2.25",
    "3.0e3",
    "1e400",
    "-1e400",
    "1e4000",
    "1e5000",
    "nan",
    "NaN",
    "-nan",
    "inf",
    "-inf",
    "+inf",
    "infinity",
    "-Infinity",
    "0x1p4",
    "0x1.8",
    "1e-400",
    "1e-5000",
    " 1",
    "1 ",
    "1.",
    ".5",
    "5.0e-324",
    "1e17",
    "1e18",
    "1e308",
    "-1e308",
    "17976931348623157e292",
    "0.1",
    "0.2",
    "0.3",
    "-0.1",
    "123456789.123456789",
    "3.0000000000000001",
    "3.00000000000000000000001",
    "",
    "abc",
    "1e",
    "1e+",
    "-0",
    "-0.0",
    "9007199254740993",
    "1e21",
    "1,5",
    "+1.5",
    "--1",
    "1.5\0"sv,
    "1.5abc",
    "0.000001",
    "1e-17",
    "1e-18",
    "99999999999999999999.5",
    "9223372036854775807",
    "9223372036854775808.5",
    "5e-1",
    "1e3",
};

constexpr std::string_view kTexts[] = {
    "",
    "a",
    "b",
    "hello",
    "Hello World",
    "foobar",
    "0",
    "1",
    "-1",
    "10",
    "12345",
    "9223372036854775807",
    "-9223372036854775808",
    "9223372036854775808",
    "9223372036854775806",
    "01",
    " 7",
    "7 ",
    "+7",
    "3.25",
    "1e3",
    "-0",
    "-0.0",
    "1.7976931348623157e308",
    "a\0b"sv,
    "\0"sv,
    "a\r\nb",
    "\r\n",
    "\n",
    "\xff\xfe\x00\x80"sv,
    "\"quoted\"",
    "it's",
    "back\\slash",
    "ohmytext",
    "mynewtext",
    "%s%n%d",
    "*1\r\n$4\r\nPING\r\n",
    "$-1",
    "{a}",
    "\xc3\xa4\xe2\x82\xac",
    "12345678901234567890",
    "0.5",
    "nan",
    "inf",
    "100000",
    "10000",
    "9999",
    "-10",
    // HyperLogLogs: an empty one, one of a single element and one that is corrupt.
    "HYLL\x01\0\0\0\0\0\0\0\0\0\0\x80\x7f\xff"sv,
    "HYLL\x01\0\0\0\x01\0\0\0\0\0\0\0\x71\xa6\x84\x4e\x57"sv,
    "HYLL\x01\0\0\0\0\0\0\0\0\0\0\x80\x7f\xfe"sv,
};

constexpr std::string_view kEncodings[] = {
    "u1", "u2", "u4", "u5", "u7",  "u8",  "u16", "u31", "u32", "u33", "u62", "u63",
    "i1", "i2", "i5", "i8", "i16", "i31", "i32", "i33", "i63", "i64", "U8",  "I8",
};

constexpr std::string_view kBadEncodings[] = {
    "u64", "i65", "u0", "i0", "x8",    "i",   "u",   "u-1",
    "i08", "u8 ", "",   "8",  "u1000", "u8a", "i+8", "i99999999999999999999",
};

constexpr std::string_view kPatterns[] = {
    "*",       "**",   "?",    "a*",     "*a",      "k?",      "[a-c]*", "[^a]*",
    "[c-a]",   "\\*",  "*\\",  "[",      "[a",      "[]",      "[^",     "[a-",
    "a[\\]]*", "",     "*:*",  "user:*", "{*}*",    "nosuch*", "*[",     "k*y",
    "h?llo",   "\\k*", "[[]*", "*?*",    "[a-\\c]", "***a",    "\0*"sv,
};

// Of SORT: what stands at other keys, or in hashes there; the element itself; nothing.
constexpr std::string_view kSortPatterns[] = {
    "*", "k*",     "user:*",   "{a}*", "*->a", "user:*->f1", "k*->b",     "*->1",
    "#", "nosort", "nosuch_*", "*->",  "->*",  "*b*",        "*->a\0b"sv, "\0*"sv,
};

using Words = std::map<std::string_view, std::vector<std::string_view>>;

// Two of them make a list long, and it has what can be compressed.
constexpr auto kLongElement = [] {
  std::array<char, 600> text{};
  for (size_t i = 0; i < text.size(); ++i) text[i] = "an element "[i % 11];
  return text;
}();

// Of commands of collections.
const Words& CollectionWords() {
  static const Words words = {
      {"field",
       {"a", "b", "c", "d", "e", "f1", "f2", "f3", "10", "-7", "field:1", "0", "1", "1.5", "",
        "a\0b"sv, "\xff", "seventeen letters", "a field with more than forty bytes in its name"}},
      {"member",
       {"a", "b", "c", "d", "e", "1", "2", "3", "-7", "70000", "5000000000", "01", "", "a\0b"sv,
        "\xff", "seventeen letters",
        "a member with more than sixty-four bytes in it, which is so "
        "long that no listpack takes it"}},
      {"score", {"0",   "1",    "2",    "3",  "-1",  "1.5", "-2.5",  "10",   "5",  "0.1", "1000000",
                 "inf", "-inf", "1e17", "-0", "nan", "abc", "1e400", "0x10", " 1", "+5"}},
      {"min",
       {"0", "1", "-inf", "(1", "2", "-1", "(2", "(0", "1.5", "inf", "+inf", "(inf", "(", "", "(a",
        "nan", "1e400", "abc", "1\0a"sv}},
      {"max",
       {"3", "inf", "+inf", "(3", "2", "10", "(2", "5", "1.5", "-inf", "(", "", "(a", "nan",
        "1e400", "abc"}},
      {"zincrby.increment", {"1", "-1", "0.5", "3", "-2", "inf", "-inf", "1e17", "nan", "abc"}},
      {"weight", {"1", "2", "-1", "0.5", "3", "0", "inf", "-inf", "1e300", "nan", "abc"}},
      {"zpopmin.count", {"1", "2", "3", "0", "100", "-1", "abc"}},
      {"zpopmax.count", {"1", "2", "3", "0", "100", "-1", "abc"}},
      {"zrandmember.count",
       {"1", "2", "3", "-1", "-3", "5", "-20", "100", "-1000", "0", "abc", "9223372036854775807",
        "4611686018427387904", "-9223372036854775808"}},
      {"channel", {"news", "a", "nb", "none", "__keyspace@0__:k", "nzz", ""}},
      {"shardchannel", {"news", "a", "none", ""}},
      {"numkeys", {"1", "2", "1", "2", "3", "0", "-1", "abc", "100"}},
      {"limit", {"0", "1", "2", "100", "-1", "abc"}},
      {"srandmember.count",
       {"1", "2", "3", "-1", "-3", "5", "-20", "100", "-1000", "0", "abc", "9223372036854775807",
        "-9223372036854775808"}},
      {"hrandfield.count",
       {"1", "2", "3", "-1", "-3", "5", "-20", "100", "-1000", "0", "abc", "9223372036854775807",
        "4611686018427387904", "-9223372036854775808"}},
      {"element",
       {"a", "b", "c", "1", "2", "-7", "5000000000", "01", "", "a\0b"sv, "\xff",
        "an element that is not short, of more than sixty-four bytes, as some have to be", "d", "e",
        std::string_view(kLongElement.data(), kLongElement.size())}},
      {"sort.offset", {"0", "1", "2", "0", "-1", "100", "9223372036854775807", "abc"}},
      {"sort_ro.offset", {"0", "1", "2", "0", "-1", "100", "9223372036854775807", "abc"}},
      {"sort.count", {"1", "2", "3", "100", "0", "-1", "9223372036854775807", "abc"}},
      {"sort_ro.count", {"1", "2", "3", "100", "0", "-1", "9223372036854775807", "abc"}},
      {"pfdebug.subcommand", {"ENCODING", "DECODE", "TODENSE", "GETREG", "encoding", "nosuch"}},
      {"pivot", {"a", "b", "c", "1", "2", "nosuch", ""}},
      {"rank", {"1", "-1", "2", "-2", "3", "0", "-9223372036854775808", "abc"}},
      {"num-matches", {"0", "1", "2", "3", "-1", "abc"}},
      {"lpos.len", {"0", "1", "2", "5", "100", "-1", "abc"}},
      {"lrem.count", {"0", "1", "-1", "2", "-2", "100", "-9223372036854775808", "abc"}},
      {"lpop.count", {"1", "2", "3", "0", "100", "-1", "abc"}},
      {"rpop.count", {"1", "2", "3", "0", "100", "-1", "abc"}},
  };
  return words;
}

const Words& OtherWords() {
  static const Words words = {
      {"bit", {"0", "1", "0", "1", "2", "-1", "abc"}},
      {"setbit.value", {"0", "1", "0", "1", "2", "-1", "abc", "01", "1.0"}},
      {"operation", {"AND", "OR", "XOR", "NOT", "and", "Or", "xor", "not", "NAND", "", "ANDX"}},
      {"len", {"0", "1", "2", "3", "5", "-1", "100", "abc"}},
      {"cursor",
       {"0", "0", "0", "0", "0", "0", "1", "12345", "-1", "abc", "18446744073709551615",
        "18446744073709551616"}},
      {"count", {"1", "2", "5", "10", "100", "1000", "0", "-1", "abc"}},
      {"type", {"string", "STRING", "list", "hash", "set", "zset", "stream", "nosuch", ""}},
      {"protover", {"2", "3", "2", "3", "3", "1", "4", "0", "-1", "abc", "3.0", ""}},
      {"section",
       {"server", "clients", "memory", "stats", "default", "all", "everything", "nosuch", "CPU",
        ""}},
      {"username", {"default", "nosuch", ""}},
      {"password", {"", "secret"}},
      {"connection-name",
       {"", "name", "a-b_c", "with space", "with\nnewline", "\x01", "\xc3\xa4", "~!"}},
      {"clientname", {"", "name", "a-b_c", "with space", "with\nnewline"}},
      {"client-id", {"1000000", "-1", "0", "abc", "99999999999999999999"}},
      {"version", {"1", "5", "6", "0", "-1", "abc"}},
      {"event", {"command", "fork", "nosuch", ""}},
      {"category", {"read", "write", "string", "nosuch", "@read", ""}},
      {"ttl", {"0", "1000000", "-1", "abc", "9223372036854775807"}},
      {"frequency", {"0", "1", "255", "256", "-1", "abc"}},
      {"samples", {"0", "1", "5", "-1", "abc"}},
  };
  return words;
}

// Options per argument's name where the type alone says too little; a command in front makes it
// particular.
const Words& NamedPools() {
  static const Words words = [] {
    Words all = CollectionWords();
    all.insert(OtherWords().begin(), OtherWords().end());
    return all;
  }();
  return words;
}

// By Profile::Size.
constexpr size_t kLongest[] = {100, 20000, 40000};

constexpr std::string_view kSeconds[] = {"0",
                                         "-1",
                                         "-100000",
                                         "9223372036854775",
                                         "9223372036854776",
                                         "9223370000000000",
                                         "9223372036854775807",
                                         "-9223372036854775808",
                                         "9223372036854775808",
                                         "abc",
                                         "1.5",
                                         "",
                                         " 100000"};

constexpr std::string_view kMilliseconds[] = {"0",
                                              "-1",
                                              "-100000",
                                              "9223372036854775",
                                              "9223372036854776",
                                              "9223372036854775807",
                                              "9223370000000000000",
                                              "-9223372036854775808",
                                              "9223372036854775808",
                                              "abc",
                                              "1.5",
                                              ""};

constexpr std::string_view kUnixSeconds[] = {
    "33177117420",
    "99999999999",
    "4102444800",
    "1",
    "0",
    "-1",
    "1000000000",
    "1600000000",
    "9223372036854775",
    "9223372036854776",
    "9223372036854775807",
    "-9223372036854775808",
    "9223372036854775808",
    "abc",
    "1.5",
    "",
};

constexpr std::string_view kUnixMilliseconds[] = {
    "33177117420000",
    "99999999999999",
    "4102444800000",
    "1",
    "0",
    "-1",
    "1000000000000",
    "1600000000000",
    "9223372036854775807",
    "9223372036854775806",
    "-9223372036854775808",
    "9223372036854775808",
    "abc",
    "1.5",
    "",
};

}  // namespace

std::string Pools::Key() {
  if (random_.Chance(0.02)) return random_.Chance(0.5) ? "" : Text();
  return random_.Pick(profile_.keys);
}

std::string Pools::LongText(size_t size) {
  // Few letters, so that what compares texts finds something.
  std::string text(size, ' ');
  const size_t letters = 1 + random_.Below(4);
  for (char& byte : text) byte = static_cast<char>('a' + random_.Below(letters));
  return text;
}

std::string Pools::VeryLongText() {
  return LongText(random_.Below(kLongest[static_cast<size_t>(profile_.size)]));
}

std::string Pools::Text() {
  if (random_.Chance(profile_.numbers)) {
    return random_.Chance(0.2) ? Float() : std::to_string(random_.Between(-1000, 100000));
  }
  const size_t dice = random_.Below(100);
  if (dice < 50) return std::string(random_.Pick(kTexts));
  if (dice < 80) return LongText(random_.Below(30));
  // Around the sizes where strings change their encoding.
  if (dice < 90) return LongText(static_cast<size_t>(random_.Between(38, 70)));
  if (dice < 98) {
    std::string bytes(random_.Below(20), '\0');
    for (char& byte : bytes) byte = static_cast<char>(random_.Below(256));
    return bytes;
  }
  return VeryLongText();
}

std::string Pools::EdgeInteger() {
  return std::string(random_.Pick(kEdgeIntegers));
}

std::string Pools::Integer() {
  if (random_.Chance(profile_.edge)) return EdgeInteger();
  if (random_.Chance(0.1)) return std::to_string(static_cast<int64_t>(random_.Next()));
  return std::to_string(random_.Between(-12, 24));
}

std::string Pools::Float() {
  if (random_.Chance(0.4)) return std::string(random_.Pick(kFloats));
  std::string text = std::to_string(random_.Between(-100000, 100000));
  if (random_.Chance(0.8)) text += "." + std::to_string(random_.Next() >> random_.Below(64));
  if (random_.Chance(0.2)) text += "e" + std::to_string(random_.Between(-30, 30));
  return text;
}

std::string Pools::Pattern() {
  if (random_.Chance(0.2)) return random_.Pick(profile_.keys);
  return std::string(random_.Pick(kPatterns));
}

std::string Pools::Edge() {
  switch (random_.Below(5)) {
    case 0:
      return EdgeInteger();
    case 1:
      return Float();
    case 2:
      return Key();
    case 3:
      return "";
    default:
      return Text();
  }
}

std::string Pools::Expiry(const std::string& unit) {
  if (profile_.expiring && unit == "milliseconds" && random_.Chance(0.3)) return "1";
  const bool seldom = random_.Chance(0.6);
  const auto pick = [&](const auto& pool) {
    return std::string(seldom ? pool[random_.Below(4)] : random_.Pick(pool));
  };
  if (seldom && unit == "seconds") return std::to_string(random_.Between(10000, 2000000000));
  if (seldom && unit == "milliseconds")
    return std::to_string(random_.Between(10000000, 2000000000000));
  if (unit == "seconds") return pick(kSeconds);
  if (unit == "milliseconds") return pick(kMilliseconds);
  if (unit == "unix-time-milliseconds") return pick(kUnixMilliseconds);
  return pick(kUnixSeconds);
}

// Small ones, so that positions meet; and those around the limit of a string's length, of which
// only large rounds may come to lie below it.
std::string Pools::Offset(const CommandModel& command) {
  const bool bits = command.group == "bitmap";
  if (random_.Chance(profile_.edge)) {
    const int64_t limit = bits ? int64_t{kProtoMaxBulkLen} * 8 : kProtoMaxBulkLen;
    if (random_.Chance(0.5)) {
      return std::to_string(limit +
                            (large() ? random_.Between(-70, 70) : random_.Between(70, 140)));
    }
    std::string edge = EdgeInteger();
    if (large() || edge.size() < 5 || edge.size() > 8) return edge;
  }
  const std::string offset = std::to_string(random_.Between(0, bits ? 200 : 40));
  return command.name.starts_with("bitfield") && random_.Chance(0.3) ? "#" + offset.substr(0, 2)
                                                                     : offset;
}

std::string Pools::ByName(const CommandModel& command, const Argument& argument) {
  static const std::set<std::string> elements = {"element", "field", "member"};
  if (elements.contains(argument.name) && random_.Chance(0.01)) return VeryLongText();
  const auto& pools = NamedPools();
  auto named = pools.find(command.name + "." + argument.name);
  if (named == pools.end()) named = pools.find(argument.name);
  if (named != pools.end()) {
    // What is right stands in front.
    const size_t size = named->second.size();
    return std::string(named->second[random_.Below(random_.Chance(0.7) ? (size + 1) / 2 : size)]);
  }
  if (argument.name == "offset" && argument.type == "integer") return Offset(command);
  if (argument.name == "encoding") {
    if (random_.Chance(profile_.edge)) return std::string(random_.Pick(kBadEncodings));
    return std::string(random_.Pick(kEncodings));
  }
  if (argument.name == "db" || argument.name == "index" || argument.name == "destination-db" ||
      argument.name == "index1" || argument.name == "index2") {
    return random_.Chance(profile_.edge / 2) ? EdgeInteger() : random_.Pick(profile_.databases);
  }
  if (argument.name == "seconds" || argument.name == "milliseconds" ||
      argument.type == "unix-time") {
    return Expiry(argument.name);
  }
  return argument.type == "integer" ? Integer() : Text();
}

std::string Pools::ValueFor(const CommandModel& command, const Argument& argument) {
  if (argument.type == "key") return Key();
  if (argument.type == "pattern") {
    return command.name.starts_with("sort") ? std::string(random_.Pick(kSortPatterns)) : Pattern();
  }
  // As many different ones as make a HyperLogLog dense.
  if (command.name == "pfadd" && argument.name == "element" && random_.Chance(0.7)) {
    return "element:" + std::to_string(random_.Below(100000));
  }
  if (std::string value = OfZsets(command, argument); !value.empty()) return value;
  if (argument.type == "double" && !NamedPools().contains(argument.name)) return Float();
  if (random_.Chance(profile_.edge / 8)) {
    // Only where no number within reach could make a string long.
    return argument.name == "offset" ? "" : Edge();
  }
  return ByName(command, argument);
}

}  // namespace ebb::oracle

// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "tests/oracle/rules.h"

namespace ebb::oracle {
namespace {

// {command, the reference server's reply, Ebb's reply, why}
constexpr MeantDifference kMeantDifferences[] = {
    {"config|set", "OK",
     R"(\(error\) ERR CONFIG SET failed .* - argument must be a memory( or percent)? value)",
     "to Redis a unit without a number, or nothing in front of a NUL, is 0 bytes"},
    {"config|set", R"(\(error\) ERR CONFIG SET failed .* - argument must be a memory value)", "OK",
     "maxmemory takes a percentage, too"},
    {"config|get", R"(.*"maxmemory", "0".*)", R"(.*"maxmemory", .*)",
     "follows from the one above: the earlier limit is still in force"},
    {"memory|usage", R"(\(integer\) [0-9]+)", R"(\(null.*\))",
     "Redis tells the size of a key whose time is over, as long as nobody has looked at it"},
    {"object|encoding", "\"hashtable\"", "\"listpack\"",
     "small sets with texts in them are listpacks, as in Redis from 7.2 on"},
    {"object|encoding", "\"skiplist\"", "\"listpack\"",
     "SORT leaves a sorted set as it is; in Redis it converts it for good (see SameButMinusZeros)"},
    {"debug", R"(\(error\) .* )", R"(\(error\) .*)",
     "DEBUG ERROR alone keeps spaces for line breaks at the end in Redis"},
};

}  // namespace

std::span<const MeantDifference> MeantDifferences() {
  return kMeantDifferences;
}

}  // namespace ebb::oracle

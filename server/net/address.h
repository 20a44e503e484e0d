// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <string>

namespace ebb::net {

// Who is at the two ends of a socket, as CLIENT LIST shows it: "ip:port", "[ip6]:port", or "path:0"
// for a unix socket.
struct SocketNames {
  std::string peer;
  std::string local;
  bool is_unix = false;
  bool is_loopback = false;
};

SocketNames NamesOf(int fd);

// What 'bind' writes for "every address" as an address: "*" is 0.0.0.0, "::*" is ::; others as they
// are.
std::string AnyAddress(const std::string& bind);

}  // namespace ebb::net

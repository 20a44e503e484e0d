// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/net/address.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>

namespace ebb::net {
namespace {

union AnySocketAddress {
  sockaddr generic;
  sockaddr_in v4;
  sockaddr_in6 v6;
  sockaddr_un local;
  sockaddr_storage storage;
};

std::string Format(const AnySocketAddress& address) {
  char text[INET6_ADDRSTRLEN] = "?";
  switch (address.generic.sa_family) {
    case AF_INET:
      inet_ntop(AF_INET, &address.v4.sin_addr, text, sizeof text);
      return fmt::format("{}:{}", text, ntohs(address.v4.sin_port));
    case AF_INET6:
      inet_ntop(AF_INET6, &address.v6.sin6_addr, text, sizeof text);
      return fmt::format("[{}]:{}", text, ntohs(address.v6.sin6_port));
    default:
      return "?:0";
  }
}

bool IsLoopback(const AnySocketAddress& address) {
  if (address.generic.sa_family == AF_INET) {
    return (ntohl(address.v4.sin_addr.s_addr) >> 24) == 127;
  }
  if (address.generic.sa_family == AF_INET6) {
    const in6_addr& ip = address.v6.sin6_addr;
    return IN6_IS_ADDR_LOOPBACK(&ip) || (IN6_IS_ADDR_V4MAPPED(&ip) && ip.s6_addr[12] == 127);
  }
  return false;
}

}  // namespace

SocketNames NamesOf(int fd) {
  AnySocketAddress peer{};
  AnySocketAddress local{};
  socklen_t peer_size = sizeof peer;
  socklen_t local_size = sizeof local;
  getpeername(fd, &peer.generic, &peer_size);
  getsockname(fd, &local.generic, &local_size);
  SocketNames names;
  if (local.generic.sa_family == AF_UNIX) {
    names.is_unix = true;
    names.peer = names.local = fmt::format("{}:0", local.local.sun_path);
    return names;
  }
  names.is_loopback = IsLoopback(peer);
  names.peer = Format(peer);
  names.local = Format(local);
  return names;
}

std::string AnyAddress(const std::string& bind) {
  if (bind == "*") return "0.0.0.0";
  if (bind == "::*") return "::";
  return bind;
}

}  // namespace ebb::net

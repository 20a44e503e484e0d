// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors

// What the loader and the probe share: the same numbered keys, RESP requests and a loopback socket.
// Everything here is a function of its arguments, so two processes agree on key number i without
// talking to each other.

#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

namespace ebb::bench {

// How long, in seconds, a tool waits for a silent server before it gives up.
inline constexpr int kSocketTimeoutSeconds = 60;

// A bijection on 64-bit numbers whose output looks random (the finaliser of SplitMix64, by
// Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).
inline uint64_t Scramble(uint64_t x) {
  x += 0x9e3779b97f4a7c15ULL;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

// Appends key number `index`, `size` bytes long. The first 16 bytes spell the scrambled index in
// letters, so from 16 bytes up keys are distinct; no key reads as an integer.
inline void AppendKey(std::string& out, uint64_t index, size_t size) {
  uint64_t bits = Scramble(index);
  for (size_t i = 0; i < size; ++i) {
    if (i != 0 && i % 16 == 0) bits = Scramble(bits);
    out += static_cast<char>('a' + ((bits >> (4 * (i % 16))) & 15));
  }
}

// Appends the value of key number `index`: `size` printable bytes that differ from key to key and
// never read as a number.
inline void AppendValue(std::string& out, uint64_t index, size_t size) {
  static constexpr char kAlphabet[] =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
  uint64_t bits = Scramble(~index);
  for (size_t i = 0; i < size; ++i) {
    if (i != 0 && i % 10 == 0) bits = Scramble(bits);
    const uint64_t letter = (bits >> (6 * (i % 10))) & 63;
    out += i == 0 ? kAlphabet[letter % 26] : kAlphabet[letter];
  }
}

// Appends one RESP bulk string.
inline void AppendBulk(std::string& out, std::string_view text) {
  out += '$';
  out += std::to_string(text.size());
  out += "\r\n";
  out += text;
  out += "\r\n";
}

// Ends the process with a message on standard error and status 1.
[[noreturn]] inline void Fail(const std::string& message) {
  std::fprintf(stderr, "error: %s\n", message.c_str());
  std::exit(1);
}

// Returns the number in `text`, or ends the process unless it lies in [low, high].
inline uint64_t ParseNumber(const char* option, const char* text, uint64_t low, uint64_t high) {
  char* end = nullptr;
  const unsigned long long number = std::strtoull(text, &end, 10);
  if (*text < '0' || *text > '9' || *end != '\0' || number < low || number > high) {
    Fail(std::string(option) + " wants a number from " + std::to_string(low) + " to " +
         std::to_string(high) + ", not '" + text + "'");
  }
  return number;
}

// Connects to 127.0.0.1:`port` with TCP_NODELAY and a receive timeout of `timeout_ms`. Returns a
// blocking socket that the caller closes; ends the process when the server is not there.
inline int ConnectLoopback(uint16_t port, int timeout_ms) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (fd < 0 || connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    Fail("cannot connect to 127.0.0.1:" + std::to_string(port) + ": " + std::strerror(errno));
  }
  const int one = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  const timeval receive{timeout_ms / 1000, (timeout_ms % 1000) * 1000};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &receive, sizeof receive);
  const timeval send{kSocketTimeoutSeconds, 0};
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &send, sizeof send);
  return fd;
}

// Sends all of `bytes` on a blocking socket; ends the process when that fails.
inline void SendAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) Fail(std::string("send: ") + std::strerror(errno));
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
}

}  // namespace ebb::bench

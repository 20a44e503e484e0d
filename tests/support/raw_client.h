// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace ebb::test {

// A socket without manners: it sends what it likes and reads when it likes. Reading waits for 30 s
// at most.
class RawClient {
 public:
  explicit RawClient(int port);                 // of 127.0.0.1
  explicit RawClient(const std::string& path);  // of a Unix socket
  RawClient(RawClient&& other) noexcept;
  RawClient& operator=(RawClient&&) = delete;
  ~RawClient();

  bool connected() const { return connected_; }

  // Closes the socket; `Reset` so that the server sees an error instead of an end.
  void Close();
  void Reset();

  // Tells the server that nothing more comes.
  void FinishSending();

  // Sends all of `bytes`; false when the server has closed the connection.
  bool Send(std::string_view bytes);

  // As Send, with a descriptor that goes along; only to a Unix socket.
  bool SendWithDescriptor(std::string_view bytes);

  // Sends one byte of urgent data; false where the system knows none for such a socket.
  bool SendUrgent(char byte);

  // Sends what the socket takes without waiting; answers how much that was.
  size_t SendNow(std::string_view bytes);

  // Reads until the server closes the connection, or `size` bytes are there.
  std::string Read(size_t size = SIZE_MAX);

  // Drops what has arrived, without waiting; false when the server has closed the connection.
  bool SkipArrived();

 private:
  int fd_;
  bool connected_ = false;
};

}  // namespace ebb::test

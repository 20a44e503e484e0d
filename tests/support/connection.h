// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/reply.h"

struct redisContext;

namespace ebb::test {

// The field's text in an answer to INFO; empty when it isn't there.
std::string InfoField(const std::string& info, const std::string& field);

// A client's connection over hiredis, speaking RESP2. Nothing here waits for ever: connecting and
// every reply have `kReplyLimit`; what fails is told by Reply::Lost, and every later reply of that
// connection is lost as well.
//
// Thread: one at a time.
class Connection {
 public:
  static constexpr std::chrono::seconds kReplyLimit{30};

  static Connection Tcp(int port);  // to 127.0.0.1
  static Connection Unix(const std::string& path);

  // Whether it was connected and nothing has failed since.
  bool ok() const;

  // Sends one command and reads its reply.
  Reply Command(const std::vector<std::string>& argv);

  // Pipelining, and replies that come by themselves (Pub/Sub): Append only queues, Receive sends
  // what is queued and reads one reply.
  void Append(const std::vector<std::string>& argv);
  Reply Receive();

  // InfoField of the answer to INFO everything.
  std::string Info(const std::string& field);

  // Asks for an INFO field again and again until `wanted` likes it. False when `limit` has passed
  // without.
  bool AwaitInfo(const std::string& field, const std::function<bool(const std::string&)>& wanted,
                 std::chrono::milliseconds limit = std::chrono::seconds(30));

 private:
  struct Free {
    void operator()(redisContext* context) const;
  };

  explicit Connection(redisContext* context);

  std::unique_ptr<redisContext, Free> context_;
};

}  // namespace ebb::test

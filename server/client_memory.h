// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstddef>

namespace ebb {

// What a client takes, or many together, in bytes and by what for. All of it is its own: what it
// shares with others (values that its output refers to, topics that it is subscribed to) is not
// here.
struct ClientMemory {
  size_t connection = 0;  // its connection and session, with its names
  size_t input = 0;       // what it has sent and what is not run yet, whole or not
  size_t output = 0;      // what it has not read yet
  size_t queued = 0;      // commands that wait for EXEC, or that EXEC runs
  size_t watches = 0;     // keys that it watches
  size_t waits = 0;       // keys that a blocked command waits for

  size_t Sum() const { return connection + input + output + queued + watches + waits; }

  ClientMemory& operator+=(const ClientMemory& other) {
    connection += other.connection;
    input += other.input;
    output += other.output;
    queued += other.queued;
    watches += other.watches;
    waits += other.waits;
    return *this;
  }
};

}  // namespace ebb

// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/oracle/link.h"

namespace ebb::oracle {

// A client of a server that is subscribed to channels, patterns and shard channels which the
// streams publish to, and to what happens to keys.
//
// Thread: one at a time.
class Listener {
 public:
  explicit Listener(int port);

  Link& link() { return link_; }

  // Asks the server something that it answers behind what it has sent so far. When the link is
  // done, Take has what that was.
  void Ask();
  std::vector<std::string> Take();

 private:
  Link link_;
  uint64_t asked_ = 0;
};

// What counts of that which is heard of keys that expire.
enum class Expiry {
  kHeard,
  kNotHeard,   // it may come at any time
  kAsDeleted,  // a key that has expired may be told to be deleted
};

// What both have heard, where that differs: from the first difference on, shortened.
std::optional<std::pair<std::string, std::string>> CompareHeard(Listener& one, Listener& other,
                                                                Expiry expiry);

}  // namespace ebb::oracle

// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>

#include "protocol/output_buffer.h"
#include "storage/dispose.h"
#include "storage/value.h"

namespace ebb {

// Strings from this size on are sent by reference. Below, copying is cheaper than another piece to
// gather.
inline constexpr size_t kShareMin = 16 * 1024;

// The strings that outputs send by reference.
//
//   output.AppendShared(string->view(), loans.Lend(string));
//
// All loans of a string hold one reference to it together. So where that is the only one, nothing
// but outputs holds the string: its key was deleted meanwhile, or it was published.
//
// Ownership: outlives the outputs. Thread: engine thread.
class Loans {
 public:
  // `disposer` outlives it.
  explicit Loans(Disposer& disposer) : disposer_(disposer) {}
  Loans(const Loans&) = delete;
  Loans& operator=(const Loans&) = delete;

  // Keeps `string` for an output that is to send its bytes, until they are sent or dropped. The
  // last of these may hold the last reference to a big string: the disposer frees it then.
  // O(log n) with n strings that are lent.
  SharedOwner Lend(StringValue* string);

  // Memory of the strings that nothing but outputs holds, each counted once however many it is on
  // its way to. A part of a big one that has been sent still counts: it goes as a whole. O(n).
  size_t UnsentBytes() const;

 private:
  struct Lent {
    Loans& loans;
    StringValue* string;
    size_t times = 0;
  };
  static void End(void* lent);

  Disposer& disposer_;
  std::map<const StringValue*, Lent> lent_;
};

}  // namespace ebb

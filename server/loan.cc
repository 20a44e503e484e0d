// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/loan.h"

#include "storage/memory/allocator.h"

namespace ebb {

SharedOwner Loans::Lend(StringValue* string) {
  Lent& lent = lent_.try_emplace(string, Lent{*this, string}).first->second;
  if (lent.times++ == 0) Retain(string);
  return {&lent, End};
}

void Loans::End(void* what) {
  Lent& lent = *static_cast<Lent*>(what);
  if (--lent.times > 0) return;
  Loans& loans = lent.loans;
  StringValue* string = lent.string;
  loans.lent_.erase(string);
  loans.disposer_.Release(string);
}

size_t Loans::UnsentBytes() const {
  size_t bytes = 0;
  for (const auto& [string, lent] : lent_) {
    if (string->sole()) bytes += memory::GoodSize(string->block_size());
  }
  return bytes;
}

}  // namespace ebb

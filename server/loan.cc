// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/loan.h"

#include <memory>

namespace ebb {
namespace {

struct Loan {
  StringValue* string;
  Disposer& disposer;
};

void EndLoan(void* owner) {
  const std::unique_ptr<Loan> loan(static_cast<Loan*>(owner));
  loan->disposer.Release(loan->string);
}

}  // namespace

SharedOwner Lend(StringValue* string, Disposer& disposer) {
  Retain(string);
  return SharedOwner(new Loan{string, disposer}, EndLoan);
}

}  // namespace ebb

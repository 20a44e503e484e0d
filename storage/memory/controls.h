// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstdint>
#include <optional>
#include <string>

// jemalloc's controls by the names that its manual gives them ("arenas.page"), for whoever debugs
// the allocator by hand. Nothing is checked: some of them bring the process down.
//
// Thread: any. Without jemalloc there is no control.
namespace ebb::memory {

// What has become of a request: the control's value before it, none where it cannot be read; and
// 0, or errno's code for the reason why it failed (ENOENT: there is no such control).
template <typename Value>
struct ControlResult {
  std::optional<Value> before;
  int error = 0;
};

// Reads a number or a truth value and, with `value`, sets it.
ControlResult<int64_t> ControlNumber(const std::string& name, std::optional<int64_t> value);

// Reads a text. EINVAL where it is known for none: what it is instead would be taken for an
// address.
ControlResult<std::string> ControlText(const std::string& name);

// Has a control that is an action take place ("thread.tcache.flush"). As ControlResult::error.
int ControlAction(const std::string& name);

}  // namespace ebb::memory

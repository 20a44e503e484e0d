// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "server/command.h"
#include "storage/key_writer.h"
#include "storage/types/list.h"

// What commands that take elements out of a list have in common.
namespace ebb {

// LEFT or RIGHT; nothing for another word.
std::optional<ListEnd> ParseListEnd(std::string_view word);

// What observers hear of elements that are pushed to an end, or popped from it.
const KeyEvent& PushEvent(ListEnd end);
const KeyEvent& PopEvent(ListEnd end);

// Pops `count` elements from an end of the writer's list and answers each, outermost first; with
// the last one the key goes. That counts as so many `changes`. What stands before them, an array's
// head perhaps, is the caller's to write. REQUIRES: writer.exists(), and so many are there, one at
// least.
void PopElements(Call& call, KeyWriter& writer, ListEnd end, size_t count, uint64_t changes);

}  // namespace ebb

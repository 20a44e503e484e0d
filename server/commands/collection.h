// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "server/commands/lookup.h"
#include "server/engine.h"
#include "storage/element_walk.h"
#include "storage/key_writer.h"
#include "storage/type.h"

// Commands that are the same for collections of several types.
namespace ebb {

// Answers what a command asks about one element (field, member) of `entry`, null where there is no
// collection.
using ReplyAbout = void (*)(Call& call, const Entry* entry, std::string_view element);

// HGET and its kin: about the element at args[2].
template <Type type, ReplyAbout reply>
void ReplyOne(Call& call) {
  bool failed = false;
  const Entry* entry = ReadKey(call, call.args[1], type, &failed);
  if (!failed) reply(call, entry, call.args[2]);
}

// HMGET and its kin: an array, about each element from args[2] on.
template <Type type, ReplyAbout reply>
void ReplyEach(Call& call) {
  bool failed = false;
  const Entry* entry = ReadKey(call, call.args[1], type, &failed);
  if (failed) return;
  const Args elements = call.args.subspan(2);
  call.reply.Array(elements.size());
  for (ElementWalk walk(call.db(), entry, elements); walk.More(); walk.Next()) {
    reply(call, entry, walk.text());
  }
}

// LLEN and its kin: answers how many elements there are.
template <Type type, size_t (*size_of)(const Entry& entry)>
void CountElements(Call& call) {
  bool failed = false;
  const Entry* entry = ReadKey(call, call.args[1], type, &failed);
  if (!failed) call.reply.Integer(entry != nullptr ? static_cast<int64_t>(size_of(*entry)) : 0);
}

// HDEL and its kin: takes elements out, and answers how many of them there were.
template <Type type, size_t (*size_of)(const Entry& entry),
          bool (*erase)(KeyWriter& writer, std::string_view element), const KeyEvent& event>
void EraseElements(Call& call) {
  KeyWriter writer(call.db(), call.args[1]);
  if (!CheckType(call, writer.entry(), type)) return;
  int64_t erased = 0;
  if (writer.exists()) {
    ElementWalk walk(writer, call.args.subspan(2));
    for (; walk.More(); walk.Next()) erased += erase(writer, walk.text()) ? 1 : 0;
  }
  if (erased > 0) {
    writer.Changed(event, static_cast<uint64_t>(erased));
    if (size_of(*writer.entry()) == 0) writer.RemoveEmpty();
  }
  call.reply.Integer(erased);
}

}  // namespace ebb

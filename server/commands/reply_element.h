// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include "protocol/reply_writer.h"
#include "storage/encodings/listpack.h"

namespace ebb {

// Writes an element of a collection as a bulk reply.
inline void ReplyElement(ReplyWriter& reply, const ListpackElement& element) {
  element.is_integer() ? reply.BulkInteger(element.integer()) : reply.Bulk(element.text());
}

}  // namespace ebb

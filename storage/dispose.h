// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "storage/entry.h"
#include "storage/memory/allocator.h"
#include "storage/memory/lazy_free.h"
#include "storage/type_ops.h"
#include "storage/value.h"

namespace ebb {

// Why something dies. All but the last two have an option (lazyfree-lazy-...).
enum class DisposeCause : uint8_t {
  kUserDel,    // DEL, GETDEL
  kServerDel,  // it is overwritten, given back by the last reply that held it, or was not wanted
  kExpire,
  kUserExpire,  // EXPIRE and its like with a time that has passed; its option is kExpire's
  kEviction,
  kUserFlush,  // FLUSHALL and FLUSHDB that do not say how
  kAsync,      // the user asks not to wait: UNLINK, FLUSHALL ASYNC
  kSync,       // the user asks to wait: FLUSHALL SYNC
};
inline constexpr size_t kDisposeCauses = 8;

// The one door out: every dead entry, value and table leaves through it. What is quickly freed is
// freed here and now; the rest goes to the lazy-free thread, so that nothing that dies keeps the
// engine thread.
//
// Thread: engine thread.
class Disposer {
 public:
  // Frees everything here and now.
  Disposer() = default;

  // Leaves to `lazy_free`, which outlives this object, what takes long.
  explicit Disposer(LazyFree* lazy_free) : lazy_free_(lazy_free) {}

  // From now on, everything is freed here: there is no thread.
  void FreeHere() { lazy_free_ = nullptr; }

  // A value whose TypeOps::free_effort is greater takes long.
  static constexpr size_t kInlineEffort = 64;

  // Whether what takes long and dies of `cause` is left to the thread; yes unless set otherwise,
  // but for kSync.
  bool lazy(DisposeCause cause) const {
    return lazy_free_ != nullptr && lazy_[static_cast<size_t>(cause)];
  }
  void SetLazy(DisposeCause cause, bool lazy) { lazy_[static_cast<size_t>(cause)] = lazy; }

  // How much work Dispose would have with the entry, as TypeOps::free_effort counts it; to leave
  // something to the thread is 1. O(1).
  size_t EffortOf(const Entry& entry, DisposeCause cause) const;

  // Ends an entry that no table holds any more, with its value.
  void Dispose(Entry* entry, DisposeCause cause) {
    if (entry->is_inline() && !entry->has_long_lengths()) [[likely]] {
      return Entry::FreeBlock(entry);
    }
    DisposeParts(entry, cause);
  }

  // Ends the value of an entry that is about to get another one.
  void DisposeValue(const Entry& entry, DisposeCause cause) {
    if (!entry.is_inline()) LetGo(entry, cause);
  }

  // Ends an element of a collection that holds it no more. A `T` has block_size() and T::Free(T*).
  template <typename T>
  void DisposeElement(T* element, DisposeCause cause) {
    const size_t size = element->block_size();
    if (IsSmall(size) || !lazy(cause)) return T::Free(element);
    const auto free = [](void* dead, uint32_t) {
      T::Free(static_cast<T*>(dead));
      return Garbage::Slice{.parts = 1};
    };
    DisposeLater(Garbage(element, 0, free, 1, memory::GoodSize(size), 1));
  }

  // Gives back a reference that kept a string for longer than its entry, perhaps.
  void Release(StringValue* string);

  // Frees a block of the allocator's that no entry or value has; `size` as for memory::Free.
  void FreeBlock(void* block, size_t size);

  // Takes what the caller has found to take long. REQUIRES: lazy(), of its cause.
  void DisposeLater(Garbage garbage) { lazy_free_->Add(std::move(garbage)); }

  // Frees an entry with its value here and now. Any thread.
  static void Free(Entry* entry);

  // Whether to free an entry that nobody else holds takes so long that its value is better freed by
  // TypeOps::free_slice. Any thread.
  static bool TakesLong(const Entry& entry);

 private:
  // Whether a block of this size is freed here and now.
  static bool IsSmall(size_t size) { return size <= kInlineEffort * kEffortBytes; }

  void DisposeParts(Entry* entry, DisposeCause cause);
  void LetGo(const Entry& entry, DisposeCause cause);

  LazyFree* lazy_free_ = nullptr;
  std::array<bool, kDisposeCauses> lazy_{true, true, true, true, true, true, true, false};
};

}  // namespace ebb

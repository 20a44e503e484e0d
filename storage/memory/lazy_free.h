// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <system_error>
#include <thread>

namespace ebb {

// Something dead that takes long to free: a big value, the table of a flushed keyspace. Nobody
// knows it any more but its Garbage. Freed in slices, the rest with the object. Move-only.
//
// Thread: one at a time; what is in it may have been made by another.
class Garbage {
 public:
  // What one slice came to.
  struct Slice {
    size_t parts = 0;   // freed
    bool more = false;  // whether the next slice has work
  };

  // Frees a part of `what`, some tens of microseconds' worth where it can be divided. Not called
  // again after it has answered that there is no more.
  using Step = Slice (*)(void* what, uint32_t note);

  // `objects` and `bytes` (an estimate) are what there is to free, in `parts` steps or more, which
  // are taken for equally big; `note` is for `step`.
  Garbage(void* what, uint32_t note, Step step, size_t objects, size_t bytes, size_t parts)
      : what_(what), step_(step), note_(note), objects_(objects), bytes_(bytes), parts_(parts) {}
  ~Garbage();
  Garbage(Garbage&& other) noexcept;
  Garbage& operator=(Garbage&&) = delete;

  // Frees a part. Answers whether there is more.
  bool FreeSlice();

  // Leaves what is not freed yet to the end of the process.
  void Forget() { what_ = nullptr; }

  // What is left to free.
  size_t objects() const { return objects_; }
  size_t bytes() const { return bytes_; }

 private:
  void* what_;  // null: all is freed
  Step step_;
  uint32_t note_;
  size_t objects_;
  size_t bytes_;
  size_t parts_;
};

// Frees garbage on a thread of its own, oldest first, and then gives the pages back to the system.
//
// The thread holds no lock while it frees, and whoever throws something away never waits for it. It
// takes no memory. At the end it stops after the slice at hand, or after giving back the pages if
// that has begun; what is left is the process's end's to free.
//
// Ownership: owns its garbage and the thread.
// Thread: any for Add and the figures; the others are for the one that owns the object.
class LazyFree {
 public:
  LazyFree() = default;
  ~LazyFree();
  LazyFree(const LazyFree&) = delete;
  LazyFree& operator=(const LazyFree&) = delete;

  // Begins the thread, once; answers why there can be none. Without one, nothing is freed but by
  // Step and, at last, by the destructor.
  std::error_code Start();

  // Takes `garbage`. O(1), tens of nanoseconds; some microseconds when the thread has to be woken.
  void Add(Garbage garbage);

  // Frees one slice of the oldest garbage; false when there is none. REQUIRES: no thread.
  bool Step();

  // What waits to be freed, and what has been since the start or ResetFreed. Garbage is counted
  // until its memory is back, so the figures may be behind by a slice.
  size_t pending_objects() const { return pending_objects_.load(std::memory_order_relaxed); }
  size_t pending_bytes() const { return pending_bytes_.load(std::memory_order_relaxed); }
  uint64_t freed_objects() const { return freed_objects_.load(std::memory_order_relaxed); }
  void ResetFreed() { freed_objects_.store(0, std::memory_order_relaxed); }

  // How much has been thrown away; whether the first `count` of it are freed. Their pages go back
  // to the system later.
  uint64_t added() const { return added_.load(std::memory_order_relaxed); }
  bool HasFreed(uint64_t count) const { return freed_.load(std::memory_order_acquire) >= count; }

 private:
  void Run();
  bool FreeSome();
  bool AwaitGarbage(bool purge_due);

  std::atomic<size_t> pending_objects_{0};
  std::atomic<size_t> pending_bytes_{0};
  std::atomic<uint64_t> freed_objects_{0};
  std::atomic<uint64_t> added_{0};
  std::atomic<uint64_t> freed_{0};

  // The thread takes all of the queue at once; the lock is held for as long as that takes.
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Garbage> queue_;
  std::atomic<bool> stopping_{false};

  std::deque<Garbage> batch_;  // of the thread
  std::thread thread_;
};

}  // namespace ebb

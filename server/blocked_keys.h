// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "server/blocked_calls.h"
#include "server/command.h"
#include "server/key_name.h"
#include "server/leavings.h"
#include "storage/entry.h"
#include "storage/observer.h"

namespace ebb {

class Engine;
class KeyWaiter;

// Calls that wait for keys, such as BLPOP's: who waits for which key, in the order of arrival.
//
//   class Pop final : public KeyWaiter {...};   // says what it takes, and how
//   ...
//   if (!call.may_block) return call.reply.NullArray();
//   call.engine.blocked_keys().Block(call, std::make_unique<Pop>(...), keys, deadline_ms);
//   return;                                     // without a reply
//
// A key is looked at again when anything may have made it what somebody waits for: a write of any
// kind, RENAME, COPY, MOVE, a *STORE, SWAPDB, what comes back from the trash. That is done once
// the command that did it is over (a transaction as a whole), so those who wait see no state in
// between. Keys come in the order in which they changed, and who waits for one in the order of
// arrival; what serving changes wakes the next.
//
// A call that no longer waits, answered or not, is done with at once; its places in the queues of
// very many keys are left in steps, and passed over until then.
//
// Thread: engine thread. While nobody waits, a change of a key costs one comparison.
class BlockedKeys {
 public:
  explicit BlockedKeys(Engine& engine) : engine_(engine) {}
  BlockedKeys(const BlockedKeys&) = delete;
  BlockedKeys& operator=(const BlockedKeys&) = delete;
  ~BlockedKeys();

  // The call's session waits for `keys` of its database until `deadline_ms` (on the steady clock;
  // 0: for ever), and counts with what that takes. REQUIRES: call.may_block, and no reply has been
  // written. O(keys * log n).
  void Block(Call& call, std::unique_ptr<KeyWaiter> waiter, Args keys, int64_t deadline_ms);

  // What the observer hears: of a key; of a database whose content is another one.
  void OnKeyEvent(int db, std::string_view key, const KeyEvent& event) {
    if (!waited_.empty()) [[unlikely]] {
      NoteEvent(db, key, event);
    }
  }
  void OnReplaced(int db);

  // Serves who waits for what has changed. The engine calls it after each command.
  void Serve() {
    if (!changed_.empty()) [[unlikely]] {
      ServeChanged();
    }
  }

  // One step of leaving queues, up to kStep of them, some tens of microseconds; answers whether
  // there is more.
  bool LeaveSome();
  static constexpr int kStep = 128;

 private:
  friend class KeyWaiter;

  struct Waiting;
  struct Waited {
    std::list<Waiting*> queue;  // never empty
    bool changed = false;       // it is in changed_
  };
  using Map = std::map<KeyName, Waited, KeyNameLess>;

  struct Place {
    Map::iterator waited;
    std::list<Waiting*>::iterator at;
  };
  // Where a call stands in queues.
  struct Waiting {
    KeyWaiter* waiter;  // null once it no longer waits
    std::vector<Place> places;
  };

  // What a place in a queue costs beyond the key's bytes: that of the waiter in the list and the
  // list's in the waiter; and, as if no other waited for the key, a node of the map, with three
  // pointers and a colour.
  static const size_t kWaitBytes;

  void Enqueue(Waiting* waiting, Session& session, std::string_view key);
  void Leave(std::unique_ptr<Waiting> waiting);
  bool LeaveSomeOf(Waiting& waiting);
  void NoteEvent(int db, std::string_view key, const KeyEvent& event);
  void NoteChange(Map::iterator at);
  void ServeChanged();
  void ServeQueue(Map::iterator at);

  Engine& engine_;
  Map waited_;
  std::vector<KeyName> changed_;  // in the order of their changes
  Leavings<Waiting> leaving_;
};

// A call that waits until a key holds what it takes.
class KeyWaiter : public BlockedCall {
 public:
  ~KeyWaiter() override;

  // Whether a key that holds `entry` is what the call waits for.
  virtual bool Takes(const Entry& entry) const = 0;

  // Does with `key`, which is so, what the call does, and writes its reply, an error perhaps.
  // `call` is the one that waited, but for its arguments: these are gone, and args is empty.
  virtual void Take(Call& call, std::string_view key) = 0;

 private:
  friend class BlockedKeys;

  BlockedKeys* keys_ = nullptr;
  std::unique_ptr<BlockedKeys::Waiting> waiting_;  // null before Block
};

}  // namespace ebb

// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "server/leavings.h"
#include "server/session.h"
#include "storage/dict.h"
#include "storage/hash.h"
#include "storage/observer.h"

namespace ebb {

class Databases;
class Keyspace;

// The keys that transactions depend on (WATCH), and who watches them. A watch remembers whether the
// key was there; a session is told by its transaction becoming dirty.
//
// Who has watched very many keys is forgotten at once, and the watches end in steps: they are
// nobody's then, and of no effect.
//
// Ownership: owns keys and watches; sessions have been forgotten before it goes.
// Thread: engine thread. While nobody watches, a change of a key costs one comparison.
class WatchedKeys {
 public:
  WatchedKeys() = default;
  WatchedKeys(const WatchedKeys&) = delete;
  WatchedKeys& operator=(const WatchedKeys&) = delete;
  ~WatchedKeys();

  // `present`: whether the key is there now. A second watch of a key changes nothing. O(1), with a
  // look for the session among those who watch anything.
  void Watch(Session& session, std::string_view key, bool present);
  // Ends all watches of the session; more than a step's worth are left to EndSome. A step is up to
  // kStep watches, some tens of microseconds.
  void Forget(Session& session);
  static constexpr int kStep = 128;

  // One step of what Forget has left; answers whether there is more.
  bool EndSome();

  // Whether a key that the session watches was there and has expired since: nobody may have come by
  // to tell.
  bool Expired(Session& session, Databases& databases) const;

  // What the observer hears.
  void OnKeyEvent(int db, std::string_view key, const KeyEvent& event) {
    if (!tables_.empty()) MarkDirty(db, key, event);
  }
  // All that was in `db` is gone, or is another database's; `now` is what it has instead.
  void OnReplaced(int db, const Keyspace& now);

 private:
  struct WatchedKey;
  struct Watcher;

  // A session's watch of a key. It is linked with the key's others, so that it leaves them in O(1).
  struct KeyWatch {
    WatchedKey* key;
    Watcher* watcher;
    KeyWatch* previous;  // null: it is the key's first
    KeyWatch* next;
    KeyWatch* older;  // of the watcher's
    bool was_present;
  };
  struct WatchedKey {
    int db;
    std::string name;
    uint64_t hash;
    KeyWatch* first;  // never null, save while the first one comes
  };
  struct Watcher {
    Session* session = nullptr;  // null as well once it has been forgotten
    KeyWatch* newest = nullptr;
  };

  struct KeyPolicy {
    using Element = WatchedKey;
    using Key = std::string_view;
    static uint64_t Hash(const Element& key) { return key.hash; }
    static bool Equal(const Element& key, std::string_view name) { return key.name == name; }
    static uint32_t Hint(const Element&) { return 0; }
  };
  struct WatchPolicy {
    using Element = KeyWatch;
    using Key = std::pair<const Watcher*, const WatchedKey*>;
    static uint64_t Hash(Key key) { return HashAddresses(key.first, key.second); }
    static uint64_t Hash(const Element& watch) { return Hash(Key(watch.watcher, watch.key)); }
    static bool Equal(const Element& watch, Key key) {
      return watch.watcher == key.first && watch.key == key.second;
    }
    static uint32_t Hint(const Element&) { return 0; }
  };
  using Table = Dict<KeyPolicy>;

  // What a watch costs beyond the key's bytes: itself and its place in the table of watches; and,
  // as if no other watched the key, that with its place in the table of keys.
  static constexpr size_t kWatchBytes = sizeof(KeyWatch) + sizeof(WatchedKey) + 4 * sizeof(void*);

  static void Spoil(const KeyWatch& watch);
  bool EndSomeOf(Watcher& watcher);
  void EndNewest(Watcher& watcher);
  void MarkDirty(int db, std::string_view key, const KeyEvent& event);

  std::map<int, Table> tables_;  // by database; none is empty
  Dict<WatchPolicy> watches_;    // which key who watches
  std::map<const Session*, std::unique_ptr<Watcher>> watchers_;
  Leavings<Watcher> forgotten_;
};

}  // namespace ebb

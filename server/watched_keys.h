// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/session.h"
#include "storage/observer.h"

namespace ebb {

class Databases;
class Keyspace;

// The keys that transactions depend on (WATCH), and who watches them. A watch remembers whether the
// key was there; a session is told by its transaction becoming dirty.
//
// Thread: engine thread. Keys that nobody watches cost one comparison.
class WatchedKeys {
 public:
  // `present`: whether the key is there now. A second watch of a key changes nothing.
  void Watch(Session& session, std::string_view key, bool present);
  // Ends all watches of the session. O(watches * log n).
  void Forget(Session& session);

  // Whether a key that the session watches was there and has expired since: nobody may have come by
  // to tell.
  bool Expired(const Session& session, Databases& databases) const;

  // What the observer hears.
  void OnKeyEvent(int db, std::string_view key, const KeyEvent& event) {
    if (!watches_.empty()) MarkDirty(db, key, event);
  }
  // All that was in `db` is gone, or is another database's; `now` is what it has instead.
  void OnReplaced(int db, const Keyspace& now);

 private:
  struct Watcher {
    Session* session;
    bool present;
  };
  using Key = std::pair<int, std::string>;

  // What a watch costs beyond the key's bytes, which are kept twice: both keys, the watcher, and
  // the map's node with three pointers and a colour.
  static constexpr size_t kWatchBytes =
      2 * sizeof(Key) + sizeof(std::vector<Watcher>) + sizeof(Watcher) + 4 * sizeof(void*);

  void MarkDirty(int db, std::string_view key, const KeyEvent& event);

  std::map<Key, std::vector<Watcher>> watches_;
  std::map<const Session*, std::vector<Key>> keys_of_;
};

}  // namespace ebb

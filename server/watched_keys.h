// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <map>
#include <string_view>
#include <vector>

#include "server/key_name.h"
#include "server/session.h"
#include "storage/observer.h"

namespace ebb {

class Databases;
class Keyspace;

// The keys that transactions depend on (WATCH), and who watches them. A watch remembers whether the
// key was there; a session is told by its transaction becoming dirty.
//
// Thread: engine thread. While nobody watches, a change of a key costs one comparison.
class WatchedKeys {
 public:
  // `present`: whether the key is there now. A second watch of a key changes nothing.
  void Watch(Session& session, std::string_view key, bool present);
  // Ends all watches of the session. O(watches * log n).
  void Forget(Session& session);

  // Whether a key that the session watches was there and has expired since: nobody may have come by
  // to tell.
  bool Expired(Session& session, Databases& databases) const;

  // What the observer hears.
  void OnKeyEvent(int db, std::string_view key, const KeyEvent& event) {
    if (!watches_.empty()) MarkDirty(db, key, event);
  }
  // All that was in `db` is gone, or is another database's; `now` is what it has instead.
  void OnReplaced(int db, const Keyspace& now);

 private:
  // Who watches a key, and whether it was there then.
  using Watchers = std::map<Session*, bool>;

  // What a watch costs beyond the key's bytes, which are kept twice: both keys, the map of
  // watchers, and two nodes of maps with three pointers and a colour each.
  static constexpr size_t kWatchBytes =
      2 * sizeof(KeyName) + sizeof(Watchers) + sizeof(Watchers::value_type) + 8 * sizeof(void*);

  void MarkDirty(int db, std::string_view key, const KeyEvent& event);

  std::map<KeyName, Watchers, KeyNameLess> watches_;
  std::map<const Session*, std::vector<KeyName>> keys_of_;
};

}  // namespace ebb

// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/watched_keys.h"

#include "server/databases.h"

namespace ebb {

void WatchedKeys::Watch(Session& session, std::string_view key, bool present) {
  KeyName name{session.db, std::string(key)};
  if (!watches_[name].emplace(&session, present).second) return;
  session.transaction.watched_bytes += kWatchBytes + 2 * key.size();
  keys_of_[&session].push_back(std::move(name));
}

void WatchedKeys::Forget(Session& session) {
  session.transaction.watched_bytes = 0;
  const auto keys = keys_of_.find(&session);
  if (keys == keys_of_.end()) return;
  for (const KeyName& key : keys->second) {
    const auto watch = watches_.find(key);
    watch->second.erase(&session);
    if (watch->second.empty()) watches_.erase(watch);
  }
  keys_of_.erase(keys);
}

bool WatchedKeys::Expired(Session& session, Databases& databases) const {
  const auto keys = keys_of_.find(&session);
  if (keys == keys_of_.end()) return false;
  for (const KeyName& key : keys->second) {
    const bool was_present = watches_.at(key).at(&session);
    if (was_present && !databases.at(key.db).Contains(key.key)) return true;
  }
  return false;
}

void WatchedKeys::OnReplaced(int db, const Keyspace& now) {
  auto at = watches_.lower_bound(KeyNameView{db, {}});
  for (; at != watches_.end() && at->first.db == db; ++at) {
    const bool present = now.Contains(at->first.key);
    for (const auto& [session, was_present] : at->second) {
      if (was_present || present) session->transaction.dirty = true;
    }
  }
}

void WatchedKeys::MarkDirty(int db, std::string_view key, const KeyEvent& event) {
  const auto watch = watches_.find(KeyNameView{db, key});
  if (watch == watches_.end()) return;
  for (const auto& [session, was_present] : watch->second) {
    // What had expired before the watch was no key then, and its removal is no change.
    if (event.event_class == events::kExpired.event_class && !was_present) continue;
    session->transaction.dirty = true;
  }
}

}  // namespace ebb

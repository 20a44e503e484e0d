// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/watched_keys.h"

#include <algorithm>

#include "server/databases.h"
#include "storage/hash.h"

namespace ebb {

void WatchedKeys::Watch(Session& session, std::string_view name, bool present) {
  const uint64_t hash = HashBytes(name);
  const auto make = [&] { return new WatchedKey{session.db, std::string(name), hash, nullptr}; };
  WatchedKey* key = tables_[session.db].FindOrInsert(name, hash, make).slot.element();
  Watcher& watcher = watchers_[&session];
  watcher.session = &session;
  if (Watches(watcher, *key)) return;
  KeyWatch& watch =
      watcher.watches.emplace_front(KeyWatch{key, &watcher, nullptr, key->first, present});
  if (key->first != nullptr) key->first->previous = &watch;
  key->first = &watch;
  session.transaction.watched_bytes += kWatchBytes + name.size();
}

// The watch would be in both lists, so the end of the shorter one decides.
bool WatchedKeys::Watches(const Watcher& watcher, const WatchedKey& key) {
  auto own = watcher.watches.begin();
  const KeyWatch* of_key = key.first;
  for (; own != watcher.watches.end() && of_key != nullptr; ++own, of_key = of_key->next) {
    if (own->key == &key || of_key->watcher == &watcher) return true;
  }
  return false;
}

void WatchedKeys::Forget(Session& session) {
  session.transaction.watched_bytes = 0;
  const auto watcher = watchers_.find(&session);
  if (watcher == watchers_.end()) return;
  while (!watcher->second.watches.empty()) EndNewest(watcher->second);
  watchers_.erase(watcher);
}

void WatchedKeys::EndNewest(Watcher& watcher) {
  const KeyWatch& watch = watcher.watches.front();
  WatchedKey* key = watch.key;
  (watch.previous != nullptr ? watch.previous->next : key->first) = watch.next;
  if (watch.next != nullptr) watch.next->previous = watch.previous;
  watcher.watches.pop_front();
  if (key->first != nullptr) return;
  const auto table = tables_.find(key->db);
  table->second.Erase(table->second.FindElement(key, key->hash));
  if (table->second.empty()) tables_.erase(table);
  delete key;
}

bool WatchedKeys::Expired(Session& session, Databases& databases) const {
  const auto watcher = watchers_.find(&session);
  if (watcher == watchers_.end()) return false;
  return std::ranges::any_of(watcher->second.watches, [&](const KeyWatch& watch) {
    return watch.was_present && !databases.at(watch.key->db).Contains(watch.key->name);
  });
}

void WatchedKeys::OnReplaced(int db, const Keyspace& now) {
  const auto table = tables_.find(db);
  if (table == tables_.end()) return;
  table->second.ForEach([&](const WatchedKey* key) {
    const bool present = now.Contains(key->name);
    for (const KeyWatch* watch = key->first; watch != nullptr; watch = watch->next) {
      if (watch->was_present || present) watch->watcher->session->transaction.dirty = true;
    }
  });
}

void WatchedKeys::MarkDirty(int db, std::string_view name, const KeyEvent& event) {
  const auto table = tables_.find(db);
  if (table == tables_.end()) return;
  const Table::Slot slot = table->second.Find(name, HashBytes(name));
  if (!slot) return;
  for (const KeyWatch* watch = slot.element()->first; watch != nullptr; watch = watch->next) {
    // What had expired before the watch was no key then, and its removal is no change.
    if (event.event_class == events::kExpired.event_class && !watch->was_present) continue;
    watch->watcher->session->transaction.dirty = true;
  }
}

}  // namespace ebb

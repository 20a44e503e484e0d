// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/watched_keys.h"

#include <algorithm>
#include <utility>

#include "server/databases.h"
#include "storage/hash.h"

namespace ebb {

WatchedKeys::~WatchedKeys() {
  while (EndSome()) {
  }
}

void WatchedKeys::Watch(Session& session, std::string_view name, bool present) {
  const uint64_t hash = HashBytes(name);
  const auto make = [&] { return new WatchedKey{session.db, std::string(name), hash, nullptr}; };
  WatchedKey* key = tables_[session.db].FindOrInsert(name, hash, make).slot.element();
  std::unique_ptr<Watcher>& place = watchers_[&session];
  if (place == nullptr) place = std::make_unique<Watcher>(Watcher{&session, {}});
  Watcher& watcher = *place;
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
  const auto found = watchers_.find(&session);
  if (found == watchers_.end()) return;
  std::unique_ptr<Watcher> watcher = std::move(found->second);
  watchers_.erase(found);
  watcher->session = nullptr;
  if (EndSomeOf(*watcher)) forgotten_.push_back(std::move(watcher));
}

bool WatchedKeys::EndSome() {
  if (!forgotten_.empty() && !EndSomeOf(*forgotten_.back())) forgotten_.pop_back();
  return !forgotten_.empty();
}

bool WatchedKeys::EndSomeOf(Watcher& watcher) {
  for (int left = kStep; left > 0 && !watcher.watches.empty(); --left) EndNewest(watcher);
  return !watcher.watches.empty();
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
  return std::ranges::any_of(watcher->second->watches, [&](const KeyWatch& watch) {
    return watch.was_present && !databases.at(watch.key->db).Contains(watch.key->name);
  });
}

void WatchedKeys::Spoil(const KeyWatch& watch) {
  Session* session = watch.watcher->session;
  if (session != nullptr) session->transaction.dirty = true;
}

void WatchedKeys::OnReplaced(int db, const Keyspace& now) {
  const auto table = tables_.find(db);
  if (table == tables_.end()) return;
  table->second.ForEach([&](const WatchedKey* key) {
    const bool present = now.Contains(key->name);
    for (const KeyWatch* watch = key->first; watch != nullptr; watch = watch->next) {
      if (watch->was_present || present) Spoil(*watch);
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
    Spoil(*watch);
  }
}

}  // namespace ebb

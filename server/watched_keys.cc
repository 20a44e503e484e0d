// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/watched_keys.h"

#include <memory>
#include <utility>

#include "server/databases.h"
#include "storage/memory/heap_bytes.h"

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
  const auto link = [&] {
    return new KeyWatch{key, &watcher, nullptr, key->first, watcher.newest, present};
  };
  const WatchPolicy::Key both(&watcher, key);
  const auto [slot, inserted] = watches_.FindOrInsert(both, WatchPolicy::Hash(both), link);
  if (!inserted) return;
  KeyWatch* watch = slot.element();
  if (key->first != nullptr) key->first->previous = watch;
  key->first = watch;
  watcher.newest = watch;
  session.transaction.watched_bytes += kWatchBytes + memory::HeapBytes(key->name);
}

void WatchedKeys::Forget(Session& session) {
  session.transaction.watched_bytes = 0;
  const auto found = watchers_.find(&session);
  if (found == watchers_.end()) return;
  std::unique_ptr<Watcher> watcher = std::move(found->second);
  watchers_.erase(found);
  watcher->session = nullptr;
  forgotten_.Leave(std::move(watcher), [this](Watcher& left) { return EndSomeOf(left); });
}

bool WatchedKeys::EndSome() {
  return forgotten_.EndSome([this](Watcher& left) { return EndSomeOf(left); });
}

bool WatchedKeys::EndSomeOf(Watcher& watcher) {
  for (int left = kStep; left > 0 && watcher.newest != nullptr; --left) EndNewest(watcher);
  return watcher.newest != nullptr;
}

void WatchedKeys::EndNewest(Watcher& watcher) {
  const uint64_t hash = WatchPolicy::Hash(*watcher.newest);
  const auto slot = watches_.FindElement(watcher.newest, hash);
  const std::unique_ptr<KeyWatch> watch(watches_.Erase(slot));
  WatchedKey* key = watch->key;
  (watch->previous != nullptr ? watch->previous->next : key->first) = watch->next;
  if (watch->next != nullptr) watch->next->previous = watch->previous;
  watcher.newest = watch->older;
  if (key->first != nullptr) return;
  const auto table = tables_.find(key->db);
  table->second.Erase(table->second.FindElement(key, key->hash));
  if (table->second.empty()) tables_.erase(table);
  delete key;
}

bool WatchedKeys::Expired(Session& session, Databases& databases) const {
  const auto watcher = watchers_.find(&session);
  if (watcher == watchers_.end()) return false;
  const KeyWatch* watch = watcher->second->newest;
  for (; watch != nullptr; watch = watch->older) {
    const WatchedKey& key = *watch->key;
    if (watch->was_present && !databases.at(key.db).Contains(key.name)) return true;
  }
  return false;
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

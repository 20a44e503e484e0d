// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/blocked_keys.h"

#include <cassert>
#include <string_view>
#include <utility>

#include "server/engine.h"

namespace ebb {
namespace {

// Whether a key may be there since then that was not, as something that can be waited for. What
// only takes away is left out, so that keys come in the order in which they came to be.
bool MayFill(const KeyEvent& event) {
  constexpr std::string_view kClasses = "lzg";  // lists, sorted sets, and any type
  return event.may_add && kClasses.find(event.event_class) != std::string_view::npos;
}

}  // namespace

KeyWaiter::~KeyWaiter() {
  if (waiting_ != nullptr) keys_->Leave(std::move(waiting_));
}

BlockedKeys::~BlockedKeys() {
  while (LeaveSome()) {
  }
}

void BlockedKeys::Block(Call& call, std::unique_ptr<KeyWaiter> waiter, Args keys,
                        int64_t deadline_ms) {
  assert(call.may_block);
  waiter->keys_ = this;
  waiter->waiting_ = std::make_unique<Waiting>(Waiting{waiter.get(), {}});
  for (const std::string_view key : keys) Enqueue(waiter->waiting_.get(), call.session, key);
  engine_.blocked().Block(call.session, std::move(waiter), deadline_ms);
}

const size_t BlockedKeys::kWaitBytes = sizeof(Map::value_type) + 4 * sizeof(void*) +
                                       sizeof(Waiting*) + 2 * sizeof(void*) + sizeof(Place);

void BlockedKeys::Enqueue(Waiting* waiting, Session& session, std::string_view key) {
  const KeyNameView name{session.db, key};
  auto at = waited_.find(name);
  if (at == waited_.end()) at = waited_.emplace(KeyName{name.db, std::string(key)}, Waited()).first;
  std::list<Waiting*>& queue = at->second.queue;
  // A key that is named twice is waited for once.
  if (!queue.empty() && queue.back() == waiting) return;
  waiting->places.push_back({at, queue.insert(queue.end(), waiting)});
  session.blocked_key_bytes += key.size();
  session.blocked_bytes += key.size() + kWaitBytes;
}

void BlockedKeys::Leave(std::unique_ptr<Waiting> waiting) {
  waiting->waiter = nullptr;
  leaving_.Leave(std::move(waiting), [this](Waiting& left) { return LeaveSomeOf(left); });
}

bool BlockedKeys::LeaveSome() {
  return leaving_.EndSome([this](Waiting& left) { return LeaveSomeOf(left); });
}

bool BlockedKeys::LeaveSomeOf(Waiting& waiting) {
  std::vector<Place>& places = waiting.places;
  for (int left = kStep; left > 0 && !places.empty(); --left) {
    const Place place = places.back();
    places.pop_back();
    place.waited->second.queue.erase(place.at);
    if (place.waited->second.queue.empty()) waited_.erase(place.waited);
  }
  return !places.empty();
}

void BlockedKeys::NoteChange(Map::iterator at) {
  if (std::exchange(at->second.changed, true)) return;
  changed_.push_back(at->first);
}

void BlockedKeys::NoteEvent(int db, std::string_view key, const KeyEvent& event) {
  if (!MayFill(event)) return;
  const auto at = waited_.find(KeyNameView{db, key});
  if (at != waited_.end()) NoteChange(at);
}

void BlockedKeys::OnReplaced(int db) {
  auto at = waited_.lower_bound(KeyNameView{db, {}});
  for (; at != waited_.end() && at->first.db == db; ++at) NoteChange(at);
}

void BlockedKeys::ServeChanged() {
  engine_.AdvanceClock();  // what was changed may have expired while its transaction went on
  while (!changed_.empty()) {
    const std::vector<KeyName> changed = std::exchange(changed_, {});
    for (const KeyName& name : changed) {
      const auto at = waited_.find(name);
      if (at == waited_.end()) continue;
      at->second.changed = false;
      ServeQueue(at);
    }
  }
}

void BlockedKeys::ServeQueue(Map::iterator at) {
  Keyspace& keyspace = engine_.db(at->first.db);
  std::list<Waiting*>& queue = at->second.queue;
  for (auto next = queue.begin(); next != queue.end();) {
    const Waiting& waiting = **next++;
    if (waiting.waiter == nullptr) continue;
    KeyWaiter& waiter = *waiting.waiter;
    const Entry* entry = keyspace.Peek(at->first.key);
    if (entry == nullptr) return;
    // Who is being closed would take it with him.
    if (waiter.session().closing || !waiter.Takes(*entry)) continue;
    // With who waits last for it, the queue may be gone.
    const bool last = queue.size() == 1;
    engine_.FinishBlocked(waiter, [&](Call& call) { waiter.Take(call, at->first.key); });
    if (last) return;
  }
}

}  // namespace ebb

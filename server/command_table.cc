// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/command_table.h"

#include <bit>
#include <cassert>

#include "server/commands/families.h"
#include "server/text.h"

namespace ebb {
namespace {

uint32_t NameHash(std::string_view name) {
  uint32_t hash = 2166136261u;
  for (const char c : name) hash = (hash ^ static_cast<uint8_t>(c | 0x20)) * 16777619u;
  return hash ^ (hash >> 15);
}

// The categories that follow from the flags.
uint32_t AclFromFlags(uint32_t flags) {
  uint32_t acl = 0;
  if (flags & kWrite) acl |= kAclWrite;
  if (flags & kReadOnly) acl |= kAclRead;
  if (flags & kAdmin) acl |= kAclAdmin | kAclDangerous;
  if (flags & kPubSub) acl |= kAclPubSub;
  if (flags & kBlocking) acl |= kAclBlocking;
  acl |= (flags & kFast) ? kAclFast : kAclSlow;
  return acl;
}

}  // namespace

std::span<const CommandFamily* const> AllFamilies() {
  static constexpr const CommandFamily* kFamilies[] = {
      &kCommandFamily,  &kKeyFamily,    &kExpireFamily,      &kScanFamily,     &kObjectFamily,
      &kDatabaseFamily, &kDebugFamily,  &kObservationFamily, &kServerFamily,   &kStringFamily,
      &kCounterFamily,  &kLcsFamily,    &kBitFamily,         &kBitFieldFamily, &kConnectionFamily,
      &kClientFamily,   &kMemoryFamily, &kMonitorFamily,     &kTrashFamily,    &kHashFamily,
      &kHashWalkFamily, &kSetFamily,    &kSetAlgebraFamily,
  };
  return kFamilies;
}

std::string_view Command::short_name() const {
  const size_t bar = spec->name.find('|');
  return bar == std::string_view::npos ? spec->name : spec->name.substr(bar + 1);
}

CommandTable::CommandTable() {
  for (const CommandFamily* family : AllFamilies()) {
    for (const CommandSpec& spec : family->commands) Add(spec, *family);
  }
  buckets_.resize(std::bit_ceil(top_level_.size() * 4));
  for (Command* command : top_level_) {
    size_t at = NameHash(command->spec->name) & (buckets_.size() - 1);
    while (buckets_[at] != nullptr) at = (at + 1) & (buckets_.size() - 1);
    buckets_[at] = command;
  }
}

void CommandTable::Add(const CommandSpec& spec, const CommandFamily& family) {
  auto command = std::make_unique<Command>();
  command->spec = &spec;
  command->family = &family;
  // A container that only holds subcommands has no category of its own.
  command->acl = (spec.function != nullptr ? family.acl : 0) | spec.acl | AclFromFlags(spec.flags);
  const size_t bar = spec.name.find('|');
  if (bar == std::string_view::npos) {
    top_level_.push_back(command.get());
  } else {
    // A container's row stands before its subcommands' in the same family.
    for (Command* parent : top_level_) {
      if (parent->spec->name == spec.name.substr(0, bar)) command->parent = parent;
    }
    assert(command->parent != nullptr);
    command->parent->subcommands.push_back(command.get());
  }
  all_.push_back(std::move(command));
}

Command* CommandTable::FindTopLevel(std::string_view name) {
  for (size_t at = NameHash(name) & (buckets_.size() - 1); buckets_[at] != nullptr;
       at = (at + 1) & (buckets_.size() - 1)) {
    if (EqualsIgnoreCase(buckets_[at]->spec->name, name)) return buckets_[at];
  }
  return nullptr;
}

Command* CommandTable::Find(Args args, Command** container) {
  *container = nullptr;
  Command* command = FindTopLevel(args[0]);
  if (command == nullptr || command->subcommands.empty()) return command;
  if (args.size() > 1) {
    for (Command* sub : command->subcommands) {
      if (EqualsIgnoreCase(sub->short_name(), args[1])) return sub;
    }
  }
  // A container that is a command by itself (COMMAND) runs without a subcommand.
  if (args.size() == 1 && command->spec->function != nullptr) return command;
  *container = command;
  return nullptr;
}

Command* CommandTable::FindByName(std::string_view name) {
  const size_t bar = name.find('|');
  Command* command = FindTopLevel(name.substr(0, bar));
  if (command == nullptr || bar == std::string_view::npos) return command;
  for (Command* sub : command->subcommands) {
    if (EqualsIgnoreCase(sub->short_name(), name.substr(bar + 1))) return sub;
  }
  return nullptr;
}

}  // namespace ebb

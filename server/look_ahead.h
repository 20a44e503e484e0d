// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "protocol/request_parser.h"
#include "storage/hash.h"

namespace ebb {

class CommandTable;
class Keyspace;
struct KeyspaceContext;

// Goes ahead of a pipeline of commands and has the memory of their keys fetched into the cache:
// first the bucket, a little later the entry; and where a command works on an element of a large
// collection, then that one's bucket and itself.
//
// Measured with 1 M keys and 64 commands a read: without it two thirds of the engine's time went
// into waiting for memory, one miss after the other.
// The hashes that it needed serve the command as well (KeyspaceContext::known_key), and so do its
// arguments: to cut each command twice was 4 % of a GET.
//
// Takes the first argument for the key, and for the element the one that the command's row names.
// Where they are none, cache lines are fetched in vain.
//
// Thread: engine thread.
class LookAhead {
 public:
  // Both outlive it.
  LookAhead(KeyspaceContext& context, CommandTable& commands)
      : context_(context), commands_(commands) {}

  // Commands on `keyspace` are about to run, those that `unparsed` begins with. `lone` is what
  // FetchFirst has answered, or nothing.
  void Begin(const Keyspace& keyspace, std::string_view unparsed, const KnownHash& lone);

  // The next of them is about to run: has `parser` give it, whose bytes they are. As
  // RequestParser::Next answers.
  RequestParser::Status Next(RequestParser& parser);

  // None is.
  void End();

  // The running command has come to another of its keys, whose hash somebody knows.
  void Know(const KnownHash& key);

  // The first of the commands that `unparsed` begins with will begin soon, after others': fetches
  // its key's bucket. Answers the key of a command that nothing is behind, else one without bytes;
  // for that, FetchEntry fetches the entry a little later. (With others behind it, it is fetched
  // together with theirs: to wait for the bucket here was 5 % of a GET with 16 commands a read,
  // sockets aside.)
  static KnownHash FetchFirst(const Keyspace& keyspace, std::string_view unparsed);
  static void FetchEntry(const Keyspace& keyspace, uint64_t hash);

  // Both for several keys that come at once, up to kMostKeys.
  static void Fetch(const Keyspace& keyspace, std::span<const uint64_t> hashes);
  static constexpr size_t kMostKeys = 16;

 private:
  // Looked ahead in steps of so many commands: their keys' buckets four steps before the commands
  // run, entries three, their elements' buckets two, and the elements one.
  static constexpr uint32_t kStep = 8;

  // Commands with more arguments are cut by the parser, and not looked beyond.
  static constexpr size_t kMostArgs = 32;

  // So many steps are remembered: the four looked ahead, the one that the running command is of,
  // and some more, so that a place in the ring is found by masking (a power of two).
  static constexpr size_t kSteps = 8;

  struct Seen {
    KnownHash key;      // without bytes where there is none
    bool has_new_key;   // another one than the command before, which would see to it
    KnownHash element;  // without bytes where there is none
    std::span<const std::string_view> args;  // empty where the parser is to cut them
    size_t size;                             // of the command, in bytes
  };

  // The arguments of the commands of one step, one behind the other.
  struct StepArgs {
    size_t used = 0;
    std::array<std::string_view, kStep * kMostArgs> args;
  };

  void Restart(std::string_view unparsed);
  void Step();
  // Looks at the rest of the step that is being seen and fetches its buckets; false where a command
  // is not here whole.
  bool SeeStep();
  // Fetches the entries of commands before `until`, a step's at most.
  void FetchEntries(uint32_t until);
  // Fetches the entries that FetchEntries has not found in their first bucket.
  void FetchStrays();
  // Fetches the entries of keys, up to kMostKeys; for those that have strayed from their bucket the
  // next one. Answers how many these are: their hashes are the first of `hashes` then. (To look for
  // them at once was 3 % of a GET with 64 commands a read, sockets aside.)
  static uint32_t FetchPlaces(const Keyspace& keyspace, std::span<uint64_t> hashes);
  void FetchElements();
  bool See(Seen* seen);
  void SeeKeys(Seen* seen, std::span<const std::string_view> args);
  size_t ElementOf(std::string_view command);

  KeyspaceContext& context_;
  CommandTable& commands_;
  const Keyspace* keyspace_ = nullptr;
  std::string_view unseen_;
  // Numbers of commands: that have begun, whose key's bucket is being fetched, entry, element's
  // bucket and element.
  uint32_t begun_ = 0;
  uint32_t seen_ = 0;
  uint32_t entries_ = 0;
  uint32_t places_ = 0;
  uint32_t elements_ = 0;
  uint32_t elements_end_ = 0;  // behind the last one seen that has an element
  std::array<Seen, kSteps * kStep> ring_;
  // Hashes of keys whose entries were not where they were looked for first.
  std::array<uint64_t, kStep> strays_;
  uint32_t stray_count_ = 0;
  std::array<StepArgs, kSteps> args_;  // of the ring's commands

  // Pipelines repeat one command: the last one's word, and its row's element.
  std::string word_;
  size_t word_element_ = 0;

  Seen& At(uint32_t command) { return ring_[command % ring_.size()]; }
};

}  // namespace ebb

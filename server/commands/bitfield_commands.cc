// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

#include "server/arg_parser.h"
#include "server/commands/bit_args.h"
#include "server/commands/families.h"
#include "server/commands/lookup.h"
#include "server/engine.h"
#include "storage/key_writer.h"
#include "storage/types/bits.h"
#include "storage/types/string.h"

// Several bits of a string as one number.
namespace ebb {
namespace {

enum class Overflow : uint8_t { kWrap, kSaturate, kFail };

// The numbers that a field can hold: "i8" or "u5".
struct FieldType {
  bool is_signed = false;
  unsigned width = 0;  // in bits: 1 to 64, unsigned to 63

  int64_t max() const {
    return static_cast<int64_t>((uint64_t{1} << (is_signed ? width - 1 : width)) - 1);
  }
  int64_t min() const { return is_signed ? -max() - 1 : 0; }

  // The number whose lowest bits are those of `raw`.
  int64_t FromBits(uint64_t raw) const {
    const unsigned unused = 64 - width;
    if (is_signed) return static_cast<int64_t>(raw << unused) >> unused;
    return static_cast<int64_t>(raw << unused >> unused);
  }
};

struct FieldOperation {
  enum class Kind : uint8_t { kGet, kSet, kIncrement } kind;
  Overflow overflow;
  FieldType type;
  uint64_t offset;
  int64_t operand;  // the value of kSet, the increment of kIncrement

  bool writes() const { return kind != Kind::kGet; }
  uint64_t last_bit() const { return offset + type.width - 1; }
};

// Whether `base`, smaller than all numbers of a signed field, is so far away that its distance to
// the largest one exceeds 64 bits: saturation, which looks at the distance, then ends at the
// largest. Only SET's numbers can be so small.
bool SaturatesUpwards(const FieldType& type, int64_t base) {
  int64_t distance = 0;
  return type.width < 64 && __builtin_sub_overflow(type.max(), base, &distance);
}

// What stands in a field of `type` after adding `increment` to `base`, which for SET (0 is added)
// may be any number: nothing when that is out of range and `overflow` says that it fails.
std::optional<int64_t> Sum(const FieldType& type, int64_t base, int64_t increment,
                           Overflow overflow) {
  // An unsigned field takes SET's negative number for the large one with the same bits.
  const __int128 exact = type.is_signed || base >= 0
                             ? static_cast<__int128>(base) + increment
                             : static_cast<__int128>(static_cast<uint64_t>(base));
  if (exact >= type.min() && exact <= type.max()) return static_cast<int64_t>(exact);
  switch (overflow) {
    case Overflow::kWrap:
      return type.FromBits(static_cast<uint64_t>(exact));
    case Overflow::kSaturate:
      return exact < type.min() && !SaturatesUpwards(type, base) ? type.min() : type.max();
    default:
      return std::nullopt;
  }
}

std::optional<FieldType> ParseFieldType(std::string_view text) {
  if (text.empty() || (text[0] != 'i' && text[0] != 'u')) return std::nullopt;
  const bool is_signed = text[0] == 'i';
  const auto width = ParseInteger(text.substr(1));
  if (!width || *width < 1 || *width > (is_signed ? 64 : 63)) return std::nullopt;
  return FieldType{is_signed, static_cast<unsigned>(*width)};
}

std::optional<Overflow> ParseOverflow(std::string_view text) {
  if (EqualsIgnoreCase(text, "WRAP")) return Overflow::kWrap;
  if (EqualsIgnoreCase(text, "SAT")) return Overflow::kSaturate;
  if (EqualsIgnoreCase(text, "FAIL")) return Overflow::kFail;
  return std::nullopt;
}

// Reads the arguments from the third on. False when they are wrong: the error has been written.
class FieldParser {
 public:
  explicit FieldParser(Call& call) : call_(call), parser_(call, 2) {}

  bool Parse(std::vector<FieldOperation>* operations) {
    Overflow overflow = Overflow::kWrap;
    while (parser_.More()) {
      if (parser_.Take("OVERFLOW", 1)) {
        const auto wanted = ParseOverflow(parser_.Text());
        if (!wanted) return Fail("ERR Invalid OVERFLOW type specified");
        overflow = *wanted;
        continue;
      }
      FieldOperation operation{};
      operation.overflow = overflow;
      if (!ParseOne(&operation)) return false;
      operations->push_back(operation);
    }
    return !parser_.Failed();
  }

 private:
  bool Fail(std::string_view message) {
    parser_.Fail(message);
    return !parser_.Failed();
  }

  bool ParseOne(FieldOperation* operation) {
    using Kind = FieldOperation::Kind;
    if (parser_.Take("GET", 2)) {
      operation->kind = Kind::kGet;
    } else if (parser_.Take("SET", 3)) {
      operation->kind = Kind::kSet;
    } else if (parser_.Take("INCRBY", 3)) {
      operation->kind = Kind::kIncrement;
    } else {
      return Fail(errors::kSyntax);
    }
    const auto type = ParseFieldType(parser_.Text());
    if (!type) {
      return Fail(
          "ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported "
          "but i64 is.");
    }
    operation->type = *type;
    const auto offset = ParseBitOffset(call_, parser_.Text(), type->width);
    if (!offset) return false;
    operation->offset = *offset;
    if (operation->writes()) operation->operand = parser_.Integer();
    return !parser_.Failed();
  }

  Call& call_;
  ArgParser parser_;
};

void ReadFields(Call& call, const std::vector<FieldOperation>& operations) {
  bool failed = false;
  const Entry* entry = ReadKey(call, call.args[1], Type::kString, &failed);
  if (failed) return;
  std::optional<StringView> value;
  if (entry != nullptr) value.emplace(*entry);
  const std::string_view bytes = value ? value->view() : std::string_view();
  call.reply.Array(operations.size());
  for (const FieldOperation& operation : operations) {
    const FieldType& type = operation.type;
    call.reply.Integer(type.FromBits(bits::Read(bytes, operation.offset, type.width)));
  }
}

enum class FieldChange { kNone, kSame, kOther };

// Does one operation on bytes that reach far enough for it, or for any that writes; answers whether
// the field was written, and has another value now.
FieldChange RunOperation(Call& call, const FieldOperation& operation, char* bytes, size_t size) {
  const FieldType& type = operation.type;
  const int64_t old = type.FromBits(bits::Read({bytes, size}, operation.offset, type.width));
  if (!operation.writes()) {
    call.reply.Integer(old);
    return FieldChange::kNone;
  }
  const bool adds = operation.kind == FieldOperation::Kind::kIncrement;
  const auto fresh = adds ? Sum(type, old, operation.operand, operation.overflow)
                          : Sum(type, operation.operand, 0, operation.overflow);
  if (!fresh) {
    call.reply.Null();
    return FieldChange::kNone;
  }
  bits::Write(bytes, operation.offset, type.width, static_cast<uint64_t>(*fresh));
  call.reply.Integer(adds ? *fresh : old);
  return *fresh == old ? FieldChange::kSame : FieldChange::kOther;
}

void WriteFields(Call& call, const std::vector<FieldOperation>& operations) {
  uint64_t last_bit = 0;
  for (const FieldOperation& operation : operations) {
    if (operation.writes()) last_bit = std::max(last_bit, operation.last_bit());
  }
  KeyWriter writer(call.db(), call.args[1]);
  if (!CheckType(call, writer.entry(), Type::kString)) return;
  bool grew = false;
  char* bytes = EditBits(call, writer, last_bit, &grew);
  if (bytes == nullptr) return;
  const size_t size = StringSize(*writer.entry());
  call.reply.Array(operations.size());
  uint64_t changes = 0;
  for (const FieldOperation& operation : operations) {
    const FieldChange change = RunOperation(call, operation, bytes, size);
    changes += change == FieldChange::kOther || (grew && change == FieldChange::kSame) ? 1 : 0;
  }
  // A string that grew is another one even if nothing was written, but Redis does not tell of that.
  if (changes > 0 || grew) {
    writer.Changed(changes > 0 ? events::kSetBit : events::kUntold, changes);
  }
}

bool AnyWrites(const std::vector<FieldOperation>& operations) {
  return std::any_of(operations.begin(), operations.end(),
                     [](const FieldOperation& operation) { return operation.writes(); });
}

void BitField(Call& call) {
  std::vector<FieldOperation> operations;
  if (!FieldParser(call).Parse(&operations)) return;
  AnyWrites(operations) ? WriteFields(call, operations) : ReadFields(call, operations);
}

void BitFieldRo(Call& call) {
  std::vector<FieldOperation> operations;
  if (!FieldParser(call).Parse(&operations)) return;
  if (AnyWrites(operations)) {
    return call.reply.Error("ERR BITFIELD_RO only supports the GET subcommand");
  }
  ReadFields(call, operations);
}

// Reading alone leaves the key as it is; what cannot be understood may write.
uint32_t BitFieldKeyFlags(Args args) {
  for (size_t i = 2; i < args.size();) {
    const size_t left = args.size() - i - 1;
    if (EqualsIgnoreCase(args[i], "GET") && left >= 2) {
      i += 3;
    } else if (EqualsIgnoreCase(args[i], "OVERFLOW") && left >= 1) {
      i += 2;
    } else {
      return kKeyRw | kKeyAccess | kKeyUpdate;
    }
  }
  return kKeyRo | kKeyAccess;
}

constexpr CommandSpec kCommands[] = {
    {.name = "bitfield",
     .function = BitField,
     .arity = -2,
     .flags = kWrite | kDenyOom,
     .keys = {KeySpec{.flags = kKeyRw | kKeyAccess | kKeyUpdate | kKeyVariableFlags,
                      .begin = KeySpec::Begin::kIndex,
                      .begin_index = 1,
                      .notes = "It may read and write the key"}},
     .since = "3.2.0",
     .complexity = "O(1) for each operation",
     .syntax = "key [operation(GET encoding_offset{encoding offset} | "
               "write{[OVERFLOW wrap_sat_fail(WRAP | SAT | FAIL)] write_operation("
               "SET encoding_offset_value{encoding offset value:integer} | "
               "INCRBY encoding_offset_increment{encoding offset increment})}) ...]",
     .summary = "Reads, sets and adds to numbers of any width in the bits of a string.",
     .variable_key_flags = BitFieldKeyFlags},
    {.name = "bitfield_ro",
     .function = BitFieldRo,
     .arity = -2,
     .flags = kReadOnly | kFast,
     .keys = {KeyAt(1, kKeyRo | kKeyAccess)},
     .since = "6.0.0",
     .complexity = "O(1) for each operation",
     .syntax = "key [GET encoding_offset{encoding offset} [GET encoding_offset{encoding offset} "
               "...]]",
     .summary = "Reads numbers of any width in the bits of a string."},
};

}  // namespace

constexpr CommandFamily kBitFieldFamily{
    .group = "bitmap", .acl = kAclBitmap, .commands = kCommands};

}  // namespace ebb

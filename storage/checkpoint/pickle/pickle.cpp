#include "storage/checkpoint/pickle/pickle.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/error.h"
#include "storage/checkpoint/bytes/bytes.h"
#include "storage/checkpoint/pickle/pickle_calls.h"

namespace cfo::storage {
namespace {

using Kind = SequenceValue::Kind;

// Python's Lib/pickletools.py names and describes every opcode.
// clang-format off
enum Opcode : unsigned char {
  MARK = '(', STOP = '.', POP = '0', POP_MARK = '1', DUP = '2',
  BINFLOAT = 'G', BININT = 'J', BININT1 = 'K', BININT2 = 'M', LONG1 = 0x8a, LONG4 = 0x8b,
  NONE = 'N', NEWTRUE = 0x88, NEWFALSE = 0x89,
  BINSTRING = 'T', SHORT_BINSTRING = 'U', BINUNICODE = 'X', SHORT_BINUNICODE = 0x8c, BINUNICODE8 = 0x8d,
  BINBYTES = 'B', SHORT_BINBYTES = 'C', BINBYTES8 = 0x8e, BYTEARRAY8 = 0x96,
  EMPTY_LIST = ']', APPEND = 'a', APPENDS = 'e', LIST = 'l',
  EMPTY_TUPLE = ')', TUPLE = 't', TUPLE1 = 0x85, TUPLE2 = 0x86, TUPLE3 = 0x87,
  EMPTY_DICT = '}', DICT = 'd', SETITEM = 's', SETITEMS = 'u',
  EMPTY_SET = 0x8f, ADDITEMS = 0x90, FROZENSET = 0x91,
  GLOBAL = 'c', STACK_GLOBAL = 0x93, REDUCE = 'R', BUILD = 'b', NEWOBJ = 0x81, NEWOBJ_EX = 0x92, BINPERSID = 'Q',
  BINGET = 'h', LONG_BINGET = 'j', BINPUT = 'q', LONG_BINPUT = 'r', MEMOIZE = 0x94,
  PROTO = 0x80, FRAME = 0x95,
};
// clang-format on

constexpr std::int64_t most_steps = 32'000'000;
constexpr std::uint64_t steps_of_a_value = 3;  // a value takes some ten bytes more than its opcode
constexpr std::uint64_t steps_of_a_call = 32;  // a rebuilt tensor takes some hundred bytes
constexpr std::size_t longest_global = 256;    // of the module, and of the name
constexpr int newest_protocol = 5;

class Machine {
 public:
  Machine(std::string_view pickle, const std::string& origin, CheckpointDocument& document, PickleObjects& objects)
      : pickle_(pickle), origin_(origin), document_(document), objects_(objects) {}

  PickleResult run() {
    for (;;) {
      spend(1);
      const auto opcode = take_number<unsigned char>();
      if (opcode == STOP) return {pop(), at_};
      if (!scalar_step(opcode) && !container_step(opcode) && !object_step(opcode) && !memo_step(opcode))
        unknown(opcode);
    }
  }

 private:
  [[noreturn]] void damaged(std::string_view why) const {
    throw Error("{}: the pickle in it is damaged at byte {} ({}); download the file again", origin_, at_, why);
  }

  [[noreturn]] void unknown(unsigned char opcode) const {
    throw Error(
        "{}: the pickle in it uses opcode 0x{:02x} at byte {}, which checkpoints of torch.save do not; if the file "
        "is sound, save it again with torch.save in a current Python",
        origin_, opcode, at_ - 1);
  }

  void spend(std::uint64_t steps) {
    if (steps > static_cast<std::uint64_t>(steps_left_))
      throw Error(
          "{}: the pickle in it takes more than {} steps to read, as only a hostile file does; ask for its "
          "state_dict alone, saved with torch.save",
          origin_, most_steps);
    steps_left_ -= static_cast<std::int64_t>(steps);
  }

  // Reading the stream.

  template <typename Number>
  Number take_number() {
    const auto number = number_at<Number>(pickle_, at_);
    if (!number) damaged("it ends too early");
    at_ += sizeof(Number);
    return *number;
  }

  std::string_view take_bytes(std::uint64_t size) {
    const auto bytes = part_of(pickle_, at_, size);
    if (!bytes) damaged("it ends too early");
    at_ += size;
    return *bytes;
  }

  std::string_view take_line() {
    const std::size_t length = pickle_.substr(at_, longest_global + 1).find('\n');
    if (length == std::string_view::npos) damaged("a name has no end");
    const std::string_view line = take_bytes(length);
    ++at_;
    return line;
  }

  double take_double() {
    std::array<char, 8> raw{};
    const std::string_view bytes = take_bytes(raw.size());
    std::reverse_copy(bytes.begin(), bytes.end(), raw.begin());  // pickles store doubles big-endian
    return std::bit_cast<double>(raw);
  }

  // The stack; nothing below the last mark may be popped.

  void push(CheckpointValue value) {
    spend(steps_of_a_value);
    stack_.push_back(document_.add(std::move(value)));
  }

  std::size_t floor() const { return marks_.empty() ? 0 : marks_.back(); }

  CheckpointValue* top() const {
    if (stack_.size() <= floor()) damaged("a value is missing");
    return stack_.back();
  }

  CheckpointValue* pop() {
    CheckpointValue* value = top();
    stack_.pop_back();
    return value;
  }

  std::vector<const CheckpointValue*> pop_to_mark() {
    if (marks_.empty()) damaged("a mark is missing");
    const auto first = stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
    std::vector<const CheckpointValue*> values(first, stack_.end());
    stack_.erase(first, stack_.end());
    marks_.pop_back();
    return values;
  }

  std::vector<const CheckpointValue*> pop_values(std::size_t count) {
    std::vector<const CheckpointValue*> values(count);
    for (std::size_t i = count; i-- > 0;) values[i] = pop();
    return values;
  }

  // Steps, by kind; each returns false for an opcode that is not its own.

  bool scalar_step(unsigned char opcode) {
    // clang-format off
    switch (opcode) {
      case NONE: push({NoneValue{}}); return true;
      case NEWTRUE: push({true}); return true;
      case NEWFALSE: push({false}); return true;
      case BININT: push({std::int64_t{take_number<std::int32_t>()}}); return true;
      case BININT1: push({std::int64_t{take_number<std::uint8_t>()}}); return true;
      case BININT2: push({std::int64_t{take_number<std::uint16_t>()}}); return true;
      case LONG1: push_long(take_bytes(take_number<std::uint8_t>())); return true;
      case LONG4: push_long(take_bytes(take_number<std::uint32_t>())); return true;
      case BINFLOAT: push({take_double()}); return true;
      case BINUNICODE:
      case BINSTRING: push_text(take_number<std::uint32_t>()); return true;
      case SHORT_BINUNICODE:
      case SHORT_BINSTRING: push_text(take_number<std::uint8_t>()); return true;
      case BINUNICODE8: push_text(take_number<std::uint64_t>()); return true;
      case BINBYTES: push_bytes(take_number<std::uint32_t>()); return true;
      case SHORT_BINBYTES: push_bytes(take_number<std::uint8_t>()); return true;
      case BINBYTES8:
      case BYTEARRAY8: push_bytes(take_number<std::uint64_t>()); return true;
      default: return false;
    }
    // clang-format on
  }

  void push_text(std::uint64_t size) { push({TextValue{std::string(take_bytes(size))}}); }
  void push_bytes(std::uint64_t size) { push({BytesValue{std::string(take_bytes(size))}}); }

  /// A little-endian two's complement number; one that needs more than 64 bits stays opaque.
  void push_long(std::string_view bytes) {
    if (bytes.size() > sizeof(std::int64_t)) return push({OpaqueValue{"int"}});
    std::uint64_t number = 0;
    for (std::size_t i = bytes.size(); i-- > 0;) number = (number << 8) | static_cast<unsigned char>(bytes[i]);
    const std::size_t unused_bits = 64 - 8 * bytes.size();
    if (unused_bits == 64) return push({std::int64_t{0}});
    push({static_cast<std::int64_t>(number << unused_bits) >> unused_bits});
  }

  bool container_step(unsigned char opcode) {
    // clang-format off
    switch (opcode) {
      case MARK: marks_.push_back(stack_.size()); return true;
      case POP_MARK: pop_to_mark(); return true;
      case POP: pop_or_unmark(); return true;
      case DUP: stack_.push_back(top()); return true;
      case EMPTY_LIST: push({SequenceValue{Kind::list, {}}}); return true;
      case EMPTY_TUPLE: push({SequenceValue{Kind::tuple, {}}}); return true;
      case EMPTY_SET: push({SequenceValue{Kind::set, {}}}); return true;
      case EMPTY_DICT: push({MappingValue{}}); return true;
      case LIST: push({SequenceValue{Kind::list, pop_to_mark()}}); return true;
      case TUPLE: push({SequenceValue{Kind::tuple, pop_to_mark()}}); return true;
      case FROZENSET: push({SequenceValue{Kind::set, pop_to_mark()}}); return true;
      case TUPLE1: push({SequenceValue{Kind::tuple, pop_values(1)}}); return true;
      case TUPLE2: push({SequenceValue{Kind::tuple, pop_values(2)}}); return true;
      case TUPLE3: push({SequenceValue{Kind::tuple, pop_values(3)}}); return true;
      case APPEND: extend(pop_values(1)); return true;
      case APPENDS:
      case ADDITEMS: extend(pop_to_mark()); return true;
      case SETITEM: set_items(pop_values(2)); return true;
      case SETITEMS: set_items(pop_to_mark()); return true;
      case DICT: push_dict(pop_to_mark()); return true;
      default: return false;
    }
    // clang-format on
  }

  void pop_or_unmark() {
    if (!marks_.empty() && marks_.back() == stack_.size())
      marks_.pop_back();
    else
      pop();
  }

  void extend(const std::vector<const CheckpointValue*>& values) {
    CheckpointValue* target = top();
    if (target->as<OpaqueValue>()) return;
    auto* sequence = std::get_if<SequenceValue>(&target->is);
    if (sequence == nullptr) damaged("it appends to something that is no list");
    sequence->items.insert(sequence->items.end(), values.begin(), values.end());
  }

  void push_dict(const std::vector<const CheckpointValue*>& values) {
    push({MappingValue{}});
    set_items(values);
  }

  void set_items(const std::vector<const CheckpointValue*>& values) {
    CheckpointValue* target = top();
    if (values.size() % 2 != 0) damaged("a dict key has no value");
    if (target->as<OpaqueValue>()) return;
    auto* mapping = std::get_if<MappingValue>(&target->is);
    if (mapping == nullptr) damaged("it sets items of something that is no dict");
    for (std::size_t i = 0; i < values.size(); i += 2) mapping->items.emplace_back(values[i], values[i + 1]);
  }

  bool object_step(unsigned char opcode) {
    // clang-format off
    switch (opcode) {
      case GLOBAL: push_global(); return true;
      case STACK_GLOBAL: push_stack_global(); return true;
      case REDUCE:
      case NEWOBJ: push_call(pop_values(2)); return true;
      case NEWOBJ_EX: push_call(pop_values(3)); return true;
      case BUILD: pop(); top(); return true;  // the state of an object that is not rebuilt
      case BINPERSID: push_persistent(*pop()); return true;
      default: return false;
    }
    // clang-format on
  }

  void push_global() {
    const std::string module(take_line());
    push({GlobalValue{module + '.' + std::string(take_line())}});
  }

  void push_stack_global() {
    const auto* name = pop()->as<TextValue>();
    const auto* module = pop()->as<TextValue>();
    if (!name || !module || name->text.size() > longest_global || module->text.size() > longest_global)
      damaged("a class is not named by two texts");
    spend(steps_of_a_call);
    push({GlobalValue{module->text + '.' + name->text}});
  }

  /// `parts`: what is called, its arguments, and for NEWOBJ_EX keyword arguments (which nothing rebuilt here takes).
  void push_call(const std::vector<const CheckpointValue*>& parts) {
    spend(steps_of_a_call);
    const auto* arguments = parts[1]->as<SequenceValue>();
    if (arguments == nullptr) damaged("a call has no arguments");
    if (const auto* opaque = parts[0]->as<OpaqueValue>()) return push({*opaque});
    const auto* global = parts[0]->as<GlobalValue>();
    if (global == nullptr) damaged("something is called that is no class or function");
    const auto count_copies = [this](std::uint64_t values) { spend(values); };
    if (auto plain = plain_call(global->name, *arguments, count_copies)) return push(std::move(*plain));
    if (auto rebuilt = objects_.rebuild(global->name, *arguments)) return push(std::move(*rebuilt));
    push({OpaqueValue{class_of(*global, *arguments)}});
  }

  /// copyreg's helpers make an object of the class that is their first argument: that name says more.
  static std::string_view class_of(const GlobalValue& global, const SequenceValue& arguments) {
    const bool helper = global.name == "copyreg._reconstructor" || global.name == "copy_reg._reconstructor" ||
                        global.name == "copyreg.__newobj__" || global.name == "copyreg.__newobj_ex__";
    const auto* made = helper && !arguments.items.empty() ? arguments.items[0]->as<GlobalValue>() : nullptr;
    return made ? made->name : global.name;
  }

  void push_persistent(const CheckpointValue& id) { push(objects_.persistent(id)); }

  bool memo_step(unsigned char opcode) {
    // clang-format off
    switch (opcode) {
      case PROTO: require_protocol(take_number<std::uint8_t>()); return true;
      case FRAME: take_number<std::uint64_t>(); return true;
      case BINGET: stack_.push_back(recall(take_number<std::uint8_t>())); return true;
      case LONG_BINGET: stack_.push_back(recall(take_number<std::uint32_t>())); return true;
      case BINPUT: store(take_number<std::uint8_t>()); return true;
      case LONG_BINPUT: store(take_number<std::uint32_t>()); return true;
      case MEMOIZE: store(memo_.size()); return true;
      default: return false;
    }
    // clang-format on
  }

  void require_protocol(int protocol) const {
    if (protocol < 2 || protocol > newest_protocol)
      throw Error(
          "{}: the pickle in it is of protocol {}, and 2 to {} are read; save it again with torch.save in a "
          "current Python",
          origin_, protocol, newest_protocol);
  }

  void store(std::uint64_t index) {
    spend(steps_of_a_value);
    memo_[index] = top();
  }

  CheckpointValue* recall(std::uint64_t index) const {
    const auto found = memo_.find(index);
    if (found == memo_.end()) damaged("it recalls a value that it never stored");
    return found->second;
  }

  std::string_view pickle_;
  const std::string& origin_;
  CheckpointDocument& document_;
  PickleObjects& objects_;
  std::size_t at_ = 0;
  std::int64_t steps_left_ = most_steps;
  std::vector<CheckpointValue*> stack_;
  std::vector<std::size_t> marks_;
  std::unordered_map<std::uint64_t, CheckpointValue*> memo_;
};

}  // namespace

PickleResult read_pickle(std::string_view pickle, const std::string& origin, CheckpointDocument& document,
                         PickleObjects& objects) {
  return Machine(pickle, origin, document, objects).run();
}

}  // namespace cfo::storage

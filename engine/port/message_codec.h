#pragma once

// How messages become bytes, for every system's protocol. A message is a struct with
//  - `static constexpr Api api`, Api an enum of one byte. Systems whose messages meet at one node
//  have
//    keys in different ranges: the log from 0, coordination from 64, the quorum of controllers from
//    96;
//  - a function template, found by argument-dependent look-up, that lists its fields once for both
//    directions (port::Is tells which record it is, const or not):
//        void fields(auto& f, port::Is<Ping> auto& m) { f(m.sequence), f(m.text); }
//
// On the wire: api key (1 byte), correlation id (4 bytes, big-endian), fields as varints in the
// order listed; Bytes follow as parts of the message's body, unencoded and uncopied.

#include <concepts>
#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/codec.h"
#include "engine/base/result.h"
#include "engine/base/strong.h"
#include "engine/base/time.h"
#include "engine/port/message.h"

namespace wavetank::port {

template <class T, class U>
concept Is = std::same_as<std::remove_const_t<T>, U>;

/// Greatest number of elements a decoder accepts in one list: more is a corrupt length.
inline constexpr std::uint64_t kMaxListLength = 10'000'000;

/// Writes fields in the order it is given them. Its twin, FieldReader, reads them: a record lists
/// its fields once for both, in a function template `fields(f, record)` of its own namespace.
class FieldWriter {
 public:
  explicit FieldWriter(std::vector<Bytes>& body) : body_(body) {}

  template <class Tag, class Rep>
  void operator()(const Strong<Tag, Rep>& id) {
    writer_.varint(static_cast<std::int64_t>(id.value()));
  }
  template <class T>
  requires(std::is_integral_v<T>) void operator()(const T& value) {
    writer_.varint(static_cast<std::int64_t>(value));
  }
  template <class T>
  requires(std::is_enum_v<T>) void operator()(const T& value) {
    writer_.varint(static_cast<std::int64_t>(value));
  }
  void operator()(const Duration& d) { writer_.varint(d.ns()); }
  void operator()(const std::string& s) { writer_.text(s); }
  void operator()(const Bytes& batch) {
    writer_.unsigned_varint(batch.size());
    if (!batch.empty()) {
      body_.push_back(batch);
    }
  }
  template <class T>
  void operator()(const std::vector<T>& list) {
    writer_.unsigned_varint(list.size());
    for (const T& element : list) {
      (*this)(element);
    }
  }
  template <class T>
  requires(std::is_class_v<T>) void operator()(const T& record) { fields(*this, record); }

  ByteWriter& writer() { return writer_; }

 private:
  ByteWriter writer_;
  std::vector<Bytes>& body_;
};

class FieldReader {
 public:
  explicit FieldReader(const port::Message& message) : reader_(message.head), body_(message.body) {}

  template <class Tag, class Rep>
  void operator()(Strong<Tag, Rep>& id) {
    id = Strong<Tag, Rep>(static_cast<Rep>(reader_.varint()));
  }
  template <class T>
  requires(std::is_integral_v<T>) void operator()(T& value) {
    value = static_cast<T>(reader_.varint());
  }
  template <class T>
  requires(std::is_enum_v<T>) void operator()(T& value) {
    value = static_cast<T>(reader_.varint());
  }
  void operator()(Duration& d) { d = Duration(reader_.varint()); }
  void operator()(std::string& s) { s = std::string(reader_.text()); }
  void operator()(Bytes& batch) {
    const std::uint64_t size = reader_.unsigned_varint();
    if (size == 0) {
      return;
    }
    if (next_part_ == body_.size() || body_[next_part_].size() != size) {
      ok_ = false;
      return;
    }
    batch = body_[next_part_++];
  }
  template <class T>
  void operator()(std::vector<T>& list) {
    const std::uint64_t length = reader_.unsigned_varint();
    if (length > kMaxListLength || length > reader_.remaining() + body_.size()) {
      ok_ = false;
      return;
    }
    list.resize(static_cast<std::size_t>(length));
    for (T& element : list) {
      (*this)(element);
    }
  }
  template <class T>
  requires(std::is_class_v<T>) void operator()(T& record) { fields(*this, record); }

  ByteReader& reader() { return reader_; }
  [[nodiscard]] bool finished() const {
    return ok_ && reader_.ok() && reader_.remaining() == 0 && next_part_ == body_.size();
  }

 private:
  ByteReader reader_;
  const std::vector<Bytes>& body_;
  std::size_t next_part_ = 0;
  bool ok_ = true;
};

inline constexpr std::size_t kEnvelopeBytes = 5;

/// What a message begins with; `api` is not known to be a key of anybody's.
struct RawEnvelope {
  std::uint8_t api = 0;
  std::uint32_t correlation = 0;
};

inline Result<RawEnvelope> peek(const Message& message) {
  ByteReader reader(message.head);
  const auto api = reader.fixed<std::uint8_t>();
  const auto correlation = reader.fixed<std::uint32_t>();
  if (!reader.ok()) {
    return fail("a message begins with an api key and a correlation id");
  }
  return RawEnvelope{api, correlation};
}

template <class T>
Message encode(const T& record, std::uint32_t correlation) {
  Message message;
  FieldWriter writer(message.body);
  writer.writer().fixed(static_cast<std::uint8_t>(T::api));
  writer.writer().fixed(correlation);
  writer(record);
  message.head = writer.writer().share();
  return message;
}

/// Fails, with the reason, on anything that is not exactly one T.
template <class T>
Result<T> decode(const Message& message) {
  const Result<RawEnvelope> envelope = peek(message);
  if (!envelope) {
    return tl::unexpected<Error>(envelope.error());
  }
  if (envelope->api != static_cast<std::uint8_t>(T::api)) {
    return fail("the message is of another kind");
  }
  FieldReader reader(message);
  reader.reader().raw(kEnvelopeBytes);
  T record;
  reader(record);
  if (!reader.finished()) {
    return fail("the message does not have the length its fields say");
  }
  return record;
}

}  // namespace wavetank::port

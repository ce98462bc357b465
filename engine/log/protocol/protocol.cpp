#include "engine/log/protocol/protocol.h"

#include <type_traits>

#include "engine/base/codec.h"

namespace wavetank::log {

namespace {

/// Greatest number of elements a decoder accepts in one list: more is a corrupt length.
constexpr std::uint64_t kMaxListLength = 10'000'000;

/// Writes fields in the order it is given them. Its twin, Decoder, reads them: each message lists
/// its fields once, below, for both.
class Encoder {
 public:
  explicit Encoder(std::vector<Bytes>& body) : body_(body) {}

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

class Decoder {
 public:
  explicit Decoder(const port::Message& message) : reader_(message.head), body_(message.body) {}

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

// --- the fields of each record, once
// -------------------------------------------------------------- T is const when encoding and
// mutable when decoding.

template <class T, class U>
concept Is = std::same_as<std::remove_const_t<T>, U>;

void fields(auto& f, Is<PartitionState> auto& m) {
  f(m.partition), f(m.leader), f(m.leader_epoch), f(m.partition_epoch), f(m.replicas), f(m.in_sync);
}
void fields(auto& f, Is<MetadataDelta> auto& m) {
  f(m.to), f(m.partitions), f(m.alive);
}

void fields(auto& f, Is<RegisterBrokerRequest> auto& m) {
  f(m.incarnation);
}
void fields(auto& f, Is<RegisterBrokerResponse> auto& m) {
  f(m.error), f(m.broker_epoch), f(m.metadata);
}
void fields(auto& f, Is<BrokerHeartbeatRequest> auto& m) {
  f(m.broker_epoch), f(m.metadata_version);
}
void fields(auto& f, Is<BrokerHeartbeatResponse> auto& m) {
  f(m.error), f(m.metadata);
}
void fields(auto& f, Is<AlterPartitionRequest::Partition> auto& m) {
  f(m.partition), f(m.leader_epoch), f(m.partition_epoch), f(m.in_sync), f(m.broker_epochs);
}
void fields(auto& f, Is<AlterPartitionRequest> auto& m) {
  f(m.broker_epoch), f(m.partitions);
}
void fields(auto& f, Is<AlterPartitionResponse::Partition> auto& m) {
  f(m.error), f(m.state);
}
void fields(auto& f, Is<AlterPartitionResponse> auto& m) {
  f(m.error), f(m.partitions);
}
void fields(auto& f, Is<MetadataPush> auto& m) {
  f(m.metadata);
}

void fields(auto&, Is<MetadataRequest> auto&) {}
void fields(auto& f, Is<MetadataResponse::Partition> auto& m) {
  f(m.leader), f(m.leader_epoch);
}
void fields(auto& f, Is<MetadataResponse> auto& m) {
  f(m.version), f(m.alive), f(m.partitions);
}
void fields(auto&, Is<InitProducerIdRequest> auto&) {}
void fields(auto& f, Is<InitProducerIdResponse> auto& m) {
  f(m.error), f(m.producer), f(m.epoch);
}
void fields(auto& f, Is<ProduceRequest::Partition> auto& m) {
  f(m.partition), f(m.batch);
}
void fields(auto& f, Is<ProduceRequest> auto& m) {
  f(m.acks), f(m.timeout), f(m.partitions);
}
void fields(auto& f, Is<ProduceResponse::Partition> auto& m) {
  f(m.partition), f(m.error), f(m.base_offset);
}
void fields(auto& f, Is<ProduceResponse> auto& m) {
  f(m.partitions);
}
void fields(auto& f, Is<FetchRequest::Partition> auto& m) {
  f(m.partition), f(m.leader_epoch), f(m.offset), f(m.last_epoch);
}
void fields(auto& f, Is<FetchRequest> auto& m) {
  f(m.replica), f(m.broker_epoch), f(m.max_wait), f(m.min_bytes), f(m.max_bytes),
      f(m.max_partition_bytes);
  f(m.session), f(m.session_epoch), f(m.partitions), f(m.forgotten);
}
void fields(auto& f, Is<FetchResponse::Partition> auto& m) {
  f(m.partition), f(m.error), f(m.high_watermark), f(m.log_start), f(m.diverging_epoch),
      f(m.diverging_end);
  f(m.batches);
}
void fields(auto& f, Is<FetchResponse> auto& m) {
  f(m.error), f(m.session), f(m.partitions);
}
void fields(auto& f, Is<FindCoordinatorRequest> auto& m) {
  f(m.group);
}
void fields(auto& f, Is<FindCoordinatorResponse> auto& m) {
  f(m.error), f(m.coordinator);
}
void fields(auto& f, Is<CommittedOffset> auto& m) {
  f(m.partition), f(m.offset);
}
void fields(auto& f, Is<OffsetCommitRequest> auto& m) {
  f(m.group), f(m.offsets);
}
void fields(auto& f, Is<OffsetCommitResponse> auto& m) {
  f(m.error);
}
void fields(auto& f, Is<OffsetFetchRequest> auto& m) {
  f(m.group);
}
void fields(auto& f, Is<OffsetFetchResponse> auto& m) {
  f(m.error), f(m.offsets);
}

constexpr std::size_t kEnvelopeBytes = 5;

}  // namespace

Result<Envelope> peek(const port::Message& message) {
  ByteReader reader(message.head);
  const auto api = reader.fixed<std::uint8_t>();
  const auto correlation = reader.fixed<std::uint32_t>();
  if (!reader.ok() || api > static_cast<std::uint8_t>(ApiKey::offset_fetch)) {
    return fail("a message begins with an api key and a correlation id");
  }
  return Envelope{static_cast<ApiKey>(api), correlation};
}

template <class T>
port::Message encode(const T& body, CorrelationId correlation) {
  port::Message message;
  Encoder encoder(message.body);
  encoder.writer().fixed(static_cast<std::uint8_t>(T::api));
  encoder.writer().fixed(correlation);
  encoder(body);
  message.head = encoder.writer().share();
  return message;
}

template <class T>
Result<T> decode(const port::Message& message) {
  const Result<Envelope> envelope = peek(message);
  if (!envelope) {
    return tl::unexpected<Error>(envelope.error());
  }
  if (envelope->api != T::api) {
    return fail("the message is of another kind");
  }
  Decoder decoder(message);
  decoder.reader().raw(kEnvelopeBytes);
  T body;
  decoder(body);
  if (!decoder.finished()) {
    return fail("the message does not have the length its fields say");
  }
  return body;
}

#define WAVETANK_MESSAGE(T)                                  \
  template port::Message encode<T>(const T&, CorrelationId); \
  template Result<T> decode<T>(const port::Message&);

WAVETANK_MESSAGE(RegisterBrokerRequest)
WAVETANK_MESSAGE(RegisterBrokerResponse)
WAVETANK_MESSAGE(BrokerHeartbeatRequest)
WAVETANK_MESSAGE(BrokerHeartbeatResponse)
WAVETANK_MESSAGE(AlterPartitionRequest)
WAVETANK_MESSAGE(AlterPartitionResponse)
WAVETANK_MESSAGE(MetadataPush)
WAVETANK_MESSAGE(MetadataRequest)
WAVETANK_MESSAGE(MetadataResponse)
WAVETANK_MESSAGE(InitProducerIdRequest)
WAVETANK_MESSAGE(InitProducerIdResponse)
WAVETANK_MESSAGE(ProduceRequest)
WAVETANK_MESSAGE(ProduceResponse)
WAVETANK_MESSAGE(FetchRequest)
WAVETANK_MESSAGE(FetchResponse)
WAVETANK_MESSAGE(FindCoordinatorRequest)
WAVETANK_MESSAGE(FindCoordinatorResponse)
WAVETANK_MESSAGE(OffsetCommitRequest)
WAVETANK_MESSAGE(OffsetCommitResponse)
WAVETANK_MESSAGE(OffsetFetchRequest)
WAVETANK_MESSAGE(OffsetFetchResponse)
#undef WAVETANK_MESSAGE

}  // namespace wavetank::log

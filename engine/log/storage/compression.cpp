#include "engine/log/storage/compression.h"

#include <lz4frame.h>
#include <zstd.h>

#include <algorithm>
#include <memory>

#include "engine/base/ensure.h"
#include "engine/log/limits.h"

namespace wavetank::log {

namespace {

/// zstd's default, and Kafka's.
constexpr int kZstdLevel = 3;
/// A frame that asks for a greater window of history is refused: 2^26 =
/// limits::kUnpackedBatchBytes.
constexpr int kZstdWindowLogMax = 26;
static_assert(limits::kUnpackedBatchBytes == std::size_t{1} << kZstdWindowLogMax);
/// What unpacking expects where the frame does not say: most batches get by without a second try.
constexpr std::size_t kExpectedRatio = 4;

// --- packing -------------------------------------------------------------------------------------

/// As Kafka's producers write frames: blocks of 64 KiB that stand for themselves, no checksums, and
/// no size of the content.
ByteView compress_lz4(ByteView plain, ByteWriter& room) {
  LZ4F_preferences_t preferences = LZ4F_INIT_PREFERENCES;
  preferences.frameInfo.blockSizeID = LZ4F_max64KB;
  preferences.frameInfo.blockMode = LZ4F_blockIndependent;
  const std::size_t bound = LZ4F_compressFrameBound(plain.size(), &preferences);
  const std::size_t written =
      LZ4F_compressFrame(room.extend(bound), bound, plain.data(), plain.size(), &preferences);
  ENSURE(LZ4F_isError(written) == 0U, "a frame fits its bound");
  return room.view().first(written);
}

ByteView compress_zstd(ByteView plain, ByteWriter& room) {
  const std::size_t bound = ZSTD_compressBound(plain.size());
  const std::size_t written =
      ZSTD_compress(room.extend(bound), bound, plain.data(), plain.size(), kZstdLevel);
  ENSURE(ZSTD_isError(written) == 0U, "a frame fits its bound");
  return room.view().first(written);
}

// --- unpacking -----------------------------------------------------------------------------------

enum class Progress : std::uint8_t {
  done,     ///< the frame is whole, and nothing follows it
  no_room,  ///< there is more than the buffer holds
  broken,
};

/// Decodes one frame into a buffer that grows. `Decoder` has `Progress next(std::uint8_t* to,
/// std::size_t room, std::size_t& written)` and goes on where it was.
template <class Decoder>
std::optional<Bytes> unpack(Decoder&& decoder, std::size_t expected) {
  Bytes plain;
  std::size_t filled = 0;
  std::size_t size = std::clamp<std::size_t>(expected, 1, limits::kUnpackedBatchBytes);
  while (true) {
    Progress progress = Progress::broken;
    plain = Bytes::build(size, [&](std::uint8_t* to) {
      std::copy_n(plain.data(), filled, to);
      std::size_t written = 0;
      progress = decoder.next(to + filled, size - filled, written);
      filled += written;
    });
    if (progress == Progress::done) {
      return plain.slice(0, filled);
    }
    if (progress == Progress::broken || size == limits::kUnpackedBatchBytes) {
      return std::nullopt;
    }
    size = std::min(2 * size, limits::kUnpackedBatchBytes);
  }
}

class Lz4Decoder {
 public:
  explicit Lz4Decoder(ByteView packed) : left_(packed) {
    LZ4F_dctx* context = nullptr;
    ENSURE(LZ4F_isError(LZ4F_createDecompressionContext(&context, LZ4F_VERSION)) == 0U,
           "there is memory for a decoder");
    context_.reset(context);
  }
  Progress next(std::uint8_t* to, std::size_t room, std::size_t& written) {
    while (true) {
      std::size_t out = room - written;
      std::size_t in = left_.size();
      const std::size_t hint =
          LZ4F_decompress(context_.get(), to + written, &out, left_.data(), &in, nullptr);
      if (LZ4F_isError(hint) != 0U) {
        return Progress::broken;
      }
      written += out;
      left_ = left_.subspan(in);
      if (hint == 0) {
        return left_.empty() ? Progress::done : Progress::broken;
      }
      if (in == 0 && out == 0) {
        return written == room && !left_.empty() ? Progress::no_room : Progress::broken;
      }
    }
  }

 private:
  struct Free {
    void operator()(LZ4F_dctx* context) const { LZ4F_freeDecompressionContext(context); }
  };
  std::unique_ptr<LZ4F_dctx, Free> context_;
  ByteView left_;
};

class ZstdDecoder {
 public:
  explicit ZstdDecoder(ByteView packed) : in_{packed.data(), packed.size(), 0} {
    ENSURE(context_ != nullptr, "there is memory for a decoder");
    ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax, kZstdWindowLogMax);
  }
  Progress next(std::uint8_t* to, std::size_t room, std::size_t& written) {
    ZSTD_outBuffer out{to, room, 0};
    std::size_t hint = 0;
    std::size_t before = 0;
    do {
      before = in_.pos + out.pos;
      hint = ZSTD_decompressStream(context_.get(), &out, &in_);
    } while (ZSTD_isError(hint) == 0U && hint != 0 && in_.pos + out.pos > before);
    written = out.pos;
    if (ZSTD_isError(hint) == 0U && hint == 0) {
      return in_.pos == in_.size ? Progress::done : Progress::broken;
    }
    return ZSTD_isError(hint) == 0U && out.pos == room ? Progress::no_room : Progress::broken;
  }

 private:
  struct Free {
    void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
  };
  std::unique_ptr<ZSTD_DCtx, Free> context_{ZSTD_createDCtx()};
  ZSTD_inBuffer in_;
};

std::size_t expected_of_zstd(ByteView packed) {
  const unsigned long long said = ZSTD_getFrameContentSize(packed.data(), packed.size());
  return said == ZSTD_CONTENTSIZE_UNKNOWN || said == ZSTD_CONTENTSIZE_ERROR ||
                 said > limits::kUnpackedBatchBytes
             ? kExpectedRatio * packed.size()
             : static_cast<std::size_t>(said);
}

}  // namespace

ByteView compress(Compression codec, ByteView plain, ByteWriter& room) {
  ENSURE(codec != Compression::none && plain.size() <= limits::kUnpackedBatchBytes,
         "there is something to do, and not too much");
  room.clear();
  return codec == Compression::lz4 ? compress_lz4(plain, room) : compress_zstd(plain, room);
}

std::optional<Bytes> decompress(Compression codec, ByteView packed) {
  ENSURE(codec != Compression::none, "there is something to do");
  return codec == Compression::lz4 ? unpack(Lz4Decoder(packed), kExpectedRatio * packed.size())
                                   : unpack(ZstdDecoder(packed), expected_of_zstd(packed));
}

}  // namespace wavetank::log

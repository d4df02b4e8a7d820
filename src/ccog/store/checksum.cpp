#include "ccog/store/checksum.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>
#include <cstddef>
#include <optional>
#include <utility>

#include "ccog/base/error.h"
#include "ccog/store/sigv4.h"

namespace ccog {

namespace {

struct Algorithm {
  std::string_view name;     ///< the option's
  std::string_view s3_name;  ///< "" for none
  std::string_view s3_type;
};

/// By `Checksum`.
constexpr std::array<Algorithm, 4> kAlgorithms{{{"none", "", ""},
                                                {"crc32c", "CRC32C", "COMPOSITE"},
                                                {"crc64nvme", "CRC64NVME", "FULL_OBJECT"},
                                                {"sha256", "SHA256", "COMPOSITE"}}};

const Algorithm& algorithm(Checksum checksum) {
  return kAlgorithms.at(static_cast<std::size_t>(checksum));
}

// Both are reflected: the polynomials as they stand in tables, x^0 in the highest bit.
constexpr std::uint64_t kCrc64Nvme = 0x9A6C9329AC4BC9B5;
constexpr std::uint64_t kCrc32c = 0x82F63B78;

using Table = std::array<std::array<std::uint64_t, 256>, 8>;

/// Row k: the CRC of a byte that k zero bytes follow.
constexpr Table make_table(std::uint64_t polynomial) {
  Table table{};
  for (std::size_t byte = 0; byte < 256; ++byte) {
    std::uint64_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 1) != 0 ? (crc >> 1) ^ polynomial : crc >> 1;
    table[0][byte] = crc;
  }
  for (std::size_t byte = 0; byte < 256; ++byte) {
    for (std::size_t k = 1; k < 8; ++k) {
      const std::uint64_t before = table[k - 1][byte];
      table[k][byte] = (before >> 8) ^ table[0][before & 0xFF];
    }
  }
  return table;
}

constexpr Table kCrc64NvmeTable = make_table(kCrc64Nvme);
constexpr Table kCrc32cTable = make_table(kCrc32c);

/// Eight bytes at a time; a CRC of 32 bits is one of 64 whose upper half is 0.
std::uint64_t update(std::uint64_t crc, const Table& table, ByteView bytes) {
  std::size_t at = 0;
  const auto byte_at = [&](std::size_t i) { return static_cast<std::uint64_t>(bytes[i]); };
  for (; at + 8 <= bytes.size(); at += 8) {
    for (std::size_t i = 0; i < 8; ++i) crc ^= byte_at(at + i) << (8 * i);
    std::uint64_t next = 0;
    for (std::size_t i = 0; i < 8; ++i) next ^= table[7 - i][(crc >> (8 * i)) & 0xFF];
    crc = next;
  }
  for (; at < bytes.size(); ++at) crc = (crc >> 8) ^ table[0][(crc ^ byte_at(at)) & 0xFF];
  return crc;
}

std::uint64_t crc_of(const Table& table, std::uint64_t ones, const Rope& bytes) {
  std::uint64_t crc = ones;
  for (const ByteView view : bytes.views()) crc = update(crc, table, view);
  return crc ^ ones;
}

constexpr std::uint64_t kX0 = std::uint64_t{1} << 63;

/// a b modulo the polynomial of CRC-64/NVME.
std::uint64_t multiply(std::uint64_t a, std::uint64_t b) {
  std::uint64_t product = 0;
  for (std::uint64_t bit = kX0; bit != 0; bit >>= 1) {
    if ((a & bit) != 0) product ^= b;
    b = (b & 1) != 0 ? (b >> 1) ^ kCrc64Nvme : b >> 1;
  }
  return product;
}

/// The CRC of bytes, when so many more follow whose own is `tail`.
std::uint64_t join(std::uint64_t head, std::uint64_t tail, std::uint64_t tail_bytes) {
  std::uint64_t power = kX0 >> 8;  // x^8: a byte
  for (; tail_bytes > 0; tail_bytes >>= 1) {
    if ((tail_bytes & 1) != 0) head = multiply(head, power);
    power = multiply(power, power);
  }
  return head ^ tail;
}

std::string base64_of(const std::string& bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                     reinterpret_cast<const unsigned char*>(bytes.data()),
                                     static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(length));
  return text;
}

/// Of so many bytes, the highest first.
std::string base64_of(std::uint64_t value, int size_bytes) {
  std::string bytes;
  for (int i = size_bytes - 1; i >= 0; --i) bytes += static_cast<char>(value >> (8 * i));
  return base64_of(bytes);
}

/// Nothing unless it is a base64 of eight bytes.
std::optional<std::uint64_t> crc64_from(const std::string& base64) {
  std::array<unsigned char, 9> bytes{};
  if (base64.size() != 12 || base64.back() != '=' ||
      EVP_DecodeBlock(bytes.data(), reinterpret_cast<const unsigned char*>(base64.data()), 12) !=
          9) {
    return std::nullopt;
  }
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < 8; ++i) value = (value << 8) | bytes.at(i);
  return value;
}

std::string sha256_base64(const Rope& bytes) {
  const std::string hex = sigv4::sha256_hex(bytes);
  std::string digest;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    digest += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  }
  return base64_of(digest);
}

}  // namespace

Checksum checksum_from_name(const std::string& name) {
  for (std::size_t i = 0; i < kAlgorithms.size(); ++i) {
    if (kAlgorithms.at(i).name == name) return static_cast<Checksum>(i);
  }
  throw Error(
      ErrorCode::kInvalidArgument,
      fmt::format("checksum=\"{}\" is not known: use \"crc64nvme\", \"crc32c\", \"sha256\" or "
                  "\"none\"",
                  name));
}

std::string_view s3_name(Checksum checksum) { return algorithm(checksum).s3_name; }
std::string_view s3_type(Checksum checksum) { return algorithm(checksum).s3_type; }
std::string checksum_header(Checksum checksum) {
  return fmt::format("x-amz-checksum-{}", algorithm(checksum).name);
}

std::string checksum_of(Checksum checksum, const Rope& bytes) {
  switch (checksum) {
    case Checksum::kCrc32c:
      return base64_of(crc_of(kCrc32cTable, 0xFFFFFFFF, bytes), 4);
    case Checksum::kCrc64Nvme:
      return base64_of(crc_of(kCrc64NvmeTable, ~std::uint64_t{0}, bytes), 8);
    case Checksum::kSha256:
      return sha256_base64(bytes);
    case Checksum::kNone:
      break;
  }
  return "";
}

std::string joined_crc64nvme(const std::vector<PartChecksum>& parts) {
  std::uint64_t all = 0;
  for (const PartChecksum& part : parts) {
    const auto crc = crc64_from(part.base64);
    if (!crc) return "";
    all = join(all, *crc, part.size_bytes);
  }
  return base64_of(all, 8);
}

}  // namespace ccog

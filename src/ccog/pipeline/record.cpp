// A record: the magic, the size of the head in ASCII, the head, then what the head gives the sizes
// of, then the checksum of all that, in base64. The head is a message (parts/message.h): what the
// record is of, note, size of the run set's metadata, count and sizes of its buffers, count and
// sizes of the others.
#include "ccog/pipeline/record.h"

#include <fmt/format.h>

#include <charconv>
#include <cstdint>
#include <string_view>

#include "ccog/base/error.h"
#include "ccog/parts/message.h"
#include "ccog/store/checksum.h"

namespace ccog {
namespace {

constexpr std::string_view kMagic = "ccog record 1\n";
constexpr std::size_t kHeadSizeBytes = 20;  // the digits of any 64-bit size
constexpr std::size_t kChecksumBytes = 12;  // eight bytes in base64
constexpr std::size_t kPrefixBytes = kMagic.size() + kHeadSizeBytes;

std::string text_of(const Rope& rope) {
  const Bytes bytes = rope.flatten();
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string checksum(const Rope& bytes) { return checksum_of(Checksum::kCrc64Nvme, bytes); }

void write_sizes(MessageWriter& head, const std::vector<Rope>& ropes) {
  head.integer(ropes.size());
  for (const Rope& rope : ropes) head.integer(rope.size_bytes());
}

/// Cuts the body of a record from front to end.
class Body {
 public:
  Body(Rope bytes, std::string_view what) : bytes_(std::move(bytes)), what_(what) {}

  Rope next(std::uint64_t size_bytes) {
    if (size_bytes > bytes_.size_bytes() - at_) throw damaged(what_, "it is truncated");
    at_ += size_bytes;
    return bytes_.slice(at_ - size_bytes, at_);
  }
  std::vector<Rope> next(const std::vector<std::uint64_t>& sizes_bytes) {
    std::vector<Rope> ropes;
    ropes.reserve(sizes_bytes.size());
    for (const std::uint64_t size_bytes : sizes_bytes) ropes.push_back(next(size_bytes));
    return ropes;
  }
  bool at_end() const { return at_ == bytes_.size_bytes(); }

 private:
  Rope bytes_;
  std::uint64_t at_ = 0;
  std::string_view what_;
};

std::vector<std::uint64_t> read_sizes(MessageReader& head) {
  std::vector<std::uint64_t> sizes(head.count(1));
  for (std::uint64_t& size : sizes) size = head.integer();
  return sizes;
}

}  // namespace

Rope record_bytes(const Record& record) {
  const std::vector<Rope> buffered = buffers(record.runs);
  const Rope of_runs(metadata(record.runs));
  MessageWriter head;
  head.text(record.of);
  head.text(record.note);
  head.integer(of_runs.size_bytes());
  write_sizes(head, buffered);
  write_sizes(head, record.others);
  const Rope head_bytes(std::move(head).take());

  Rope out = rope_of(kMagic);
  out.append(rope_of(fmt::format("{:0{}}", head_bytes.size_bytes(), kHeadSizeBytes)));
  out.append(head_bytes);
  out.append(of_runs);
  for (const Rope& rope : buffered) out.append(rope);
  for (const Rope& rope : record.others) out.append(rope);
  out.append(rope_of(checksum(out)));
  return out;
}

Record read_record(const Rope& bytes, const std::string& of) {
  const std::string what = fmt::format("the record {}", of);
  const std::uint64_t size_bytes = bytes.size_bytes();
  if (size_bytes < kPrefixBytes + kChecksumBytes) throw damaged(what, "it is truncated");
  const std::string prefix = text_of(bytes.slice(0, kPrefixBytes));
  if (!prefix.starts_with(kMagic)) throw damaged(what, "it is none, or of another version");
  const Rope summed = bytes.slice(0, size_bytes - kChecksumBytes);
  if (text_of(bytes.slice(size_bytes - kChecksumBytes, size_bytes)) != checksum(summed)) {
    throw damaged(what, "its checksum does not match");
  }
  std::uint64_t head_size = 0;
  const char* const digits_end = prefix.data() + prefix.size();
  const auto [end, error] = std::from_chars(prefix.data() + kMagic.size(), digits_end, head_size);
  if (error != std::errc() || end != digits_end) throw damaged(what, "it has no size");

  Body body(summed.slice(kPrefixBytes, summed.size_bytes()), what);
  const Bytes head_bytes = body.next(head_size).flatten();
  MessageReader head(head_bytes, what);
  Record record;
  record.of = head.text();
  if (record.of != of) throw damaged(what, fmt::format("it is that of {}", record.of));
  record.note = head.text();
  const std::uint64_t metadata_bytes = head.integer();
  const std::vector<std::uint64_t> buffer_sizes = read_sizes(head);
  const std::vector<std::uint64_t> other_sizes = read_sizes(head);
  if (!head.at_end()) throw damaged(what, "its head goes on after its end");
  const Bytes of_runs = body.next(metadata_bytes).flatten();
  record.runs = from_parts(of_runs, body.next(buffer_sizes));
  record.others = body.next(other_sizes);
  if (!body.at_end()) throw damaged(what, "it goes on after its end");
  return record;
}

}  // namespace ccog

// What no writer can do without: reads an array, reduces it through all levels, cuts tiles,
// predicts and compresses them, and throws the result away. Two threads, no graph, no store, no
// file. The ratios of the benchmark are to this program.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "ccog/base/error.h"
#include "ccog/codec/tile_encoder.h"
#include "ccog/layout/levels.h"
#include "ccog/raster/image.h"
#include "ccog/raster/reduce.h"
#include "ccog/raster/tile_cut.h"

namespace {

constexpr std::int64_t kTilePx = 512;
// Small enough that the reduction reads what the tiles have just brought into the cache.
constexpr std::int64_t kBlockPx = 2 * kTilePx;
constexpr int kThreads = 2;

/// A file of samples (band, y, x) in native byte order.
class MappedArray {
 public:
  MappedArray(const std::string& path, ccog::DType dtype, std::int64_t bands, ccog::Size size) {
    const auto sample_bytes = static_cast<std::int64_t>(ccog::size_bytes(dtype));
    size_bytes_ = static_cast<std::size_t>(bands * size.height * size.width * sample_bytes);
    const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat status = {};
    if (file < 0 || fstat(file, &status) != 0 ||
        static_cast<std::size_t>(status.st_size) != size_bytes_) {
      throw ccog::Error(ccog::ErrorCode::kIo,
                        fmt::format("{} is not a file of {} bytes", path, size_bytes_));
    }
    memory_ = mmap(nullptr, size_bytes_, PROT_READ, MAP_PRIVATE, file, 0);
    close(file);
    if (memory_ == MAP_FAILED) {
      throw ccog::Error(ccog::ErrorCode::kIo, fmt::format("{} cannot be mapped", path));
    }
    view_ = {static_cast<const std::byte*>(memory_),
             dtype,
             bands,
             size,
             size.height * size.width * sample_bytes,
             size.width * sample_bytes,
             sample_bytes};
  }
  ~MappedArray() { munmap(memory_, size_bytes_); }
  MappedArray(const MappedArray&) = delete;
  MappedArray& operator=(const MappedArray&) = delete;

  const ccog::ImageView& view() const { return view_; }

 private:
  void* memory_ = nullptr;
  std::size_t size_bytes_ = 0;
  ccog::ImageView view_;
};

/// Calls `work(i)` for all i < count, from all threads; passes on the first exception.
void for_all(std::int64_t count, const std::function<void(std::int64_t)>& work) {
  std::atomic<std::int64_t> next = 0;
  std::vector<std::exception_ptr> errors(kThreads);
  {
    std::vector<std::jthread> threads;
    for (auto& error : errors) {
      threads.emplace_back([&] {
        try {
          for (std::int64_t i = next++; i < count; i = next++) work(i);
        } catch (...) {
          error = std::current_exception();
        }
      });
    }
  }
  for (const auto& error : errors) {
    if (error) std::rethrow_exception(error);
  }
}

std::uint64_t encode_tiles(const ccog::Mosaic& level, ccog::Size level_size,
                           const ccog::Rect& block, ccog::TileEncoder& encoder) {
  std::uint64_t encoded_bytes = 0;
  ccog::Bytes raw(encoder.raw_bytes());
  for (std::int64_t y = block.y.begin; y < block.y.end; y += kTilePx) {
    for (std::int64_t x = block.x.begin; x < block.x.end; x += kTilePx) {
      ccog::cut_tile(level, level_size, {{y, y + kTilePx}, {x, x + kTilePx}}, raw.data());
      encoded_bytes += encoder.encode(raw).size();
    }
  }
  return encoded_bytes;
}

/// Copies `piece` to `rect` of `level`.
void paste(const ccog::Image& piece, const ccog::Rect& rect, ccog::Image& level) {
  const ccog::ImageView from = piece.view();
  const ccog::ImageView to = level.view();
  for (std::int64_t band = 0; band < piece.bands(); ++band) {
    for (std::int64_t y = 0; y < rect.y.size(); ++y) {
      const std::ptrdiff_t offset = to.sample(band, rect.y.begin + y, rect.x.begin) - to.data;
      std::memcpy(level.data() + offset, from.sample(band, y, 0),
                  static_cast<std::size_t>(from.row_stride_bytes));
    }
  }
}

/// Encodes one level and makes the next one, if there is one.
std::optional<ccog::Image> run_level(const ccog::ImageView& view, std::optional<ccog::Size> next,
                                     ccog::Resampling resampling, const ccog::CodecOptions& codec,
                                     std::atomic<std::uint64_t>& encoded_bytes) {
  const ccog::Mosaic level(view);
  ccog::TileShape shape{kTilePx, kTilePx, static_cast<int>(view.bands), view.dtype};
  if (codec.compression == ccog::Compression::kJpeg && view.bands == 3) {
    shape.photometric = ccog::Photometric::kYCbCr;
  }
  const ccog::Size blocks = ccog::tile_grid(view.size, kBlockPx);
  std::optional<ccog::Image> above;
  if (next) above.emplace(view.dtype, view.bands, *next);
  for_all(blocks.height * blocks.width, [&](std::int64_t i) {
    const auto block_of = [&](ccog::Size size, std::int64_t block_px) {
      const std::int64_t y = i / blocks.width * block_px;
      const std::int64_t x = i % blocks.width * block_px;
      const ccog::Rect whole{{0, size.height}, {0, size.width}};
      return ccog::intersect({{y, y + block_px}, {x, x + block_px}}, whole);
    };
    thread_local std::optional<ccog::TileEncoder> encoder;  // the threads of a level end with it
    if (!encoder) encoder.emplace(codec, shape);
    encoded_bytes += encode_tiles(level, view.size, block_of(view.size, kBlockPx), *encoder);
    if (!above) return;
    const ccog::Rect rect = block_of(*next, kBlockPx / 2);
    if (rect.empty()) return;
    paste(ccog::reduce(resampling, level, view.size, *next, rect, {}), rect, *above);
  });
  return above;
}

double cpu_seconds() {
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

ccog::CodecOptions codec_options(const std::vector<std::string>& arguments) {
  ccog::CodecOptions options;
  options.compression = ccog::compression_from_name(arguments[0]);
  const int level = std::stoi(arguments[1]);
  options.level = level != 0 ? level : ccog::default_level(options.compression);
  options.predictor = static_cast<ccog::Predictor>(std::stoi(arguments[2]));
  const int quality = std::stoi(arguments[3]);
  options.lossless = quality == 100;
  if (quality != 0) options.quality = quality;
  options.max_z_error = std::stod(arguments[4]);
  return options;
}

void run(const std::vector<std::string>& arguments) {
  const ccog::DType dtype = ccog::dtype_from_name(arguments[1]);
  const std::int64_t bands = std::stoll(arguments[2]);
  const ccog::Size size{std::stoll(arguments[3]), std::stoll(arguments[4])};
  const ccog::Resampling resampling = ccog::resampling_from_name(arguments[5]);
  ccog::CodecOptions codec = codec_options({arguments.begin() + 6, arguments.end()});
  const MappedArray array(arguments[0], dtype, bands, size);

  const auto began = std::chrono::steady_clock::now();
  const double cpu_began = cpu_seconds();
  const std::vector<ccog::Size> levels = ccog::level_sizes(size, kTilePx, std::nullopt);
  std::atomic<std::uint64_t> encoded_bytes = 0;
  std::optional<ccog::Image> image;
  for (std::size_t level = 0; level < levels.size(); ++level) {
    const auto next = level + 1 < levels.size() ? std::optional(levels[level + 1]) : std::nullopt;
    image = run_level(image ? image->view() : array.view(), next, resampling, codec, encoded_bytes);
    codec.lossless = false;  // QUALITY=100 of WEBP is lossless for the image alone, as GDAL has it
  }
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - began;
  fmt::print("{{\"wall_s\": {:.3f}, \"cpu_s\": {:.3f}, \"size_bytes\": {}}}\n", wall.count(),
             cpu_seconds() - cpu_began, encoded_bytes.load());
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.size() != 11) {
    fmt::print(
        stderr,
        "usage: codec_loop FILE DTYPE BANDS HEIGHT WIDTH RESAMPLING COMPRESS LEVEL PREDICTOR "
        "QUALITY MAX_Z_ERROR\n");
    return 2;
  }
  try {
    run(arguments);
  } catch (const std::exception& error) {
    fmt::print(stderr, "codec_loop: {}\n", error.what());
    return 1;
  }
  return 0;
}

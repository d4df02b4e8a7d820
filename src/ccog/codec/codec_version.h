#pragma once

#include <string>

#include "ccog/codec/codec_options.h"

namespace ccog {

/// Which library, and which release of it, makes the bytes of a codec, such as "LZW by libtiff
/// 4.5.0 (probe 3b9ac9ff)"; empty for NONE. Two processes that say the same make the same bytes of
/// the same tiles. libzstd alone can be asked for its release at run time, and libtiff's codecs
/// have libraries of their own, so the others are known by a checksum of what they make of a fixed
/// input with these options. Thread safe; the input is encoded once a process and set of options.
std::string codec_version(const CodecOptions& options);

}  // namespace ccog

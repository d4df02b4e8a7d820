#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ccog/base/rope.h"
#include "ccog/parts/limits.h"
#include "ccog/parts/part.h"
#include "ccog/store/file_ops.h"

namespace ccog {

/// The hidden directory in which one upload to a file lies until it is complete. It holds
/// `manifest`, `lock` and
///  - a file `part-<number>` a part, which `splice` joins to `object` and deletes; or,
///  - where the size was known at the beginning, `object` itself, written in place, and for each
///    part a file `part-<number>` of one line that says where it went.
/// Whatever lands in it is written under a unique name and renamed, so that a task may run twice at
/// once, in several processes.
class UploadDirectory {
 public:
  /// What was said at the beginning, so that every process treats the parts alike.
  struct Manifest {
    std::optional<std::uint64_t> object_bytes;  ///< where parts are written in place
  };
  struct Placed {
    Part part;
    std::uint64_t offset_bytes = 0;  ///< of parts in place only
  };

  /// The name of an upload's directory, `.<target>.ccog-<upload_id>`, taken apart.
  struct Name {
    std::string target;  ///< name of the file beside it
    std::string upload_id;
  };
  static std::string join_name(const Name& name);
  /// Nothing for the names of other things.
  static std::optional<Name> parse_name(const std::string& name);
  /// When the upload in the directory at `path` began; nothing where there is none any more.
  static std::optional<std::int64_t> began_unix_s(const std::string& path);

  /// `target` is the file that the upload is for, as errors name it.
  UploadDirectory(std::string path, std::string target, std::string upload_id, PartLimits limits);

  const std::string& path() const { return path_; }
  std::string object() const { return path_ + "/object"; }

  /// Makes the directory itself unless it is there.
  void create() const;
  /// Of what is there. Nothing before `begin` has come to its end, or after `remove`.
  std::optional<Manifest> manifest() const;
  /// Reserves the room for an object of known size, and writes the manifest last.
  void begin(const Manifest& manifest) const;
  Part put(int number, std::optional<std::uint64_t> offset_bytes, const Rope& bytes) const;
  /// A new file of these bytes under `name`; its status. `kNoSuchUpload` without the directory.
  struct stat write_new(const std::string& name, const Rope& bytes) const;
  /// All parts, by increasing number.
  std::vector<Placed> placed() const;

  /// Held by one process at a time until the descriptor goes, also by a crash; empty where the
  /// directory is gone. File systems without locks do without.
  posix::Fd lock() const;
  /// Joins the parts to `object`. After a crash of the process it goes on where it was, which it
  /// knows from the size of `object`. `kCorrupt` where they are not those that were put.
  void splice(const std::vector<Part>& parts, const std::vector<Placed>& placed) const;
  /// `kCorrupt` unless the parts fill an object of `object_bytes` without gaps.
  void check_in_place(const std::vector<Part>& parts, const std::vector<Placed>& placed,
                      std::uint64_t object_bytes) const;
  /// All of it, also what another process still drops into it meanwhile.
  void remove() const;

 private:
  std::string path_;
  std::string target_;
  std::string upload_id_;
  PartLimits limits_;
};

}  // namespace ccog

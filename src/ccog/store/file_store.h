#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ccog/store/store.h"
#include "ccog/store/upload_directory.h"

namespace ccog {

/// A local or shared file. The target is complete or untouched at any moment.
///
/// An upload is the hidden directory `.<name>.ccog-<run_id>` beside the target (`UploadDirectory`),
/// so that beginning it twice is the same upload, and that the last step is a rename. After a crash
/// of the process `complete` goes on where it was.
///
/// `only_if_absent` is kept by the rename itself. `if_match` is refused: no rename compares what it
/// replaces.
///
/// A finished file carries its run in the attribute `user.ccog.run_id`. On file systems without
/// attributes `head().run_id` is "", and a `complete` that is run again takes a target of the right
/// size for its own, but for one under `only_if_absent`, which cannot tell it from a stranger's.
class FileStore final : public Store {
 public:
  /// `path` is made absolute, and a symbolic link is followed, so that the rename replaces the file
  /// and not the link.
  explicit FileStore(const std::string& path);
  ~FileStore() override;

  /// The absolute path.
  std::string url() const override { return path_; }
  PartLimits limits() const override { return default_limits(); }
  /// What a file takes; known without a target.
  static PartLimits default_limits();
  /// Throws for a directory that is missing or not writable, for a target that is a directory, and
  /// where `object_bytes` do not fit on the disk.
  std::string begin(const BeginRequest& request) override;
  void check_target(const std::string& run_id, const WriteCondition& condition) override;
  std::optional<std::string> find_upload(const BeginRequest& request) override;
  void check_writable(const BeginRequest& request) override;
  Part put_part(const std::string& upload_id, int number, std::optional<std::uint64_t> offset_bytes,
                const Rope& bytes) override;
  ObjectInfo complete(const std::string& upload_id, const std::string& run_id,
                      const std::vector<Part>& parts,
                      const WriteCondition& condition = {}) override;
  void abort(const std::string& upload_id) override;
  std::vector<UploadInfo> list_uploads() override;
  std::vector<Part> list_parts(const std::string& upload_id) override;
  ObjectInfo put_object(const std::string& run_id, const Rope& bytes,
                        const WriteCondition& condition = {}) override;
  std::optional<ObjectInfo> head() override;
  Bytes get(std::uint64_t begin, std::uint64_t end) override;

 private:
  UploadDirectory upload(const std::string& upload_id) const;
  void check_path() const;
  /// The target, if this run has finished it; `by_size` is for file systems without attributes.
  std::optional<ObjectInfo> finished(const std::string& run_id, std::uint64_t expected_bytes,
                                     bool by_size) const;
  ObjectInfo publish(const std::string& from, const std::string& run_id,
                     const WriteCondition& condition) const;

  std::string path_;
  std::string directory_;
  std::string name_;
};

}  // namespace ccog

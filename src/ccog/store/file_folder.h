#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ccog/store/folder.h"

namespace ccog {

/// A directory. It is made by the first put; what is above it has to be there. Objects are written
/// under hidden names, flushed, and renamed; a process that is killed meanwhile leaves such a file,
/// which `remove_empty` takes away.
class FileFolder final : public Folder {
 public:
  explicit FileFolder(const std::string& path);
  ~FileFolder() override;

  std::string url() const override { return path_; }
  bool put_new(const std::string& name, const Rope& bytes) override;
  void put(const std::string& name, const Rope& bytes) override;
  std::optional<Bytes> get(const std::string& name) override;
  bool has(const std::string& name) override;
  std::vector<std::string> list() override;
  void remove(const std::string& name) override;
  void remove_empty() override;

 private:
  std::string path_of(const std::string& name) const;
  /// The path of a new file of these bytes, flushed.
  std::string write_temporary(const Rope& bytes) const;

  std::string path_;
};

}  // namespace ccog

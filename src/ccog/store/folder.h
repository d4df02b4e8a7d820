#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ccog/base/rope.h"

namespace ccog {

/// Small objects side by side below one prefix, each put as a whole: what a journal is kept in.
/// Their names are 1 to 200 of [A-Za-z0-9._-], and begin with a letter or digit
/// (`kInvalidArgument` otherwise). What is put is durable before the call returns.
///
/// Every member may be called from several threads and processes. Errors are `Error`: `kStore`,
/// `kIo`, `kNotFound` for a bucket that is missing.
class Folder {
 public:
  Folder() = default;
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  virtual ~Folder();

  /// Without a slash at its end.
  virtual std::string url() const = 0;

  /// Puts what is not there: of several that do so at once, one does. False, and nothing is
  /// changed, where there is an object of this name, which may be of an attempt whose answer was
  /// lost: look at it.
  virtual bool put_new(const std::string& name, const Rope& bytes) = 0;
  /// Replaces what is there.
  virtual void put(const std::string& name, const Rope& bytes) = 0;
  /// Nothing where there is none.
  virtual std::optional<Bytes> get(const std::string& name) = 0;
  virtual bool has(const std::string& name) = 0;
  /// All names, sorted; what others keep there too, but nothing that is further below. Empty where
  /// there is no such folder.
  virtual std::vector<std::string> list() = 0;
  /// None of that name is fine.
  virtual void remove(const std::string& name) = 0;
  /// After the last object is gone: removes what is left of the folder where folders are things.
  /// What others keep in it stays.
  virtual void remove_empty() = 0;
};

/// Throws `kInvalidArgument` unless it can be the name of an object in a folder.
void check_object_name(const std::string& name);

}  // namespace ccog

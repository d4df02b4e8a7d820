#pragma once

#include <stdexcept>
#include <string>

namespace ccog {

/// What kind of thing went wrong; Python maps each code to a subclass of `CcogError`.
enum class ErrorCode {
  kInvalidArgument,  ///< an option or input the caller has to change
  kNotImplemented,   ///< known to GDAL, not done here yet
  kLimit,            ///< a bound of TIFF, of the store or of the plan would be exceeded
  kIo,               ///< a local file operation failed
  kStore,            ///< the object store refused or could not be reached
  kNoSuchUpload,     ///< the upload is unknown to the store: completed, aborted or never begun
  kExists,           ///< the object exists and is not to be replaced
  kPrecondition,     ///< the object is not the one that was to be replaced
  kNotFound,         ///< the object or bucket does not exist
  kCorrupt,          ///< runs, tiles or parts that do not fit together; never the user's fault
};

/// The one exception of the core: a code, a sentence that names the option or object and the
/// remedy, and whether the same call may succeed when it is made again.
class Error : public std::runtime_error {
 public:
  Error(ErrorCode code, const std::string& message, bool retryable = false)
      : std::runtime_error(message), code_(code), retryable_(retryable) {}

  ErrorCode code() const noexcept { return code_; }
  bool retryable() const noexcept { return retryable_; }

 private:
  ErrorCode code_;
  bool retryable_;
};

}  // namespace ccog

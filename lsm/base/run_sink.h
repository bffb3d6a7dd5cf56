// Takes what is read of many keys, one behind the other, without a step of a cursor for each of them
// (lsm/store/run_reader.h). One thread.
#pragma once

#include <string_view>

namespace spectradb::lsm {

class RunSink {
 public:
  // Gets the newest shown version of the next key; both views end with the call. False ends the run: then the
  // cursor stays on this version.
  virtual bool take(std::string_view user_key, std::string_view value) = 0;

 protected:
  ~RunSink() = default;
};

}  // namespace spectradb::lsm

// Whose a statement is that is prepared or run. The host's authorizer is asked what the user's words mean, and
// not about the statements that we make for ourselves, mostly on tables of our own (extension/access/gate.h).
// Known by thread: a statement is prepared, and run, by the thread that asked for it.
#pragma once

#include <cstdint>

namespace spectradb::extension {

enum class Author : uint8_t {
  kUser,
  // Ours. What triggers do in its course is somebody else's wish, and asked.
  kUs,
  // Ours, only to see whether it can be prepared: nothing of it will run.
  kUsToCompile,
};

// The author of the statements of this thread while it lives.
class AuthorScope {
 public:
  // `text`: of a statement of ours that runs while the scope lives.
  explicit AuthorScope(Author author, const char* text = nullptr)
      : around_(current_), text_around_(current_text_) {
    current_ = around_ == Author::kUsToCompile && author == Author::kUs ? around_ : author;
    current_text_ = text;
  }
  ~AuthorScope() {
    current_ = around_;
    current_text_ = text_around_;
  }
  AuthorScope(const AuthorScope&) = delete;
  AuthorScope& operator=(const AuthorScope&) = delete;

  static Author current() { return current_; }
  static const char* current_text() { return current_text_; }  // null: no statement of ours runs

 private:
  static inline thread_local Author current_ = Author::kUser;
  static inline thread_local const char* current_text_ = nullptr;
  const Author around_;
  const char* const text_around_;
};

}  // namespace spectradb::extension

// Who wrote the statement that is being prepared or run. The host's authorizer is asked about the user's
// statements, and not about our own, most of which use our own tables (extension/access/gate.h). This is
// known by thread, since a statement is prepared and run on the thread that asked for it.
#pragma once

#include <cstdint>

namespace spectradb::extension {

enum class Author : uint8_t {
  kUser,
  // Our statement. What triggers do during it is somebody else's wish: the authorizer is asked.
  kUs,
  // Our statement, which reads what the user named, in words that were asked about before: the authorizer is asked
  // what it reads, since columns may be hidden, and functions ask as if the user had called them.
  kUsForUser,
  // Our statement, only prepared to see whether it can be: nothing of it will run.
  kUsToCompile,
};

// Sets the author of this thread's statements while it lives.
class AuthorScope {
 public:
  // `text` is the text of our statement that runs while the scope lives.
  explicit AuthorScope(Author author, const char* text = nullptr)
      : around_(current_), text_around_(current_text_) {
    current_ = around_ == Author::kUsToCompile && author != Author::kUser ? around_ : author;
    current_text_ = text;
  }
  ~AuthorScope() {
    current_ = around_;
    current_text_ = text_around_;
  }
  AuthorScope(const AuthorScope&) = delete;
  AuthorScope& operator=(const AuthorScope&) = delete;

  static Author current() { return current_; }
  static bool is_for_user() { return current_ == Author::kUser || current_ == Author::kUsForUser; }
  static const char* current_text() { return current_text_; }  // null: no statement of ours runs

 private:
  static inline thread_local Author current_ = Author::kUser;
  static inline thread_local const char* current_text_ = nullptr;
  const Author around_;
  const char* const text_around_;
};

}  // namespace spectradb::extension

// Reads the text of an instant from the front: a date, a time and its zone, or a word, and modifiers that are
// added.
//
//   instant  ::= (date [('T' | ' ') time [zone]] | word) {[','] modifier}
//   date     ::= YYYY-MM-DD                                  time ::= HH:MM[:SS[.f…]]
//   zone     ::= [' '] ('Z' | ('+' | '-') HH [[':'] MM])
//   word     ::= now | today | yesterday | tomorrow | last (sunday | … | saturday)
//   modifier ::= [sign] number (second | minute | hour | day | month | year)[s] | sign HH:MM[:SS[.f…]]
//             | start of (day | month | year) | weekday (0 … 6)
//
// Modifiers mean what they mean to SQLite's date functions: 2026-01-31 +1 month is 2026-03-03. Words and
// modifiers may be in any case, and stand behind blanks. One thread.
#pragma once

#include <cstdint>
#include <string_view>

namespace spectradb::temporal {

class InstantReader {
 public:
  InstantReader(std::string_view text, int64_t now_us) : in_(text), now_us_(now_us) {}

  // Returns false when the text is no instant of the years 0000 to 9999.
  bool read(int64_t& us);

 private:
  bool take(char c);
  bool take_number(size_t count, int& number);  // of exactly `count` digits
  bool take_word(std::string_view word);        // in lower case; no letter may follow
  bool take_blanks();                           // returns whether there were any
  bool take_weekday(int& weekday);

  bool take_named_day();
  bool take_date();
  bool take_clock(int64_t& us);  // HH:MM[:SS[.f…]], the seconds up to 60
  bool take_fraction(int64_t unit_us, int64_t& us);
  bool take_zone();
  bool take_modifier();
  bool take_start();
  bool take_amount(bool is_negative);
  bool add_months(int64_t months);

  std::string_view in_;
  const int64_t now_us_;
  int64_t us_ = 0;
  bool may_have_zone_ = false;  // a time of day was read, and no zone yet
  bool is_bare_date_ = false;   // then ±HH:MM behind it could be a zone as well as a modifier
};

}  // namespace spectradb::temporal

#include "extension/facets/series/zone.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "temporal/calendar.h"

namespace spectradb::extension::series {

namespace {

using temporal::kUsPerDay;
using temporal::kUsPerHour;
using temporal::kUsPerMinute;
using temporal::kUsPerSecond;

constexpr std::string_view kFolder = "/usr/share/zoneinfo/";
constexpr size_t kMaxFileBytes = 1 << 20;  // the largest file has some thousand bytes
constexpr int64_t kMaxOffsetUs = 26 * kUsPerHour;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// True only for names of files below the folder: Europe/Berlin, Etc/GMT+2, America/Port-au-Prince.
bool is_zone_name(std::string_view name) {
  if (name.empty() || !is_letter(name.front()) || name.size() > 100) return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return is_letter(c) || is_digit(c) || c == '/' || c == '_' || c == '-' || c == '+';
  });
}

Status no_zone(const std::string& name) {
  return Status::invalid("'" + name +
                         "' is no time zone here: write 'UTC', '+02:00', or a name such as 'Europe/Berlin' "
                         "where the system has the files of the IANA database (" +
                         std::string(kFolder) + ")");
}

Result<std::string> read_file(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return Status::missing(path);
  std::string bytes(kMaxFileBytes, '\0');
  struct stat about {};
  ssize_t count = -1;
  if (::fstat(fd, &about) == 0 && S_ISREG(about.st_mode)) count = ::read(fd, bytes.data(), bytes.size());
  ::close(fd);
  if (count < 0) return Status::missing(path);
  bytes.resize(static_cast<size_t>(count));
  return bytes;
}

// Reads big-endian integers from the front; a missing one sets `is_sound` to false and gives 0.
class Bytes {
 public:
  explicit Bytes(std::string_view bytes) : bytes_(bytes) {}

  int64_t integer(size_t size) {
    if (bytes_.size() < size) {
      is_sound_ = false;
      return 0;
    }
    uint64_t value = size > 0 && (static_cast<unsigned char>(bytes_[0]) & 0x80u) != 0 ? ~uint64_t{0} : 0;
    for (size_t i = 0; i < size; ++i) value = value << 8u | static_cast<unsigned char>(bytes_[i]);
    bytes_.remove_prefix(size);
    return static_cast<int64_t>(value);
  }
  std::string_view take(size_t size) {
    if (bytes_.size() < size) {
      is_sound_ = false;
      size = bytes_.size();
    }
    const std::string_view taken = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return taken;
  }
  std::string_view rest() const { return bytes_; }
  bool is_sound() const { return is_sound_; }

 private:
  std::string_view bytes_;
  bool is_sound_ = true;
};

struct Header {
  char version = 0;
  size_t utc_marks = 0, standard_marks = 0, leaps = 0, transitions = 0, types = 0, letters = 0;
};

bool read_header(Bytes& in, Header& header) {
  if (in.take(4) != "TZif") return false;
  header.version = static_cast<char>(in.integer(1));
  in.take(15);
  for (size_t* count : {&header.utc_marks, &header.standard_marks, &header.leaps, &header.transitions,
                        &header.types, &header.letters}) {
    const int64_t read = in.integer(4);
    if (read < 0 || read > static_cast<int64_t>(kMaxFileBytes)) return false;
    *count = static_cast<size_t>(read);
  }
  return in.is_sound() && header.types > 0;
}

size_t bytes_of_data(const Header& header, size_t time_size) {
  return header.transitions * (time_size + 1) + header.types * 6 + header.letters +
         header.leaps * (time_size + 4) + header.standard_marks + header.utc_marks;
}

// Reads +02:00, -0330 or +5, which must be the whole text.
bool read_offset(std::string_view text, int64_t& us) {
  if (text.size() < 2 || (text[0] != '+' && text[0] != '-')) return false;
  const bool is_west = text[0] == '-';
  text.remove_prefix(1);
  std::string digits;
  for (size_t i = 0; i < text.size(); ++i) {
    if (is_digit(text[i])) {
      digits += text[i];
    } else if (text[i] != ':' || i != 2) {
      return false;
    }
  }
  if (digits.size() == 1) digits.insert(0, "0");
  if (digits.size() == 2) digits += "00";
  if (digits.size() != 4) return false;
  const int64_t hours = (digits[0] - '0') * 10 + digits[1] - '0';
  const int64_t minutes = (digits[2] - '0') * 10 + digits[3] - '0';
  if (hours > 23 || minutes > 59) return false;
  us = (hours * kUsPerHour + minutes * kUsPerMinute) * (is_west ? -1 : 1);
  return true;
}

// Reads the text of a rule from its front (POSIX TZ).
class RuleText {
 public:
  explicit RuleText(std::string_view text) : text_(text) {}

  bool is_at_end() const { return text_.empty(); }
  bool take(char c) {
    if (text_.empty() || text_[0] != c) return false;
    text_.remove_prefix(1);
    return true;
  }
  bool take_name() {
    if (take('<')) {
      const size_t end = text_.find('>');
      if (end == std::string_view::npos) return false;
      text_.remove_prefix(end + 1);
      return true;
    }
    size_t size = 0;
    while (size < text_.size() && is_letter(text_[size])) ++size;
    text_.remove_prefix(size);
    return size >= 3;
  }
  bool take_number(int64_t least, int64_t most, int64_t& number) {
    size_t size = 0;
    number = 0;
    while (size < text_.size() && size < 4 && is_digit(text_[size]))
      number = number * 10 + text_[size++] - '0';
    text_.remove_prefix(size);
    return size > 0 && number >= least && number <= most;
  }
  // Reads [+-]hh[:mm[:ss]], with hours up to a week.
  bool take_time(int64_t& us) {
    constexpr int64_t kMostHours = 167;
    const bool is_negative = take('-');
    if (!is_negative) take('+');
    int64_t hours = 0, minutes = 0, seconds = 0;
    if (!take_number(0, kMostHours, hours)) return false;
    if (take(':') && (!take_number(0, 59, minutes) || (take(':') && !take_number(0, 59, seconds))))
      return false;
    us = hours * kUsPerHour + minutes * kUsPerMinute + seconds * kUsPerSecond;
    if (is_negative) us = -us;
    return true;
  }

 private:
  std::string_view text_;
};

}  // namespace

Result<std::shared_ptr<const Zone>> Zone::find(const std::string& name) {
  auto fixed = std::make_shared<Zone>();
  if (name == "UTC" || name == "utc" || name == "Z" || name == "z" || name == "GMT")
    return std::shared_ptr<const Zone>(fixed);
  if (read_offset(name, fixed->first_offset_us_)) return std::shared_ptr<const Zone>(fixed);
  if (!is_zone_name(name)) return no_zone(name);
  const Result<std::string> file = read_file(std::string(kFolder) + name);
  if (!file) return no_zone(name);
  return read(*file, name);
}

Result<std::shared_ptr<const Zone>> Zone::read(std::string_view file, const std::string& name) {
  const Status unsound = Status::invalid("the file of the time zone '" + name + "' cannot be read");
  Bytes in(file);
  Header header;
  if (!read_header(in, header)) return unsound;
  size_t time_size = 4;
  if (header.version >= '2') {  // the same data follow with times of eight bytes
    time_size = 8;
    in.take(bytes_of_data(header, 4));
    if (!read_header(in, header)) return unsound;
  }
  auto zone = std::make_shared<Zone>();
  std::vector<int64_t> times;
  for (size_t i = 0; i < header.transitions && in.is_sound(); ++i) times.push_back(in.integer(time_size));
  const std::string_view kinds = in.take(header.transitions);
  std::vector<int64_t> offsets;
  for (size_t i = 0; i < header.types && in.is_sound(); ++i) {
    offsets.push_back(in.integer(4) * kUsPerSecond);
    if (offsets.back() > kMaxOffsetUs || offsets.back() < -kMaxOffsetUs) return unsound;
    in.take(2);
  }
  in.take(header.letters + header.leaps * (time_size + 4) + header.standard_marks + header.utc_marks);
  if (!in.is_sound()) return unsound;
  zone->first_offset_us_ = offsets.front();
  constexpr int64_t kFarSeconds = int64_t{1} << 42;  // a hundred thousand years
  for (size_t i = 0; i < times.size(); ++i) {
    const auto kind = static_cast<unsigned char>(kinds[i]);
    if (kind >= offsets.size() || (i > 0 && times[i] <= times[i - 1])) return unsound;
    if (times[i] < -kFarSeconds || times[i] > kFarSeconds) continue;
    zone->transitions_.push_back({times[i] * kUsPerSecond, offsets[kind]});
  }
  std::string_view footer = in.rest();
  if (footer.size() > 2 && footer.front() == '\n') {
    footer.remove_prefix(1);
    footer = footer.substr(0, footer.find('\n'));
    zone->has_rule_ = read_rule(footer, zone->rule_);
    if (!zone->has_rule_ && !footer.empty()) return unsound;
  }
  return std::shared_ptr<const Zone>(zone);
}

// Reads std offset [dst [offset] , Mm.w.d[/time] , Mm.w.d[/time]]; no zone of the database counts days of
// the year.
bool Zone::read_rule(std::string_view text, Rule& rule) {
  RuleText in(text);
  if (!in.take_name() || !in.take_time(rule.standard_us)) return false;
  rule.standard_us = -rule.standard_us;  // POSIX counts westwards
  rule.summer_us = rule.standard_us;
  if (in.is_at_end()) return true;
  rule.has_summer = true;
  rule.summer_us = rule.standard_us + kUsPerHour;
  if (!in.take_name()) return false;
  if (!in.take(',')) {
    if (!in.take_time(rule.summer_us) || !in.take(',')) return false;
    rule.summer_us = -rule.summer_us;
  }
  for (YearlyChange* change : {&rule.summer_begins, &rule.summer_ends}) {
    int64_t month = 0, week = 0, weekday = 0;
    const bool is_read = in.take('M') && in.take_number(1, 12, month) && in.take('.') &&
                         in.take_number(1, 5, week) && in.take('.') && in.take_number(0, 6, weekday);
    if (!is_read) return false;
    *change = {static_cast<int>(month), static_cast<int>(week), static_cast<int>(weekday), 2 * kUsPerHour};
    if (in.take('/') && !in.take_time(change->time_us)) return false;
    if (change == &rule.summer_begins && !in.take(',')) return false;
  }
  return in.is_at_end();
}

int64_t Zone::local_us_of(const YearlyChange& change, int64_t year) {
  const int64_t first = temporal::days_of({year, change.month, 1});
  int64_t day = first + (change.weekday - temporal::weekday_of(first) + temporal::kDaysPerWeek) %
                            temporal::kDaysPerWeek;
  day += int64_t{temporal::kDaysPerWeek} * (change.week - 1);
  if (day >= first + temporal::days_in_month(year, change.month)) day -= temporal::kDaysPerWeek;
  return day * kUsPerDay + change.time_us;
}

int64_t Zone::offset_by_rule(int64_t utc_us) const {
  if (!rule_.has_summer) return rule_.standard_us;
  const int64_t year = temporal::date_of(temporal::split(utc_us + rule_.standard_us).days).year;
  const int64_t begins = local_us_of(rule_.summer_begins, year) - rule_.standard_us;
  const int64_t ends = local_us_of(rule_.summer_ends, year) - rule_.summer_us;
  const bool is_summer =
      begins < ends ? utc_us >= begins && utc_us < ends : utc_us >= begins || utc_us < ends;
  return is_summer ? rule_.summer_us : rule_.standard_us;
}

int64_t Zone::offset_us(int64_t utc_us) const {
  constexpr int64_t kFarUs = int64_t{1} << 62;  // no calendar has such years, so no rule applies
  if (utc_us > kFarUs || utc_us < -kFarUs) return first_offset_us_;
  const auto next = std::upper_bound(transitions_.begin(), transitions_.end(), utc_us,
                                     [](int64_t us, const Transition& one) { return us < one.utc_us; });
  if (next == transitions_.end() && has_rule_) return offset_by_rule(utc_us);
  return next == transitions_.begin() ? first_offset_us_ : std::prev(next)->offset_us;
}

int64_t Zone::to_utc(int64_t local_us) const {
  // An offset is at most a day and two hours, and no two changes are within two days: so only the offsets of
  // a day before and a day after can apply to this local time.
  const int64_t before = offset_us(local_us - kUsPerDay);
  const int64_t after = offset_us(local_us + kUsPerDay);
  for (const int64_t offset : {before, after}) {
    if (offset_us(local_us - offset) == offset) return local_us - offset;
  }
  // The clock skips this time: the instant of the change lies between both readings.
  int64_t low = std::min(local_us - before, local_us - after);
  int64_t high = std::max(local_us - before, local_us - after);
  const int64_t offset_at_low = offset_us(low);
  while (high - low > 1) {
    const int64_t middle = low + (high - low) / 2;
    (offset_us(middle) == offset_at_low ? low : high) = middle;
  }
  return high;
}

}  // namespace spectradb::extension::series

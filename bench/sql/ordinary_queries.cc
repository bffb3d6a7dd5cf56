#include "bench/sql/ordinary_queries.h"

#include <cstdint>
#include <string>
#include <utility>

#include "bench/engine/workload.h"

namespace spectradb::bench {
namespace {

using Values = std::vector<Contender::Value>;

constexpr uint64_t kOrdersOfUser = 5;
constexpr uint64_t kOrdersOfDay = 357;
constexpr uint64_t kUsersOfCity = 50;

struct Shop {
  uint64_t users;
  uint64_t orders() const { return users * kOrdersOfUser; }
  uint64_t days() const { return orders() / kOrdersOfDay; }
  uint64_t cities() const { return users / kUsersOfCity; }
};

int64_t number_of(uint64_t value) { return static_cast<int64_t>(value); }

std::string numbered(const char* word, uint64_t number) { return word + std::to_string(number); }

void load(Contender& contender, const Shop& shop, bool is_ours) {
  contender.run("BEGIN");
  for (uint64_t id = 0; id < shop.users; ++id)
    contender.ask("INSERT INTO users VALUES (?1, ?2, ?3, ?4)",
                  {number_of(id), numbered("name", scrambled(id) % shop.users),
                   numbered("city", scrambled(id + 1) % shop.cities()), number_of(id % 1000)});
  for (uint64_t id = 0; id < shop.orders(); ++id) {
    const uint64_t mixed = scrambled(id + 7);
    const std::string document = R"({"kind":"kind)" + std::to_string(mixed % 10) + R"(","lines":[)" +
                                 std::to_string(mixed % 97) + "," + std::to_string(mixed % 89) + "]}";
    contender.ask(
        "INSERT INTO orders VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        {number_of(id), number_of(scrambled(id) % shop.users), number_of(mixed % shop.days()),
         number_of(mixed >> 54), mixed % 3 == 0 ? std::string("open") : std::string("settled"), document});
  }
  contender.run("COMMIT");
  contender.run(is_ours ? "SELECT spectradb_compact()" : "ANALYZE");
}

enum class With : uint8_t { kNothing, kUser, kDay, kCity, kName };

struct Query {
  const char* name;
  uint64_t count;  // how often it is asked
  With with;       // what ?1 is
  const char* sql;
};

constexpr Query kQueries[] = {
    {"join by key", 60, With::kDay,
     "SELECT o.id, u.name FROM orders o JOIN users u ON u.id = o.uid WHERE o.day = ?1"},
    {"join by index", 80, With::kCity,
     "SELECT u.name, o.total FROM users u JOIN orders o ON o.uid = u.id WHERE u.city = ?1"},
    {"join of a table with itself, by the better of two indexes", 1, With::kNothing,
     "SELECT count(*) FROM orders a JOIN orders b ON a.day = b.day AND a.uid = b.uid"},
    {"join of three", 40, With::kCity,
     "SELECT a.name, b.name, o.total FROM users a JOIN orders o ON o.uid = a.id JOIN users b ON b.id = o.day "
     "WHERE a.city = ?1"},
    {"outer join with groups", 100, With::kUser,
     "SELECT u.id, count(o.id), sum(o.total) FROM users u LEFT JOIN orders o ON o.uid = u.id "
     "WHERE u.id BETWEEN ?1 AND ?1 + 50 GROUP BY u.id"},
    {"correlated subquery", 80, With::kCity,
     "SELECT u.id, (SELECT max(o.total) FROM orders o WHERE o.uid = u.id) FROM users u WHERE u.city = ?1"},
    {"correlated subquery of all rows", 2, With::kNothing,
     "SELECT sum((SELECT count(*) FROM orders o WHERE o.uid = u.id)) FROM users u"},
    {"IN a subquery", 80, With::kCity,
     "SELECT count(*), sum(total) FROM orders WHERE uid IN (SELECT id FROM users WHERE city = ?1)"},
    {"IN a list", 400, With::kUser,
     "SELECT id, total FROM orders WHERE uid IN (?1, ?1 + 3, ?1 + 17, ?1 + 101, ?1 + 250)"},
    {"EXISTS", 80, With::kCity,
     "SELECT u.name FROM users u WHERE u.city = ?1 AND EXISTS (SELECT 1 FROM orders o WHERE o.uid = u.id AND "
     "o.total > 900)"},
    {"NOT EXISTS of all rows", 2, With::kNothing,
     "SELECT count(*) FROM users u WHERE NOT EXISTS (SELECT 1 FROM orders o WHERE o.uid = u.id)"},
    {"DISTINCT of an indexed column", 10, With::kNothing, "SELECT DISTINCT day FROM orders"},
    {"LIKE with a beginning", 100, With::kName, "SELECT id, name FROM users WHERE name LIKE ?1 || '%'"},
    {"LIKE in the middle", 4, With::kDay, "SELECT count(*) FROM users WHERE name LIKE '%' || ?1 || '%'"},
    {"ranks in a window", 40, With::kDay,
     "SELECT id, rank() OVER (PARTITION BY status ORDER BY total DESC, id) FROM orders WHERE day = ?1"},
    {"running sum over an index", 4, With::kNothing,
     "SELECT max(s) FROM (SELECT sum(total) OVER (PARTITION BY uid ORDER BY id) AS s FROM orders)"},
    {"JSON in groups", 40, With::kDay,
     "SELECT doc ->> '$.kind', count(*), sum(doc ->> '$.lines[1]') FROM orders WHERE day = ?1 GROUP BY 1"},
    {"groups of an indexed column", 3, With::kNothing,
     "SELECT day, count(*), sum(total) FROM orders GROUP BY day"},
    {"the last twenty by an index", 400, With::kNothing,
     "SELECT id, day, total FROM orders ORDER BY day DESC, id DESC LIMIT 20"},
    {"UPDATE … FROM", 40, With::kCity,
     "UPDATE orders SET total = total + 1 FROM users u WHERE u.id = orders.uid AND u.city = ?1"},
};

Values values_of(const Query& query, const Shop& shop, uint64_t number) {
  const uint64_t mixed = scrambled(number + 3);
  switch (query.with) {
    case With::kNothing:
      return {};
    case With::kUser:
      return {number_of(mixed % (shop.users - 300))};
    case With::kDay:
      return {number_of(mixed % shop.days())};
    case With::kCity:
      return {numbered("city", mixed % shop.cities())};
    case With::kName:
      return {numbered("name", mixed % 90 + 10)};
  }
  return {};
}

}  // namespace

Scenario ordinary_queries(bool is_quick) {
  const Shop shop{is_quick ? 4'000u : 20'000u};
  const std::string tables[] = {
      "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT COLLATE NOCASE, city TEXT, joined INTEGER)",
      "CREATE TABLE orders (id INTEGER PRIMARY KEY, uid INTEGER, day INTEGER, total INTEGER, status TEXT, "
      "doc TEXT)"};
  const std::string indexes =
      "CREATE INDEX users_city ON users (city); CREATE INDEX users_name ON users (name);"
      "CREATE INDEX orders_uid ON orders (uid); CREATE INDEX orders_day ON orders (day)";
  const std::string versioned = " WITH SYSTEM VERSIONING;";
  Scenario scenario;
  scenario.title = "Twenty ordinary queries on two indexed tables, " + std::to_string(shop.orders()) +
                   " and " + std::to_string(shop.users) + " rows";
  scenario.names = {"SpectraDB", "A: no history, after ANALYZE"};
  scenario.create = {tables[0] + versioned + tables[1] + versioned + indexes,
                     tables[0] + ";" + tables[1] + ";" + indexes};
  scenario.mean_of_all = "all twenty, geometric mean";
  scenario.load = [shop](Contender& contender, size_t place) { load(contender, shop, place == 0); };
  for (const Query& query : kQueries) {
    Question question;
    question.operation = {query.name, "answers/s", 0, false, 1};
    question.count = query.count;
    question.ask = [&query, shop, sql = std::string(query.sql)](Contender& contender, size_t,
                                                                uint64_t number) {
      return contender.ask(sql, values_of(query, shop, number));
    };
    scenario.questions.push_back(std::move(question));
  }
  return scenario;
}

}  // namespace spectradb::bench

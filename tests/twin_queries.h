// The statements that ordinary tables and their twins get, in the words of the grammar.
#pragma once

#include <string_view>

namespace spectradb::tests {

// Says what a query promises of its rows. A loose query shows one of several equal values, depending on the
// order of the rows: 1 or 1.0, 'a' or 'A' under NOCASE. Sums are of whole numbers, because sums of reals
// depend on the order of the rows.
struct TwinQuery {
  std::string_view sql;
  bool is_ordered = false;
  bool is_loose = false;
};

inline constexpr TwinQuery kQueries[] = {
    {"SELECT $e, $e FROM $T WHERE $w"},
    {"SELECT $c, $c, typeof($c) FROM $T WHERE $w"},
    {"SELECT count(*) FROM $T WHERE $w"},
    {"SELECT * FROM $T $j $U ON $c = $d WHERE $w"},
    {"SELECT * FROM $T $j $U ON $c $r $d AND $X WHERE $w AND $c $r $l"},
    {"SELECT $c, $d FROM $T, $U WHERE ($c, $c) = ($d, $d) AND $x"},
    {"SELECT y.* FROM $T x $j $T y ON x.$c = y.$c AND x.$c $r y.$c"},
    {"SELECT *, (SELECT count(*) FROM $U WHERE $d = $c AND $x) FROM $T WHERE $w"},
    {"SELECT $c FROM $T WHERE $w UNION ALL SELECT $d FROM $U WHERE $x"},
    {"WITH v AS (SELECT $e AS p, $c AS q FROM $T WHERE $w) SELECT * FROM v WHERE p $r $l OR q $r $l"},
    {"SELECT * FROM $T WHERE $w ORDER BY $k, $q LIMIT $n OFFSET $n", true},
    {"SELECT * FROM $T WHERE $w ORDER BY $c$D, $q LIMIT $n OFFSET $n", true},
    {"SELECT * FROM $T ORDER BY $c$D, $q LIMIT $n OFFSET $n", true},
    {"SELECT * FROM $T WHERE $c IN ($l, $l) ORDER BY $c$D, $c$D, $q LIMIT $n", true},
    {"SELECT count(*), count(DISTINCT $c) FROM $T"},
    {"SELECT DISTINCT $c FROM $T WHERE $c $r $l", false, true},
    {"SELECT * FROM $T WHERE $c $r $l ORDER BY $k LIMIT $n OFFSET $n", true, true},
    {"SELECT $c, $d FROM $T JOIN $U ON $c = $d WHERE $w ORDER BY $q, $Q LIMIT $n OFFSET $n", true},
    {"SELECT DISTINCT $c FROM $T WHERE $w ORDER BY 1 LIMIT $n", true, true},
    {"SELECT DISTINCT $h FROM $T", false, true},
    {"SELECT $c AS g, count(*), min($c), max($c), sum($c % 7) FROM $T WHERE $w GROUP BY g", false, true},
    {"SELECT $h, count(*), count(DISTINCT $c) FROM $T GROUP BY 1, 2 HAVING count(*) $r $n", false, true},
    {"SELECT count($c), min($c), max($c), total($c % 100), avg($c % 100) FROM $T WHERE $w", false, true},
    {"SELECT max($c) FROM $T", false, true},
    {"SELECT min($c) FROM $T WHERE $w", false, true},
    {"SELECT $c, (SELECT max($d) FROM $U WHERE +$d $r $c) FROM $T WHERE $w", false, true},
    {"SELECT $M, $M FROM $T WHERE $w UNION SELECT $d, $d FROM $U WHERE $x", false, true},
    {"SELECT $M FROM $T WHERE $w EXCEPT SELECT $d FROM $U WHERE $x", false, true},
    {"SELECT $M FROM $T INTERSECT SELECT $d FROM $U WHERE $x", false, true},
    // The order is by the collation that distinguishes the values; under another one it matters which of
    // equal values is shown.
    {"SELECT $M FROM $T WHERE $w UNION SELECT $d FROM $U ORDER BY 1$Z LIMIT $n", true, true}};

// Rows that are written or taken one after another have a full order, because later ones may conflict with
// earlier ones.
inline constexpr std::string_view kInserts[] = {
    "$O INTO $T VALUES ($L)",
    "$O INTO $T VALUES ($L), ($L)",
    "$O INTO $T VALUES ($L), ($L), ($L)",
    "$O INTO $T ($h) VALUES ($l, $l)",
    "$O INTO $T ($h) SELECT $d, $d FROM $U WHERE $x ORDER BY $Q LIMIT $n",
    "$O INTO $T SELECT $E FROM $T WHERE $w ORDER BY $q LIMIT $n"};
inline constexpr std::string_view kUpserts[] = {
    "$i INTO $T VALUES ($L) $K $N $R",
    "$i INTO $T VALUES ($L), ($L), ($L) $K $N $R",
    "$i INTO $T ($h) VALUES ($l, $l), ($l, $l) $K $N $R",
    "$i INTO $T ($h) SELECT $d, $d FROM $U WHERE $x ORDER BY $Q LIMIT $n $K $N $R",
    "$i INTO $T SELECT $E FROM $T WHERE $w ORDER BY $q LIMIT $n $K $N $R",
    "INSERT OR IGNORE INTO $T VALUES ($L), ($L) $R",
    "INSERT OR REPLACE INTO $T VALUES ($L), ($L) $R",
    "INSERT INTO $T VALUES ($L), ($L) $R"};
// Where more than one row may change, one order of the rows may fail and another may not.
inline constexpr std::string_view kUpdates[] = {
    "UPDATE $T SET $c = $e WHERE $w $R", "UPDATE $T SET $c = $e, ($h) = ($e, $l) WHERE $w",
    "UPDATE $T SET $c = (SELECT count(*) FROM $U WHERE $d $r $c) WHERE $w", "UPDATE $T SET $c = $l"};
inline constexpr std::string_view kPinned[] = {
    "$P $T SET $c = $e WHERE $p", "$P $T SET ($h) = ($l, $l) WHERE $p", "UPDATE $T SET $c = $e WHERE $p $R",
    "DELETE FROM $T WHERE $p $R"};
inline constexpr std::string_view kDeletes[] = {"DELETE FROM $T WHERE $w", "DELETE FROM $T WHERE $w $R",
                                                "DELETE FROM $T WHERE $c IN (SELECT $d FROM $U WHERE $x)",
                                                "DELETE FROM $T"};
inline constexpr std::string_view kTransactions[] = {
    "BEGIN",     "BEGIN",     "SAVEPOINT a", "SAVEPOINT b", "ROLLBACK TO a", "ROLLBACK TO b",
    "RELEASE a", "RELEASE b", "COMMIT",      "COMMIT",      "ROLLBACK"};

// `$` is the new column, `%` an existing one. Expressions whose affinity SQLite 3.40 would keep are left
// out.
inline constexpr std::string_view kAdded[] = {"$",
                                              "$ INTEGER DEFAULT '12'",
                                              "$ TEXT DEFAULT 5",
                                              "$ REAL DEFAULT 3",
                                              "$ COLLATE NOCASE DEFAULT 'Abc'",
                                              "$ BLOB DEFAULT x'61'",
                                              "$ NUMERIC NOT NULL DEFAULT '1.0'",
                                              "$ TEXT NOT NULL",
                                              "$ INTEGER CHECK ($ IS NULL OR % <> 7)",
                                              "$ TEXT DEFAULT 'q' CHECK ($ <> 'a')",
                                              "$ TEXT DEFAULT CURRENT_TIMESTAMP",
                                              "$ INTEGER UNIQUE",
                                              "% TEXT"};

}  // namespace spectradb::tests

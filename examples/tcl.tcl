#!/usr/bin/tclsh
# Tcl's sqlite3, which is SQLite's own binding (Debian's libsqlite3-tcl). usage: tcl.tcl [MODULE]
package require sqlite3

set module [expr {$argc > 0 ? [file rootname [lindex $argv 0]] : "spectradb"}]
set directory [exec mktemp --directory]
sqlite3 db [file join $directory my.db]
db enable_load_extension 1
db eval {SELECT load_extension($module)}
db enable_load_extension 0

set owner alice
db eval {CREATE TABLE accounts (id INTEGER PRIMARY KEY, owner TEXT, balance INT) WITH SYSTEM VERSIONING}
db eval {INSERT INTO accounts VALUES (1, $owner, 100)}     ;# commit 1
db eval {UPDATE accounts SET balance = balance - 20}       ;# commit 2

set commit [expr {1}]
puts "now|[db onecolumn {SELECT balance FROM accounts}]"
puts "after commit 1|[db onecolumn {SELECT balance FROM accounts AS OF $commit}]"
db close
file delete -force $directory

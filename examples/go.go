// Go's driver github.com/mattn/go-sqlite3, linked with the system's SQLite: the build tag libsqlite3. Without it the driver
// carries an SQLite of its own, and statements go through spectradb_sql(), as in bun.mjs.
//
//	go run -tags libsqlite3 go.go [MODULE]
package main

import (
	"database/sql"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"

	sqlite3 "github.com/mattn/go-sqlite3"
)

func main() {
	module := "spectradb"
	if len(os.Args) > 1 {
		module = strings.TrimSuffix(os.Args[1], ".so")
	}
	directory, err := os.MkdirTemp("", "spectradb-")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(directory)

	sql.Register("spectradb", &sqlite3.SQLiteDriver{Extensions: []string{module}})
	db, err := sql.Open("spectradb", filepath.Join(directory, "my.db"))
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()

	run := func(text string, arguments ...any) {
		if _, err := db.Exec(text, arguments...); err != nil {
			log.Fatal(err)
		}
	}
	ask := func(text string, arguments ...any) (balance int) {
		if err := db.QueryRow(text, arguments...).Scan(&balance); err != nil {
			log.Fatal(err)
		}
		return
	}
	run("CREATE TABLE accounts (id INTEGER PRIMARY KEY, owner TEXT, balance INT) WITH SYSTEM VERSIONING")
	run("INSERT INTO accounts VALUES (?, ?, ?)", 1, "alice", 100) // commit 1
	run("UPDATE accounts SET balance = balance - 20")             // commit 2
	fmt.Printf("now|%d\n", ask("SELECT balance FROM accounts"))
	fmt.Printf("after commit 1|%d\n", ask("SELECT balance FROM accounts AS OF ?", 1))
}

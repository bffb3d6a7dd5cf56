#!/usr/bin/Rscript
# R's RSQLite, which carries an SQLite of its own: each statement goes through spectradb_sql(), which says what plain SQL it
# stands for. usage: r.R [MODULE]
suppressPackageStartupMessages(library(DBI))

arguments <- commandArgs(trailingOnly = TRUE)
module <- sub("\\.so$", "", if (length(arguments) > 0) arguments[[1]] else "spectradb")
directory <- tempfile("spectradb-")
dir.create(directory)
db <- dbConnect(RSQLite::SQLite(), file.path(directory, "my.db"), loadable.extensions = TRUE)
invisible(dbGetQuery(db, "SELECT load_extension(?)", list(module)))

plain <- function(sql) dbGetQuery(db, "SELECT spectradb_sql(?) AS text", list(sql))$text
run <- function(sql, ...) invisible(dbExecute(db, plain(sql), ...))
ask <- function(sql, ...) dbGetQuery(db, plain(sql), ...)

run("CREATE TABLE accounts (id INTEGER PRIMARY KEY, owner TEXT, balance INT) WITH SYSTEM VERSIONING")
run("INSERT INTO accounts VALUES (?, ?, ?)", list(1L, "alice", 100L)) # commit 1
run("UPDATE accounts SET balance = balance - 20") # commit 2
cat(sprintf("now|%d\n", ask("SELECT balance FROM accounts")$balance))
cat(sprintf("after commit 1|%d\n", ask("SELECT balance FROM accounts AS OF ?", list(1L))$balance))
dbDisconnect(db)
unlink(directory, recursive = TRUE)

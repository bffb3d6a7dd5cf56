# git log --raw, as SQL: one transaction a commit. A commit that changes no file writes no fact and takes no number; the
# table `commits` then names the number before it.
BEGIN {
  print "PRAGMA journal_mode = WAL;"
  print "CREATE TABLE files (path TEXT PRIMARY KEY, mode TEXT, blob TEXT) WITH SYSTEM VERSIONING;"
  print "CREATE TABLE commits (n INTEGER PRIMARY KEY, sha TEXT, time TEXT, commit_no INTEGER);"
}

function quoted(text) {
  gsub(/'/, "''", text)
  return "'" text "'"
}

function finish() {
  if (sha != "") print "COMMIT; INSERT INTO commits VALUES (NULL, '" sha "', '" time "', spectradb_commit());"
}

/^commit / {
  finish()
  split($0, word, " ")
  sha = word[2]
  time = word[3]
  print "BEGIN;"
}

/^:/ {
  split($1, word, " ")  # :oldmode newmode oldblob newblob status
  path = substr($0, index($0, "\t") + 1)
  if (word[5] == "D") {
    print "DELETE FROM files WHERE path = " quoted(path) ";"
  } else {
    print "INSERT OR REPLACE INTO files VALUES (" quoted(path) ", '" word[2] "', '" word[4] "');"
  }
}

END { finish() }

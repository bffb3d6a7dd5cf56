'use strict';
// Has what the stores share: a database that is their own or given to them, and ranges of keys.

const { Database, open } = require('./database.js');

/** Returns the database of a store; one that was given as a path is closed with the store. */
function databaseOf(source, options) {
  if (source instanceof Database) return { db: source, isOwn: false };
  const db = open(source, options);
  try {
    if (source !== ':memory:' && !options?.readOnly) db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
  } catch (error) {
    db.close();
    throw error;
  }
  return { db, isOwn: true };
}

const quoted = (name) => `"${String(name).replaceAll('"', '""')}"`;

/** Returns the range of texts that begin with `prefix`: from its first bound, up to but without the second. */
function rangeOf(prefix) {
  const last = prefix.length - 1;
  return [prefix, prefix.slice(0, last) + String.fromCharCode(prefix.charCodeAt(last) + 1)];
}

module.exports = { databaseOf, quoted, rangeOf };

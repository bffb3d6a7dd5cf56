'use strict';
// What the stores have in common: a database of their own or one that they are handed, and ranges of keys.

const { Database, open } = require('./database.js');

/** The database of a store: a path is opened, and closed with the store. */
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

/** The range of the texts that begin with `prefix`, as bounds: from the first, up to the second. */
function rangeOf(prefix) {
  const last = prefix.length - 1;
  return [prefix, prefix.slice(0, last) + String.fromCharCode(prefix.charCodeAt(last) + 1)];
}

module.exports = { databaseOf, quoted, rangeOf };

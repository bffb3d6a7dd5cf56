'use strict';
// Gives SQLite's errors their symbolic code, as better-sqlite3 names them, and their place in the text.

const { positions } = require('./text.js');

const PRIMARY = (
  'OK ERROR INTERNAL PERM ABORT BUSY LOCKED NOMEM READONLY INTERRUPT IOERR CORRUPT NOTFOUND FULL CANTOPEN PROTOCOL EMPTY SCHEMA ' +
  'TOOBIG CONSTRAINT MISMATCH MISUSE NOLFS AUTH FORMAT RANGE NOTADB NOTICE WARNING'
).split(' ');
const EXTENDED = {
  BUSY: ['RECOVERY', 'SNAPSHOT', 'TIMEOUT'],
  LOCKED: ['SHAREDCACHE', 'VTAB'],
  READONLY: ['RECOVERY', 'CANTLOCK', 'ROLLBACK', 'DBMOVED', 'CANTINIT', 'DIRECTORY'],
  ABORT: ['', 'ROLLBACK'],
  ERROR: ['MISSING_COLLSEQ', 'RETRY', 'SNAPSHOT'],
  CORRUPT: ['VTAB', 'SEQUENCE', 'INDEX'],
  CANTOPEN: ['NOTEMPDIR', 'ISDIR', 'FULLPATH', 'CONVPATH', 'DIRTYWAL', 'SYMLINK'],
  AUTH: ['USER'],
  CONSTRAINT: ['CHECK', 'COMMITHOOK', 'FOREIGNKEY', 'FUNCTION', 'NOTNULL', 'PRIMARYKEY', 'TRIGGER', 'UNIQUE', 'VTAB', 'ROWID', 'PINNED', 'DATATYPE'],
};
const MOST_PROBES = 50;

function nameOf(code) {
  const primary = PRIMARY[code & 0xff] || (code === 100 ? 'ROW' : code === 101 ? 'DONE' : 'ERROR');
  const extended = (EXTENDED[primary] || [])[(code >> 8) - 1];
  return `SQLITE_${primary}${extended ? `_${extended}` : ''}`;
}

class SqliteError extends Error {
  /** @param {string} message @param {string} code @param {object} [more] errcode, sql, offset and cause */
  constructor(message, code, { errcode, sql, offset, cause } = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'SqliteError';
    this.code = code;
    if (errcode !== undefined) this.errcode = errcode;
    if (sql !== undefined) Object.defineProperty(this, 'sql', { value: sql, enumerable: false });
    if (offset === undefined) return;
    const before = sql.slice(0, offset).split('\n');
    this.offset = offset;
    this.line = before.length;
    this.column = before[before.length - 1].length + 1;
  }
}

// Returns where in `text` a message points to. Which x a message `near "x"` means is found by asking which
// beginning of the text fails alike.
function placeOf(text, message, messageOf) {
  const near = /^near "(.*)": syntax error/s.exec(message);
  if (near) {
    for (const position of positions(text, near[1]).slice(0, MOST_PROBES)) {
      const said = messageOf(text.slice(0, position + near[1].length));
      if (said !== null && said.startsWith(near[0])) return position;
    }
    return undefined;
  }
  if (/^incomplete input/.test(message)) return text.length;
  const named = /^no such (?:table|column|function|index|view): (?:.*\.)?([^.\s]+)/.exec(message) || /^'([^']+)' stands/.exec(message);
  if (!named) return undefined;
  const found = named[0][0] === "'" ? [text.indexOf(named[1])] : positions(text, named[1]);
  return found.length === 1 && found[0] >= 0 ? found[0] : undefined;
}

/** Turns what a driver threw for `sql` into a SqliteError; other errors stay as they are. `whole` is the text of which `sql` is a part. */
function translate(error, sql, messageOf, start = 0, whole = sql) {
  const isOfSqlite = error && (error.code === 'ERR_SQLITE_ERROR' || /^SQLITE_/.test(error.code || ''));
  if (!isOfSqlite || error instanceof SqliteError) return error;
  const code = error.errcode === undefined ? error.code : nameOf(error.errcode);
  const place = sql === undefined ? undefined : placeOf(sql, error.message, messageOf);
  return new SqliteError(error.message, code, {
    errcode: error.errcode,
    sql: whole,
    offset: place === undefined ? undefined : start + place,
    cause: error,
  });
}

module.exports = { SqliteError, translate };

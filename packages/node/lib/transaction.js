'use strict';
// Makes transactions of functions, as better-sqlite3 does: nested ones are savepoints.

/** @param {{ engine: { inTransaction: boolean }, exec(sql: string): unknown }} db */
function makeTransaction(db, body) {
  if (typeof body !== 'function') throw new TypeError('transaction() takes a function');
  const make = (begin) =>
    function transaction(...args) {
      const isNested = db.engine.inTransaction;
      db.exec(isNested ? 'SAVEPOINT spectradb_nested' : begin);
      const undo = () => {
        if (!db.engine.inTransaction) return; // SQLite has already rolled back by itself
        if (!isNested) return db.exec('ROLLBACK');
        db.exec('ROLLBACK TO spectradb_nested');
        db.exec('RELEASE spectradb_nested');
      };
      try {
        const result = body.apply(this, args);
        if (result && typeof result.then === 'function')
          throw new TypeError('a transaction cannot wait: its function returned a promise');
        db.exec(isNested ? 'RELEASE spectradb_nested' : 'COMMIT');
        return result;
      } catch (error) {
        undo();
        throw error;
      }
    };
  const variants = { deferred: make('BEGIN'), immediate: make('BEGIN IMMEDIATE'), exclusive: make('BEGIN EXCLUSIVE') };
  const result = make('BEGIN');
  for (const variant of [result, ...Object.values(variants)]) {
    Object.assign(variant, variants);
    variant.default = result;
    variant.database = db;
  }
  return result;
}

module.exports = { makeTransaction };

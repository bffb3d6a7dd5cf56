'use strict';
// A client of Knex over node:sqlite. Knex changes columns by definitions that it finds in sqlite_master, so
// it gets those of temporal tables in the form that ordinary ones have. A table that it then makes anew
// keeps its history.

const BetterSqlite3Client = require('knex/lib/dialects/better-sqlite3/index.js');

const Database = require('./better.js');

const ASKS_FOR_TEXTS = /^SELECT type, sql FROM sqlite_master WHERE .* AND lower\(tbl_name\)='(.*)'$/s;
const TEMPORAL = /^CREATE VIRTUAL TABLE (.*?) USING spectradb\s*\((.*)\)$/is;
const OPTIONS = /(?:,\s*(?:on_insert|valid_default|valid_form)\s*=\s*\w+\s*)+$/i; // a new table keeps these by itself

const quoted = (name) => `\`${name.replaceAll('`', '``')}\``;

function indexTexts(connection, table) {
  const texts = [];
  for (const { name, unique, origin, partial } of connection.prepare(`PRAGMA index_list(${quoted(table)})`).all()) {
    if (origin !== 'c') continue;
    const columns = connection.prepare(`PRAGMA index_xinfo(${quoted(name)})`).all().filter(({ key }) => key);
    if (partial || columns.some((column) => column.name === null))
      throw new Error(`index ${name} has an expression or a condition, which Knex cannot make again: drop it first, and create it behind the change`);
    const list = columns.map((column) => quoted(column.name) + (column.desc ? ' DESC' : '')).join(', ');
    texts.push(`CREATE ${unique ? 'UNIQUE ' : ''}INDEX ${quoted(name)} ON ${quoted(table)} (${list})`);
  }
  return texts;
}

class SpectraClient extends BetterSqlite3Client {
  _driver() {
    return Database;
  }

  async _query(connection, obj) {
    const result = await super._query(connection, obj);
    const asked = ASKS_FOR_TEXTS.exec(obj.sql);
    const temporal = asked && result.response.map(({ sql }) => TEMPORAL.exec(sql)).find(Boolean);
    if (!temporal) return result;
    const [, name, definitions] = temporal;
    const indexes = indexTexts(connection, asked[1].replaceAll("''", "'"));
    result.response = [
      { type: 'table', sql: `CREATE TABLE ${name} (${definitions.replace(OPTIONS, '')})` },
      ...indexes.map((sql) => ({ type: 'index', sql })),
    ];
    return result;
  }
}

module.exports = SpectraClient;
module.exports.SpectraClient = SpectraClient; // exported by itself, so that ES modules find the name
module.exports.default = SpectraClient;

'use strict';
const { getLoadablePath, load } = require('./module.js');
const { Database, open } = require('./database.js');
const { SqliteError } = require('./errors.js');
const { wrap } = require('./better.js');

module.exports = { Database, SqliteError, getLoadablePath, load, open, wrap };

'use strict';
// Finds the extension, and loads it into a driver.

const fs = require('node:fs');

const PLATFORMS = ['linux-x64', 'linux-arm64'];

function isMusl() {
  if (process.platform !== 'linux') return false;
  const report = process.report && process.report.getReport();
  return Boolean(report && report.header && !report.header.glibcVersionRuntime);
}

/** Returns the path of the extension for this machine: SPECTRADB_MODULE in the environment, or the file of the platform's package. */
function getLoadablePath() {
  if (process.env.SPECTRADB_MODULE) {
    if (!fs.existsSync(process.env.SPECTRADB_MODULE))
      throw new Error(`SPECTRADB_MODULE names ${process.env.SPECTRADB_MODULE}, which is not there`);
    return process.env.SPECTRADB_MODULE;
  }
  const platform = `${process.platform}-${process.arch}`;
  if (!PLATFORMS.includes(platform) || isMusl())
    throw new Error(
      `spectradb has no build for ${platform}${isMusl() ? ' with musl' : ''}, but for ${PLATFORMS.join(' and ')} with glibc: ` +
        'name one of your own in the environment variable SPECTRADB_MODULE',
    );
  try {
    return require.resolve(`spectradb-${platform}/spectradb.so`);
  } catch {
    throw new Error(
      `the package spectradb-${platform} is not installed, which holds the extension for this machine: ` +
        `install it (npm leaves it out with --omit=optional), or name the extension in SPECTRADB_MODULE`,
    );
  }
}

/** Loads the extension into a connection of node:sqlite, better-sqlite3, bun:sqlite, libsql, or any driver with loadExtension(). */
function load(db, path = getLoadablePath()) {
  if (!db || typeof db.loadExtension !== 'function')
    throw new TypeError('load() takes a connection that has loadExtension(): of node:sqlite, better-sqlite3, bun:sqlite or libsql');
  try {
    db.loadExtension(path);
  } catch (error) {
    if (/not allowed|not authorized|extension loading/i.test(error.message))
      error.message += ': open the database with { allowExtension: true }, and load before enableLoadExtension(false)';
    throw error;
  }
  return db;
}

module.exports = { getLoadablePath, load };

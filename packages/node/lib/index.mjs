import spectradb from './index.js';

export const { Database, SqliteError, getLoadablePath, load, open, wrap } = spectradb;
export default spectradb;

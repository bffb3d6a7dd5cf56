import * as spectradb from './index.js';

export * from './index.js';
export default spectradb;

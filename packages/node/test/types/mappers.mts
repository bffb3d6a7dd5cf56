// Uses the declarations of the client for Knex, together with Knex.
import knex from 'knex';
import SpectraClient from 'spectradb/knex';

const db = knex({ client: SpectraClient, connection: { filename: 'my.db' }, useNullAsDefault: true });
export const rows: Promise<{ sku: string }[]> = db('prices').select('sku');

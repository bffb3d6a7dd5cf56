import { knex } from 'knex';

/** A client of Knex: `knex({ client: SpectraClient, connection: { filename: 'my.db' } })`. */
declare class SpectraClient extends knex.Client {}
declare namespace SpectraClient {
  export { SpectraClient, SpectraClient as default };
}
export = SpectraClient;

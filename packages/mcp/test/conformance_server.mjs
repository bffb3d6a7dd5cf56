// Runs the server with what the conformance suite needs besides. usage: conformance_server.mjs DATABASE
import { serveHttp } from 'spectradb-mcp/serving';

import { addFixtures } from './conformance_fixtures.mjs';

const server = await serveHttp(process.argv[2], { extend: addFixtures, capabilities: { logging: {} } });
console.log(server.url);

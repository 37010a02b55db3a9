import { startSandboxCas } from './cas/sandbox-cas.js';

// The sandbox CAS alone, in a container: it must be reachable from the other containers.
const { SANDBOX_CAS_API_KEY: apiKey = '', SANDBOX_CAS_API_SECRET: apiSecret = '' } = process.env;

const cas = await startSandboxCas({ port: 3001, host: '0.0.0.0', apiKey, apiSecret });
process.stdout.write(`The sandbox CAS listens on port ${cas.port}.\n`);
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void cas.close().then(() => process.exit(0)));

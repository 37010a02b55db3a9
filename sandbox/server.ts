import { pathToFileURL } from 'node:url';
import { resolve } from 'node:path';

// The child of the sandbox: the real server, which must not outlive a parent that was killed.
process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));
await import(pathToFileURL(resolve('dist/main.js')).href);

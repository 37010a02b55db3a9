// The child of the sandbox: the real server, which must not outlive a parent that was killed. There
// is nobody left to drain for, and nobody who reads what it would still write, so it ends at once.
const end = () => process.kill(process.pid, 'SIGKILL');
process.on('disconnect', end);
// The parent may be gone before this line was reached.
if (!process.connected) end();
// Beside this file's folder: the sandbox may be started from anywhere.
await import(new URL('../dist/main.js', import.meta.url).href);

// The child process of the sandbox: the real server, which must not survive a killed parent. Nobody
// is left to drain for or to read its output, so it ends immediately.
const end = () => process.kill(process.pid, 'SIGKILL');
process.on('disconnect', end);
// The parent may have ended before this line was reached.
if (!process.connected) end();
// Relative to this file, because the sandbox may be started from anywhere.
await import(new URL('../dist/main.js', import.meta.url).href);

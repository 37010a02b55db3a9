// Runs against the compose files while they are up: the admin signs in with the password that was
// shown once, and a user joins a room through the published port of every replica.
import { execFileSync } from 'node:child_process';

const compose = (...args) => execFileSync('docker', ['compose', ...args], { encoding: 'utf8' });

function fail(why) {
  console.error(`compose probe: ${why}`);
  process.exit(1);
}

async function call(url, method, path, token, body) {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: {
      ...(token && { authorization: `Bearer ${token}` }),
      ...(body && { 'content-type': 'application/json' }),
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const answer = text === '' ? undefined : JSON.parse(text);
  console.log(`${method} ${path} → ${response.status}`);
  if (!response.ok) fail(`${method} ${path} answered ${response.status} ${answer?.code}`);
  return answer;
}

const replicas = compose('ps', '--format', 'json', 'server')
  .trim()
  .split('\n')
  .flatMap((line) => JSON.parse(line).Publishers)
  .filter(({ PublishedPort }) => PublishedPort > 0)
  .map(({ PublishedPort }) => `http://127.0.0.1:${PublishedPort}`);
const urls = [...new Set(replicas)];
if (urls.length !== Number(process.argv[2] ?? 1)) fail(`${urls.length} replicas are published`);

const [, password] = /shown this once: (\S+)/.exec(compose('logs', '--no-color', 'secrets')) ?? [];
if (!password) fail('the first admin password is not in the log of the service "secrets"');

const admin = await call(urls[0], 'POST', '/v1/auth/login', undefined, {
  email: process.env.ADMIN_EMAIL ?? 'admin@example.org',
  password,
});
const room = await call(urls[0], 'POST', '/v1/rooms', admin.accessToken, {
  name: 'Cup final',
  access: 'users',
});
const fan = await call(urls[0], 'POST', '/v1/auth/register', undefined, {
  email: 'fan@example.org',
  password: 'a password for the probe',
  displayName: 'Fan',
});
const tokens = [];
for (const url of urls)
  tokens.push((await call(url, 'POST', `/v1/rooms/${room.id}/join`, fan.accessToken)).token);
if (new Set(tokens).size !== 1) fail('the replicas handed out different tokens');

await call(urls[0], 'GET', '/openapi.json');
if (!(await fetch(`${urls[0]}/docs`)).ok) fail('the reference page is not there');

// None of this may be possible in the server's container.
const inside = (script) => compose('exec', '-T', 'server', 'node', '-e', script).trim();
if (inside('console.log(process.getuid())') === '0') fail('the server runs as root');
const write =
  "try{require('fs').writeFileSync('/app/x','');console.log('yes')}catch{console.log('no')}";
if (inside(write) !== 'no') fail('the file system can be written');
const asked = 'select rolsuper from pg_roles where rolname = current_user';
const psql = ['psql', '--dbname', 'latchkey', '--username', 'latchkey', '-tAc', asked];
if (compose('exec', '-T', 'postgres', ...psql).trim() !== 'f')
  fail('the server could do anything in Postgres');
console.log(`compose probe: ${urls.length} replicas, one token`);

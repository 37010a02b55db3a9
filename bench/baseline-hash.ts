import { createServer } from 'node:http';
import { verify } from '@node-rs/argon2';

// The unit of a sign-in: one argon2id hash per request, two at the same time, and almost nothing
// else.

const { PASSWORD = '', PASSWORD_HASH = '', PORT } = process.env;

createServer((request, response) => {
  if (request.method !== 'POST') return void response.end();
  void verify(PASSWORD_HASH, PASSWORD).then((isRight) => {
    response.statusCode = isRight ? 200 : 500;
    response.end();
  });
}).listen(Number(PORT), '127.0.0.1');

import { createPublicKey, type JsonWebKey } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import Fastify from 'fastify';
import jwt from 'jsonwebtoken';
import pg from 'pg';

// The minimal cost of a correct join: one ES256 verification and one named statement that checks
// session, user, member, room and token. No framework, no policy, no decryption, no log. With
// MINT_MS the room is cold for the first request, and all requests wait for the same mint.

const { DATABASE_URL, PUBLIC_JWK = '{}', PORT, MINT_MS } = process.env;
const pool = new pg.Pool({ connectionString: DATABASE_URL, max: 10 });
const key = createPublicKey({ key: JSON.parse(PUBLIC_JWK) as JsonWebKey, format: 'jwk' });

const READ = {
  name: 'baseline-join',
  text: `select r.id, r.name, t.generation, t.fingerprint, encode(t.token, 'base64') as token,
                t.expires_at, t.serve_until, clock_timestamp() as now
           from sessions s
           join users u on u.id = s.user_id and u.status = 'active'
           join rooms r on r.id = $2 and r.deleted_at is null
           join room_tokens t on t.room_id = r.id and t.serve_until > clock_timestamp()
           left join members m on m.room_id = r.id and m.user_id = u.id
          where s.id = $1 and s.revoked_at is null and s.expires_at > clock_timestamp()
            and (r.access = 'users' or m.user_id is not null)`,
};

const mints = new Map<string, Promise<unknown>>();

function awaitMint(room: string): Promise<unknown> {
  const mint = mints.get(room) ?? sleep(Number(MINT_MS));
  mints.set(room, mint);
  return mint;
}

const app = Fastify();

app.post<{ Params: { room: string } }>('/v1/rooms/:room/join', async (request, reply) => {
  const token = request.headers.authorization?.slice('Bearer '.length) ?? '';
  const { sid } = jwt.verify(token, key, { algorithms: ['ES256'], issuer: 'latchkey' }) as {
    sid: string;
  };
  if (MINT_MS !== undefined) await awaitMint(request.params.room);
  const { rows } = await pool.query<object>({ ...READ, values: [sid, request.params.room] });
  return rows[0] ?? reply.code(404).send({});
});

await app.listen({ host: '127.0.0.1', port: Number(PORT) });

import { createHash, generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { verify } from '@node-rs/argon2';
import Fastify from 'fastify';
import jwt from 'jsonwebtoken';
import pg from 'pg';

// The minimal cost of a sign-in (a hash, an insert and a signature), a refresh (an update and a
// signature) and a list (a statement). No framework, no limits, no audit trail, no log.

const { DATABASE_URL, PASSWORD_HASH = '', PORT } = process.env;
const pool = new pg.Pool({ connectionString: DATABASE_URL, max: 10 });
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });

const OPEN = {
  name: 'baseline-open',
  text: `insert into sessions (id, user_id, device_id, refresh_hash, device, address,
                               idle_expires_at, expires_at)
         values ($1, $2, $1, $3, '', '', clock_timestamp() + interval '1 day',
                 clock_timestamp() + interval '1 day')`,
};

const ROTATE = {
  name: 'baseline-rotate',
  text: `update sessions set counter = counter + 1, refresh_hash = $3,
                rotated_at = clock_timestamp(), last_used_at = clock_timestamp()
          where id = $1 and refresh_hash = $2 and revoked_at is null
                and idle_expires_at > clock_timestamp()
         returning user_id as "userId"`,
};

const LIST = {
  name: 'baseline-list',
  text: `select r.id, r.slug, r.name, r.description, r.access, r.status, 'open' as phase,
                r.opens_at as "opensAt", r.closes_at as "closesAt",
                r.early_entry_seconds as "earlyEntrySeconds", r.premint_seconds as "premintSeconds",
                r.capacity, r.access_code_hash is not null as "hasAccessCode", r.metadata,
                t.generation, t.expires_at as "tokenExpiresAt",
                (select count(*)::int from seats s where s.room_id = r.id) as "participantCount",
                r.created_at as "createdAt", r.updated_at as "updatedAt"
           from rooms r join room_tokens t on t.room_id = r.id
           left join members m on m.room_id = r.id and m.user_id = $1
          where r.deleted_at is null and (r.access = 'users' or m.user_id is not null)
          order by r.id limit 51`,
};

const hashOf = (token: string) => createHash('sha256').update(token).digest();
const makeToken = (sessionId: string) => `${sessionId}.${randomBytes(32).toString('base64url')}`;

function sign(userId: string, sessionId: string): string {
  const claims = { sub: userId, sid: sessionId, jti: randomUUID() };
  return jwt.sign(claims, privateKey, { algorithm: 'ES256', expiresIn: 300, issuer: 'baseline' });
}

const app = Fastify();

app.post<{ Body: { email: string; password: string } }>(
  '/v1/auth/login',
  async (request, reply) => {
    const { email, password } = request.body;
    if (!(await verify(PASSWORD_HASH, password))) return reply.code(401).send({});
    const [userId, sessionId] = [email.slice(0, email.indexOf('@')), randomUUID()];
    const refreshToken = makeToken(sessionId);
    await pool.query({ ...OPEN, values: [sessionId, userId, hashOf(refreshToken)] });
    return { accessToken: sign(userId, sessionId), refreshToken };
  },
);

app.post<{ Body: { refreshToken: string } }>('/v1/auth/refresh', async (request, reply) => {
  const { refreshToken } = request.body;
  const sessionId = refreshToken.slice(0, refreshToken.indexOf('.'));
  const next = makeToken(sessionId);
  const values = [sessionId, hashOf(refreshToken), hashOf(next)];
  const { rows } = await pool.query<{ userId: string }>({ ...ROTATE, values });
  if (!rows[0]) return reply.code(401).send({});
  return { accessToken: sign(rows[0].userId, sessionId), refreshToken: next };
});

app.get('/v1/rooms', async ({ headers }) => {
  const { rows } = await pool.query<object>({ ...LIST, values: [headers['x-user-id']] });
  return { items: rows.slice(0, 50), nextCursor: null };
});

await app.listen({ host: '127.0.0.1', port: Number(PORT) });

import { describe, expect, it } from 'vitest';
import { useApp } from '../../support/app.js';

const server = useApp();
const BLANKS = [
  '  ',
  '\t',
  '\r\n',
  '\u00a0',
  '\ufeff',
  '\u200b',
  '\u2060',
  '\u200e',
  '\u2068 \u00ad',
];

async function inviteTo(room: { id: string }): Promise<string> {
  const { body } = await server.admin.post<{ code: string }>(`/v1/rooms/${room.id}/invites`, {
    role: 'viewer',
  });
  return body.code;
}

describe.each(BLANKS)('a code with the blanks %j around it', (blanks) => {
  const pasted = (code: string) => `${blanks}${code}${blanks}`;

  it('is accepted as the invite code of a guest', async () => {
    const inviteCode = pasted(await inviteTo(await server.createRoom({ access: 'members' })));
    const guest = { inviteCode, displayName: 'Gwen' };
    expect((await server.anyone.post('/v1/auth/guest', guest)).status).toBe(201);
  });

  it('is accepted as the invite code of a user who joins', async () => {
    const room = await server.createRoom({ access: 'members' });
    const wish = { inviteCode: pasted(await inviteTo(room)) };
    const ann = await server.signUp();
    expect((await ann.post(`/v1/rooms/${room.id}/join`, wish)).status).toBe(200);
  });

  it.each([
    ['set', pasted('let me in'), 'let me in'],
    ['given', 'let me in', pasted('let me in')],
  ])('is accepted as an access code that is %s with the blanks', async (_, set, accessCode) => {
    const made = await server.createRoom({ accessCode: set });
    const changed = await server.createRoom();
    await server.admin.patch(`/v1/rooms/${changed.id}`, { accessCode: set });
    const ann = await server.signUp();
    for (const { id } of [made, changed])
      expect((await ann.post(`/v1/rooms/${id}/join`, { accessCode })).status).toBe(200);
  });
});

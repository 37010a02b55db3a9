import type { Behaviour } from '../../../../sandbox/cas/behaviour.js';
import { casFaults } from '../../cas-faults.js';
import type { Room } from '../../shapes.js';
import type { ErrorPath, Scene } from '../scene.js';

const faults: readonly [string, Behaviour][] = [
  ...Object.entries(casFaults),
  ['redirects elsewhere', { redirect: 'http://127.0.0.1:1/' }],
];

async function whileCas<Result>(
  { cas }: Scene,
  behaviour: Behaviour,
  work: () => Promise<Result>,
): Promise<Result> {
  cas.behave(behaviour);
  try {
    return await work();
  } finally {
    cas.reset();
  }
}

/** Faults of CAS while it is sent key and secret, and while its answer contains or resembles a token. */
export const cas: readonly ErrorPath[] = [
  ...faults.map(([what, behaviour]): ErrorPath => ({
    name: `a re-key while CAS ${what}`,
    code: 'cas_unavailable',
    go: async (scene) => {
      const { traffic, admin } = scene;
      // The path has a room of its own, because other rooms may be in the pause after a re-key.
      const { id } = await traffic.send<Room>(admin, 'POST /v1/rooms', { name: 'Live' });
      await traffic.send(admin, `POST /v1/rooms/${id}/join`);
      const reason = 'a leak';
      return whileCas(scene, behaviour, () =>
        traffic.send(admin, `POST /v1/rooms/${id}/rekey`, { reason }),
      );
    },
  })),
  ...faults.map(([what, behaviour]): ErrorPath => ({
    name: `a join that is aborted while CAS ${what}`,
    code: 'no answer',
    go: async (scene) => {
      const { traffic, admin } = scene;
      const { id } = await traffic.send<Room>(admin, 'POST /v1/rooms', { name: 'Cold' });
      await whileCas(scene, behaviour, () => traffic.abort(admin, `/v1/rooms/${id}/join`, 250));
      return { code: 'no answer' };
    },
  })),
  {
    name: 'a join while CAS refuses our credentials',
    code: 'cas_unavailable',
    go: async (scene) => {
      const { traffic, admin } = scene;
      const { id } = await traffic.send<Room>(admin, 'POST /v1/rooms', { name: 'Cold' });
      return whileCas(scene, { status: 401 }, () =>
        traffic.send(admin, `POST /v1/rooms/${id}/join`),
      );
    },
  },
];

/** A secret by its name, and where it may be found all the same. */
export interface Canary {
  readonly name: string;
  readonly secret: string;
  /** The routes whose answers hand it out. */
  readonly handedOutBy?: RegExp;
}

/** A text of somewhere, such as an answer of a route. */
export interface Place {
  readonly name: string;
  readonly text: string;
}

/** The secret as it might be written down, by accident or by design. */
function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const escaped = JSON.stringify(secret).slice(1, -1);
  return [
    secret,
    escaped,
    encodeURIComponent(secret),
    bytes.toString('hex'),
    bytes.toString('base64').replace(/=+$/, ''),
    bytes.toString('base64url'),
  ];
}

/** Where which canary is found, as `name in place`; nothing is as it must be. */
export function findCanaries(canaries: readonly Canary[], places: readonly Place[]): string[] {
  const found = places.flatMap(({ name: place, text }) =>
    canaries
      .filter(({ secret, handedOutBy }) => {
        const isThere = formsOf(secret).some((form) => text.includes(form));
        return isThere && handedOutBy?.test(place) !== true;
      })
      .map(({ name }) => `${name} in ${place}`),
  );
  return [...new Set(found)];
}

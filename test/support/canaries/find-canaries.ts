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

/** What is certain of its base64 wherever in a longer text it begins: no character of a neighbour's. */
function base64Within(bytes: Buffer): string[] {
  return [0, 1, 2].map((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
    return text.slice(Math.ceil((offset * 4) / 3), Math.floor(((offset + bytes.length) * 4) / 3));
  });
}

/** The secret as it might be written down, by accident or by design; in small letters. */
function formsOf(secret: string): string[] {
  const base64 = base64Within(Buffer.from(secret));
  const escaped = encodeURIComponent(secret);
  const forms = [
    secret,
    JSON.stringify(secret).slice(1, -1),
    JSON.stringify(JSON.stringify(secret)).slice(3, -3),
    escaped,
    escaped.replaceAll('%20', '+'),
    Buffer.from(secret).toString('hex'),
    ...base64,
    ...base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_')),
  ];
  // Letters of an address or of hex digits may be of either case.
  return [...new Set(forms.map((form) => form.toLowerCase()))];
}

/** Where which canary is found, as `name in place`; nothing is as it must be. */
export function findCanaries(canaries: readonly Canary[], places: readonly Place[]): string[] {
  const birds = canaries.map((canary) => ({ ...canary, forms: formsOf(canary.secret) }));
  const found = places.flatMap(({ name: place, text }) => {
    const small = text.toLowerCase();
    return birds
      .filter(({ handedOutBy }) => handedOutBy?.test(place) !== true)
      .filter(({ forms }) => forms.some((form) => small.includes(form)))
      .map(({ name }) => `${name} in ${place}`);
  });
  return [...new Set(found)];
}

/** A secret with its name and the places where it is allowed. */
export interface Canary {
  readonly name: string;
  readonly secret: string;
  /** The places whose answers hand out the secret. */
  readonly handedOutBy?: RegExp;
}

/** A text that is searched, such as the answer of a route. */
export interface Place {
  readonly name: string;
  readonly text: string;
}

/** Returns the parts of its base64 that do not depend on neighbouring characters, at each offset. */
function base64Within(bytes: Buffer): string[] {
  return [0, 1, 2].map((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
    return text.slice(Math.ceil((offset * 4) / 3), Math.floor(((offset + bytes.length) * 4) / 3));
  });
}

/** Returns the forms in which the secret may be written, in lower case. */
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
  // The hex digits and percent escapes may have either case.
  return [...new Set(forms.map((form) => form.toLowerCase()))];
}

/** Returns every canary that is found outside of its places, as `name in place`. */
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

import { z } from 'zod';
import { ALGORITHMS } from '../http/jwt-form.js';

const DEFAULT_ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519'] as const;

const MOST_ISSUERS = 20;
/** The parts of a JSON Web Key that only the issuer may know (RFC 7518). */
const PRIVATE_PARTS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];

const line = (most: number) =>
  z
    .string('must be a text')
    .min(1, 'must not be empty')
    .max(most, `must have at most ${most} characters`);

const Pointer = line(255).regex(
  /^(?:\/(?:[^~/]|~[01])*)+$/,
  'must be a JSON Pointer such as /realm_access/roles',
);

const PublicKey = z
  .looseObject(
    { kty: z.enum(['RSA', 'EC', 'OKP'], 'must be RSA, EC or OKP') },
    'must be a JSON Web Key',
  )
  .superRefine((key, context) => {
    for (const part of PRIVATE_PARTS)
      if (part in key)
        context.addIssue({
          code: 'custom',
          path: [part],
          message: 'is a part of a private key: list public keys only, and replace this key',
        });
  });

const RoleRule = z.strictObject({
  claim: Pointer,
  values: z.array(line(255), 'must be a list of texts').min(1, 'must not be empty').max(50),
});

const Entry = z.strictObject({
  name: line(64).regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, 'must be a slug such as my-provider'),
  issuer: line(255),
  audience: z
    .array(line(255), 'must be a list of texts')
    .min(1, 'must not be empty')
    .max(20, 'must have at most 20 entries'),
  jwksUrl: line(2048).optional(),
  jwks: z
    .strictObject({
      keys: z
        .array(PublicKey, 'must be a list of keys')
        .min(1, 'must not be empty')
        .max(50, 'must have at most 50 keys'),
    })
    .optional(),
  allowHttp: z.boolean('must be true or false').default(false),
  algorithms: z
    .array(z.enum(ALGORITHMS, `must be ${ALGORITHMS.join(', ')}`), 'must be a list')
    .min(1, 'must not be empty')
    .default([...DEFAULT_ALGORITHMS]),
  claims: z
    .strictObject({
      audience: Pointer.default('/aud'),
      name: Pointer.default('/name'),
      session: Pointer.default('/sid'),
    })
    .prefault({}),
  roles: z
    .strictObject({ admin: RoleRule.optional(), producer: RoleRule.optional() })
    .refine((roles) => Object.keys(roles).length > 0, 'must name admin, producer or both')
    .optional(),
  users: z.enum(['open', 'approval', 'closed'], 'must be open, approval or closed').default('open'),
  client: z
    .strictObject({ id: line(255), secret: line(1024).optional(), label: line(80) })
    .optional(),
});

/** A provider of identities whose tokens are accepted; docs/integrate/identity-provider.md. */
export type TrustedIssuer = z.infer<typeof Entry>;

const isHttps = (url: string) => URL.canParse(url) && new URL(url).protocol === 'https:';
const isHttp = (url: string) => URL.canParse(url) && new URL(url).protocol === 'http:';

function faultsOf({ issuer, jwksUrl, jwks, allowHttp }: TrustedIssuer): string[] {
  const faults: string[] = [];
  if (jwksUrl !== undefined && jwks !== undefined)
    faults.push('jwks: is set together with jwksUrl; set only one of them');
  if (issuer.startsWith('external:'))
    faults.push('issuer: must not start with external:, which names identities of your own');
  if (isHttp(issuer) && !allowHttp)
    faults.push('issuer: must start with https:// (allowHttp permits http, for tests only)');
  if (jwksUrl === undefined && jwks === undefined && !isHttps(issuer) && !isHttp(issuer))
    faults.push('issuer: must be an https:// address, or set jwksUrl or jwks');
  if (jwksUrl !== undefined && !isHttps(jwksUrl) && !(allowHttp && isHttp(jwksUrl)))
    faults.push('jwksUrl: must be an https:// address (allowHttp permits http, for tests only)');
  return faults;
}

function repeatedIn(entries: readonly TrustedIssuer[]): string[] {
  return (['name', 'issuer'] as const).flatMap((field) => {
    const values = entries.map((entry) => entry[field]);
    const second = values.findIndex((value, index) => values.indexOf(value) < index);
    if (second === -1) return [];
    const first = values.indexOf(values[second] as string);
    return [`entry ${second + 1}, ${field}: is the same as in entry ${first + 1}`];
  });
}

function wordsOf(issue: z.core.$ZodIssue): string {
  const [index, ...path] = issue.path;
  const keys = issue.code === 'unrecognized_keys' ? issue.keys : [undefined];
  return keys
    .map((key) => {
      const place = [...path, ...(key === undefined ? [] : [key])].map(String).join('.');
      const words = key === undefined ? issue.message : 'is not a known field';
      const entry = index === undefined ? '' : `entry ${Number(index) + 1}`;
      return `${[entry, place].filter((part) => part !== '').join(', ')}: ${words}`;
    })
    .join('; ');
}

function toList(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const requiredOr: z.core.$ZodErrorMap = ({ input, code }) =>
  input === undefined && code === 'invalid_type' ? 'is required' : undefined;

/** A JSON list of entries; the faults name the entry and the field, and no value. */
export const TrustedIssuers = z
  .string()
  .default('[]')
  .transform((text, context): readonly TrustedIssuer[] => {
    const refuse = (message: string) => {
      context.addIssue({ code: 'custom', message });
      return [];
    };
    const list = toList(text);
    if (!Array.isArray(list)) return refuse('must be a JSON list of issuers, in brackets');
    if (list.length > MOST_ISSUERS) return refuse(`must have at most ${MOST_ISSUERS} entries`);
    const parsed = z.array(Entry, 'must be objects').safeParse(list, { error: requiredOr });
    if (!parsed.success) {
      for (const issue of parsed.error.issues) refuse(wordsOf(issue));
      return [];
    }
    parsed.data.forEach((entry, index) => {
      for (const fault of faultsOf(entry)) refuse(`entry ${index + 1}, ${fault}`);
    });
    for (const fault of repeatedIn(parsed.data)) refuse(fault);
    return parsed.data;
  });

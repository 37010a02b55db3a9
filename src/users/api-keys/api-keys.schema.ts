import { z } from 'zod';
import { SCOPES } from '../../platform/access/scope.js';
import { pageOf, pageQuery } from '../../platform/http/paging.js';
import {
  Id,
  Name,
  openEnum,
  Timestamp,
  TimestampIn,
  TimestampInJson,
  wholeNumber,
} from '../../platform/http/schema.js';
import { DEFAULT_NAMESPACE, isNamespace } from '../accounts/external-identity.js';

const DAY = 86_400;

const Scopes = z
  .array(z.enum(SCOPES))
  .min(1)
  .max(SCOPES.length)
  .refine((scopes) => new Set(scopes).size === scopes.length, 'must not contain a scope twice')
  .describe('The rights of the key. Each operation names its scope in `x-scope`.');

const Namespace = z
  .string()
  .refine(isNamespace, 'must be external: and a slug, such as external:default')
  .meta({ maxLength: 80, pattern: '^external:[a-z0-9]+(-[a-z0-9]+)*$' });

const KeyName = Name.describe('A name for administrators, such as the system that uses the key.');

const EndsAt = TimestampIn.nullish().describe(
  'The end of the key; null: it does not expire. The alarm `api_key_expiring` is raised 14 days ahead.',
);

export const CreateApiKey = z
  .strictObject({
    name: KeyName,
    scopes: Scopes,
    namespace: Namespace.default(DEFAULT_NAMESPACE).describe(
      'The `issuer` of the users that the key names by an `externalId` alone. It cannot be changed later.',
    ),
    expiresAt: EndsAt,
  })
  .meta({ id: 'CreateApiKey' });
export type CreateApiKey = z.infer<typeof CreateApiKey>;

export const ChangeApiKey = z
  .strictObject({
    name: KeyName.optional(),
    scopes: Scopes.optional(),
    expiresAt: EndsAt,
  })
  .meta({ id: 'ChangeApiKey' });
export type ChangeApiKey = z.infer<typeof ChangeApiKey>;

export const RotateApiKey = z
  .strictObject({
    overlapSeconds: wholeNumber(0, 30 * DAY)
      .default(DAY)
      .describe('Seconds for which the present key still works.'),
  })
  .meta({ id: 'RotateApiKey' });
export type RotateApiKey = z.infer<typeof RotateApiKey>;

export const ApiKeyPath = z.object({ id: Id.describe('The id of the API key.') });
export type ApiKeyPath = z.infer<typeof ApiKeyPath>;

export const ListApiKeys = z.strictObject(pageQuery);
export type ListApiKeys = z.infer<typeof ListApiKeys>;

const SecretView = z
  .object({
    prefix: z.string().describe('The first characters, by which people recognize the key.'),
    createdAt: TimestampInJson,
    expiresAt: TimestampInJson.nullable().describe(
      'When it stops working after a rotation; null: it is the newest.',
    ),
    lastUsedAt: TimestampInJson.nullable().describe('Written at most once a minute.'),
  })
  .meta({ id: 'ApiKeySecret' });

const fields = {
  id: z.uuid().describe('Also the id of a user of the kind `service`, which audit entries name.'),
  name: z.string(),
  scopes: z.array(openEnum(SCOPES)),
  namespace: z
    .string()
    .describe('The `issuer` of the users that the key names by an `externalId` alone.'),
  expiresAt: Timestamp.nullable(),
  secrets: z
    .array(SecretView)
    .describe('The secrets that work, the newest last: two during a rotation, none after the end.'),
  createdAt: Timestamp,
};

const KeyText = z
  .string()
  .describe('The key, to send as `Authorization: Bearer lk_…`; no other answer shows it.');

export const ApiKeyView = z.object(fields).meta({ id: 'ApiKey' });
export type ApiKeyView = z.input<typeof ApiKeyView>;

export const NewApiKeyView = z.object({ ...fields, key: KeyText }).meta({ id: 'NewApiKey' });
export type NewApiKeyView = z.input<typeof NewApiKeyView>;

export const RotatedApiKey = z.object({ key: KeyText }).meta({ id: 'RotatedApiKey' });
export type RotatedApiKey = z.input<typeof RotatedApiKey>;

export const ApiKeyList = pageOf(ApiKeyView).meta({ id: 'ApiKeyList' });

import { z } from 'zod';
import { openEnum, Timestamp } from '../../platform/http/schema.js';

const Part = z.object({ works: z.boolean(), detail: z.string().optional() });

const TokensPart = z
  .object({ works: z.boolean().nullable(), detail: z.string().optional() })
  .describe(
    'Whether the stored tokens that this replica has read can be decrypted; `works` is null before the first stored token was read.',
  );

const MigrationsPart = z
  .object({ works: z.boolean().nullable(), detail: z.string().optional() })
  .describe(
    'Whether the schema is up to date; `works` is null while the database does not answer.',
  );

const CasPart = z
  .object({
    works: z.boolean().nullable(),
    detail: z.string().optional(),
    triedAt: Timestamp.optional(),
  })
  .describe(
    'The result of the last call of this replica to CAS, which ended at `triedAt`; `works` is null before the first call.',
  );

const IssuersPart = z
  .object({ works: z.boolean().nullable(), detail: z.string().optional() })
  .describe(
    'Whether this replica could load the keys of all identity providers; absent if there are none.',
  );

export const Liveness = z.object({ status: openEnum(['alive']) }).meta({ id: 'Liveness' });
export type Liveness = z.input<typeof Liveness>;

export const Readiness = z
  .object({
    status: openEnum(['ready', 'not_ready']),
    parts: z.object({
      database: Part,
      migrations: MigrationsPart,
      cas: CasPart,
      tokens: TokensPart,
      issuers: IssuersPart.optional(),
    }),
  })
  .meta({ id: 'Readiness' });
export type Readiness = z.input<typeof Readiness>;

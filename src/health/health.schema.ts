import { z } from 'zod';

const Part = z.object({ works: z.boolean(), detail: z.string().optional() });

export const Liveness = z.object({ status: z.literal('alive') }).meta({ id: 'Liveness' });
export type Liveness = z.input<typeof Liveness>;

export const Readiness = z
  .object({
    status: z.enum(['ready', 'not_ready']),
    parts: z.object({ database: Part, migrations: Part, cas: Part, tokens: Part }),
  })
  .meta({ id: 'Readiness' });
export type Readiness = z.input<typeof Readiness>;

import { z } from 'zod';

export const AssetPath = z.object({ file: z.string().max(40) });
export type AssetPath = z.infer<typeof AssetPath>;

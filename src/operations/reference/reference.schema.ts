import { z } from 'zod';

export const AssetPath = z.object({ file: z.string().max(40).describe('The name of the file.') });
export type AssetPath = z.infer<typeof AssetPath>;

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Problem, type ProblemKind } from '../../src/platform/http/problem.js';

const src = join(import.meta.dirname, '../../src');

/** Returns every problem that a class in the sources declares. */
export async function problemClasses(): Promise<ProblemKind[]> {
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) =>
    /(^|[\\/])(\w+\.)?problems\.ts$/.test(file),
  );
  const modules = await Promise.all(
    files.map((file) => import(join(src, file)) as Promise<Record<string, unknown>>),
  );
  return modules
    .flatMap((module) => Object.values(module))
    .filter(
      (found): found is ProblemKind & typeof Problem =>
        typeof found === 'function' && found.prototype instanceof Problem,
    );
}

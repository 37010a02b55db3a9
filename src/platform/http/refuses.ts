import { applyDecorators } from '@nestjs/common';
import { documented } from './documented.js';
import type { ProblemKind } from './problem.js';

/** Prefix of operation fields that the generator of the reference uses and removes. */
export const REFUSAL = 'x-refuses-';

/**
 * Declares the problems of a route that do not follow from its access level and its parameters. A
 * handler may have several of these decorators.
 */
export function Refuses(...problems: readonly ProblemKind[]): MethodDecorator {
  return applyDecorators(
    ...problems.map(({ status, code, example }) =>
      documented(({ ApiExtension }) =>
        ApiExtension(`${REFUSAL}${code}`, { status, code, example }),
      ),
    ),
  );
}

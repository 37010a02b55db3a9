import { applyDecorators } from '@nestjs/common';
import { documented } from './documented.js';
import type { ProblemKind } from './problem.js';

/** Members of an operation that begin so are for the reference's own making, not for readers. */
export const REFUSAL = 'x-refuses-';

/**
 * States the problems of a route that do not follow from its access level and its parameters. May
 * stand at a handler more than once.
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

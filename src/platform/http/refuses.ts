import { applyDecorators } from '@nestjs/common';
import { documented } from './documented.js';
import type { ProblemKind } from './problem.js';

/** Extensions of an operation that begin so are for the reference's own making, not for readers. */
export const REFUSAL = 'x-refuses-';

/** States the problems of a route that do not follow from its access level and its parameters. */
export function Refuses(...problems: readonly ProblemKind[]): MethodDecorator {
  return applyDecorators(
    ...problems.map(({ name, status, code, example }) =>
      documented(({ ApiExtension }) =>
        // The sentence is part of the name, because a code may have several cases at a route.
        ApiExtension(`${REFUSAL}${code} ${example.detail}`, { name, status, code, example }),
      ),
    ),
  );
}

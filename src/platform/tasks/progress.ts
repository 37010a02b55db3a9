/** Whether a task has done all that there was to do, or goes on soon. */
export type Progress = 'done' | 'unfinished';

/**
 * Does one work after the other. One that fails keeps none of the others from being done.
 * @throws the first error, when all have had their turn
 */
export async function inTurn(
  ...works: readonly (() => Promise<Progress | void> | void)[]
): Promise<Progress> {
  const errors: unknown[] = [];
  let progress: Progress = 'done';
  for (const work of works) {
    try {
      if ((await work()) === 'unfinished') progress = 'unfinished';
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw errors[0];
  return progress;
}

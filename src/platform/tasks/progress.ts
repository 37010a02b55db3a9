/** Whether a task has finished all its work, or should continue soon. */
export type Progress = 'done' | 'unfinished';

/**
 * Runs works one after the other, even if one of them fails.
 * @throws the first error, after all works have run
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

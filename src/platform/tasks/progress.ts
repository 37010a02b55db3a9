/** Whether a task has finished all its work, or should continue soon. */
export type Progress = 'done' | 'unfinished';

/** Runs all works in turn, even if one fails. @throws the first error, at the end */
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

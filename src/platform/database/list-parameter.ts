/**
 * SQL for a parameter that is a list, for statements that run often and mostly for few rows. The
 * planner does not see how long the list is: it would plan the statement anew for every list of
 * fewer than ten rows, which takes longer than to execute it.
 * @param type of the elements
 */
export function listParameter(parameter: `$${number}`, type: string): string {
  return `(select ${parameter}::${type}[])::${type}[]`;
}

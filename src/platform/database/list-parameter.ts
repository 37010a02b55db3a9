/**
 * SQL for a list parameter of a statement that runs often, mostly with few elements. It hides the
 * length of the list from the planner, which would otherwise plan the statement anew for every list
 * of fewer than ten elements; that takes longer than executing it.
 * @param type of the elements
 */
export function listParameter(parameter: `$${number}`, type: string): string {
  return `(select ${parameter}::${type}[])::${type}[]`;
}

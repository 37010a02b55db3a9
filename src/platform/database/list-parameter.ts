/** SQL that hides a list's length from the planner, which would plan each short list anew. */
export function listParameter(parameter: `$${number}`, type: string): string {
  return `(select ${parameter}::${type}[])::${type}[]`;
}

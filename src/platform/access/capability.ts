/**
 * Whether a role has a capability. A role that is not in the table has none: a newer release wrote
 * it.
 */
export interface Capability {
  (role: string | null | undefined): boolean;
  /**
   * SQL for the same.
   * @param role a column or another expression; the result is null where it is null
   */
  readonly sql: (role: string) => string;
}

/** Makes functions, and their SQL, of a table that says for each role what it may do. */
export function capabilitiesOf<Name extends string>(
  table: Readonly<Record<string, Readonly<Record<Name, boolean>>>>,
): Readonly<Record<Name, Capability>> {
  const rows = Object.entries(table);
  const names = Object.keys(rows[0]?.[1] ?? {}) as Name[];
  const capabilities = names.map((name) => {
    const holders = rows.filter(([, row]) => row[name]).map(([role]) => role);
    return [name, capabilityOf(holders)] as const;
  });
  return Object.fromEntries(capabilities) as Record<Name, Capability>;
}

function capabilityOf(holders: readonly string[]): Capability {
  const roles = new Set<unknown>(holders);
  const list = holders.map((role) => `'${role}'`).join(', ');
  // One holder is compared as it stands in the predicates of the indexes.
  const condition = holders.length === 1 ? `= ${list}` : `= any (array[${list}]::text[])`;
  return Object.assign((role: string | null | undefined) => roles.has(role), {
    sql: (role: string) => `${role} ${condition}`,
  });
}

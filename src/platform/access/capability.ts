/** Decides whether a role has a capability. Unknown roles, of a newer release, have none. */
export interface Capability {
  (role: string | null | undefined): boolean;
  /** SQL for the same decision; null where `role`, an SQL expression, is null. */
  readonly sql: (role: string) => string;
}

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
  // A single holder is compared exactly as in the predicates of the indexes, so that they apply.
  const condition = holders.length === 1 ? `= ${list}` : `= any (array[${list}]::text[])`;
  return Object.assign((role: string | null | undefined) => roles.has(role), {
    sql: (role: string) => `${role} ${condition}`,
  });
}

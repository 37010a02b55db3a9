/** SQL for whether an invite can be used now; `invite` is the alias of its row. */
export function usable(invite: string): string {
  return `${invite}.revoked_at is null
    and (${invite}.expires_at is null or ${invite}.expires_at > clock_timestamp())
    and (${invite}.max_uses is null or ${invite}.uses < ${invite}.max_uses)`;
}

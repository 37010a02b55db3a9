import { z } from 'zod';

/** The loopback hosts, of which all ports may be allowed with a single entry. */
const ANY_PORT = /^https?:\/\/(localhost|127\.0\.0\.1|\[::1\]):\*$/;

const EXAMPLE = 'such as https://app.example.org';

function faultOf(text: string): string | undefined {
  if (ANY_PORT.test(text)) return undefined;
  if (text.includes('*'))
    return `has a *, which is allowed only as the port of localhost, 127.0.0.1 or [::1]; name each origin, ${EXAMPLE}`;
  if (!/^https?:\/\/[^/\\?#]/i.test(text) || !URL.canParse(text))
    return `is not an origin; write scheme, host and port, ${EXAMPLE}`;
  const { origin, username, password } = new URL(text);
  if (origin === text) return undefined;
  if (username !== '' || password !== '')
    return `has a user name; write scheme, host and port alone, ${EXAMPLE}`;
  const isOnlyHost = /^[^/]*\/\/[^/\\?#]*$/.test(text);
  return isOnlyHost
    ? `is not in the form that browsers send; write ${origin}`
    : `has a slash or a path behind the host; write ${origin}`;
}

/** Comma-separated origins, as browsers send them; `:*` allows every port of a loopback host. */
export const Origins = z
  .string()
  .default('')
  .transform((value, context) => {
    const items = value.split(',').map((item) => item.trim());
    const origins = items.filter((item) => item !== '');
    origins.forEach((text, index) => {
      const fault = faultOf(text);
      if (fault !== undefined)
        context.addIssue({ code: 'custom', message: `entry ${index + 1} ${fault}` });
    });
    return origins;
  });

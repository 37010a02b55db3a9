/** Credentials of this server that people confuse with each other. */
export type Credential =
  | 'access token'
  | 'API key'
  | 'refresh token'
  | 'device token'
  | 'invite code'
  | 'access code'
  | 'link';

/** The forms, names and routes of credentials; access codes can look like anything. */
const FORMS: readonly (readonly [Credential, RegExp, string])[] = [
  ['API key', /^lk_/, 'an API key, which only the header Authorization of a backend takes'],
  ['refresh token', /^lkr_/, 'a refresh token, which only POST /v1/auth/refresh takes'],
  ['device token', /^lkd_/, 'a device token, which only POST /v1/auth/login takes'],
  [
    'invite code',
    /^lki_/,
    'the code of an invite, which only POST /v1/auth/guest and a join take as inviteCode',
  ],
  [
    'access token',
    /^eyJ/,
    'a JWT such as an access token, which only the header Authorization takes',
  ],
  ['link', /^(?:[a-z][a-z\d+.-]*:\/\/|www\.|[\w-]+(?:\.[\w-]+)+(?::\d+)?\/)/i, 'a link'],
];

/** Quotes, blanks and the scheme of the header, which people copy together with a token. */
const COPIED_ALONG = /^["'\s]*(?:bearer\s+)?/i;

/** Names the credential that a text looks like, if not the expected one; never quotes the text. */
export function otherThan(expected: Credential, text: string): string | undefined {
  const bare = text.replace(COPIED_ALONG, '');
  const [kind, , words] = FORMS.find(([, form]) => form.test(bare)) ?? [];
  return kind === expected ? undefined : words;
}

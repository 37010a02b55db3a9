import { domainToASCII } from 'node:url';
import { z } from 'zod';
import { charactersOf, trimInvisible } from './characters.js';

// The last two ranges reverse the direction of the text, including the text after the name.
const UNPRINTABLE = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;
const VISIBLE = /[^\s\p{Default_Ignorable_Code_Point}\u2800]/u;

/** An RFC 3339 time with any offset in a request, a `Date` inside. */
export const TimestampIn = z.iso
  .datetime({ offset: true })
  .transform((text) => new Date(text))
  // The offset can move the time to a year that RFC 3339, and therefore an answer, cannot express.
  .refine((date) => /^(?!0000)\d{4}-/.test(date.toISOString()), 'must lie in the years 1 to 9999');

/** A whole number of a range; the message always names the range, whatever the fault. */
export function wholeNumber(least: number, most: number) {
  const words = `must be a whole number from ${least} to ${most}`;
  const error = ({ input }: { readonly input?: unknown }) =>
    input === undefined ? 'is required' : words;
  return z.int({ error }).min(least, words).max(most, words);
}

export function wholeNumberIn(least: number, most: number) {
  const words = `must be a whole number from ${least} to ${most}`;
  return z
    .string()
    .regex(/^\d{1,15}$/, words)
    .transform(Number)
    .pipe(wholeNumber(least, most));
}

/** A text of an answer whose values may grow: other values pass as well. */
export function openText<const Value extends string>(
  known: readonly Value[],
  meaning = `${known.map((value) => `\`${value}\``).join(', ')}.`,
): z.ZodType<Value, Value> {
  const schema: z.ZodType = z.string().meta({ description: meaning, examples: [...known] });
  return schema as z.ZodType<Value, Value>;
}

/** A `Date` inside, an RFC 3339 time in UTC in the answer. */
export const Timestamp = z
  .date()
  .transform((date) => date.toISOString())
  .pipe(z.iso.datetime());

export const SERVER_TIME =
  'The current time by the clock of the database. Use it to correct a wrong device clock.';

/** A time that the database wrote into JSON, as RFC 3339 in UTC in the answer. */
export const TimestampInJson = z
  .string()
  .transform((text) => new Date(text).toISOString())
  .pipe(z.iso.datetime());

export const Id = z.uuid().transform((id) => id.toLowerCase());

/** NFC, because keyboards encode the same text in several ways; the length is in code points. */
export const text = (most: number) => z.string().normalize('NFC').max(most);

export const trimmedText = (most: number) => z.string().normalize('NFC').trim().max(most);

/** A text that people paste, without the blanks and invisible characters around it. */
export const pastedText = (most: number) =>
  z.string().normalize('NFC').overwrite(trimInvisible).max(most);

export const Name = trimmedText(80)
  .min(1)
  .refine((text) => !UNPRINTABLE.test(text), 'must not contain control characters')
  .refine((text) => text === '' || VISIBLE.test(text), 'must have a character that can be seen');

/** Long enough for any token or link, so that a wrong credential is not refused for its length. */
const MAX_GIVEN_LENGTH = 4_096;

export const GivenToken = text(MAX_GIVEN_LENGTH);

export const Code = pastedText(MAX_GIVEN_LENGTH).min(1);

/** The name of a device, as an app or a backend chooses it. */
export const DeviceName = z
  .string()
  .regex(/^[\w-]{1,64}$/, 'must have 1 to 64 characters of A-Z, a-z, 0-9, _ and -');

/** The number of a room's token, up to the largest value of its column. */
export const Generation = wholeNumber(1, 2_147_483_647);

/** Addresses that browsers accept (WHATWG HTML), and those that earlier releases accepted. */
const ADDRESS = new RegExp(`${z.regexes.html5Email.source}|${z.regexes.email.source}`);

/** Converts a domain with letters beyond ASCII to its ASCII form, as browsers do. */
function inAscii(address: string): string {
  const at = address.lastIndexOf('@') + 1;
  const domain = address.slice(at);
  return /[^\x00-\x7f]/.test(domain) ? address.slice(0, at) + domainToASCII(domain) : address;
}

export const Email = z
  .string()
  .overwrite(trimInvisible)
  .overwrite(inAscii)
  .max(255)
  .check(z.email({ pattern: ADDRESS, error: 'must be an e-mail address such as ada@example.org' }));

export const MAX_PASSWORD_LENGTH = 128;

/** A password to compare with a stored password; hashing normalises it to NFC. */
export const Password = z
  .string()
  .min(1)
  .refine(
    (text) => charactersOf(text) <= MAX_PASSWORD_LENGTH,
    `must have at most ${MAX_PASSWORD_LENGTH} characters`,
  )
  .meta({ maxLength: MAX_PASSWORD_LENGTH });

/** A new password; the service checks the rules, because some of them are configured. */
export const NewPassword = z.string().meta({ minLength: 8, maxLength: MAX_PASSWORD_LENGTH });

/** A value of a list that may grow: any text passes, because a newer release may have written it. */
export function openEnum<const Value extends string>(
  values: readonly Value[],
  description = '',
): z.ZodType<Value, Value> {
  const known = `One of ${values.map((value) => `\`${value}\``).join(', ')}; clients must accept other values too.`;
  const meta = { description: `${description} ${known}`.trim(), examples: [...values] };
  return z.string().meta(meta) as unknown as z.ZodType<Value, Value>;
}

export const Nothing = z.strictObject({}).meta({ id: 'Nothing' });
export type Nothing = z.infer<typeof Nothing>;

import { domainToASCII } from 'node:url';
import { z } from 'zod';
import { charactersOf, trimInvisible } from './characters.js';

// The last two ranges turn the direction of what follows, and of what is written after the name.
const UNPRINTABLE = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;
const VISIBLE = /[^\s\p{Default_Ignorable_Code_Point}\u2800]/u;

/** RFC 3339 with any offset in, a `Date` inside. */
export const TimestampIn = z.iso
  .datetime({ offset: true })
  .transform((text) => new Date(text))
  // The offset can move it to a year that RFC 3339 cannot write, and no answer could show.
  .refine((date) => /^(?!0000)\d{4}-/.test(date.toISOString()), 'must lie in the years 1 to 9999');

/** A whole number of a range, which is told whatever is wrong with it. */
export function wholeNumber(least: number, most: number) {
  const words = `must be a whole number from ${least} to ${most}`;
  const error = ({ input }: { readonly input?: unknown }) =>
    input === undefined ? 'is required' : words;
  return z.int({ error }).min(least, words).max(most, words);
}

/** The same, as a text in a query. */
export function wholeNumberIn(least: number, most: number) {
  const words = `must be a whole number from ${least} to ${most}`;
  return z
    .string()
    .regex(/^\d{1,15}$/, words)
    .transform(Number)
    .pipe(wholeNumber(least, most));
}

/**
 * A text of an answer whose values may grow: other values than these pass as well.
 * @param meaning for the reference; the values, unless something better is said
 */
export function openText<const Value extends string>(
  known: readonly Value[],
  meaning = `${known.map((value) => `\`${value}\``).join(', ')}.`,
): z.ZodType<Value, Value> {
  const schema: z.ZodType = z.string().meta({ description: meaning, examples: [...known] });
  return schema as z.ZodType<Value, Value>;
}

/** A `Date` inside, RFC 3339 UTC out. */
export const Timestamp = z
  .date()
  .transform((date) => date.toISOString())
  .pipe(z.iso.datetime());

/** The same for a time that the database wrote into JSON. */
export const TimestampInJson = z
  .string()
  .transform((text) => new Date(text).toISOString())
  .pipe(z.iso.datetime());

export const Id = z.uuid().transform((id) => id.toLowerCase());

/**
 * A text that is kept in NFC, because keyboards write the same text in several ways. Its characters
 * are code points after that, as the validator and JSON Schema count them.
 */
export const text = (most: number) => z.string().normalize('NFC').max(most);

/** The same, without the blanks around it. */
export const trimmedText = (most: number) => z.string().normalize('NFC').trim().max(most);

/** A text that people paste, without the blanks and invisible characters around it. */
export const pastedText = (most: number) =>
  z.string().normalize('NFC').overwrite(trimInvisible).max(most);

/** What people are called, and rooms: one line. */
export const Name = trimmedText(80)
  .min(1)
  .refine((text) => !UNPRINTABLE.test(text), 'must not contain control characters')
  .refine((text) => text === '' || VISIBLE.test(text), 'must have a character that can be seen');

/** Enough for any token or link, so that its length is no matter where another one is expected. */
const MAX_GIVEN_LENGTH = 4_096;

/** A token that was given out here and is sent back. */
export const GivenToken = text(MAX_GIVEN_LENGTH);

/** A code of an invite or a room. */
export const Code = pastedText(MAX_GIVEN_LENGTH).min(1);

/** The number of a token of a room, up to the largest that its column holds. */
export const Generation = wholeNumber(1, 2_147_483_647);

/** What browsers take in a field for addresses (WHATWG HTML), and what was taken before besides. */
const ADDRESS = new RegExp(`${z.regexes.html5Email.source}|${z.regexes.email.source}`);

/** As browsers send it: a domain with letters beyond ASCII in its ASCII form. */
function inAscii(address: string): string {
  const at = address.lastIndexOf('@') + 1;
  const domain = address.slice(at);
  return /[^\x00-\x7f]/.test(domain) ? address.slice(0, at) + domainToASCII(domain) : address;
}

/** Wherever an address is read, without the blanks and invisible characters around it. */
export const Email = z
  .string()
  .overwrite(trimInvisible)
  .overwrite(inAscii)
  .max(255)
  .check(z.email({ pattern: ADDRESS, error: 'must be an e-mail address such as ada@example.org' }));

export const MAX_PASSWORD_LENGTH = 128;

/** A password that is compared with one that was set; hashing brings it into NFC. */
export const Password = z
  .string()
  .min(1)
  .refine(
    (text) => charactersOf(text) <= MAX_PASSWORD_LENGTH,
    `must have at most ${MAX_PASSWORD_LENGTH} characters`,
  )
  .meta({ maxLength: MAX_PASSWORD_LENGTH });

/** The rules are checked where passwords are set, since some are configured; 8 is the floor. */
export const NewPassword = z.string().meta({ minLength: 8, maxLength: MAX_PASSWORD_LENGTH });

/**
 * A value of an answer that comes out of a list which may grow. An answer takes any text, because a
 * newer release may have written the row; TypeScript takes the values of the list only.
 * @param description what the value says, as a sentence
 */
export function openEnum<const Value extends string>(
  values: readonly Value[],
  description = '',
): z.ZodType<Value, Value> {
  const known = `One of ${values.map((value) => `\`${value}\``).join(', ')}; clients must accept other values.`;
  const meta = { description: `${description} ${known}`.trim(), examples: [...values] };
  return z.string().meta(meta) as unknown as z.ZodType<Value, Value>;
}

/** The body of a route that needs none. */
export const Nothing = z.strictObject({}).meta({ id: 'Nothing' });
export type Nothing = z.infer<typeof Nothing>;

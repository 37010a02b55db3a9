import { format, resolveConfig } from 'prettier';

/** Returns a document with a new text between the two lines of a generated part. */
export async function withPart(
  path: string,
  text: string,
  name: string,
  part: string,
): Promise<string> {
  const begin = `<!-- ${name}: begin (npm run docs) -->`;
  const end = `<!-- ${name}: end -->`;
  const [before, rest] = text.split(begin);
  const [, after] = (rest ?? '').split(end);
  if (before === undefined || after === undefined)
    throw new Error(`${path} lacks ${begin} or ${end}: put both lines back.`);
  const whole = `${before}${begin}\n\n${part}\n\n${end}${after}`;
  return format(whole, { ...(await resolveConfig(path)), parser: 'markdown' });
}

/** One value of a metric, as Prometheus parses it. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Family {
  readonly type: string;
  readonly help: string;
  readonly samples: readonly Sample[];
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const LABEL = String.raw`([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"`;
const SAMPLE = new RegExp(
  String.raw`^(${NAME})(?:\{(${LABEL}(?:,${LABEL})*)\})? (NaN|[+-]Inf|[-+0-9.e]+)$`,
);
const SUFFIXES: Readonly<Record<string, RegExp>> = {
  histogram: /_(bucket|sum|count)$/,
  summary: /_(sum|count)$/,
};

/**
 * Parses the text format of Prometheus (version 0.0.4), strictly.
 * @throws for text that a scraper would refuse or misread
 */
export function parseExposition(text: string): Map<string, Family> {
  if (!text.endsWith('\n')) throw new Error('the last line has no line break');
  const families = new Map<string, { type: string; help: string; samples: Sample[] }>();
  const seen = new Set<string>();
  let helped: [name: string, help: string] = ['', ''];
  let current = '';
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const [, help, name = '', rest = ''] =
      new RegExp(`^# (?:(HELP)|TYPE) (${NAME}) (.+)$`).exec(line) ?? [];
    if (help !== undefined) helped = [name, rest];
    else if (name !== '') {
      if (families.has(name)) throw new Error(`${name} is declared twice`);
      if (helped[0] !== name) throw new Error(`${name} has no help`);
      if (!/^(counter|gauge|histogram|summary)$/.test(rest))
        throw new Error(`unknown type: ${rest}`);
      families.set(name, { type: rest, help: helped[1], samples: [] });
      current = name;
    } else {
      const sample = parseSample(line);
      const family = families.get(current);
      const base = sample.name.replace(SUFFIXES[family?.type ?? ''] ?? /$^/, '');
      if (!family || base !== current) throw new Error(`outside of its family: ${line}`);
      const identity = `${sample.name} ${JSON.stringify(Object.entries(sample.labels).toSorted(([a], [b]) => a.localeCompare(b)))}`;
      if (seen.has(identity)) throw new Error(`repeated sample: ${line}`);
      seen.add(identity);
      family.samples.push(sample);
    }
  }
  return families;
}

function parseSample(line: string): Sample {
  const match = SAMPLE.exec(line);
  if (!match) throw new Error(`not a sample: ${line}`);
  const [, name = '', labelText = ''] = match;
  const pairs = [...labelText.matchAll(new RegExp(LABEL, 'g'))];
  const labels = Object.fromEntries(pairs.map(([, key, value]) => [key, value]));
  if (Object.keys(labels).length !== pairs.length) throw new Error(`repeated label: ${line}`);
  const value = Number((match.at(-1) ?? '').replace('Inf', 'Infinity'));
  if (Number.isNaN(value) && !line.endsWith('NaN')) throw new Error(`not a number: ${line}`);
  return { name, labels, value };
}

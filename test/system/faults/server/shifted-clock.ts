// Loaded before everything else by `node --import`; shifts the time of day of this process.
const shift = Number(process.env['SHIFTED_CLOCK_MS']);
const Actual = Date;
const now = () => Actual.now() + shift;

globalThis.Date = new Proxy(Actual, {
  construct: (target, parameters: unknown[], derived) =>
    Reflect.construct(target, parameters.length === 0 ? [now()] : parameters, derived) as Date,
  apply: () => new Actual(now()).toString(),
  get: (target, name) => (name === 'now' ? now : (Reflect.get(target, name) as unknown)),
});

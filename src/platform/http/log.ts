import type { LoggerService } from '@nestjs/common';
import { pino, type Logger } from 'pino';

/** Creates the log: one line of JSON per entry on stdout, with only the fields that a call names. */
export function createLog(level: string): Logger {
  return pino({
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
  });
}

type Entry = Record<string, unknown>;

/** Nest's logger on the same log: `logger.warn({field: 1}, 'what happened')` or a text alone. */
export class NestLog implements LoggerService {
  constructor(private readonly out: Logger) {}

  private write(
    level: 'trace' | 'debug' | 'info' | 'warn' | 'error',
    message: unknown,
    rest: unknown[],
  ) {
    const context = rest.at(-1);
    const fields: Entry = typeof context === 'string' ? { context } : {};
    if (typeof message === 'object' && message !== null && !(message instanceof Error))
      this.out[level]({ ...fields, ...message }, String(rest.length > 1 ? rest[0] : ''));
    else if (message instanceof Error)
      this.out[level]({ ...fields, error: message.name }, message.message);
    else this.out[level](fields, String(message));
  }

  verbose = (message: unknown, ...rest: unknown[]) => this.write('trace', message, rest);
  debug = (message: unknown, ...rest: unknown[]) => this.write('debug', message, rest);
  log = (message: unknown, ...rest: unknown[]) => this.write('info', message, rest);
  warn = (message: unknown, ...rest: unknown[]) => this.write('warn', message, rest);
  error = (message: unknown, ...rest: unknown[]) => this.write('error', message, rest);
  fatal = (message: unknown, ...rest: unknown[]) => this.write('error', message, rest);
}

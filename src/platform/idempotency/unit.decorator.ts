import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Request } from '../http/request.js';
import type { UnitOfWork } from '../database/unit-of-work.js';

const units = new WeakMap<Request, UnitOfWork>();

export function giveUnit(request: Request, unit: UnitOfWork): void {
  units.set(request, unit);
}

/** The unit of work in which a route with `@Idempotent()` makes its change. */
export const TheUnit = createParamDecorator((_: unknown, context: ExecutionContext): UnitOfWork => {
  const unit = units.get(context.switchToHttp().getRequest<Request>());
  if (!unit) throw new TypeError('Only a route with @Idempotent() has a unit of work');
  return unit;
});

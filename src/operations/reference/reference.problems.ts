import { saying } from '../../platform/http/problem.js';
import { NotFound } from '../../platform/http/problems.js';
export class NoSuchPart extends saying(
  NotFound,
  'There is no such part of the page: open /docs.',
) {}

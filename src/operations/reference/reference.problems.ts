import { saying } from '../../platform/http/problem.js';
import { NotFound } from '../../platform/http/problems.js';
export class NoSuchPart extends saying(NotFound, 'The reference has no such file: open /docs.') {}

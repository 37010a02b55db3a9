import { problem } from '../../platform/http/problem.js';

export class SlugTaken extends problem(
  409,
  'slug_taken',
  'Another room has this slug: choose another one.',
) {}

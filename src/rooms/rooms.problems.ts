import { problem } from '../common/problem.js';

export class SlugTaken extends problem(
  409,
  'slug_taken',
  'Another room has this slug: choose another one.',
) {}

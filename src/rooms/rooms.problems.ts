import { problem } from '../common/problem.js';

export class SlugTaken extends problem(409, 'slug_taken') {}

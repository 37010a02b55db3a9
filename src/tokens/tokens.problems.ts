import { problem } from '../common/problem.js';

export class CasUnavailable extends problem(503, 'cas_unavailable') {}

import { problem } from '../common/problem.js';

export class EmailTaken extends problem(409, 'email_taken') {}
export class LastAdmin extends problem(409, 'last_admin') {}

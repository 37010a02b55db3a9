import { problem } from '../../platform/http/problem.js';

export class NotInRoom extends problem(
  409,
  'not_in_room',
  'You are not in this room: join it first.',
) {}

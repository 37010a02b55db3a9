import { v7 } from 'uuid';

/** Creates an id; ids are UUIDs of version 7, so that they sort by creation. */
export function uuidv7(): string {
  return v7();
}

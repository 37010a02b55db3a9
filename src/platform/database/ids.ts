import { v7 } from 'uuid';

/** A new id; version 7, so ids sort by creation. */
export function uuidv7(): string {
  return v7();
}

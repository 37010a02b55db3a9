import type { Attack } from './attack.js';
import { ACCOUNT } from './attacks/account.js';
import { CROWDED } from './attacks/crowded.js';
import { FEEDS } from './attacks/feeds.js';
import { GUESTS } from './attacks/guests.js';
import { HOSTS } from './attacks/hosts.js';
import { JOINS } from './attacks/joins.js';
import { NEIGHBOURS } from './attacks/neighbours.js';
import { SIGN_INS } from './attacks/sign-ins.js';

/** All attacks, each by a single account, link or address. */
export const ATTACKS: readonly Attack[] = [
  ...FEEDS,
  ...SIGN_INS,
  ...ACCOUNT,
  ...CROWDED,
  ...JOINS,
  ...NEIGHBOURS,
  ...HOSTS,
  ...GUESTS,
];

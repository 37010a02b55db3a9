/** The conditions of rooms for the sign-ins of their guests; `rooms` implements this. */
export abstract class GuestRooms {
  /** SQL for whether the room allows its guests to be signed in, by the database's clock. */
  abstract isOpenSql(roomId: string): string;
}

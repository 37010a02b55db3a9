/** The conditions of rooms for the sign-ins of their guests. `rooms` implements this. */
export abstract class GuestRooms {
  /**
   * SQL for whether the room currently allows its guests to be signed in, by the database's clock.
   * @param roomId an expression for the room's id
   */
  abstract isOpenSql(roomId: string): string;
}
